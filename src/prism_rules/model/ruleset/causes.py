"""Causes: which findings, at one place, speak for what."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Frozen, Id, Logical, Many, OneOrMany
from prism_rules.model.ruleset.words import CauseKind, Gap, Risk, Status, Text


class Leaf(Frozen):
    """A rule asked for in a cause: true where its finding has the status."""

    rule: Id
    status: OneOrMany[Status] = "fail"
    anywhere: bool = False
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses asked for, as a tuple."""
        return (self.status,) if isinstance(self.status, str) else self.status


def _name_leaf(value: Any) -> str:
    if isinstance(value, str):
        return "<rule>"
    if isinstance(value, When) or (isinstance(value, dict) and value.keys() & {"all", "any", "none"}):
        return "<when>"
    return "<leaf>"


Term = Annotated[
    Annotated[Id, Tag("<rule>")] | Annotated[Leaf, Tag("<leaf>")] | Annotated["When", Tag("<when>")],
    Discriminator(_name_leaf),
]


Speaker = Annotated[Annotated[Id, Tag("<rule>")] | Annotated[Leaf, Tag("<leaf>")], Discriminator(_name_leaf)]


class When(Frozen):
    """Rules combined in three values; nested at will."""

    all: Many[Term] = ()
    any: Many[Term] = ()
    none: Many[Term] = ()


class Cause(Frozen):
    """A root cause: which findings, at one place, speak for it and against it."""

    title: Text | None = None
    kind: CauseKind
    gap: Gap | None = None
    by: Many[Logical] = ()
    when: When
    against: Many[Speaker] = ()
    leads_to: Many[Id] = ()
    explain: Text | None = None
    risk: Risk | None = None
    renamed_from: Many[Id] = ()
