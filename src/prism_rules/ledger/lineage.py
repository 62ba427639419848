"""The documents of lineage: where recorded actions stand, and where a row, an action or an entry is from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from prism_rules.ledger.folding import ActionState, Step
from prism_rules.ledger.graph import Ledger, restrict_ledger
from prism_rules.ledger.tracing import Draw
from prism_rules.model.ledger import InputUsed, RulesetUsed
from prism_rules.model.lineage import LedgerState, Made, RecordedAction, Trace, TracedQueue, TracedRow, TracedStratum
from prism_rules.model.plan import ActionEntry, Decision, FileDigest, Plan, QaRate


def write_decision(state: ActionState, step: Step) -> Decision:
    """Write an event of the ledger, under the names that its action has today."""
    event = step.event
    return Decision(
        action=state.action, name=state.name, scope=state.scope, event=event.event, by=event.by, because=event.because,
        at=event.at, entry=step.entry, episode=step.episode, override=event.override, to=event.to,
    )  # fmt: skip


def write_states(ledger: Ledger, states: Iterable[ActionState]) -> LedgerState:
    """Write where actions stand, and all that happened to them."""
    actions = tuple(
        RecordedAction(
            id=state.action, action=state.name, scope=state.scope, state=state.state, episode=state.episode,
            opened_at=state.opened_at, kind=state.opening.kind, title=state.opening.title, owner=state.opening.owner,
            due=state.opening.due, rows=state.opening.rows, conflict=_write_steps(state, state.conflict),
            history=_write_steps(state, state.history),
        )
        for state in states
    )  # fmt: skip
    return LedgerState(heads=ledger.heads, actions=actions)


def write_entry(ledger: Ledger, what: str, name: str) -> Trace:
    """Write what an entry recorded, and what it was decided on."""
    return Trace(what=what, recorded=_write_recorded(ledger, name), events=ledger.entries[name].events)


def write_draws(ledger: Ledger, what: str, draws: Iterable[Draw]) -> Trace:
    """Write where frozen queues are from, and what happened since."""
    return Trace(what=what, queues=tuple(_write_draw(ledger, what, draw) for draw in draws))


def _write_draw(ledger: Ledger, what: str, draw: Draw) -> TracedQueue:
    state, opening, row = draw.state, draw.step.event.opening, None
    if draw.number and draw.stratum:
        row = _write_row(what, draw.number, TracedStratum(**draw.stratum.model_dump(exclude={"weight"})))
    return TracedQueue(
        id=state.action, action=state.name, scope=state.scope, state=state.state, episode=draw.step.episode,
        rows=len(opening.rows) if opening else 0, row=row, recorded=_write_recorded(ledger, draw.step.entry),
        since=_write_steps(state, draw.since),
    )  # fmt: skip


def write_planned(
    ledger: Ledger, states: Mapping[str, ActionState], row: str, plan: Plan, digest: str,
    found: Iterable[tuple[ActionEntry | QaRate, FileDigest, int]],
) -> Trace:  # fmt: skip
    """Write where a row of a plan's queues is from, whether the ledger has the plan or not.

    `digest` is that of plan.json; `found` has whose each queue is that holds the row, its file, and the row's number.
    """
    made = _write_made(ledger, plan, digest)
    known = {*restrict_ledger(ledger, filter(ledger.entries.__contains__, plan.ledger.heads)).entries, made.entry}
    queues = []
    for owner, file, number in found:
        state = states.get(owner.id) if isinstance(owner, ActionEntry) else None
        since = [step for step in state.history if step.entry not in known] if state else []
        blank = _begin_queue(owner, file, made).model_copy(update={"row": _find_row(owner, row, number)})
        told = {"state": state.state, "since": _write_steps(state, since)} if state else {}
        queues.append(blank.model_copy(update=told))
    return Trace(what=row, queues=tuple(queues))


def _begin_queue(owner: ActionEntry | QaRate, file: FileDigest, made: Made) -> TracedQueue:
    """Write what the plan itself says of a queue."""
    rows = owner.queue.rows if owner.queue else 0
    if isinstance(owner, ActionEntry):
        return TracedQueue(
            id=owner.id, action=owner.action, scope=owner.scope, state=owner.state, episode=owner.episode, file=file,
            rows=rows, recorded=made,
        )  # fmt: skip
    name = file.path.rpartition("/")[2].partition(".")[0]
    return TracedQueue(id=name, scope={"class": owner.class_}, sample=owner, file=file, rows=rows, recorded=made)


def _find_row(owner: ActionEntry | QaRate, row: str, number: int) -> TracedRow:
    queue = owner.queue
    assert queue is not None, "the row was found in it"
    parts = [TracedStratum(value=one.value, eligible=one.eligible, taken=one.taken) for one in queue.strata]
    whole = TracedStratum(value={}, eligible=queue.eligible, taken=queue.rows)
    ends = zip(accumulate(part.taken for part in parts), parts, strict=True)
    return _write_row(row, number, next((part for end, part in ends if number <= end), whole))


def _write_row(row: str, number: int, stratum: TracedStratum) -> TracedRow:
    chance = round(stratum.taken / stratum.eligible, 6) if stratum.eligible else None
    return TracedRow(id=row, number=number, stratum=stratum, inclusion_probability=chance)


def _write_recorded(ledger: Ledger, name: str) -> Made:
    entry = ledger.entries[name]
    return Made(
        entry=name, parents=entry.parents, plan=entry.plan, as_of=entry.as_of, ruleset=entry.ruleset,
        inputs=entry.inputs, tool=entry.tool,
    )  # fmt: skip


def _write_made(ledger: Ledger, plan: Plan, digest: str) -> Made:
    name = next((name for name, entry in ledger.entries.items() if entry.plan == digest), None)
    return Made(
        entry=name, parents=ledger.entries[name].parents if name else (), plan=digest, as_of=plan.as_of,
        ruleset=RulesetUsed(name=plan.ruleset.name, version=plan.ruleset.version, digest=plan.ruleset.digest),
        inputs=tuple(InputUsed(source=one.source, digest=one.digest) for one in plan.inputs), tool=plan.tool.version,
    )  # fmt: skip


def _write_steps(state: ActionState, steps: Iterable[Step]) -> tuple[Decision, ...]:
    return tuple(write_decision(state, step) for step in steps)
