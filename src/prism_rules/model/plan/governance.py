"""What a plan says of governance: sampling rates, and how the review budget is spent."""

from __future__ import annotations

from pydantic import Field

from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.plan.actions import QueueEntry


class QaRate(Frozen):
    """How much of a class's finished labels is checked again."""

    class_: str = Field(alias="class")
    rate: float
    because: float | None
    """The measured value that the rate follows from; none where the rule has no verdict."""
    finding: str | None = None
    """Id of the finding that has the value."""
    queue: QueueEntry | None = None


class OwnerWork(Frozen):
    """What queues ask of one owner, in minutes."""

    minutes: int
    rows: int


class Waiting(Frozen):
    """A queue that the budget has no room for, or had none for all of it when its rows were recorded."""

    action: str
    rows: int
    """Rows that wait, or that were cut from it."""
    minutes: int
    never: bool = False
    """The fewest rows that it is given, 20 or all it has, take longer than the whole budget."""


class GovernanceEntry(Frozen):
    """How the review budget of a cadence is spent."""

    budget_minutes: int | None
    planned_minutes: int
    """Minutes of all queues that the plan writes."""
    finished_minutes: int = 0
    """Minutes of the budget that went to rows recorded within the last cadence and no longer out."""
    per_owner: dict[str, OwnerWork] = Field(default_factory=dict)
    """Owner, empty where none is named -> the work in the plan's queues."""
    waits: Many[Waiting] = ()
    uncounted: int = 0
    """Queues that the plan writes whose `effort` nobody says: they count as no time."""
