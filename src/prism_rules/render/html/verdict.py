"""The verdict: how it stands, what changed, what it is about, and what to begin with."""

from __future__ import annotations

from typing import Any

from prism_rules.model.plan import Plan
from prism_rules.render.counted import is_tried_alone, list_counts, say_changes, say_idle, say_narrowed
from prism_rules.render.html.actions import make_anchor
from prism_rules.render.html.tables import name_line
from prism_rules.render.told import find_first, find_worst, list_question, say_worst
from prism_rules.render.words import say_selected
from prism_rules.wording import list_some, name_scopes, say_moment


def tell_opening(plan: Plan) -> dict[str, Any]:
    """Tell what the top of the page says."""
    return {
        "ruleset": plan.ruleset.name,
        "version": plan.ruleset.version,
        "status": plan.status,
        "as_of": say_moment(plan.as_of),
        "alone": is_tried_alone(plan),
        "counts": [{"n": f"{n:,}", "word": word, "kind": word.replace(" ", "_")} for n, word in list_counts(plan)],
        "previous": say_moment(plan.previous.as_of) if plan.previous else None,
        "changes": say_changes(plan),
        "narrowed": say_narrowed(plan),
        "idle": say_idle(plan),
        "selected": list_some(plan.selected, 6),
        "without": say_selected(plan),
        "question": [(name, name_line(text)) for name, text in list_question(plan)],
        "alert": _tell_alert(plan),
    }


def _tell_alert(plan: Plan) -> dict[str, Any] | None:
    worst, first = find_worst(plan), find_first(plan)
    if not worst:
        return None
    return {
        "count": say_worst(worst, plan),
        "places": name_scopes([finding.scope for finding in worst]),
        "first": first and {"title": name_line(first.title), "anchor": make_anchor(first), "owner": first.owner},
    }
