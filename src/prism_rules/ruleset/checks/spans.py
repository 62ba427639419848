"""Over which rows something is said: windows where rows have no window, baselines before the beginning, duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import ValidationError

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS
from prism_rules.model.frozen import format_duration
from prism_rules.model.ruleset import FIELDS, Baseline, Source
from prism_rules.ruleset.draft import Draft


def check_collection_windows(draft: Draft) -> Iterator[Problem]:
    """Refuse a length of time where all rows count: `collection-window`."""
    for source_id, window, route in _list_windows(draft):
        source = draft.model.sources.get(source_id)
        if source and window not in (None, "all") and source.collection and not _wants_time(source):
            yield _tell_window(source_id, source, route)


def _list_windows(draft: Draft) -> Iterator[tuple[str, object, Route]]:
    for name, source in draft.model.sources.items():
        yield name, source.window, ("sources", name, "window")
    for name, rule in draft.model.rules.items():
        yield rule.source, rule.window, ("rules", name, "window")
        if rule.baseline and not _is_earlier(rule.baseline):
            yield rule.baseline.source or rule.source, rule.baseline.window, ("rules", name, "baseline", "window")


def check_waits(draft: Draft) -> Iterator[Problem]:
    """Refuse a window in which what a metric waits for cannot happen: `out-of-range`."""
    model = draft.model
    for name, rule in model.rules.items():
        metric, source = METRICS.get(rule.metric), model.sources.get(rule.source)
        if metric is None or source is None or source.collection or rule.series:
            continue
        try:
            waits = metric.waits(metric.ask(rule.with_, rule.of, rule.by))
        except ValidationError:
            continue  # which is told by itself
        own: list[tuple[object, Route]] = [
            (rule.window, ("rules", name, "window")),
            (source.window, ("sources", rule.source, "window")),
            (model.defaults.window, ("defaults", "window")),
        ]
        windows = [next((found for found in own if found[0]), None)]
        if rule.baseline and rule.baseline.source in (None, rule.source) and rule.baseline.window:
            windows.append((rule.baseline.window, ("rules", name, "baseline", "window")))
        for window, route in filter(None, windows):
            if waits and isinstance(window, timedelta) and window <= waits:
                message = f"`{metric.name}` waits for {format_duration(waits)}, so that nothing is late in this window"
                help = "take a window several times as long"
                yield Problem("out-of-range", message, (Spot(route), Spot(("rules", name), "asked here", "key")), help)


def check_baseline_starts(draft: Draft) -> Iterator[Problem]:
    """Refuse a baseline of earlier rows where the rule has all of them already: `baseline-without-start`."""
    model = draft.model
    for name, rule in model.rules.items():
        source = model.sources.get(rule.source)
        if source is None or rule.baseline is None or not _is_earlier(rule.baseline) or _wants_time(source):
            continue
        if source.collection or rule.window == "all":
            yield Problem(
                "baseline-without-start",
                f"`rules.{name}` is measured over all rows of `{rule.source}`: there are none before them",
                (Spot(("rules", name, "baseline"), at="key"),),
                "compare with another source or with `where`, or give the rule a window, if its source is a stream",
            )


def check_baseline_rows(draft: Draft) -> Iterator[Problem]:
    """Refuse a baseline of the very rows that it is compared with: `baseline-of-itself`."""
    for name, rule in draft.model.rules.items():
        baseline, metric = rule.baseline, METRICS.get(rule.metric)
        if baseline is None:
            continue
        compared, help = "rows", "another source, earlier rows (`window: 28d` alone), a `where` or a coarser `by`"
        same = baseline.source == rule.source and not baseline.where and baseline.window in (None, rule.window)
        same = same and (baseline.by is None or {*baseline.by} == {*rule.by})
        if metric is not None and metric.relation == "schema":
            # Whatever the rows, the files are the same.
            compared, help, same = "files", "another source", baseline.source in (None, rule.source)
        if same:
            message = f"`rules.{name}` would compare {compared} of `{rule.source}` with themselves"
            yield Problem(
                "baseline-of-itself",
                f"{message}, and never find a difference",
                (Spot(("rules", name, "baseline"), at="key"),),
                f"compare with {help}",
            )


def check_duplicates(draft: Draft) -> Iterator[Problem]:
    """Hold `duplicates` to labels, and `latest` and `first` to labels with a time."""
    for name, source in draft.model.sources.items():
        spot = Spot(("sources", name, "duplicates"))
        if source.duplicates and source.role != "annotations":
            message = f"`duplicates` settles labels of one annotator, and `{name}` holds {source.role}"
            yield Problem("wrong-role", message, (spot,), "take it out: every row of this source counts")
        elif source.duplicates in ("latest", "first") and "time" not in source.fields:
            message = f"`{name}` has no time, so none of its labels is the {source.duplicates}"
            yield Problem("duplicates-without-time", message, (spot,), "add `time: <column>` to its fields")


def _is_earlier(baseline: Baseline) -> bool:
    return baseline.window is not None and baseline.source is None and baseline.where is None


def _wants_time(source: Source) -> bool:
    """Whether a source is a collection for want of a time that it must have, which is told by itself."""
    return FIELDS[source.role].get("time", False) and "time" not in source.fields


def _tell_window(name: str, source: Source, route: Route) -> Problem:
    reason = (
        f"all rows of {source.role} count"
        if source.role in ("training", "validation")
        else f"`{name}` has `window: all`"
        if source.window == "all"
        else f"`{name}` has no time"
    )
    return Problem("collection-window", f"{reason}, so a window would be passed over", (Spot(route),), "take it out")
