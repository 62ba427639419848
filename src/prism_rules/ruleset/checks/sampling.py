"""Sampling rates: which rule they can follow, and that they are reached one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS
from prism_rules.model.ruleset import QaSampling, Rule
from prism_rules.ruleset.checks.bounds import list_conditions
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.judgement import list_bounds

_ROUTE: Route = ("governance", "qa_sampling")
_LABELLED = ("annotations", "training", "validation")
"""Roles whose `class` is a label that somebody gave."""


def check_sampling(draft: Draft) -> Iterator[Problem]:
    """Refuse rates that follow nothing, and warn of those that fall where the value does: `sampling-rule`,
    `sampling-rates`."""
    sampling = draft.model.governance and draft.model.governance.qa_sampling
    if not sampling:
        return
    yield from [*_check_rates(sampling)] or _check_fall(sampling)
    rule = draft.model.rules.get(sampling.rule)
    if rule is None:
        return
    yield from _check_rule(draft, sampling.rule, rule)
    metric = METRICS.get(rule.metric)
    low, high = (metric.low, metric.high) if metric and not rule.series else (None, None)
    for index, entry in enumerate(sampling.rates):
        least = entry.at_least
        if (
            least is None
            or metric is None
            or not ((low is not None and least < low) or (high is not None and least > high))
        ):
            continue
        span = f"{'-∞' if low is None else f'{low:g}'} to {'∞' if high is None else f'{high:g}'}"
        message = f"`{metric.name}` ranges from {span}: it is never {least:g}"
        spot = Spot((*_ROUTE, "rates", index, "at_least"))
        yield Problem("sampling-rates", message, (spot,), "write a value inside the range")


def _check_rates(sampling: QaSampling) -> Iterator[Problem]:
    route: Route = (*_ROUTE, "rates")
    last = len(sampling.rates) - 1
    for index, entry in enumerate(sampling.rates):
        form = entry.at_least is not None, entry.rate is not None, entry.otherwise is not None
        if form not in ((True, True, False), (False, False, True)):
            message = "a rate says from which value on it holds, or that it holds otherwise"
            help = "write {at_least: 0.90, rate: 0.02} or {otherwise: 0.25}"
            yield Problem("sampling-rates", message, (Spot((*route, index)),), help)
        elif (index == last) != (entry.otherwise is not None):
            message = (
                "nothing says how much is checked where no rate is reached, or nothing is known"
                if index == last
                else "no rate is reached behind `otherwise`"
            )
            yield Problem("sampling-rates", message, (Spot((*route, index)),), "let {otherwise: ...} be the last, once")
    reached = [(entry.at_least, index) for index, entry in enumerate(sampling.rates) if entry.at_least is not None]
    for (before, first), (after, second) in pairwise(reached):
        if after >= before:
            spots = (
                Spot((*route, second, "at_least"), "never reached"),
                Spot((*route, first, "at_least"), "reached before"),
            )
            message = f"what is at least {after:g} is at least {before:g}: this rate never holds"
            yield Problem("sampling-rates", message, spots, "put the highest value first, each once")


def _check_fall(sampling: QaSampling) -> Iterator[Problem]:
    for index, (better, worse) in enumerate(pairwise(sampling.rates)):
        key = "rate" if worse.otherwise is None else "otherwise"
        more, less = better.rate, getattr(worse, key)
        if more is not None and more > less:
            route: Route = (*_ROUTE, "rates")
            spots = (Spot((*route, index + 1, key)), Spot((*route, index, "rate"), "more, for a better value"))
            message = f"a worse value is checked less: {less:g} of the labels, and a better one {more:g}"
            yield Problem("sampling-rates", message, spots, "let rates rise as values fall", "warning")


def _check_rule(draft: Draft, name: str, rule: Rule) -> Iterator[Problem]:
    spot = Spot((*_ROUTE, "rule"))
    by = list_scope(rule)
    if by != ("class",):
        told = f"by {', '.join(by)}" if by else "over everything"
        message = f"a rate is chosen for each class, and `rules.{name}` is judged {told}"
        yield Problem("sampling-rule", message, (spot,), "name a rule `by: [class]`")
    source = draft.model.sources.get(rule.source)
    if source is not None and source.role not in _LABELLED:
        message = f"labels are checked again, and `rules.{name}` is about {source.role}"
        yield Problem("sampling-rule", message, (spot,), "name a rule on annotations")
    if rule.status == "experimental":
        message = f"`rules.{name}` is experimental: what is only tried out decides on no work"
        yield Problem("sampling-rule", message, (spot,), "make the rule stable, or name another one")
    if rule.series:
        message = f"`rules.{name}` judges how its metric moved, and the rates are about where it stands"
        yield Problem("sampling-rule", message, (spot,), "name a rule without `series`")
        return
    for place, condition in list_conditions(name, rule):
        wrong = [kind for kind in list_bounds(condition) if kind not in ("below", "drop")]
        if wrong:
            message = f"`rules.{name}` does not hold the more the better, as rates do from `at_least` on"
            spots = (spot, *(Spot((*place, kind), "a high value crosses this") for kind in wrong))
            yield Problem("sampling-rule", message, spots, "name a rule that is bounded by `below` or `drop` alone")
            return
