"""The life of an action, as a table: which event leads from which state to which."""

from __future__ import annotations

from typing import Literal

from prism_rules.model.ledger import EventName
from prism_rules.model.plan import DecisionName

State = Literal["proposed", "open", "done", "verified", "closed", "rejected"]
STATES: tuple[State, ...] = ("proposed", "open", "done", "verified", "closed", "rejected")

LIVE: tuple[State, ...] = ("proposed", "open", "done")
"""States of which something is still to come."""

DECISIONS: tuple[DecisionName, ...] = ("approved", "rejected", "done", "reopened")
"""What a person may decide; all other events are recorded by a plan."""

NOTES: tuple[EventName, ...] = ("escalated", "waived")
"""Events that are kept in the history of a recorded action and change nothing."""

LIFE: dict[tuple[State | None, EventName], State] = {
    (None, "opened"): "proposed",
    # An action recorded while it was blocked is recorded again when it gets its due date and its rows.
    ("proposed", "opened"): "proposed",
    ("open", "opened"): "open",
    ("proposed", "approved"): "open",
    ("proposed", "rejected"): "rejected",
    # An approval can be withdrawn.
    ("open", "rejected"): "rejected",
    ("proposed", "done"): "done",
    ("open", "done"): "done",
    ("done", "verified"): "verified",
    ("done", "reopened"): "open",
    ("proposed", "closed"): "closed",
    # What was to be verified was taken out of the ruleset.
    ("done", "closed"): "closed",
    ("verified", "reopened"): "open",
    ("closed", "reopened"): "open",
    ("rejected", "reopened"): "open",
    **{(state, note): state for state in STATES for note in NOTES},
}

SETTLEMENTS: dict[EventName, State] = {"approved": "open", "rejected": "rejected"}
"""What may follow a conflict besides the table: whoever saw both decisions may repeat either."""

CAUTION: tuple[EventName, ...] = ("rejected", "reopened", "opened", "approved", "done", "verified", "closed")
"""Of concurrent events the first in this order counts: stop, do again, undecided, go ahead, done."""


def next_state(
    state: State | None,
    event: EventName,
    *,
    has_acceptance: bool = True,
    in_conflict: bool = False,
    lapsed: bool = False,
) -> State | None:
    """The state after `event`, or None when the event cannot happen then. `state` None: the action was never recorded.

    `has_acceptance` False: nothing is left to verify, so `done` closes the action. `lapsed`: nobody had approved what a
    plan takes up again, so it is proposed.
    """
    after = LIFE.get((state, event)) or (SETTLEMENTS.get(event) if in_conflict else None)
    if lapsed and event == "reopened":
        return "proposed"
    return "closed" if after == "done" and event == "done" and not has_acceptance else after


def begins_episode(state: State | None, event: EventName) -> bool:
    """Whether the cause has come back to an action that was finished (or come for the first time)."""
    return (state is None and event == "opened") or (state in ("verified", "closed") and event == "reopened")
