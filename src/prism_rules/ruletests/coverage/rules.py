"""Rules to try: each fires and stays silent, each bound is met exactly and gone beyond, each override decides."""

from __future__ import annotations

import math
from collections.abc import Iterator

from prism_rules.diagnostics import Route
from prism_rules.model.plan import COMPARED, Finding, ResolvedBound
from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.judgement import (
    DECIMALS,
    LEVELS,
    Setting,
    find_limits,
    find_span,
    index_settings,
    pick_winners,
)
from prism_rules.ruleset.segments import list_segments
from prism_rules.ruletests.coverage.points import Point, Run, find_status, make_point, name_trial
from prism_rules.wording import format_exact, name_scope

JUDGED = ("pass", "warn", "fail", "unsure")
"""Statuses of what was held against bounds."""
_OUTCOMES = {"fail": "failed", "warn": "warned", "pass": "passed"}
_SIDES = ("low", "high")
MOST = 50_000
"""Segments of one rule among which is looked for what decides nothing; of more, all that is set counts as deciding."""


def list_rules(resolved: Resolved) -> Iterator[Point]:
    """List what there is to try of every rule, its bounds and its overrides."""
    for name, rule in resolved.model.rules.items():
        route: Route = ("rules", name)
        deciding = _find_deciding(resolved.model, name, rule)
        places: dict[str, Route] = {"pass": route}
        for setting in index_settings(name, rule).all:
            for level in LEVELS:
                if level in deciding[id(setting)]:
                    places.setdefault(level, setting.routes[level])
                    yield from _list_bounds(resolved, name, rule, setting, level)
        for status, place in places.items():
            outcome = _OUTCOMES[status]
            yield make_point(resolved, "rules", route, outcome, f"{name}: never {outcome}", place=place)
        yield from _list_overrides(resolved, name, rule, deciding)


def find_rules(model: Ruleset, run: Run) -> Iterator[str]:
    """Find what a run tried of rules, bounds and overrides."""
    for finding in run.findings:
        rule = model.rules.get(finding.rule)
        if rule is None:
            continue
        settings = index_settings(finding.rule, rule)
        winners = settings.find_winners(add_family(model, finding.scope))
        for setting in winners.values():
            if (override := _name_override(setting)) is not None:
                yield name_trial(override, "decided")
        status = find_status(finding)
        if status not in JUDGED:
            continue
        if status in _OUTCOMES:
            yield name_trial(("rules", finding.rule), _OUTCOMES[status])
        for level in LEVELS:
            if level in winners:
                yield from _find_bounds(winners[level], level, finding)
    yield from _find_disabled(model, run)


def _find_deciding(model: Ruleset, name: str, rule: Rule) -> dict[int, set[str]]:
    """Find for every setting, by its object's id, which of its fields decide something somewhere."""
    settings = index_settings(name, rule).all
    segments = list_segments(model, name, most=MOST)
    if not segments.complete:
        return {id(setting): {*setting.values} for setting in settings}
    deciding: dict[int, set[str]] = {id(setting): set() for setting in settings}
    for segment in segments.all:
        winners = pick_winners(segment.fitting)
        # Where a rule is off nothing is judged, and that it is off is all that is decided.
        off = "enabled" in winners and not winners["enabled"].values["enabled"]
        for field in ("enabled",) if off else winners:
            deciding[id(winners[field])].add(field)
    return deciding


def _list_bounds(resolved: Resolved, name: str, rule: Rule, setting: Setting, level: str) -> Iterator[Point]:
    for bound in setting.values[level]:
        route = setting.find_route(level, bound.kind)
        for side, said in _list_ends(bound):
            told = f"{said} for {name_scope(bound.match)}" if bound.match else said
            # Nobody finds the rows for which the statistic of a test is a certain number.
            if rule.series is None and _is_met(bound):
                text = f"{name}: never tried exactly on {told}"
                yield make_point(resolved, "bounds", route, f"on-{side}", text)
            yield make_point(resolved, "bounds", route, f"beyond-{side}", f"{name}: never tried beyond {told}")


