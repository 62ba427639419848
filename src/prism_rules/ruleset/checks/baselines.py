"""What a rule is compared with, and at which grain."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.metrics import METRICS
from prism_rules.ruleset.draft import Draft


def check_baselines(draft: Draft) -> Iterator[Problem]:
    """Hold a baseline to other rows, and to a grain that contains the rule's scopes."""
    for name, rule in draft.model.rules.items():
        baseline, metric = rule.baseline, METRICS.get(rule.metric)
        route: Route = ("rules", name, "baseline")
        key = Spot(route, at="key")
        if baseline is None:
            if metric is not None and metric.compares:
                message = f"`{metric.name}` compares with a baseline, and `rules.{name}` has none"
                yield Problem(
                    "missing-baseline",
                    message,
                    (Spot(("rules", name, "metric")),),
                    "add `baseline: {source: ..., by: [...]}`",
                )
            continue
        if baseline.window is None and baseline.source is None and baseline.where is None:
            yield Problem(
                "empty-baseline",
                "this baseline does not say which rows",
                (key,),
                "write {window: 28d}, {source: ...} or {where: ...}",
            )
            continue
        if baseline.by is None:
            yield from _check_unsaid(draft, rule.by, baseline.source, baseline.where, route)
            continue
        for index, dimension in enumerate(baseline.by):
            if dimension not in rule.by:
                message = f"the baseline is told apart by `{dimension}`, and `rules.{name}` is not measured by it"
                yield Problem(
                    "baseline-outside-by", message, (Spot((*route, "by", index)),), did_you_mean(dimension, rule.by)
                )


def _check_unsaid(
    draft: Draft, by: tuple[str, ...], source: str | None, where: str | None, route: Route
) -> Iterator[Problem]:
    further = [dimension for dimension in by if dimension != "class"]
    if further and (source or where):
        message = f"at which grain is the baseline taken? The rule is measured by {', '.join(by)}"
        help = f"add `by: [{', '.join(d for d in by if d == 'class')}]`, or more of the rule's dimensions"
        yield Problem("baseline-needs-by", message, (Spot(route, at="key"),), help)
    elif source and source in draft.dimensions and "class" in by and "class" not in draft.dimensions[source]:
        message = f"`{source}` has no class, by which the rule is measured"
        yield Problem(
            "unknown-dimension", message, (Spot((*route, "source")),), "add `by: []` to compare with all of its rows"
        )
