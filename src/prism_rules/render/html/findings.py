"""Findings: what was measured, by which bound it is judged and where that is written, with a chart of its windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from prism_rules.diagnostics.text import say_count
from prism_rules.model.plan import UNEVALUATED, Finding, Plan
from prism_rules.render.bounds import name_place, say_needed
from prism_rules.render.html.tables import MOST, make_table, name_line
from prism_rules.render.ranking import pick_findings
from prism_rules.render.results import say_held
from prism_rules.render.told import list_groups, name_rule
from prism_rules.render.words import (
    format_number,
    format_percent,
    format_unbound,
    is_experimental,
    is_judged,
    name_hidden,
    name_reason,
    name_status,
    say_end,
    say_judged,
    say_slices,
    say_support,
    say_value,
    say_window,
)
from prism_rules.wording import list_some, name_scope

_OPEN = 50
"""Findings that stand open; the rest of them is folded, as nobody scrolls past hundreds to what comes after."""
_DRAWN = 150
"""Findings whose windows are drawn; of more, nobody looks at each, and the page would be too large to open."""


class Evidence:
    """Tells findings of a plan; one that several actions rest on is told and drawn once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._told: dict[str, dict[str, Any]] = {}

    def tell(self, findings: Sequence[Finding], against: Iterable[str] = ()) -> dict[str, Any]:
        """Tell findings as a table, with the charts of their windows and what stands out in them."""
        contrary = frozenset(against)
        shown = pick_findings(findings, self.plan, MOST)
        kept = [self._tell(finding) | {"against": finding.id in contrary} for finding in shown]
        windows = {finding.window for finding in shown}
        return {
            "window": say_window(*windows) if len(windows) == 1 else "",
            "rows": kept,
            "charts": [told["chart"] for told in kept if told["chart"]],
            "slices": [{"place": told["place"], "said": told["slices"]} for told in kept if told["slices"]],
            "left": len(findings) - len(kept),
        }

    @cached_property
    def _ends(self) -> list[str]:
        from prism_rules.render.charts.scales import list_ends

        return list_ends(self.plan)

    def _tell(self, finding: Finding) -> dict[str, Any]:
        if finding.id not in self._told:
            self._told[finding.id] = _tell_finding(finding, self.plan, self._ends if len(self._told) < _DRAWN else ())
        return self._told[finding.id]


def _tell_finding(finding: Finding, plan: Plan, ends: Sequence[str]) -> dict[str, Any]:
    from markupsafe import Markup

    from prism_rules.render.charts import draw_panel

    status = finding.hides or finding.status
    judged = is_judged(finding)
    baseline = finding.baseline
    compared = "" if baseline is None or baseline.value is None else f"{format_number(baseline.value)},"
    sure = f"at {format_percent(finding.confidence)} confidence" if finding.confidence and finding.interval else ""
    return {
        "status": name_status(finding, plan),
        "kind": "waived" if finding.hides else "tried" if is_experimental(finding, plan) else status,
        "rule": name_line(name_rule(finding.rule, plan)),
        "place": name_scope(finding.scope),
        "value": say_value(finding, plan),
        "sure": sure,
        "bound": say_judged(finding),
        "origin": name_place(plan, finding.rule, finding.bound) if finding.bound else "",
        "needed": say_needed(plan, finding) if judged else "",
        "baseline": {"value": compared, "source": baseline.source, "n": f"({baseline.n:,})"} if baseline else None,
        "support": say_support(finding),
        "window": say_window(finding.window),
        "change": ""
        if plan.previous is None
        else finding.change
        if finding.change == "new"
        else f"{finding.change}, not passing since {finding.since}",
        "slices": [*say_slices(finding)],
        "chart": Markup(draw_panel(finding, plan, ends)) if ends else "",
    }


def list_findings(plan: Plan, evidence: Evidence) -> dict[str, Any]:
    """List what no action shows: findings by what becomes of them, then what cleared, is waived or has no verdict."""
    told, room = [], _OPEN
    for title, every in list_groups(plan):
        if every:
            listed = pick_findings(every, plan, MOST)
            shown, folded = (evidence.tell(part) if part else None for part in (listed[:room], listed[room:]))
            told.append({"title": title, "shown": shown, "folded": folded, "left": len(every) - len(listed)})
            room = max(0, room - len(listed))
    return {
        "groups": told,
        "cleared": _tabulate_cleared(plan),
        "waived": _tabulate_waived(plan),
        "silent": _tabulate_silent(plan),
    }


def _tabulate_cleared(plan: Plan) -> dict[str, Any]:
    rows = (
        (
            name_line(name_rule(one.rule, plan)), name_scope(one.scope), format_unbound(one.was, one.rule, plan),
            say_held(one, plan), one.since,
        )
        for one in plan.cleared
    )  # fmt: skip
    head = ("Rule", "Where", "Was", "Now", "Not passing since")
    return make_table("What did not pass in the last plan and holds now", head, rows, len(plan.cleared))


def _tabulate_waived(plan: Plan) -> dict[str, Any]:
    found = {finding.id: finding for finding in plan.findings}
    hiding = [waiver for waiver in plan.waivers if waiver.findings]
    rows = (
        (
            waiver.id, name_line(name_rule(waiver.rule, plan)),
            list_some((f"{name_scope(one.scope)}, {name_hidden(one, plan)}" for one in hidden), 6, "; "),
            say_end(waiver), waiver.by, name_line(waiver.because),
        )
        for waiver in hiding for hidden in [[found[one] for one in waiver.findings if one in found]]
    )  # fmt: skip
    head = ("Waiver", "Rule", "Hides, or hid", "In force", "By", "Because")
    return make_table("Waivers that hide a finding, and expired ones that would", head, rows, len(hiding))


def _tabulate_silent(plan: Plan) -> dict[str, Any]:
    silent = [finding for finding in plan.findings if finding.status in UNEVALUATED]
    rows = (
        (
            name_line(name_rule(one.rule, plan)), name_scope(one.scope), say_value(one, plan),
            ("lost, it failed last time: " if one.change == "lost" else "") + name_reason(one.reason),
            say_count(one.n, one.unit.removesuffix("s"), one.unit),
        )
        for one in sorted(silent, key=lambda one: one.change != "lost")
    )  # fmt: skip
    head = ("Rule", "Where", "Value", "Why", "Measured on")
    return make_table("Findings without a verdict", head, rows, len(silent))
