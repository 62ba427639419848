"""Series: a span that falls into steps, and what a rule over them cannot ask as well."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS
from prism_rules.model.plan import COMPARED
from prism_rules.model.ruleset import Rule, Series
from prism_rules.ruleset.checks.bounds import list_conditions
from prism_rules.ruleset.checks.doubt import list_places
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.judgement import list_bounds

LEAST_STEPS = {"over": 8, "reference": 2}
"""Steps without which nothing can be said, whatever the data."""
MOST_STEPS = 1_000
"""Steps of a series with its reference."""

_PASSED_OVER = {
    "window": "a series looks at its own span, `over`",
    "streak": "a series looks at many windows already",
    "confidence": "the statistic of a test has no interval: its bound says how sure it must be",
    "false_discovery_rate": "the statistic of a test has no p value here: its bound says how sure it must be",
}


def check_series(draft: Draft) -> Iterator[Problem]:
    """Hold a series to whole steps of a stream, and to what can be asked of a test: `series-shape`, `series-with`."""
    for name, rule in draft.model.rules.items():
        if rule.series is not None:
            yield from _check_shape(draft, rule, rule.series, ("rules", name, "series"))
            yield from _check_company(name, rule)


def _check_shape(draft: Draft, rule: Rule, series: Series, route: Route) -> Iterator[Problem]:
    source = draft.model.sources.get(rule.source)
    if source is not None and source.collection:
        message = f"a series follows a stream through time, and all rows of `{rule.source}` count at once"
        yield Problem("series-shape", message, (Spot(route, at="key"),), "measure a source with a time and a window")
    every = Spot((*route, "every"), "one step")
    for key, least in LEAST_STEPS.items():
        span = getattr(series, key)
        place = Spot((*route, key))
        if span % series.every:
            message = f"`{key}` is no whole number of steps"
            yield Problem("series-shape", message, (place, every), "let it be a multiple of `every`")
        elif span // series.every < least:
            message = f"`{key}` has {span // series.every} of the {least} steps that a series needs"
            yield Problem("series-shape", message, (place, every), "take a longer span, or shorter steps")
    steps = (series.over + series.reference) // series.every
    if steps > MOST_STEPS:
        message = f"`over` and `reference` have {steps:,} steps together; {MOST_STEPS:,} is the limit"
        yield Problem("series-shape", message, (Spot((*route, "every")),), "take longer steps")


def _check_company(name: str, rule: Rule) -> Iterator[Problem]:
    for key, reason in _PASSED_OVER.items():
        places = [("rules", name, key)] if key == "window" and rule.window else []
        for route in places if key == "window" else list_places(name, rule, key):
            yield _refuse(f"`{key}` does not stand beside `series`: {reason}", route, "take it out")
    metric = METRICS.get(rule.metric)
    if rule.baseline and metric is not None and not metric.compares:
        message = "`baseline` does not stand beside `series`, which is compared with its own `reference`"
        yield _refuse(message, ("rules", name, "baseline"), "take it out")
    if metric is not None and metric.at_end:
        message = f"`{metric.name}` tells how things stand at the end of a window, and steps of a series have none"
        yield _refuse(message, ("rules", name, "metric"), "judge it over a window, as a `change` from one before")
    for place, condition in list_conditions(name, rule):
        for kind in list_bounds(condition):
            if kind in COMPARED:
                message = f"`{kind}` is a distance from a baseline, and a series is judged by the statistic of its test"
                yield _refuse(message, (*place, kind), "bound it with below, above or outside")


def _refuse(message: str, route: Route, help: str) -> Problem:
    return Problem("series-with", message, (Spot(route, at="key"),), help)
