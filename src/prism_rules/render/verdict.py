"""The verdict of a plan in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.escaping import show_plain
from prism_rules.escaping.workflow import defuse_text
from prism_rules.render.counted import count_changes, count_statuses
from prism_rules.wording import list_some, say_moment

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan


def tell_verdict(plan: Plan) -> str:
    """Tell in one line how it stands: the status, how many findings of each, and what changed."""
    counts = count_statuses(plan)
    told = ", ".join(f"{counts[status]:,} {status.replace('_', ' ')}" for status in counts if counts[status])
    changes = ", ".join(f"{n:,} {change}" for change, n in count_changes(plan).items() if n)
    before = say_moment(plan.previous.as_of) if plan.previous else None
    compared = f"since {before}: {changes or 'nothing changed'}" if before is not None else "first plan"
    named = (show_plain(plan.ruleset.name), show_plain(plan.ruleset.version), "as of", say_moment(plan.as_of))
    picked = f"; selected: {list_some([*map(show_plain, plan.selected)], 3)}" if plan.selected else ""
    head = f"{' '.join(named)}: {name_verdict(plan)}"
    return defuse_text(f"{head} ({told or 'nothing evaluated'}; {compared}{picked})")


def name_verdict(plan: Plan) -> str:
    """Name the verdict in one or two words, as it stands in the line: "FAIL", "NO DATA"."""
    return plan.status.replace("_", " ").upper()
