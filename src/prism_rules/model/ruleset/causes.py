"""Causes: which findings, at one place, speak for what."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Frozen, Id, Logical, Many, OneOrMany
from prism_rules.model.ruleset.words import CauseKind, Gap, Risk, Status, Text


class Leaf(Frozen):
    """A rule asked for in a cause: true where its finding has the status."""

    rule: Id
    """Id of the rule."""
    status: OneOrMany[Status] = "fail"
    """The statuses of its finding that make it true: `fail` if nothing is said. A list is matched exactly."""
    anywhere: bool = False
    """`true` lets a finding at any place count."""
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    """How much it counts in the score: 1 if nothing is said, at most 100."""

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
    """True when each of these is true."""
    any: Many[Term] = ()
    """True when one of these is true."""
    none: Many[Term] = ()
    """True when none of these is true."""


class Cause(Frozen):
    """A root cause: which findings, at one place, speak for it and against it."""

    title: Text | None = None
    """How people call it: `Reviewers split on the class`."""
    kind: CauseKind
    """Which of the seven root causes it is."""
    gap: Gap | None = None
    """Which of the four gaps in production data it tells of."""
    by: Many[Logical] = ()
    """Dimensions: one diagnosis for each combination. Each of them stands in a rule of `all`."""
    when: When
    """The findings that speak for it: `all`, `any` and `none` over rules, nested at will."""
    against: Many[Speaker] = ()
    """Rules that speak for another cause. They are shown, and lower the score."""
    leads_to: Many[Id] = ()
    """Causes that follow from this one. Chains are told head first."""
    explain: Text | None = None
    """A template, Markdown: one or two sentences for the report: `"Reviewers read {{ scope.class }} differently."`."""
    risk: Risk | None = None
    """If not the risk of its class."""
    renamed_from: Many[Id] = ()
    """Earlier ids, newest first. History is kept over the new id."""
