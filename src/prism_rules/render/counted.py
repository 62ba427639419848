"""A plan's counts in words, as plain text."""

from __future__ import annotations

from typing import get_args

from prism_rules.diagnostics.text import say_count
from prism_rules.model.plan import UNEVALUATED, Change, Plan, ShownStatus
from prism_rules.render.words import is_experimental, say_selected
from prism_rules.wording import say_moment

LIVE = ("proposed", "open", "blocked")
_SAID = {"same": "unchanged"}


def count_statuses(plan: Plan) -> dict[str, int]:
    """Count findings by status, those of experimental rules apart from what may fail a run."""
    if plan.only_changes:  # they were told apart before the others were left out
        return {status: plan.counts.findings.get(status, 0) for status in (*get_args(ShownStatus), "experimental")}
    tried: list[str] = [finding.status for finding in plan.findings if is_experimental(finding, plan)]
    # A plan that was read back has its counts in the order of the alphabet.
    counts = {status: plan.counts.findings.get(status, 0) - tried.count(status) for status in get_args(ShownStatus)}
    return counts | {"experimental": len(tried)}


def count_changes(plan: Plan) -> dict[str, int]:
    """Count findings by how they stand to the plan before, in the order in which that is told."""
    return {change: plan.counts.changes.get(change, 0) for change in get_args(Change)}


def count_unevaluated(plan: Plan) -> int:
    """Count the findings without a verdict."""
    return sum(plan.counts.findings.get(status, 0) for status in UNEVALUATED)


def is_tried_alone(plan: Plan) -> bool:
    """Whether a plan's status is that of experimental rules alone."""
    found = count_statuses(plan)
    return bool(found["experimental"]) and not found.get(plan.status)


def list_counts(plan: Plan) -> list[tuple[int, str]]:
    """List how many findings there are of each status; of what is rare only where there are any."""
    found = count_statuses(plan)
    silent = found.pop("insufficient") + found.pop("no_data")
    return [(n, word) for word, n in found.items() if n or word in ("fail", "pass", "waived")] + [
        (silent, "not evaluated")
    ]


def list_changes(plan: Plan) -> list[tuple[int, str]]:
    """List how many findings changed since the plan before; of a first plan nothing."""
    changed = count_changes(plan) if plan.previous else {}
    return [(n, _SAID.get(word, word)) for word, n in changed.items() if n or word not in ("better", "lost")]


def say_counts(plan: Plan) -> str:
    """Say how many findings there are of each status: "9 fail, 40 pass, 1 waived, 3 not evaluated"."""
    return ", ".join(f"{n:,} {word}" for n, word in list_counts(plan))


def say_changes(plan: Plan) -> str:
    """Say how many findings changed since the plan before: "3 new, 1 worse, 5 unchanged, 0 cleared"; empty of a first
    plan."""
    return ", ".join(f"{n:,} {word}" for n, word in list_changes(plan))


def count_unshown(plan: Plan) -> tuple[int, int]:
    """Count the live actions that a narrowed plan leaves out, and how many of them are overdue."""
    shown = [action for action in plan.actions if action.state in LIVE]
    live = sum(plan.counts.actions.get(state, 0) for state in LIVE)
    late = plan.counts.actions.get("overdue", 0) - sum(action.overdue for action in plan.actions)
    return (live - len(shown), late) if plan.only_changes else (0, 0)


def say_narrowed(plan: Plan) -> str:
    """Say that a plan shows only what changed, and how many actions it leaves out; empty of a whole one."""
    if not plan.only_changes:
        return ""
    since = f"changed since the plan of {say_moment(plan.previous.as_of)}" if plan.previous else "is not passing"
    unshown, late = count_unshown(plan)
    go_on = f"; {say_count(unshown, 'action goes', 'actions go')} on unchanged" if unshown else ""
    overdue = f" ({late:,} overdue)" if late else ""
    return f"Only what {since} is shown; verdict and counts are of everything{go_on}{overdue}"


def say_idle(plan: Plan) -> str:
    """Say why a plan shows no action; empty of one that shows any."""
    if plan.actions:
        return ""
    if plan.selected:
        return f"{say_selected(plan)}."
    if count_unshown(plan)[0]:
        return "No action changed."
    return "Nothing to do." if plan.status in ("pass", "waived") else "No action of the ruleset answers this."
