"""Decisions in words, as plain text with every name cut: each format encodes it itself."""

from __future__ import annotations

from collections.abc import Sequence

from prism_rules.escaping import show_plain
from prism_rules.model.plan import Decision, Plan
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


def write_settling(action: str) -> str:
    """Write the command that settles a conflict over the action of an id."""
    return f"prism-rules decide {action} --as DECISION --by WHO --because WHY"


def say_conflict(conflict: Sequence[Decision], most: int = 3) -> str:
    """Say which decisions about an action disagree, which of them counts, and how to settle it."""
    return (
        f"{show_plain(conflict[0].name)} for {name_scope(conflict[0].scope)} is in conflict: "
        f"{list_some(map(say_decision, conflict), most, '; ')}; the first counts until somebody decides again: "
        f"{write_settling(conflict[0].action)}"
    )
