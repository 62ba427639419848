"""An action's work in words, as plain text with every name cut: each format encodes it itself."""

from __future__ import annotations

from collections.abc import Callable

from prism_rules.diagnostics.text import say_count
from prism_rules.model.plan import Acceptance, ActionEntry, GovernanceEntry, QueueEntry, Stratum
from prism_rules.render.words import format_beside, name_reason
from prism_rules.wording import name_scope


def say_causeless(action: ActionEntry) -> str:
    """Say why an action is there that covers nothing."""
    return {
        "open": "its cause is gone; it stays because it was approved",
        "proposed": "its cause is waived, or cannot be told now",
        "blocked": "its cause is gone, waived, or cannot be told now",
    }.get(action.state, "-")


def say_closed(action: ActionEntry) -> str:
    """Say what a closed action is, and whether it may come back."""
    if action.covers:
        return "it is opened again once its cause holds on newer data"
    if any(one.event == "done" for one in action.history):
        return "nothing is left to verify"
    return "it lapsed, because its cause is gone and nobody had approved it"


def say_queue(queue: QueueEntry, name: Callable[[str], str]) -> str:
    """Say which rows are to be reviewed; `name` writes a path or a source: "q.csv, 14 rows of 57 eligible in rows"."""
    if queue.path is None:
        eligible = f"{say_count(queue.eligible, 'row')} of {name(queue.source)}"
        return f"none written; {eligible} {'is' if queue.eligible == 1 else 'are'} eligible"
    effort = f", about {say_minutes(queue.effort_minutes)} of review" if queue.effort_minutes else ""
    short = f" (asked for {queue.size:,})" if queue.rows < queue.size else ""
    return (
        f"{name(queue.path)}, {say_count(queue.rows, 'row')}{short} of {queue.eligible:,} eligible in "
        f"{name(queue.source)}{effort}"
    )


def say_stratum(stratum: Stratum) -> str:
    """Say what was drawn from a part of a queue: "204 of 634 surface-scratch, weight 3"."""
    name = name_scope(stratum.value) if stratum.value else "others"
    return f"{stratum.taken:,} of {stratum.eligible:,} {name}, weight {stratum.weight:g}"


def say_accepted(entry: Acceptance) -> str:
    """Say what was measured since the work was done: "0.81 (123)", "not measured yet"."""
    if entry.value is None:
        return name_reason(entry.reason)
    return f"{format_beside(entry.value, entry.bound)} ({entry.n:,})"


def say_minutes(minutes: int) -> str:
    """Say how long work takes: "11 h 20 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours:,} h" if hours else "", f"{rest} min" if rest or not hours else ""]))


def say_budget(work: GovernanceEntry) -> str:
    """Say how the review budget is spent: "11 h of 40 h planned, 2 h already finished; 2 queues cut or waiting"."""
    of = f" of {say_minutes(work.budget_minutes)}" if work.budget_minutes is not None else ""
    planned = f"{say_minutes(work.planned_minutes)}{of} planned"
    if work.finished_minutes:
        planned += f", {say_minutes(work.finished_minutes)} already finished"
    over = work.planned_minutes + work.finished_minutes - (work.budget_minutes or 0)
    if work.budget_minutes is not None and over > 0:
        # Nothing new is given beyond the budget.
        planned += f"; {say_minutes(over)} over it by samples and recorded queues alone"
    if work.waits:
        planned += f"; {say_count(len(work.waits), 'queue')} cut or waiting"
    if work.uncounted and work.budget_minutes is not None:
        planned += f"; {say_count(work.uncounted, 'queue')} without `effort` not counted"
    return planned
