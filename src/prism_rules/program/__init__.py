"""The program: the views, scans and readings that answer every rule. Thresholds never reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.engines import Batch
from prism_rules.intake import Intake
from prism_rules.metrics import METRICS, Ask, Metric
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
    """Compile a ruleset over its intake: the fewest scans that answer every rule, and the counts of intake.

    Raises `Refused` with exit 2 when a rule has no window.
    """
    model = resolved.model
    problems = [
        Problem("no-window", f"rule `{name}` measures a stream and has no window", (Spot(("rules", name), at="key"),),
                help="write `window: 7d` in the rule, in its source, or in `defaults`")
        for name, rule in model.rules.items() if find_window(model, rule.source, rule.window, as_of) is None
    ]
    if problems:
        raise resolved.refuse(problems, 2)
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
        (f"{name}+lookup", relations.write_lookup_view(model, name, as_of)) for name in intake.sources if model.sources[name].lookup
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


def _list_readings(
    model: Ruleset, gated: Mapping[Route, Gated], name: str, as_of: datetime, anchors: list[datetime]
) -> Iterator[Wanted]:
    rule = model.rules[name]
    metric = METRICS[rule.metric]
    of = (rule.of,) if isinstance(rule.of, str) else rule.of or ()
    ask = Ask(metric.params.model_validate(rule.with_), of, rule.by)
    window = find_window(model, rule.source, rule.window, as_of)
    assert window is not None
    where = _gated_sql(gated, ("rules", name, "where"))
    aggregate = gated.get(("rules", name, "of"))
    yield _want(model, metric, ask, name, "current", rule.source, rule.by, window, where, aggregate, until=as_of)
    if rule.baseline:
        yield _want_baseline(model, gated, name, rule, rule.baseline, metric, ask, window, as_of)
    for anchor in anchors:
        start = anchor if window[0] is None else max(anchor, window[0])
        # Collections have no window: an action's anchor asks for rows added since, which `planning` looks at.
        span = window if model.sources[rule.source].collection else (start, as_of)
        yield _want(model, metric, ask, name, "acceptance", rule.source, rule.by, span, where, aggregate, until=as_of,
                    anchor=anchor)
    return


def _want_baseline(
    model: Ruleset, gated: Mapping[Route, Gated], name: str, rule: Rule, baseline: Baseline, metric: Metric, ask: Ask,
    window: Window, as_of: datetime,
) -> Wanted:
    source = baseline.source or rule.source
    by = rule.by if baseline.by is None else baseline.by
    where = " AND ".join(
        f"({sql})" for route in (("rules", name, "where"), ("rules", name, "baseline", "where"))
        if (sql := _gated_sql(gated, route)) and (route[2] != "where" or source == rule.source)
    )
    if baseline.source is None and baseline.where is None:
        # Another window of the same rows: it ends where the current one starts.
        length = baseline.window
        end = window[0] or as_of
        span: Window = (None, end) if length in (None, "all") else (end - length, end)  # type: ignore[operator]
    else:
        span = find_window(model, source, baseline.window or (rule.window if source == rule.source else None), as_of) or window
    return _want(model, metric, ask, name, "baseline", source, by, span, where or None, gated.get(("rules", name, "of")), until=as_of)


def _want(
    model: Ruleset, metric: Metric, ask: Ask, rule: str, side: str, source: str, by: tuple[str, ...], window: Window,
    where: str | None, aggregate: Gated | None, *, until: datetime, anchor: datetime | None = None,
) -> Wanted:
    keys = metric.keys(ask)
    timed = "time" in model.sources[source].fields
    columns = {*by, *keys, *(aggregate.columns if aggregate else ())}
    if metric.relation == "votes":
        dimensions = [column for column in by if column != "class"]
        view = relations.name_relation(model, source, columns)
        votes = relations.write_votes(model, source, view, dimensions, until=until, since=anchor, where=where)
        relation, time, where = f"(\n{votes}\n)", "newest" if timed else None, None
    else:
        relation, time = relations.name_relation(model, source, columns), '"time"' if timed else None
    return Wanted(rule, side, source, relation, time, by, keys, ask, metric.measures(ask), window, where, anchor, aggregate)  # type: ignore[arg-type]


def _gated_sql(gated: Mapping[Route, Gated], route: Route) -> str | None:
    return gated[route].sql if route in gated else None
