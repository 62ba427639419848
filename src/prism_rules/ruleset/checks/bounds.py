"""Bounds that say nothing, that nothing can cross, or that come too late."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain, islice, product

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS, Metric
from prism_rules.model.frozen import Share
from prism_rules.model.plan import COMPARED, BoundKind, ResolvedBound, Scope
from prism_rules.model.ruleset import Condition, Rule, Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset.checks.dimensions import may_match
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.globs import is_glob
from prism_rules.ruleset.judgement import (
    LEVELS,
    Settings,
    find_numeric_bound,
    find_span,
    imagine_scope,
    index_settings,
    list_bounds,
)
from prism_rules.ruleset.meetings import list_meetings

_INFINITE = math.inf
_MOST_PAIRS = 10_000
"""Of settings that are looked at together; only a file made to cost time has more."""

Range = tuple[str, float, float]
"""What has it, and the lowest and highest value there can be."""


def check_bounds(draft: Draft) -> Iterator[Problem]:
    """Refuse conditions that say nothing, or that nothing can meet."""
    for name, rule in draft.model.rules.items():
        route: Route = ("rules", name)
        if rule.warn is None and rule.fail is None:
            yield Problem(
                "no-bound",
                f"`rules.{name}` judges nothing: it has neither `warn` nor `fail`",
                (Spot(route, at="key"),),
                "add `fail: {below: ...}` or the like",
            )
        metric = METRICS.get(rule.metric)
        for place, condition in list_conditions(name, rule):
            kinds = list_bounds(condition)
            if not kinds and not condition.per_class:
                yield Problem(
                    "no-bound",
                    "this condition has no bound",
                    (Spot(place, at="key"),),
                    "write below, above, outside, drop, rise or change",
                )
            yield from _check_per_class(condition, place, "class" in _find_match(rule, place))
            # Of an unreadable series there is no test: a bound on its statistic is not one on the metric.
            for kind in () if (*route, "series") in draft.shaken else kinds:
                yield from _check_bound(rule, metric, condition, kind, (*place, kind))


def list_conditions(name: str, rule: Rule) -> Iterator[tuple[Route, Condition]]:
    """List the conditions of a rule and of its overrides, with their places."""
    entries = [(("rules", name), rule), *((("rules", name, "overrides", k), o) for k, o in rule.overrides.items())]
    for route, entry in entries:
        for level in LEVELS:
            condition = getattr(entry, level)
            if condition is not None:
                yield (*route, level), condition


def _find_match(rule: Rule, place: Route) -> dict[str, str]:
    return rule.overrides[str(place[3])].match if place[2] == "overrides" else {}


def _check_per_class(condition: Condition, place: Route, matched: bool) -> Iterator[Problem]:
    spot = Spot((*place, "per_class"), at="key")
    if condition.per_class and find_numeric_bound(condition) is None:
        message = "`per_class` stands beside exactly one bound that is a number, and takes its meaning from it"
        yield Problem("per-class-bound", message, (spot,), "write one of below, above, drop, rise, change beside it")
    elif condition.per_class and matched:
        yield Problem(
            "per-class-bound", "the `match` above already says which class", (spot,), "write an override for each class"
        )


def _check_bound(
    rule: Rule, metric: Metric | None, condition: Condition, kind: BoundKind, place: Route
) -> Iterator[Problem]:
    value = getattr(condition, kind)
    if kind in COMPARED:
        if rule.series:
            return  # a statistic is compared with nothing, which is told by itself
        compares = metric is not None and metric.compares
        if rule.baseline is None or compares:
            reason = "which its metric already compares with" if compares else "and its rule has none"
            help = "bound it with below, above or outside" if compares else "add a `baseline`, such as {window: 28d}"
            yield Problem(
                "bound-without-baseline",
                f"`{kind}` is a distance from the baseline, {reason}",
                (Spot(place, at="key"),),
                help,
            )
            return
    if kind == "outside" and value[0] >= value[1]:
        yield Problem(
            "empty-interval",
            f"no value lies between {value[0]:g} and {value[1]:g}",
            (Spot(place),),
            "write the lower number first",
        )
    elif metric is not None and isinstance(value, Share):
        if kind == "drop" and value.of_baseline >= 1 and metric.low is not None and metric.low >= 0 and not rule.series:
            message = f"`{metric.name}` is never below {metric.low:g}: no value drops by more than all of its baseline"
            yield Problem("bound-out-of-range", message, (Spot(place),), "write a percentage below 100%")
    elif metric is not None:
        values = _find_range(rule, metric)
        yield from _check_range(values, kind, value, place)
        for class_name, bound in condition.per_class.items() if find_numeric_bound(condition) == kind else ():
            yield from _check_range(values, kind, bound, (*place[:-1], "per_class", class_name))


def _find_range(rule: Rule, metric: Metric) -> Range:
    """Find what is held against the bounds: the values of the metric, or of the test of a series."""
    if rule.series is not None:
        return rule.series.test, -_INFINITE if rule.series.test == "mann_kendall" else 0.0, _INFINITE
    low = -_INFINITE if metric.low is None else metric.low
    return metric.name, low, _INFINITE if metric.high is None else metric.high


def _check_range(values: Range, kind: BoundKind, value: float | tuple[float, float], place: Route) -> Iterator[Problem]:
    name, low, high = values
    lowest, highest = (f"{end:g}".replace("inf", "∞") for end in (low, high))
    if kind in COMPARED:
        low, high = -(high - low), high - low
    first, last = find_span(kind, value)
    # A bound at the range's own end is crossed by nothing on that side.
    never = first <= low and last >= high
    beyond = (first > high or last < low) if kind != "outside" else (first < low or last > high)
    if never or beyond:
        effect = "no value crosses this bound" if never else "every value crosses this bound"
        told = "this interval reaches beyond" if kind == "outside" else effect
        message = f"`{name}` ranges from {lowest} to {highest}: {told}"
        yield Problem("bound-out-of-range", message, (Spot(place),), "write a bound inside the range")


def check_order(draft: Draft) -> Iterator[Problem]:
    """Refuse bounds that leave nothing to pass, and a `warn` that cannot be crossed before its `fail`, for any scope
    that is named or declared: `contradicting-bounds`, `warn-after-fail`."""
    for name, rule in draft.model.rules.items():
        if sum(len(list_bounds(condition)) for _, condition in list_conditions(name, rule)) < 2:
            continue  # one bound agrees with itself, for each class too
        settings = index_settings(name, rule)
        told: set[tuple[Route, ...]] = set()
        for imagined in _list_scopes(draft.model, rule, settings):
            scope = add_family(draft.model, imagined)
            winners = settings.find_winners(scope)
            levels = [(level, winners[level]) for level in LEVELS if level in winners]
            bounds = {level: setting.values[level] for level, setting in levels}
            places = {id(b): setting.find_route(level, b.kind) for level, setting in levels for b in bounds[level]}
            found = [("contradicting-bounds", *pair) for pair in _find_contradiction(chain(*bounds.values()))]
            found += [("warn-after-fail", *pair) for pair in _find_late(bounds.get("warn", ()), bounds.get("fail", ()))]
            for code, one, other in found:
                routes = places[id(one)], places[id(other)]
                if routes not in told:
                    told.add(routes)
                    if not all(may_match(draft, rule, bound.match) for bound in (one, other)):
                        continue
                    named = [f"{key} `{scope[key]}`" for key in {**one.match, **other.match} if scope[key]]
                    where = f" for {' and '.join(named)}" if named else ""
                    yield _tell(code, one, other, routes, where)


def _tell(code: str, one: ResolvedBound, other: ResolvedBound, routes: tuple[Route, Route], where: str) -> Problem:
    if code == "warn-after-fail":
        message = f"this warning can never be given{where}: whatever crosses it crosses its `fail` as well"
        spots = Spot(routes[0], "the bound that warns"), Spot(routes[1], "the bound that fails")
        return Problem(code, message, spots, "let the warning come earlier, or take it out")
    low, high = find_span(one.kind, one.value)[0], find_span(other.kind, other.value)[1]
    message = f"no value passes{where}: each lies below {low:g} or above {high:g}"
    spots = Spot(routes[0], f"crossed below {low:g}"), Spot(routes[1], f"crossed above {high:g}")
    return Problem(code, message, spots, "leave values between the bounds, or take one of them out")


def _list_scopes(model: Ruleset, rule: Rule, settings: Settings) -> Iterator[Scope]:
    """List a scope for all that is told apart by the settings of a rule, alone and where a `warn` meets a `fail`."""
    for setting in settings.all:
        if any(map(is_glob, setting.match.values())):
            yield from list_meetings(model, rule, setting, setting)
        else:
            yield imagine_scope(rule, setting.match)
    matched = [setting for setting in settings.all if setting.match]
    warns = [setting for setting in matched if "warn" in setting.values and "fail" not in setting.values]
    fails = [setting for setting in matched if "fail" in setting.values and "warn" not in setting.values]
    for one, other in islice(product(warns, fails), _MOST_PAIRS):
        yield from list_meetings(model, rule, one, other)


def _find_contradiction(bounds: Iterable[ResolvedBound]) -> Iterator[tuple[ResolvedBound, ResolvedBound]]:
    """Find two bounds on a value between which there is none: the highest that is crossed below, the lowest above."""
    spans = [(find_span(bound.kind, bound.value), bound) for bound in bounds if bound.kind not in COMPARED]
    (low, _), under = max(spans, key=lambda item: item[0][0], default=((0.0, 0.0), None))
    (_, high), over = min(spans, key=lambda item: item[0][1], default=((0.0, 0.0), None))
    if under is not None and over is not None and under is not over and low > high:
        yield under, over


def _find_late(
    warns: Iterable[ResolvedBound], fails: Iterable[ResolvedBound]
) -> Iterator[tuple[ResolvedBound, ResolvedBound]]:
    """Find the warn bounds that are crossed only where a fail bound is, each with that bound."""
    for warn in warns:
        low, high = find_span(warn.kind, warn.value)
        # A share of the baseline and an amount cannot be told apart before data; a value and a distance never.
        same = [
            fail for fail in fails if (fail.kind in COMPARED, fail.relative) == (warn.kind in COMPARED, warn.relative)
        ]
        highest = max(same, key=lambda fail: find_span(fail.kind, fail.value)[0], default=None)
        lowest = min(same, key=lambda fail: find_span(fail.kind, fail.value)[1], default=None)
        if highest is None or lowest is None:
            continue
        if low <= find_span(highest.kind, highest.value)[0] and high >= find_span(lowest.kind, lowest.value)[1]:
            yield warn, highest if low > -_INFINITE else lowest
