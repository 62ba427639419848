"""Rules as they apply: every bound with the line that it is written in, and what passed by them."""

from __future__ import annotations

from typing import Any

from prism_rules.model.plan import Plan
from prism_rules.render.bounds import name_place
from prism_rules.render.html.tables import MOST, make_table, name_line
from prism_rules.render.told import name_rule
from prism_rules.render.words import format_unbound
from prism_rules.wording import name_scope, say_demand

_BOUNDS = 40
"""Of one rule; plan.json has the rest."""


def tabulate_rules(plan: Plan) -> dict[str, Any]:
    """Tabulate the rules by name, each with its bounds: the ones for some places alone after those for all."""
    told = [
        {
            "title": name_line(entry.title),
            "id": rule,
            "measures": f"{entry.metric} of {entry.source}" + (f", by {', '.join(entry.by)}" if entry.by else ""),
            "standing": "" if entry.status == "stable" else entry.status,
            "bounds": [
                {
                    "place": name_scope(bound.match) if bound.match else "everywhere else"
                    if any(other.match for other in entry.bounds) else "everywhere",
                    "level": bound.level,
                    "asks": say_demand(bound),
                    "origin": name_place(plan, rule, bound),
                }
                for bound in sorted(entry.bounds, key=lambda bound: (bool(bound.match), bound.level))[:_BOUNDS]
            ],
            "left": max(0, len(entry.bounds) - _BOUNDS),
        }
        for rule, entry in sorted(plan.rules.items())
    ]  # fmt: skip
    return {"rules": told[:MOST], "left": len(told[MOST:])}


def tabulate_passes(plan: Plan) -> dict[str, Any]:
    """Tabulate what passed."""
    rows = (
        (
            name_line(name_rule(one.rule, plan)), name_scope(one.scope), format_unbound(one.value, one.rule, plan),
            f"{one.n:,}",
        )
        for one in plan.passes
    )  # fmt: skip
    return make_table("What passed", ("Rule", "Where", "Value", "n"), rows, len(plan.passes))
