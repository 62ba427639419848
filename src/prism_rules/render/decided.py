"""Decisions in words, as plain text with every name cut: each format encodes it itself."""

from __future__ import annotations

from collections.abc import Sequence

from prism_rules.escaping import show_plain
from prism_rules.model.ledger import BY_PLAN
from prism_rules.model.plan import ActionEntry, Decision, Plan
from prism_rules.wording import list_some, name_scope


def name_event(decision: Decision) -> str:
    """Name what happened to an action: "done (while blocked)", "escalated to @org/safety"."""
    to = f" to {show_plain(decision.to)}" if decision.to else ""
    return f"{show_plain(decision.event)}{to}" + (" (while blocked)" if decision.override else "")


def say_decision(decision: Decision) -> str:
    """Say what was decided, when, by whom and why: "2026-03-10 done by @org/labels: all agree on the batch"."""
    when = f"{show_plain(decision.at[:10])} " if decision.at else ""
    who = f" by {show_plain(decision.by)}" if decision.by else ""
    why = f": {show_plain(decision.because, 300)}" if decision.because else ""
    return f"{when}{name_event(decision)}{who}{why}"


def say_later(plan: Plan) -> str:
    """Say that what is told of actions was decided after the moment of the plan, too."""
    return f"The ledger has plans for moments up to {plan.ledger.later}; what was decided by then counts here too"


def list_told(history: Sequence[Decision], action: ActionEntry | None = None) -> list[str]:
    """List what has happened to an action, in order, and of an `action` that this plan opens it again; of what
    plans recorded the reason only where the event has none of its own: of the last one, and where it was opened
    another time."""
    told = []
    for number, one in enumerate(history):
        again = one.event == "reopened" or (one.event == "opened" and number)
        terse = one.by == BY_PLAN and not again and one is not history[-1]
        told.append(say_decision(one.model_copy(update={"by": None, "because": None}) if terse else one))
    if action and (why := say_again(action)):
        told.append(f"now {name_again(action)} again: {why}")
    return told


def name_again(action: ActionEntry) -> str:
    """Name what an action is again: what lapsed was approved by nobody, and is proposed."""
    taken_up = any(one.event in ("approved", "done") for one in action.history)
    return "open" if taken_up or all(one.event != "closed" for one in action.history) else "proposed"


def say_again(action: ActionEntry) -> str:
    """Say why this very plan opens an action again; once it is recorded, its history has that."""
    last = next((one for one in reversed(action.history) if one.event not in ("escalated", "waived")), None)
    if last is None:
        return ""
    if action.episode > last.episode:
        return "its cause is back on newer data"
    failed = last.event == "done" and action.state in ("open", "blocked")
    return "acceptance fails on data since it was done" if failed else ""


def write_deciding(action: str, decision: str = "DECISION") -> str:
    """Write the command that decides about the action of an id; without a decision, the place where it goes."""
    return f"prism-rules decide {show_plain(action)} --as {decision} --by WHO --because WHY"


def say_conflict(conflict: Sequence[Decision], most: int = 3) -> str:
    """Say which decisions about an action disagree, which of them counts, and how to settle it."""
    return (
        f"{show_plain(conflict[0].name)} for {name_scope(conflict[0].scope)} is in conflict: "
        f"{list_some(map(say_decision, conflict), most, '; ')}; the first counts until somebody decides again: "
        f"{write_deciding(conflict[0].action)}"
    )
