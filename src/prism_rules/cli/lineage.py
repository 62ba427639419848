"""What the ledger knows, told: the history of an action, and where a row, an action or an entry is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prism_rules.cli.tables import MOST, align, count_left, tabulate
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_plain

if TYPE_CHECKING:
    from prism_rules.ledger import ActionState, Ledger, Step
    from prism_rules.ledger.tracing import Draw
    from prism_rules.model.ledger import Entry
    from prism_rules.model.plan import Decision

_REASON = 4_000
"""Characters of a reason, where all of it is asked for."""


def tell_states(states: Sequence[ActionState]) -> str:
    """Tell where each action stands, and the last thing that happened to it, or of a conflict the one that counts."""
    from prism_rules.wording import name_scope

    rows = []
    for state in states:
        last = (state.conflict or state.history[-1:])[0].event
        rows.append([_name_state(state), state.name, name_scope(state.scope), last.event, last.at, show_plain(last.by),
                     show_plain(last.because), state.action])  # fmt: skip
    if not rows:
        return "no action is recorded"
    head = ["STATE", "ACTION", "WHERE", "LAST", "AT", "BY", "BECAUSE", "ID"]
    warnings = [_warn(state) for state in states if state.conflict]
    return "\n\n".join([align(head, rows, most=len(rows)), *(["\n".join(warnings)] if warnings else [])])


def tell_history(state: ActionState, steps: Sequence[Step]) -> str:
    """Tell an action's life step by step: those of its steps that are asked for."""
    from prism_rules.render.decided import name_event
    from prism_rules.wording import name_scope

    opening = state.opening
    facts = [
        show_plain(opening.title), f"for {name_scope(state.scope)}", f"due {opening.due}" if opening.due else "",
        f"owner {show_plain(opening.owner)}" if opening.owner else "",
        f"{say_count(len(opening.rows), 'row')} frozen" if opening.rows else "",
    ]  # fmt: skip
    rows = [
        [str(step.episode), step.event.at, name_event(one), show_plain(step.event.by), step.entry[:12],
         show_plain(step.event.because, _REASON)]
        for step, one in zip(steps, _write_steps(state, steps), strict=True)
    ]  # fmt: skip
    told = [
        f"{state.action} is {_name_state(state)}\n{'; '.join(filter(None, facts))}",
        tabulate(["EPISODE", "AT", "EVENT", "BY", "ENTRY", "BECAUSE"], rows, prose=True) if rows else "nothing since",
        _warn(state) if state.conflict else "",
    ]
    return "\n\n".join(filter(None, told))


def write_states(ledger: Ledger, states: Iterable[ActionState]) -> dict[str, Any]:
    """Write where actions stand and all that happened to them, for machines."""
    actions = [
        _write_state(state)
        | {"episode": state.episode, "opened_at": state.opened_at}
        | {name: getattr(state.opening, name) for name in ("kind", "title", "owner", "due")}
        | {"rows": [*state.opening.rows]}
        | {"conflict": _dump(state, state.conflict), "history": _dump(state, state.history)}
        for state in states
    ]
    return {"apiVersion": "prism-rules/v1", "kind": "LedgerState", "heads": [*ledger.heads], "actions": actions}


def tell_draws(place: Path, ledger: Ledger, draws: Sequence[Draw]) -> str:
    """Tell where queues are from: each with its entry, its plan, and what happened since."""
    from prism_rules.wording import name_scope

    blocks = []
    for draw in draws[:MOST]:
        opening = draw.step.event.opening
        head = (
            f"{draw.state.action}: {show_plain(draw.state.name)} for {name_scope(draw.state.scope)}, {draw.state.state}"
        )
        facts = []
        if draw.number and draw.stratum and opening:
            taken, eligible = f"{draw.stratum.taken:,}", f"{draw.stratum.eligible:,} eligible rows"
            of = f" of {name_scope(draw.stratum.value)}" if draw.stratum.value else ""
            facts.append(("row", f"{draw.number:,} of {len(opening.rows):,}"))
            facts.append(("drawn", f"one of {taken} from {eligible}{of}, inclusion probability {draw.chance}"))
        elif opening and opening.rows:
            facts.append(("rows", f"{len(opening.rows):,} frozen"))
        facts += [("", f"episode {draw.step.episode:,}")] if draw.step.episode > 1 else []
        facts += _list_facts(place, draw.step.entry, ledger.entries[draw.step.entry])
        facts += _list_since(draw.state, draw.since)
        blocks.append(f"{head}\n{_align_facts(facts)}")
    return "\n\n".join([*blocks, *count_left(draws, MOST)])


