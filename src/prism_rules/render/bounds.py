"""Bounds of one place: which count there, where each is written, what each stands in place of, what would pass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from prism_rules.escaping import show_plain
from prism_rules.manual.decisions import name_setting
from prism_rules.model.plan import COMPARED, Bound, Finding, Passing, Plan, ResolvedBound
from prism_rules.ruleset.judgement import DECIMALS, find_limits, index_bounds
from prism_rules.wording import format_exact

Level = Literal["fail", "warn"]
_LEVELS: tuple[Level, ...] = ("fail", "warn")
_ENDS: Mapping[Level, str] = {"fail": "not to fail", "warn": "to pass"}


def find_bounds(plan: Plan, entry: Finding | Passing) -> dict[Level, list[tuple[ResolvedBound, ...]]]:
    """Find for each level the bounds set for a place, the setting that counts first.

    A plan does not say which family a class is of: where the bound that decided is a family's, it is of that one.
    """
    bounds = plan.rules[entry.rule].bounds if entry.rule in plan.rules else ()
    decided = entry.bound if isinstance(entry, Finding) else None
    match = next((bound.match for bound in bounds if decided and bound.origin == decided.origin), {})
    ranked = index_bounds(bounds).rank_fitting({**match, **entry.scope})
    return {level: [one.values[level] for one in ranked if level in one.values] for level in _LEVELS}


def list_families(plan: Plan, entry: Finding | Passing) -> list[ResolvedBound]:
    """List the bounds of families that may be the one of this class, as far as the plan can tell."""
    bounds = plan.rules[entry.rule].bounds if entry.rule in plan.rules else ()
    decided = entry.bound if isinstance(entry, Finding) else None
    if "family" in entry.scope or "class" not in entry.scope:
        return []
    return [
        bound for bound in bounds
        if "family" in bound.match and not (decided and decided.level == bound.level)
        and index_bounds([bound]).rank_fitting({"family": bound.match["family"], **entry.scope})
    ]  # fmt: skip


def name_place(plan: Plan, rule: str, bound: Bound | ResolvedBound) -> str:
    """Name what sets a bound and where: "overrides.edges (rules.yaml:84)"."""
    route = ["rules", rule]
    inside = bound.origin.removeprefix(f"rules.{rule}.")
    if inside.startswith("overrides."):
        route += inside.split(".")[:2]
    # A class may have a dot in its name.
    route += [bound.level, "per_class" if f"{bound.level}.per_class." in inside else bound.kind, "-"]
    setting = show_plain(name_setting(tuple(route if "per_class" in route else route[:-1])))
    origin = plan.origins.get(bound.origin)
    return f"{setting} ({show_plain(origin.file, 200)}:{origin.line})" if origin else setting


def say_needed(plan: Plan, finding: Finding) -> str:
    """Say which values would be enough: "at least 0.75 not to fail, at least 0.80 to pass"; empty if not known."""
    if list_families(plan, finding):
        return ""
    baseline = finding.baseline.value if finding.baseline else None
    winners = {level: settings[0] for level, settings in find_bounds(plan, finding).items() if settings}
    spans: dict[Level, str] = {}
    low, high = -math.inf, math.inf
    for level, bounds in winners.items():
        span = _find_span(bounds, baseline)
        if span is None:
            return ""
        low, high = max(low, span[0]), min(high, span[1])
        spans[level] = _say_span(low, high)
    if "warn" not in spans or spans.get("fail") == spans["warn"]:
        return f"{[*spans.values()][-1]} to pass" if spans else ""
    return ", ".join(f"{span} {_ENDS[level]}" for level, span in spans.items())


def _find_span(bounds: Sequence[ResolvedBound], baseline: float | None) -> tuple[float, float] | None:
    low, high = -math.inf, math.inf
    for bound in bounds:
        compared = bound.kind in COMPARED
        if compared and baseline is None:
            return None
        limits = find_limits(bound, baseline)
        start = (baseline or 0.0) if compared else 0.0
        low, high = max(low, start + limits[0]), min(high, start + limits[1])
    return round(low, DECIMALS), round(high, DECIMALS)


def _say_span(low: float, high: float) -> str:
    if math.isinf(low):
        return f"at most {format_exact(high)}"
    if math.isinf(high):
        return f"at least {format_exact(low)}"
    return f"from {format_exact(low)} to {format_exact(high)}"
