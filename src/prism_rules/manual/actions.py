"""An action in sentences: when it opens, its gates and order, who does it by when, with which rows, when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from prism_rules.diagnostics.text import say_count
from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import Paragraph, list_items
from prism_rules.manual.phrases import fill_text, list_owners, say_each, say_last, say_span
from prism_rules.manual.readers import list_causes, list_occasions
from prism_rules.manual.voice import Voice, say_asked
from prism_rules.model.ruleset import Gate, Queue, Ruleset
from prism_rules.ruleset import Resolved, find_grain
from prism_rules.ruleset.terms import read_hold
from prism_rules.ruleset.windows import find_length
from prism_rules.wording import format_exact, join_all


def tell_action(overview: Overview, name: str, voice: Voice) -> Iterator[Paragraph]:
    """Tell an action in paragraphs; its steps are not among them."""
    model = overview.model
    action = model.actions[name]
    yield Paragraph("Kind", f"{action.kind.replace('_', ' ').capitalize()}, {say_each(find_grain(model, action))}.")
    yield Paragraph("Title", fill_text(overview, ("actions", name, "title"), voice))
    causes = [voice.refer("cause", cause) for cause in list_causes(action)]
    opened = [f"the cause {join_all(causes, 'or')} is diagnosed"] if causes else []
    opened += [f"the rule {say_asked(occasion, voice)}" for occasion in list_occasions(action)]
    yield Paragraph("Opens", f"When {', or '.join(opened)}.")
    if action.requires:
        yield Paragraph("Gate", f"Blocked until {_say_holds(action.requires, voice)} at every place that it is about.")
    if action.after:
        first = join_all((voice.refer("action", other) for other in action.after), "or")
        since = ". The gate then asks what was measured since that was done" if action.requires else ""
        yield Paragraph("Order", f"Waits while {first} is open for the same place{since}.")
    yield Paragraph("Who", _say_owners(overview.resolved, name, voice))
    if action.due is not None:
        yield Paragraph("Due", f"{say_span(action.due)} after the first recorded plan in which it is not blocked.")
    if action.queue:
        drawn = list_items(_list_queue(action.queue, voice))
        yield Paragraph("Rows", f"{_say_queue(model, action.queue, voice)}.", drawn)
    done = (
        f"When {_say_holds(action.done_when, voice)}, measured on what came in since somebody said that it is done."
        if action.done_when
        else "When somebody says that it is done."
    )
    yield Paragraph("Done", done)


def _say_holds(gates: Iterable[Gate], voice: Voice) -> str:
    return join_all(say_asked(read_hold(gate), voice) for gate in gates)


def _say_owners(resolved: Resolved, name: str, voice: Voice) -> str:
    said = []
    for owner, classes in list_owners(resolved, name):
        who = voice.code(owner) if "{{" in owner or "{%" in owner else voice.name(owner) if owner else "nobody"
        said.append(f"{who} for {join_all(map(voice.text, classes))}" if classes else who)
    return f"{'; '.join(said)}."


def _say_queue(model: Ruleset, queue: Queue, voice: Voice) -> str:
    unit = "unit" if model.sources[queue.from_].role == "annotations" else "row"
    length = find_length(model, queue.from_)
    disputed = " whose labels differ" if queue.only else ""
    recent = f" from {say_last(length)}" if isinstance(length, timedelta) else ""
    where = f", where {voice.code(queue.where)}" if queue.where else ""
    count = f"Up to {queue.size:,} {unit}s" if queue.size > 1 else f"One {unit}"
    return f"{count} of {voice.name(queue.from_)}{recent}{disputed}{where}, at the places that it is about"


def _list_queue(queue: Queue, voice: Voice) -> Iterator[str]:
    for dimension, weights in queue.weights.items():
        shares = [
            f"{'any other' if value == '*' else voice.text(value)} {format_exact(weight)}"
            for value, weight in weights.items()
        ]
        others = "" if "*" in weights else "; no other is drawn"
        yield f"shared out by {voice.name(dimension)} in parts of {join_all(shares)}{others}"
    if queue.show:
        yield f"shown with {join_all(map(voice.name, queue.show))}"
    if queue.effort:
        yield f"{say_span(queue.effort)} for each, {_say_work(queue.effort * queue.size)} at most"


def _say_work(work: timedelta) -> str:
    minutes = -(-int(work.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    parts = [say_count(hours, "hour")] if hours else []
    parts += [say_count(rest, "minute")] if rest else []
    return " and ".join(parts)
