"""Actions, their gates and their queues."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Duration, Frozen, Id, Logical, Many, OneOrMany
from prism_rules.model.ruleset.words import ActionKind, Status, Text


class Hold(Frozen):
    """A rule that must hold; `at: pass` asks for no warning either."""

    rule: Id
    """Id of the rule."""
    at: Literal["pass"] | None = None
    """`pass` asks for no warning either."""


class Occasion(Frozen):
    """A finding that opens an action without a cause."""

    rule: Id
    """Id of the rule."""
    status: OneOrMany[Status] = "fail"
    """The statuses of its finding that open it, such as `[insufficient, no_data]`. `fail` if nothing is said."""

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
    """Id of the source that the rows come from."""
    only: Literal["disputed"] | None = None
    """`disputed`: of annotations, units with two or more differing labels."""
    where: Text | None = None
    """Which rows, as one SQL condition: `"confidence < 0.80"`."""
    size: Annotated[int, Field(ge=1, le=1_000_000)]
    """How many rows, at most: `200`."""
    weights: Annotated[dict[Logical, Weights], Field(max_length=1)] = Field(default_factory=dict)
    """Shares: one dimension → value → weight: `{class: {dent: 3, "*": 1}}`. `"*"` stands for all other values, which
    are left out without it."""
    show: Many[Logical] = ()
    """Columns to show beside the row id: `[time, lighting]`."""
    effort: Duration | None = None
    """Time that one row takes: `2m`. The plan adds it up."""
    seed: int = 0
    """A whole number, 0 if nothing is said. Another seed draws other rows."""


class Action(Frozen):
    """What is to be done about causes, by whom, by when, and behind which gate."""

    kind: ActionKind
    """What kind of work it is."""
    for_: Many[Target] = Field(alias="for", min_length=1)
    """What opens it: ids of causes, or findings without a cause: `{rule: class-agreement, status: no_data}`."""
    by: Many[Logical] = ()
    """Per what it is taken: one action for each combination. Without it, per the `by` that its causes share."""
    title: Text
    """A template, one line: `"Relabel low-confidence {{ scope.class }}"`."""
    steps: Text | None = None
    """A template, Markdown: what to do, step by step."""
    owner: Text | None = None
    """A template: who does it. If nothing is said, the owner of the class, else the first owner of the ruleset."""
    due: Duration | None = None
    """Time from the first plan in which the action is not blocked: `7d`."""
    requires: Many[Gate] = ()
    """The gate: rules that must hold before it may be worked on. `{rule: class-agreement, at: pass}` asks for no
    warning either."""
    after: Many[Id] = ()
    """Actions that come first."""
    done_when: Many[Gate] = ()
    """The acceptance: rules that must hold on newer data before it counts as done."""
    queue: Queue | None = None
    """Rows for people to review, drawn by a stated seed."""
    renamed_from: Many[Id] = ()
    """Earlier ids, newest first. History is kept over the new id."""
