"""Actions, their gates and their queues."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Duration, Frozen, Id, Logical, Many, OneOrMany
from prism_rules.model.ruleset.words import ActionKind, Status, Text


class Hold(Frozen):
    """A rule that must hold; `at: pass` asks for no warning either."""

    rule: Id
    at: Literal["pass"] | None = None


class Occasion(Frozen):
    """A finding that opens an action without a cause."""

    rule: Id
    status: OneOrMany[Status] = "fail"

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses asked for, as a tuple."""
        return (self.status,) if isinstance(self.status, str) else self.status


def _name_reference(value: Any) -> str:
    return "<id>" if isinstance(value, str) else "<entry>"


Gate = Annotated[Annotated[Id, Tag("<id>")] | Annotated[Hold, Tag("<entry>")], Discriminator(_name_reference)]
Target = Annotated[Annotated[Id, Tag("<id>")] | Annotated[Occasion, Tag("<entry>")], Discriminator(_name_reference)]


Weights = Annotated[dict[str, Annotated[float, Field(gt=0)]], Field(min_length=1)]


class Queue(Frozen):
    """Rows to review, drawn by a stated seed."""

    from_: Id = Field(alias="from")
    only: Literal["disputed"] | None = None
    where: Text | None = None
    size: Annotated[int, Field(ge=1, le=1_000_000)]
    weights: Annotated[dict[Logical, Weights], Field(max_length=1)] = Field(default_factory=dict)
    """One dimension -> value -> weight; `"*"` is one stratum for all other values."""
    show: Many[Logical] = ()
    effort: Duration | None = None
    """Time that one row takes."""
    seed: int = 0


class Action(Frozen):
    """What is to be done about causes, by whom, by when, and behind which gate."""

    kind: ActionKind
    for_: Many[Target] = Field(alias="for", min_length=1)
    by: Many[Logical] = ()
    title: Text
    steps: Text | None = None
    owner: Text | None = None
    due: Duration | None = None
    requires: Many[Gate] = ()
    after: Many[Id] = ()
    done_when: Many[Gate] = ()
    queue: Queue | None = None
    renamed_from: Many[Id] = ()
