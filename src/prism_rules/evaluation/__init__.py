"""Evaluation: measurements out of counted tables, and rules' judgement of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Engine
from prism_rules.evaluation.judging import Measurement, decide_status, judge, round_value
from prism_rules.evaluation.survey import read_survey
from prism_rules.intake import Intake
from prism_rules.metrics import METRICS, Table
from prism_rules.model.plan import BaselineValue, Finding, Input, IntakeNote, Scope, Slice
from prism_rules.model.ruleset import Ruleset
from prism_rules.program import Program, Reading
from prism_rules.program.scans import Side
from prism_rules.program.survey import list_streams, write_newest
from prism_rules.ruleset import Resolved

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "Evaluation",
    "Measurement",
    "ScopeKey",
    "decide_status",
    "evaluate",
    "find_as_of",
    "key_scope",
    "round_value",
    "write_moment",
]

ScopeKey = tuple[tuple[str, str], ...]
OUTSIDE = ("(none)", "(unknown)")
MOST_GROUPS = 200_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the data says: every finding, passes too, and what intake met."""

    as_of: datetime
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    inputs: tuple[Input, ...]
    notes: tuple[IntakeNote, ...]
    scans: Mapping[str, str]
    """Id -> SELECT, of every scan that was made."""
    measured: Mapping[str, str]
    """Rule -> the id of the scan that measured it."""
    acceptance: Mapping[tuple[str, datetime], Mapping[ScopeKey, Measurement]] = field(default_factory=dict)
    """(rule, anchor) -> scope -> the second measurement, on rows from the anchor on."""


def key_scope(scope: Mapping[str, str]) -> ScopeKey:
    """Turn a scope into something to look it up by."""
    return tuple(sorted(scope.items()))