def _is_met(bound: ResolvedBound) -> bool:
    """Whether a value can be equal to a bound: values have 6 decimals, and a share of a baseline is rounded to them."""
    ends = bound.value if isinstance(bound.value, tuple) else (bound.value,)
    return bound.relative or all(round(end, DECIMALS) == end for end in ends)


def _list_ends(bound: ResolvedBound) -> Iterator[tuple[str, str]]:
    """List the ends of a bound: low or high, and what it is called."""
    its = "its warn" if bound.level == "warn" else "its"
    for side, end in zip(_SIDES, find_span(bound.kind, bound.value), strict=True):
        if not math.isfinite(end):
            continue
        if bound.kind in COMPARED:
            amount = f"{round(abs(end) * 100, DECIMALS):g}%" if bound.relative else format_exact(abs(end))
            yield side, f"{its} {'drop' if side == 'low' else 'rise'} of {amount}"
        else:
            which = f"{side} bound" if bound.kind == "outside" else "bound"
            yield side, f"{its} {which} {format_exact(end)}"


def _find_bounds(setting: Setting, level: str, finding: Finding) -> Iterator[str]:
    """Find the ends of the bounds that judge a finding which its value lies on or beyond."""
    baseline = finding.baseline.value if finding.baseline else None
    for bound in setting.values[level]:
        value = finding.value
        if bound.kind in COMPARED:
            value = None if value is None or baseline is None else round(value - baseline, DECIMALS)
        if value is None:
            continue
        route = setting.find_route(level, bound.kind)
        low, high = find_limits(bound, baseline)
        for side, end, beyond in (("low", low, value < low), ("high", high, value > high)):
            if value == end:
                yield name_trial(route, f"on-{side}")
            elif beyond:
                yield name_trial(route, f"beyond-{side}")


def _name_override(setting: Setting) -> Route | None:
    """Name the override that a setting is part of; None for what the rule itself says."""
    route = next(iter(setting.routes.values()), ())
    return route[:4] if route[2:3] == ("overrides",) else None


def _list_overrides(resolved: Resolved, name: str, rule: Rule, deciding: dict[int, set[str]]) -> Iterator[Point]:
    for key, override in rule.overrides.items():
        route: Route = ("rules", name, "overrides", key)
        mine = [setting for setting in index_settings(name, rule).all if _name_override(setting) == route]
        if not any(deciding[id(setting)] for setting in mine):
            continue
        if override.enabled is not False:
            yield make_point(resolved, "overrides", route, "decided", f"{name}: override {key} never decided anything")
        elif any(_sees(other, override.match) for other in _list_others(resolved.model, name)):
            text = f"{name}: never met {name_scope(override.match)}, where override {key} turns it off"
            yield make_point(resolved, "overrides", route, "off", text)


def _list_others(model: Ruleset, name: str) -> Iterator[Rule]:
    yield from (rule for other, rule in model.rules.items() if other != name)


def _sees(rule: Rule, match: dict[str, str]) -> bool:
    dimensions = {*list_scope(rule)}
    return {*match} <= dimensions | ({"family"} if "class" in dimensions else set())


def _find_disabled(model: Ruleset, run: Run) -> Iterator[str]:
    """Find where a rule is off at a place that others have findings at: of itself it leaves no trace."""
    measured = [finding for finding in run.findings if finding.rule in model.rules and finding.status != "no_data"]
    for name, rule in model.rules.items():
        for key, override in rule.overrides.items():
            if override.enabled is not False:
                continue
            settings = index_settings(name, rule).all
            route: Route = ("rules", name, "overrides", key)
            mine = [setting for setting in settings if _name_override(setting) == route]
            met = (add_family(model, finding.scope) for finding in measured if finding.rule != name)
            if any(setting.fits(scope) for scope in met for setting in mine):
                yield name_trial(route, "off")
