"""What asks for more than one value: how sure it is, or that it was crossed before."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS, Metric
from prism_rules.model.plan import COMPARED
from prism_rules.model.ruleset import Rule
from prism_rules.ruleset.checks.bounds import list_conditions
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.judgement import list_bounds


def check_intervals(draft: Draft) -> Iterator[Problem]:
    """Refuse to ask how sure a metric is that does not say it: `no-interval`."""
    for name, rule in draft.model.rules.items():
        metric = METRICS.get(rule.metric)
        if metric is None or rule.series or (lack := _find_lack(metric, name, rule)) is None:
            continue
        for route in [*list_places(name, rule, "confidence"), *list_places(name, rule, "false_discovery_rate")]:
            message = f"`{route[-1]}` needs to know how sure a value is, and {lack}"
            help = "take it out: `min_n` and `streak` guard against chance"
            yield Problem("no-interval", message, (Spot(route, at="key"),), help)


def _find_lack(metric: Metric, name: str, rule: Rule) -> str | None:
    """Find why nobody knows how sure the values of a rule are; None where they say it."""
    if metric.interval is None:
        return f"`{metric.name}` has no interval"
    for by in (rule.by, rule.baseline.by if rule.baseline else None):
        for dimension in metric.sure_by:
            if by is not None and dimension not in by:
                whose = "" if by is rule.by else " of the baseline"
                return f"`{metric.name}` has an interval only with `{dimension}` in `by`{whose}"
    kinds = {kind for _, condition in list_conditions(name, rule) for kind in list_bounds(condition)}
    if metric.interval == "difference" and (compared := sorted(kinds & COMPARED)):
        return f"`{compared[0]}` is a difference of differences, of which `{metric.name}` has no interval"
    return None


def check_streaks(draft: Draft) -> Iterator[Problem]:
    """Refuse to ask for windows in a row where all rows are one: `streak-window`."""
    for name, rule in draft.model.rules.items():
        source = draft.model.sources.get(rule.source)
        if source is None or rule.series or not (source.collection or rule.window == "all"):
            continue
        for route in list_places(name, rule, "streak"):
            message = f"`rules.{name}` is measured over all rows of `{rule.source}`: no window came before this one"
            yield Problem(
                "streak-window", message, (Spot(route, at="key"),),
                "take it out, or give the rule a window, if its source is a stream",
            )  # fmt: skip


def list_places(name: str, rule: Rule, key: str) -> Iterator[Route]:
    """List where a rule or one of its overrides sets `key`."""
    if getattr(rule, key) is not None:
        yield ("rules", name, key)
    for override, entry in rule.overrides.items():
        if getattr(entry, key, None) is not None:
            yield ("rules", name, "overrides", override, key)