def write_moment(moment: datetime) -> str:
    """Write a UTC time as ISO 8601 with `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def find_as_of(model: Ruleset, intake: Intake, engine: Engine) -> datetime:
    """Find the first midnight UTC after the newest row of the streams that rules use.

    Raises `Refused` with exit 3 when no stream has a row with a time.
    """
    tables = engine.answer(write_newest(model, intake)) if list_streams(model, intake) else {}
    newest = [row for table in tables.values() if (row := table["newest"][0]) is not None]
    if not newest:
        raise Refused(
            [
                Diagnostic(
                    "no-as-of",
                    "no stream that rules use has a row with a time",
                    context="as_of",
                    help="give --as-of, such as --as-of 2026-03-01",
                )
            ],
            3,
        )
    last = datetime.fromtimestamp(max(newest) // 1_000_000, UTC)
    return last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def evaluate(
    resolved: Resolved,
    intake: Intake,
    program: Program,
    engine: Engine,
    *,
    expected: Mapping[str, Iterable[Scope]] | None = None,
    derived_as_of: bool = False,
) -> Evaluation:
    """Measure everything once, then judge it.

    `expected` names, per rule, scopes that must have a finding even if no row was met there: those of the last plan
    that did not pass, and those of live actions. `derived_as_of` says that `as_of` was taken from the data and is
    doubted when hardly any row lies in the last window.

    Raises `Refused`: exit 3 (`implausible-as-of`, `ambiguous-lookup`), exit 6 (`too-many-scopes`), or the engine's.
    """
    tables = engine.answer(program.batch)
    inputs, notes = read_survey(resolved.model, intake, program, tables, derived_as_of)
    references = {reading.rule: reading for reading in program.readings if reading.side == "baseline"}
    sides: dict[str, dict[Side, tuple[Reading, Found]]] = {name: {} for name in resolved.model.rules}
    acceptance: dict[tuple[str, datetime], Found] = {}
    for reading in program.readings:
        found = _measure(resolved.model, reading, references.get(reading.rule), tables)
        if reading.anchor is None:
            sides[reading.rule][reading.side] = (reading, found)
        else:
            acceptance[reading.rule, reading.anchor] = found
    findings: list[Finding] = []
    measurements: list[Measurement] = []
    for name in resolved.model.rules:
        scopes = _complete_scopes(resolved.model, name, sides[name], (expected or {}).get(name, ()))
        measurements += scopes
        findings += [finding for m in scopes if (finding := judge(resolved, name, m)) is not None]
    scans = {reading.scan for reading in program.readings}
    return Evaluation(
        program.as_of,
        tuple(findings),
        tuple(measurements),
        inputs,
        notes,
        {name: sql for name, sql in program.batch.queries if name in scans},
        {reading.rule: reading.scan for reading in program.readings if reading.side == "current"},
        acceptance,
    )


Found = dict[ScopeKey, Measurement]


def _measure(model: Ruleset, reading: Reading, reference: Reading | None, tables: Mapping[str, pl.DataFrame]) -> Found:
    import polars as pl

    metric = METRICS[model.rules[reading.rule].metric]
    table = _read_table(reading, tables)
    if metric.compares and reading.side == "baseline":
        # Part of the metric, and no measurement; but it tells which scopes there are.
        frame = (
            table.frame.select(*reading.by)
            .unique()
            .with_columns(value=pl.lit(None, pl.Float64), n=pl.lit(0), reason=pl.lit("no_rows"))
        )
    else:
        frame = metric.finish(
            reading.ask, table, _read_table(reference, tables) if metric.compares and reference else None
        )
    if frame.height > MOST_GROUPS:
        raise Refused(
            [
                Diagnostic(
                    "too-many-scopes",
                    f"rule `{reading.rule}` has {frame.height} scopes; {MOST_GROUPS} is the limit",
                    help="group by fewer dimensions, or by ones with fewer values",
                )
            ],
            6,
        )
    unknown = model.rules[reading.rule].unknown
    window = (write_moment(reading.window[0]) if reading.window[0] else None, write_moment(reading.window[1]))
    found = {}
    for row in frame.iter_rows(named=True):
        scope = {dimension: row[dimension] for dimension in reading.by}
        if not unknown and any(value in OUTSIDE for value in scope.values()):
            continue
        found[key_scope(scope)] = Measurement(
            reading.rule,
            scope,
            window,
            round_value(row["value"]),
            row["n"],
            row["reason"],
            tuple(_read_slices(row.get("slices"))),
        )
    return found


def _read_table(reading: Reading, tables: Mapping[str, pl.DataFrame]) -> Table:
    import polars as pl

    wanted = [*dict.fromkeys((*reading.by, *reading.keys))]
    measures = {measure: pl.col(column) for measure, column in reading.columns.items()}
    # Few columns first: a scan has those of many readings.
    frame = tables[reading.scan].select(*wanted, **measures, _seen=pl.col(reading.seen))
    return Table(frame.filter(pl.col("_seen") > 0).drop("_seen"), reading.by)


def _read_slices(slices: Iterable[Mapping[str, Any]] | None) -> Iterator[Slice]:
    for entry in slices or ():
        yield Slice(of=json.loads(entry["of"]), n=entry["n"], reference=entry["reference"], kind=entry["kind"])


def _complete_scopes(
    model: Ruleset, name: str, sides: Mapping[Side, tuple[Reading, Found]], expected: Iterable[Scope]
) -> list[Measurement]:
    """Give every scope of a rule its measurement and its baseline, in order of scope; unseen ones say `no_rows`."""
    rule = model.rules[name]
    reading, found = sides["current"]
    scopes = {key: m.scope for key, m in found.items()}
    reference, others = sides.get("baseline", (None, {}))
    if reference is not None and {*reference.by} == {*rule.by}:
        scopes.update({key: m.scope for key, m in others.items()})
    if rule.by == ("class",):
        scopes.update({key_scope({"class": c}): {"class": c} for c in model.classes})
    scopes.update({key_scope(scope): scope for scope in expected if {*scope} == {*rule.by}})
    # A rule that met nothing at all says so once, for everywhere: silence would read as a pass.
    scopes = scopes or {(): {}}
    window = (write_moment(reading.window[0]) if reading.window[0] else None, write_moment(reading.window[1]))
    complete = []
    for key in sorted(scopes):
        m = found.get(key) or Measurement(name, scopes[key], window, None, 0, "no_rows")
        if reference is not None and not METRICS[rule.metric].compares and {*reference.by} <= {*scopes[key]}:
            part = {dimension: scopes[key][dimension] for dimension in reference.by}
            if (other := others.get(key_scope(part))) is not None:
                m = replace(
                    m,
                    baseline=BaselineValue(
                        value=other.value, n=other.n, scope=part, source=reference.source, window=other.window
                    ),
                )
        complete.append(m)
    return complete
