"""A plan's counts in words, as plain text."""

from __future__ import annotations

from prism_rules.model.plan import Plan
from prism_rules.render.words import count_statuses

_CHANGES = {
    "new": "new", "worse": "worse", "same": "unchanged", "better": "better", "cleared": "cleared", "lost": "lost",
}  # fmt: skip


def count_unevaluated(plan: Plan) -> int:
    """Count the findings without a verdict."""
    return plan.counts.findings.get("insufficient", 0) + plan.counts.findings.get("no_data", 0)


def is_tried_alone(plan: Plan) -> bool:
    """Whether a plan's status is that of experimental rules alone."""
    found = count_statuses(plan)
    return bool(found["experimental"]) and not found.get(plan.status)


def say_counts(plan: Plan) -> str:
    """Say how many findings there are of each status: "9 fail, 40 pass, 1 waived, 3 not evaluated"."""
    found = count_statuses(plan)
    statuses = {status: found.get(status, 0) for status in ("fail", "warn", "unsure", "pass", "waived", "experimental")}
    statuses["not evaluated"] = count_unevaluated(plan)
    return ", ".join(
        f"{n:,} {word}" for word, n in statuses.items() if n or word not in ("warn", "unsure", "experimental")
    )


def say_changes(plan: Plan) -> str:
    """Say how many findings changed since the plan before: "3 new, 1 worse, 5 unchanged, 0 cleared"; empty of a first
    plan."""
    if plan.previous is None:
        return ""
    changed = plan.counts.changes
    return ", ".join(
        f"{changed.get(c, 0):,} {word}" for c, word in _CHANGES.items() if changed.get(c) or c not in ("better", "lost")
    )
