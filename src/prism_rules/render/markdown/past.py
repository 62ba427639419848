"""The past of an action: what the ledger knows of it, and decisions that did not see each other."""

from __future__ import annotations

from collections.abc import Container

from prism_rules.escaping.markdown import escape_line, write_code
from prism_rules.model.ledger import BY_PLAN
from prism_rules.model.plan import ActionEntry, Decision
from prism_rules.render.decided import name_again, name_event, say_again, write_deciding
from prism_rules.wording import name_scope

MOST = 6
"""Events of one action that are told."""


def write_event(decision: Decision, *, named: bool = False, why: bool = True) -> str:
    """Write an event: "2026-02-26 **done** review-set for plant-1 by `@org/reliability`: all cases were read"."""
    parts = [
        f"{escape_line(decision.at[:10])} " if decision.at else "",
        f"**{escape_line(name_event(decision))}**",
        f" {escape_line(decision.name)}" if named else "",
        f" for {escape_line(name_scope(decision.scope), 300)}" if named and decision.scope else "",
        f" by {write_code(decision.by)}" if decision.by and (named or decision.by != BY_PLAN) else "",
        f": {escape_line(decision.because, 300)}" if decision.because and why else "",
    ]
    return "".join(parts)


def identify(decision: Decision) -> tuple[str, str, str]:
    """Name an event among all of the ledger."""
    return decision.entry, decision.action, decision.event


def write_past(action: ActionEntry, listed: Container[tuple[str, str, str]] = ()) -> str:
    """Write what has happened to an action since it was opened, with the reasons that the events do not tell.

    Those that are `listed` (as `identify` names them) are told elsewhere, with their reasons.
    """
    if len(action.history) < 2:
        return ""
    last = action.history[-1]
    telling = {
        id(one) for one in action.history[1:]
        if (one is last or one.event in ("opened", "rejected", "reopened")) and identify(one) not in listed
    }  # fmt: skip
    shown = action.history[-MOST:]
    left = len(action.history) - len(shown)
    told = [f"{left:,} earlier"] if left else []
    told += [write_event(one, why=id(one) in telling) for one in shown]
    told += [f"now **{name_again(action)} again**: {again}"] if (again := say_again(action)) else []
    episode = f" (episode {action.episode:,})" if action.episode > 1 else ""
    return f"**So far**{episode}: {'; '.join(told)}."


def write_conflict(action: ActionEntry) -> str:
    """Write which decisions disagree, which of them counts, and how to settle it."""
    if not action.conflict:
        return ""
    told = [f"- {write_event(one)}" for one in action.conflict[:MOST]]
    told += [f"- and {len(action.conflict) - MOST:,} more"] if len(action.conflict) > MOST else []
    return (
        "**In conflict**: who decided did not know of the other decision. The first of these counts, until "
        f"somebody decides again: {write_code(write_deciding(action.id))}\n\n" + "\n".join(told)
    )