def tell_entry(place: Path, ledger: Ledger, name: str) -> str:
    """Tell what an entry recorded, and what it was decided on."""
    from prism_rules.wording import name_scope

    entry = ledger.entries[name]
    facts = [*_list_facts(place, name, entry)]
    follows = [parent[:12] for parent in entry.parents]
    facts.append(("follows", ", ".join(follows[:MOST] + count_left(follows, MOST)) or "nothing: it is the first"))
    rows = [
        [event.event, show_plain(event.name), name_scope(event.scope),
         f"{len(event.opening.rows):,}" if event.opening and event.opening.rows else "-", show_plain(event.by),
         show_plain(event.because), event.action]
        for event in entry.events
    ]  # fmt: skip
    head = ["EVENT", "ACTION", "WHERE", "ROWS", "BY", "BECAUSE", "ID"]
    return "\n\n".join([_align_facts(facts), align(head, rows) if rows else "it has no events"])


def write_draws(ledger: Ledger, what: str, draws: Iterable[Draw]) -> dict[str, Any]:
    """Write where queues are from, for machines."""
    found = []
    for draw in draws:
        row = None
        if draw.number and draw.stratum:
            stratum = draw.stratum.model_dump(include={"value", "eligible", "taken"})
            row = {"id": what, "number": draw.number, "stratum": stratum, "inclusion_probability": draw.chance}
        opening = draw.step.event.opening
        found.append(
            _write_state(draw.state)
            | {"episode": draw.step.episode, "rows": len(opening.rows) if opening else 0, "row": row}
            | {"recorded": _write_recorded(draw.step.entry, ledger.entries[draw.step.entry])}
            | {"since": _dump(draw.state, draw.since)}
        )
    return {"apiVersion": "prism-rules/v1", "kind": "Trace", "what": what, "queues": found}


def write_entry(what: str, name: str, entry: Entry) -> dict[str, Any]:
    """Write what an entry recorded, and what it was decided on, for machines."""
    events = [event.model_dump(mode="json", exclude_none=True) for event in entry.events]
    recorded = _write_recorded(name, entry)
    return {"apiVersion": "prism-rules/v1", "kind": "Trace", "what": what, "recorded": recorded, "events": events}


def _write_recorded(name: str, entry: Entry) -> dict[str, Any]:
    kept = entry.model_dump(mode="json", include={"parents", "plan", "as_of", "ruleset", "inputs", "tool"})
    return {"entry": name, **kept}


def _list_facts(place: Path, name: str, entry: Entry) -> Iterator[tuple[str, str]]:
    yield "entry", (place / name[:2] / f"{name}.json").as_posix()
    if entry.plan:
        yield "plan", f"{show_plain(entry.plan)}, as of {entry.as_of}"
    used = entry.ruleset
    yield "ruleset", f"{show_plain(used.name)} {show_plain(used.version)}, {show_plain(used.digest)}"
    data = [f"{show_plain(one.source)} {show_plain(one.digest)}" for one in entry.inputs]
    yield from (("data" if index == 0 else "", line) for index, line in enumerate(data[:MOST] + count_left(data, MOST)))
    yield "tool", f"prism-rules {show_plain(entry.tool)}"


def _list_since(state: ActionState, steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    from prism_rules.render.decided import name_event

    told = [
        f"{one.at} {name_event(one)} by {show_plain(one.by or '')}: {show_plain(one.because or '')} ({one.entry[:12]})"
        for one in _write_steps(state, steps)
    ]
    shown = told[:MOST] + count_left(told, MOST) or ["nothing"]
    yield from (("since" if index == 0 else "", line) for index, line in enumerate(shown))


def _align_facts(facts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<8}  {text}" for name, text in facts)


def _name_state(state: ActionState) -> str:
    return f"{state.state}, in conflict" if state.conflict else state.state


def _warn(state: ActionState) -> str:
    from prism_rules.render.decided import say_conflict

    return f"warning: {say_conflict(_write_steps(state, state.conflict))}"


def _write_steps(state: ActionState, steps: Iterable[Step]) -> list[Decision]:
    from prism_rules.planning.entries import write_decision

    return [write_decision(state, step) for step in steps]


def _dump(state: ActionState, steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude={"action", "name", "scope"}) for one in _write_steps(state, steps)]


def _write_state(state: ActionState) -> dict[str, Any]:
    return {"id": state.action, "action": state.name, "scope": state.scope, "state": state.state}
