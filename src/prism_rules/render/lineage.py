"""What the ledger knows, told on a screen: the history of an action, and where a row, an action or an entry is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prism_rules.columns import MOST, count_left, tabulate
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_plain
from prism_rules.model.lineage import LedgerState, Made, RecordedAction, Trace, TracedQueue
from prism_rules.model.plan import Decision
from prism_rules.render.decided import name_event, say_conflict
from prism_rules.render.words import format_number, format_percent
from prism_rules.wording import name_scope

_LINE = 10_000
"""Columns of a list that is searched by its lines: none is wrapped."""
_REASON = 4_000
"""Characters of a reason, where all of it is asked for."""


def tell_states(state: LedgerState) -> str:
    """Tell where each action stands, and the last thing that happened to it, or of a conflict the one that counts."""
    rows = []
    for action in state.actions:
        last = (action.conflict or action.history[-1:])[0]
        rows.append([_name_state(action), action.action, name_scope(action.scope), last.event, last.at or "",
                     *_say_why(last), action.id])  # fmt: skip
    if not rows:
        return "no action is recorded"
    head = ["STATE", "ACTION", "WHERE", "LAST", "AT", "BY", "BECAUSE", "ID"]
    return "\n\n".join(filter(None, [tabulate(head, rows, width=_LINE), "\n".join(_list_warnings(state.actions))]))


def tell_history(action: RecordedAction) -> str:
    """Tell an action's life step by step."""
    facts = [
        show_plain(action.title), f"for {name_scope(action.scope)}", f"due {action.due}" if action.due else "",
        f"owner {show_plain(action.owner)}" if action.owner else "",
        f"{say_count(len(action.rows), 'row')} frozen" if action.rows else "",
    ]  # fmt: skip
    rows = [
        [str(one.episode), one.at or "", name_event(one), show_plain(one.by or ""), one.entry[:12],
         show_plain(one.because or "", _REASON)]
        for one in action.history
    ]  # fmt: skip
    told = [
        f"{action.id} is {_name_state(action)}\n{'; '.join(filter(None, facts))}",
        tabulate(["EPISODE", "AT", "EVENT", "BY", "ENTRY", "BECAUSE"], rows, prose=True) if rows else "nothing since",
        *_list_warnings([action]),
    ]
    return "\n\n".join(told)


def tell_trace(trace: Trace, ledger: str) -> str:
    """Tell where queues, or an entry, are from; `ledger` is the path of its folder."""
    if trace.recorded:
        return _tell_entry(trace, trace.recorded, ledger)
    blocks = [f"{_name_queue(queue)}\n{_align_facts(_list_queue(queue, ledger))}" for queue in trace.queues[:MOST]]
    return "\n\n".join([*blocks, *count_left(trace.queues, MOST)])


def _tell_entry(trace: Trace, made: Made, ledger: str) -> str:
    follows = [parent[:12] for parent in made.parents]
    facts = [
        *_list_facts(made, ledger),
        ("follows", ", ".join(follows[:MOST] + count_left(follows, MOST)) or "nothing: it is the first"),
    ]
    rows = [
        [event.event, show_plain(event.name), name_scope(event.scope),
         f"{len(event.opening.rows):,}" if event.opening and event.opening.rows else "-", show_plain(event.by),
         show_plain(event.because), event.action]
        for event in trace.events
    ]  # fmt: skip
    head = ["EVENT", "ACTION", "WHERE", "ROWS", "BY", "BECAUSE", "ID"]
    table = "\n".join([tabulate(head, rows[:MOST], width=_LINE), *count_left(rows, MOST)])
    return "\n\n".join([_align_facts(facts), table if rows else "it has no events"])


def _name_queue(queue: TracedQueue) -> str:
    name, where = show_plain(queue.id), name_scope(queue.scope)
    if queue.sample is None:
        return f"{name}: {show_plain(queue.action or '')} for {where}, {show_plain(queue.state or '')}"
    return f"{name}: sample of {format_percent(queue.sample.rate)} of the finished labels of {where}"


def _list_queue(queue: TracedQueue, ledger: str) -> Iterator[tuple[str, str]]:
    row, sample = queue.row, queue.sample
    if sample:
        value = "no verdict" if sample.because is None else f"the value {format_number(sample.because)}"
        yield "because", value + (f" of {show_plain(sample.finding)}" if sample.finding else "")
    if row:
        of = f" of {name_scope(row.stratum.value)}" if row.stratum.value else ""
        drawn = f"one of {row.stratum.taken:,} from {row.stratum.eligible:,} eligible rows{of}"
        yield "row", f"{row.number:,} of {queue.rows:,}"
        yield "drawn", f"{drawn}, inclusion probability {row.inclusion_probability}"
    elif queue.rows:
        yield "rows", f"{queue.rows:,} frozen"
    if queue.file:
        yield "file", f"{show_plain(queue.file.path)}, sha256:{show_plain(queue.file.sha256)}"
    if queue.episode and queue.episode > 1:
        yield "", f"episode {queue.episode:,}"
    yield from _list_facts(queue.recorded, ledger)
    if sample is None:
        told = [f"{one.at} {name_event(one)} by {': '.join(_say_why(one))} ({one.entry[:12]})" for one in queue.since]
        yield from _list_lines("since", told or ["nothing"])


def _list_facts(made: Made, ledger: str) -> Iterator[tuple[str, str]]:
    yield "entry", f"{ledger}/{made.entry[:2]}/{made.entry}.json" if made.entry else "none: the plan is not recorded"
    if made.plan:
        yield "plan", f"{show_plain(made.plan)}, as of {show_plain(made.as_of or '')}"
    used = made.ruleset
    yield "ruleset", f"{show_plain(used.name)} {show_plain(used.version)}, {show_plain(used.digest)}"
    yield from _list_lines("data", [f"{show_plain(one.source)} {show_plain(one.digest)}" for one in made.inputs])
    yield "tool", f"prism-rules {show_plain(made.tool)}"


def _list_lines(name: str, lines: list[str]) -> Iterator[tuple[str, str]]:
    shown = lines[:MOST] + count_left(lines, MOST)
    yield from zip([name, *[""] * len(shown)], shown, strict=False)


def _align_facts(facts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<8}  {text}" for name, text in facts)


def _name_state(action: RecordedAction) -> str:
    return f"{action.state}, in conflict" if action.conflict else action.state


def _say_why(decision: Decision) -> tuple[str, str]:
    return show_plain(decision.by or ""), show_plain(decision.because or "")


def _list_warnings(actions: Iterable[RecordedAction]) -> list[str]:
    return [f"warning: {say_conflict(action.conflict)}" for action in actions if action.conflict]
