"""Records: the events that `plan --record` appends, so that later plans know what was proposed and what was accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prism_rules.ledger import ActionState
from prism_rules.model.ledger import Criterion, Event, Opening
from prism_rules.model.plan import ActionEntry, Plan

BY = "prism-rules"
"""Whom events of a plan are by."""


def list_events(plan: Plan, recorded: Mapping[str, ActionState], rows: Mapping[str, Sequence[str]]) -> tuple[Event, ...]:
    """List what a plan adds to the ledger: openings, verifications, reopenings and lapses, in the order of the plan.

    `rows` are the drawn row ids per action. Every event carries the plan's `as_of` as its time.
    """
    events = [event for entry in plan.actions for event in _list_of_action(plan, entry, recorded.get(entry.id), rows.get(entry.id, ()))]
    return tuple(events)


def _list_of_action(plan: Plan, entry: ActionEntry, state: ActionState | None, rows: Sequence[str]) -> Iterator[Event]:
    if state is None:
        yield _event(plan, entry, "opened", f"proposed by the plan of {plan.as_of[:10]}", _open(entry, rows))
    elif state.state in ("verified", "closed"):
        if entry.state in ("open", "blocked"):
            yield _event(plan, entry, "reopened", "its cause is back on newer data", _open(entry, rows))
    elif state.state == "done":
        if entry.state == "verified":
            yield _event(plan, entry, "verified", "acceptance holds on data since it was done")
        elif entry.state in ("open", "blocked"):
            yield _event(plan, entry, "reopened", "acceptance fails on data since it was done")
    elif state.state == "proposed" and not entry.covers:
        yield _event(plan, entry, "closed", "lapsed: its cause is gone and nobody had approved it")
    elif entry.state != "blocked" and state.state in ("proposed", "open") and _is_late(entry, state, rows):
        yield _event(plan, entry, "opened", f"no longer blocked in the plan of {plan.as_of[:10]}", _open(entry, rows))


def _is_late(entry: ActionEntry, state: ActionState, rows: Sequence[str]) -> bool:
    """Whether a due date or rows are there now that were not when the action was first recorded."""
    return (entry.due is not None and state.opening.due is None) or (bool(rows) and not state.opening.rows)


def _open(entry: ActionEntry, rows: Sequence[str]) -> Opening:
    return Opening(
        kind=entry.kind, title=entry.title, due=entry.due, owner=entry.owner, rows=tuple(rows),
        acceptance=tuple(
            Criterion(rule=a.rule, scope=a.scope, was=None if a.was is None else f"{a.was:.6f}") for a in entry.acceptance),
    )


def _event(plan: Plan, entry: ActionEntry, name: str, because: str, opening: Opening | None = None) -> Event:
    return Event(event=name, action=entry.id, name=entry.action, scope=entry.scope, by=BY, because=because, at=plan.as_of,  # type: ignore[arg-type]
                 opening=opening)
