"""The program: the views, scans and readings that answer every rule. Thresholds never reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from prism_rules.diagnostics import Route
from prism_rules.engines import Batch
from prism_rules.intake import Intake
from prism_rules.metrics import METRICS, Ask
from prism_rules.model.ruleset import Baseline, Rule, Ruleset
from prism_rules.program import relations
from prism_rules.program.expressions import gate_expressions
from prism_rules.program.scans import Reading, Wanted, Window, share_scans
from prism_rules.program.survey import write_survey
from prism_rules.ruleset import Resolved
from prism_rules.sql_gate import Gated

__all__ = ["Anchor", "Program", "Reading", "compile_program", "gate_expressions", "write_views"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A second measurement that an action asks for: a rule, on rows from the action's last `done` on."""

    rule: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Program:
    """What to ask the engine, and where each answer belongs."""

    batch: Batch
    readings: tuple[Reading, ...]
    as_of: datetime


def compile_program(
    resolved: Resolved, intake: Intake, gated: Mapping[Route, Gated], as_of: datetime, anchors: Iterable[Anchor] = ()
) -> Program:
    """Compile a ruleset over its intake: the fewest scans that answer every rule, and the counts of intake."""
    model = resolved.model
    wanted: list[Wanted] = []
    due: dict[str, list[datetime]] = {}
    for anchor in anchors:
        due.setdefault(anchor.rule, []).append(anchor.time)
    for name in model.rules:
        wanted += _list_readings(model, gated, name, as_of, sorted({*due.get(name, ())}))
    readings, scans = share_scans(wanted)
    survey = write_survey(model, intake, as_of)
    paths = tuple(file.path for file in intake.files)
    return Program(Batch(paths, write_views(model, intake, as_of), (*scans, *survey)), readings, as_of)


def write_views(model: Ruleset, intake: Intake, as_of: datetime) -> tuple[tuple[str, str], ...]:
    """Write a view per bound source, and one more for each that looks others up."""
    plain = [(name, relations.write_source_view(model, name, bound)) for name, bound in intake.sources.items()]
    looking = [
        (f"{name}+lookup", relations.write_lookup_view(model, name, as_of))
        for name in intake.sources
        if model.sources[name].lookup and model.sources[name].lookup.keys() <= intake.sources.keys()
    ]
    return (*plain, *looking)


def find_window(model: Ruleset, source: str, own: object, as_of: datetime) -> Window | None:
    """Find the window of a rule: its own, else its source's, else the default; None for a stream that has none."""
    declared = model.sources[source]
    if declared.collection:
        return (None, as_of)
    length = own or declared.window or model.defaults.window
    if length == "all":
        return (None, as_of)
    return (as_of - length, as_of) if length else None  # type: ignore[operator]


def _ask(rule: Rule) -> Ask:
    return METRICS[rule.metric].ask(rule.with_, rule.of, rule.by)


def _list_readings(
    model: Ruleset, gated: Mapping[Route, Gated], name: str, as_of: datetime, anchors: list[datetime]
) -> Iterator[Wanted]:
    rule = model.rules[name]
    window = find_window(model, rule.source, rule.window, as_of)
    assert window is not None, "a ruleset without a window for a stream is refused when it is loaded"
    side = _Side("current", rule.source, rule.by, window, _pick(gated, ("rules", name, "where")))
    yield _want(model, gated, name, side, as_of)
    if rule.baseline:
        yield _want(
            model, gated, name, _describe_baseline(model, gated, name, rule, rule.baseline, window, as_of), as_of
        )
    for anchor in anchors:
        start = anchor if window[0] is None else max(anchor, window[0])
        # Collections have no window: an action's anchor asks for rows added since, which `planning` looks at.
        span = window if model.sources[rule.source].collection else (start, as_of)
        yield _want(model, gated, name, replace(side, side="acceptance", window=span, anchor=anchor), as_of)


@dataclass(frozen=True, slots=True)
class _Side:
    side: Literal["current", "baseline", "acceptance"]
    source: str
    by: tuple[str, ...]
    window: Window
    where: tuple[Gated, ...]
    anchor: datetime | None = None


def _describe_baseline(
    model: Ruleset,
    gated: Mapping[Route, Gated],
    name: str,
    rule: Rule,
    baseline: Baseline,
    window: Window,
    as_of: datetime,
) -> _Side:
    """Say which rows a baseline is about.

    On the rule's own source the rule's `where` holds here too, and the baseline's is added to it; another source has
    other columns, and is asked the baseline's alone. A baseline that is only a window ends where the rule's starts; any
    other ends at `as_of`, and is as long as it says, else as the rule, else as its source.
    """
    source = baseline.source or rule.source
    own: Route = ("rules", name, "where")
    further: Route = ("rules", name, "baseline", "where")
    where = _pick(gated, *((own, further) if source == rule.source else (further,)))
    if baseline.source is None and baseline.where is None:
        length, end = baseline.window, window[0] or as_of
        span: Window = (None, end) if length in (None, "all") else (end - length, end)  # type: ignore[operator]
    else:
        span = find_window(model, source, baseline.window or rule.window, as_of) or window
    return _Side("baseline", source, rule.by if baseline.by is None else baseline.by, span, where)


def _want(model: Ruleset, gated: Mapping[Route, Gated], rule: str, side: _Side, as_of: datetime) -> Wanted:
    metric, ask = METRICS[model.rules[rule].metric], _ask(model.rules[rule])
    keys, aggregate = metric.keys(ask), gated.get(("rules", rule, "of"))
    where: str | None = " AND ".join(f"({condition.sql})" for condition in side.where)
    asked = {
        column for expression in (*side.where, *([aggregate] if aggregate else [])) for column in expression.columns
    }
    view = relations.name_relation(model, side.source, {*side.by, *keys, *asked, *metric.fields})
    relation, time = view, '"time"' if "time" in model.sources[side.source].fields else None
    if metric.relation == "votes":
        dimensions = [column for column in side.by if column != "class"]
        # At most one window: whatever was done before it began is measured alike, and in one scan.
        since = side.window[0] if side.anchor else None
        votes = relations.write_votes(model, side.source, view, dimensions, until=as_of, since=since, where=where)
        relation, time, where = f"(\n{votes}\n)", "newest" if time else None, None
    return Wanted(
        rule,
        side.side,
        side.source,
        relation,
        time,
        side.by,
        keys,
        ask,
        metric.measures(ask),
        side.window,
        where or None,
        side.anchor,
        aggregate,
    )


def _pick(gated: Mapping[Route, Gated], *routes: Route) -> tuple[Gated, ...]:
    return tuple(gated[route] for route in routes if route in gated)
