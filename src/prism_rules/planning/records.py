"""Records: the events that `plan --record` appends, so that later plans know what was proposed and accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from prism_rules.ledger import ActionState
from prism_rules.model.ledger import Criterion, DrawnStratum, Event, EventName, Opening
from prism_rules.model.plan import ActionEntry, Plan
from prism_rules.queues import Drawn

BY = "prism-rules"
"""Whom events of a plan are by."""


def list_events(plan: Plan, recorded: Mapping[str, ActionState], drawn: Mapping[str, Drawn]) -> tuple[Event, ...]:
    """List what a plan adds to the ledger: openings, verifications, reopenings and lapses, in the order of the plan.

    `drawn` are the queues that the plan wrote, per action. Every event carries the plan's `as_of` as its time.
    """
    return tuple(
        Event(
            event=name, action=entry.id, name=entry.action, scope=entry.scope, by=BY, because=because, at=plan.as_of,
            opening=opening,
        )
        for entry in plan.actions
        for name, because, opening in _list_of_action(plan, entry, recorded.get(entry.id), drawn.get(entry.id))
    )  # fmt: skip


def _list_of_action(
    plan: Plan, entry: ActionEntry, state: ActionState | None, drawn: Drawn | None
) -> Iterator[tuple[EventName, str, Opening | None]]:
    live = entry.state in ("open", "blocked")
    if state is None:
        yield "opened", f"proposed by the plan of {plan.as_of[:10]}", _open(entry, drawn)
    elif state.state in ("verified", "closed"):
        if live:
            yield "reopened", "its cause is back on newer data", _open(entry, drawn)
    elif state.state == "done":
        if entry.state == "verified":
            yield "verified", "acceptance holds on data since it was done", None
        elif live:
            yield "reopened", "acceptance fails on data since it was done", _open(entry, drawn)
    elif entry.state == "closed":
        yield "closed", "lapsed: its cause is gone and nobody had approved it", None
    elif entry.state == "blocked" and not state.opening.blocked:
        # Who says that it is done asks the ledger whether it is blocked.
        yield "opened", f"blocked again in the plan of {plan.as_of[:10]}", _open(entry, drawn)
    elif entry.state in ("proposed", "open") and _is_late(entry, state, drawn):
        yield "opened", f"no longer blocked in the plan of {plan.as_of[:10]}", _open(entry, drawn)


def _is_late(entry: ActionEntry, state: ActionState, drawn: Drawn | None) -> bool:
    """Whether it was recorded as blocked, or without a due date or rows that are there now."""
    if state.opening.blocked:
        return True
    return (entry.due is not None and state.opening.due is None) or (drawn is not None and not state.opening.rows)


def _open(entry: ActionEntry, drawn: Drawn | None) -> Opening:
    return Opening(
        kind=entry.kind, title=entry.title, due=entry.due, owner=entry.owner, blocked=entry.state == "blocked",
        rows=tuple(row.id for row in drawn.rows) if drawn else (),
        strata=tuple(
            DrawnStratum(value=s.value, weight=f"{Decimal(str(s.weight)):f}", eligible=s.eligible, taken=s.taken)
            for s in drawn.strata
        ) if drawn else (),
        acceptance=tuple(
            Criterion(rule=a.rule, scope=a.scope, was=None if a.was is None else f"{a.was:.6f}")
            for a in entry.acceptance
        ),
    )  # fmt: skip
