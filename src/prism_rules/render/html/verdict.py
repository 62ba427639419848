"""The verdict: how it stands, what changed, what it is about, and what to begin with."""

from __future__ import annotations

from typing import Any

from prism_rules.diagnostics.text import say_count
from prism_rules.model.plan import Plan
from prism_rules.render.html.actions import make_anchor, number_actions
from prism_rules.render.html.tables import name_line
from prism_rules.render.words import count_changes, count_statuses, is_experimental, say_narrowed
from prism_rules.wording import list_some, name_scopes, say_moment

_ALWAYS = ("fail", "pass", "waived", "new", "worse", "same", "cleared", "not evaluated")
_SAID = {"same": "unchanged"}


def tell_verdict(plan: Plan) -> dict[str, Any]:
    """Tell what the top of the page says."""
    found = count_statuses(plan)
    silent = found.pop("insufficient") + found.pop("no_data")
    question = plan.question
    told = {
        "Task": question.task, "Environment": question.environment, "Concern": question.concern,
        "Risk": question.risk, "Reports to": list_some(question.report_to, 6),
    }  # fmt: skip
    return {
        "ruleset": plan.ruleset.name,
        "version": plan.ruleset.version,
        "status": plan.status,
        "as_of": say_moment(plan.as_of),
        "alone": bool(found["experimental"]) and not found.get(plan.status),
        "counts": _list_counts(found | {"not evaluated": silent}),
        "previous": say_moment(plan.previous.as_of) if plan.previous else None,
        "changes": _list_counts(count_changes(plan)) if plan.previous else [],
        "narrowed": say_narrowed(plan),
        "selected": list_some(plan.selected, 6),
        "question": [(name, name_line(text)) for name, text in told.items() if text],
        "alert": _tell_alert(plan),
    }


def _list_counts(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"n": f"{n:,}", "word": _SAID.get(word, word), "kind": word.replace(" ", "_")}
        for word, n in counts.items()
        if n or word in _ALWAYS
    ]


def _tell_alert(plan: Plan) -> dict[str, Any] | None:
    worst = [f for f in plan.findings if f.status == plan.status and not is_experimental(f, plan)]
    if plan.status not in ("fail", "warn") or not worst:
        return None
    first = next(((n, a) for n, a in number_actions(plan) if a.state in ("proposed", "open")), None)
    return {
        "count": f"{say_count(len(worst), 'finding')} {plan.status}{'s' if len(worst) == 1 else ''}",
        "places": name_scopes([finding.scope for finding in worst]),
        "first": first
        and {"title": name_line(first[1].title), "anchor": make_anchor(first[1]), "owner": first[1].owner},
    }
