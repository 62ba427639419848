"""Records: the events that `plan --record` appends, so that later plans know what was proposed and accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from prism_rules.ledger import ActionState
from prism_rules.model.ledger import BY_PLAN, Criterion, DrawnStratum, Event, EventName, Found, Opening
from prism_rules.model.plan import ActionEntry, Finding, Passing, Plan, ShownStatus
from prism_rules.model.plan.distance import measure_distance
from prism_rules.planning.instances import is_overtaken
from prism_rules.planning.notes import Note
from prism_rules.queues import Drawn
from prism_rules.wording import say_moment


def list_events(
    plan: Plan, recorded: Mapping[str, ActionState], drawn: Mapping[str, Drawn], notes: Mapping[str, Sequence[Note]]
) -> tuple[Event, ...]:
    """List what a plan adds to the ledger: openings, verifications, reopenings and lapses, in the order of the plan.

    `drawn` are the queues that the plan wrote, per action, and `notes` what it tells of them beside. Every event
    carries the plan's `as_of` as its time. Of what a later plan has moved on already nothing is added.
    """
    return tuple(
        Event(action=entry.id, name=entry.action, scope=entry.scope, by=BY_PLAN, at=plan.as_of, **told)
        for entry in plan.actions
        if entry.id not in recorded or not is_overtaken(recorded[entry.id], plan.as_of)
        for told in (
            *({"event": name, "because": because, "opening": opening} for name, because, opening
              in _list_of_action(plan, entry, recorded.get(entry.id), drawn.get(entry.id))),
            *(note._asdict() for note in notes.get(entry.id, ())),
        )
    )  # fmt: skip


def _list_of_action(
    plan: Plan, entry: ActionEntry, state: ActionState | None, drawn: Drawn | None
) -> Iterator[tuple[EventName, str, Opening | None]]:
    live = entry.state in ("proposed", "open", "blocked")
    if state is None:
        yield "opened", f"proposed by the plan of {say_moment(plan.as_of)}", _open(entry, drawn)
    elif state.state in ("verified", "closed"):
        if live:
            yield "reopened", "its cause is back on newer data", _open(entry, drawn)
    elif state.state == "done":
        if entry.state == "verified":
            yield "verified", "acceptance holds on data since it was done", None
        elif live:
            yield "reopened", "acceptance fails on data since it was done", _open(entry, drawn)
        elif entry.state == "closed":
            yield "closed", "nothing is left to verify: the ruleset has no done_when for it", None
    elif entry.state == "closed":
        yield "closed", "lapsed: its cause is gone and nobody had approved it", None
    elif entry.state == "blocked" and not state.opening.blocked:
        # Who says that it is done asks the ledger whether it is blocked.
        yield "opened", f"blocked in the plan of {say_moment(plan.as_of)}", _open(entry, drawn)
    elif entry.state in ("proposed", "open") and _is_late(entry, state, drawn):
        late = "gets its queue" if drawn and not state.opening.rows else "gets its due date"
        why = "no longer blocked" if state.opening.blocked else late
        yield "opened", f"{why} in the plan of {say_moment(plan.as_of)}", _open(entry, drawn)


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
            DrawnStratum(value=s.value, weight=_write_decimal(s.weight), eligible=s.eligible, taken=s.taken)
            for s in drawn.strata
        ) if drawn else (),
        acceptance=tuple(
            Criterion(rule=a.rule, scope=a.scope, was=None if a.was is None else f"{a.was:.6f}")
            for a in entry.acceptance
        ),
    )  # fmt: skip


def list_found(plan: Plan) -> tuple[Found, ...]:
    """List what a plan found, as far as later plans ask for it: in columns, since most of it is alike."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for f in plan.findings:
        key = (f.rule, f.status, f.hides or "", f.since, f.unit, f.window[0] or "", *sorted(f.scope))
        groups.setdefault(key, []).append(f)
    passes: dict[tuple[str, ...], list[Passing]] = {}
    for passing in plan.passes:
        passes.setdefault((passing.rule, *sorted(passing.scope)), []).append(passing)
    return (
        *(_write_found(found, "pass") for found in passes.values()),
        *(
            _write_found(
                found, found[0].status, hides=found[0].hides, since=found[0].since, unit=found[0].unit,
                start=found[0].window[0], distance=_write_column([measure_distance(f) or None for f in found]),
            )
            for found in groups.values()
        ),
    )  # fmt: skip


def _write_found(found: Sequence[Finding] | Sequence[Passing], status: ShownStatus, **shared: Any) -> Found:
    return Found(
        rule=found[0].rule, status=status,
        scope={dimension: tuple(f.scope[dimension] for f in found) for dimension in sorted(found[0].scope)},
        n=tuple(f.n for f in found), value=_write_column([f.value for f in found]), **shared,
    )  # fmt: skip


def _write_column(values: Sequence[float | None]) -> tuple[str | None, ...] | None:
    if all(value is None for value in values):
        return None
    return tuple(None if value is None else _write_decimal(value) for value in values)


def _write_decimal(number: float) -> str:
    """Write a number as the shortest text that is read back as the same one."""
    return f"{Decimal(repr(number)):f}"
