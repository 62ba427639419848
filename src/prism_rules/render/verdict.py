"""The verdict of a plan in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.render.words import count_changes, count_statuses
from prism_rules.wording import list_some

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan


def tell_verdict(plan: Plan) -> str:
    """Tell in one line how it stands: the status, how many findings of each, and what changed."""
    counts = count_statuses(plan)
    told = ", ".join(f"{counts[status]:,} {status.replace('_', ' ')}" for status in counts if counts[status])
    changes = ", ".join(f"{n:,} {change}" for change, n in count_changes(plan).items() if n)
    compared = f"since {plan.previous.as_of[:10]}: {changes or 'nothing changed'}" if plan.previous else "first plan"
    head = f"{plan.ruleset.name} {plan.ruleset.version} as of {plan.as_of[:10]}: {name_verdict(plan)}"
    picked = f"; selected: {list_some(plan.selected, 3)}" if plan.selected else ""
    return f"{head} ({told or 'nothing evaluated'}; {compared}{picked})"


def name_verdict(plan: Plan) -> str:
    """Name the verdict in one or two words, as it stands in the line: "FAIL", "NO DATA"."""
    return plan.status.replace("_", " ").upper()
