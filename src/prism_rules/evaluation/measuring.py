"""Measuring: the engine's tables become measurements, each a metric at a scope and window, with its baseline.

Thousands of rules may ask for the same numbers: each distinct reading is measured once and shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.evaluation.measurement import Measurement, ScopeKey, key_scope, round_value, write_moment
from prism_rules.evaluation.results import read_estimate, read_pairs, read_slices
from prism_rules.evaluation.series import count_most_scopes, trace_series
from prism_rules.inference import Estimate
from prism_rules.metrics import METRICS, Metric, Table
from prism_rules.model.plan import BaselineValue, Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import OUTSIDE
from prism_rules.program import Program, Reading
from prism_rules.program.readings import Edges
from prism_rules.program.relations.asking import PERIOD
from prism_rules.program.scans import MOST_GROUPS, MOST_KEYED
from prism_rules.ruleset.grain import ANNOTATOR, OF, list_scope

if TYPE_CHECKING:
    import polars as pl

Found = Mapping[ScopeKey, Measurement]


@dataclass(slots=True)
class Measured:
    """All measurements of one rule, by scope, in its order."""

    steps: list[Found] = field(default_factory=list)
    """The current window's, at every scope that is due a finding, then those of the windows before it."""
    acceptance: dict[datetime, Found] = field(default_factory=dict)
    """By anchor: the second measurement, on rows from the anchor on."""


def measure_rules(
    model: Ruleset,
    program: Program,
    tables: Mapping[str, pl.DataFrame],
    expected: Mapping[str, Iterable[Scope]] | None = None,
    people: Mapping[str, str] | None = None,
) -> dict[str, Measured]:
    """Measure every rule. `expected` names, per rule, scopes that are due a finding even where no row is met; `people`
    are the pseudonyms of annotators, by what the engine calls them.

    Raises `Refused` with exit 6 (`too-many-scopes`).
    """
    reader = _Reader(model, tables, people or {})
    references = {
        (part.rule, part.of, part.step): reading for reading in program.readings
        if (part := reading.part).side == "baseline"
    }  # fmt: skip
    asked: dict[str, list[tuple[Reading, Reading | None]]] = {name: [] for name in model.rules}
    for reading in program.readings:
        part = reading.part
        if part.side != "baseline":
            asked[part.rule].append((reading, references.get((part.rule, part.of, part.step))))
    measured = {}
    for name in model.rules:
        mine = measured[name] = Measured()
        pairs = [pair for pair in asked[name] if pair[0].part.anchor is None]
        now = [pair for pair in pairs if not pair[0].part.step]
        mine.steps.append(reader.complete(now, (expected or {}).get(name, ())))
        for step in sorted({reading.part.step for reading, _ in pairs} - {0}):
            mine.steps.append(reader.join([pair for pair in pairs if pair[0].part.step == step]))
        for anchor in {anchor for reading, _ in asked[name] if (anchor := reading.part.anchor) is not None}:
            mine.acceptance[anchor] = reader.join([pair for pair in asked[name] if pair[0].part.anchor == anchor])
    return measured


Pair = tuple[Reading, "Reading | None"]
"""A reading and its baseline."""


class _Reader:
    def __init__(self, model: Ruleset, tables: Mapping[str, pl.DataFrame], people: Mapping[str, str]) -> None:
        self._model = model
        self._tables = tables
        self._found: dict[Hashable, Found] = {}
        self._moments: dict[datetime, str] = {}
        self._people = people

    def join(self, pairs: list[Pair]) -> Found:
        """Measure the columns of one rule together."""
        if len(pairs) == 1:
            return self._measure(*pairs[0])
        return {key: m for pair in pairs for key, m in self._measure(*pair).items()}

    def complete(self, pairs: list[Pair], expected: Iterable[Scope]) -> Found:
        """Measure a rule at every scope that is due a finding, in order of scope; unseen ones say `no_rows`.

        Those are the scopes met in the window or in a baseline of the rule's own grain, for `by: [class]` every
        declared class, and the expected ones.
        """
        told = (*(self._tell_pair(pair) for pair in pairs), tuple(map(key_scope, expected)))
        if told not in self._found:
            self._found[told] = self._complete(pairs, expected)
        return self._found[told]

    def _complete(self, pairs: list[Pair], expected: Iterable[Scope]) -> Found:
        part = pairs[0][0].part
        found = self.join(pairs)
        scopes = {key: m.scope for key, m in found.items()}
        references = {reading.part.of: reference for reading, reference in pairs if reference is not None}
        for reference in references.values():
            if {*reference.part.by} == {*part.by}:
                scopes.update(self._list_scopes(reference))
        if part.by == ("class",):
            for reading, _ in pairs:
                of = {OF: reading.part.of} if reading.part.of else {}
                scopes.update({key_scope(scope): scope for c in self._model.classes for scope in [{"class": c, **of}]})
        # A rule that met nothing at all says so once, for everywhere: silence would read as a pass, and what is
        # expected may all be waived.
        scopes = scopes or {(): {}}
        dimensions = {*list_scope(self._model.rules[part.rule])}
        scopes.update({key_scope(scope): scope for scope in expected if {*scope} == dimensions})
        complete = {}
        for key in sorted(scopes):
            m = found.get(key)
            if m is None:
                m = Measurement(scopes[key], self._write_window(part.window), None, 0, "no_rows")
                other = references.get(scopes[key].get(OF))
                m = m if other is None else self._compare(m, other)
            complete[key] = m
        return complete

    def _measure(self, reading: Reading, reference: Reading | None) -> Found:
        """Measure one reading at each of its scopes, with the baseline that contains each."""
        told = self._tell_pair((reading, reference))
        if told not in self._found:
            metric = self._find_metric(reading)
            if reference is None or metric.compares:
                found = self._list_values(reading, reference)
            else:
                found = [self._compare(m, reference) for m in self._list_values(reading, None)]
            self._found[told] = {key_scope(m.scope): m for m in found}
        return self._found[told]

    def _compare(self, m: Measurement, reference: Reading) -> Measurement:
        part = reference.part
        by = (*part.by, OF) if part.of else part.by
        if self._find_metric(reference).compares or not {*by} <= {*m.scope}:
            return m
        scope = {dimension: m.scope[dimension] for dimension in by}
        other = self._measure(reference, None).get(key_scope(scope))
        if other is None:
            return m
        baseline = BaselineValue(value=other.value, n=other.n, scope=scope, source=part.source, window=other.window)
        # How sure a difference of differences is, nobody knows.
        known = other.estimate if isinstance(other.estimate, Estimate) else None
        return replace(m, baseline=baseline, reference=known)

    def _find_metric(self, reading: Reading) -> Metric:
        return METRICS[self._model.rules[reading.part.rule].metric]

    def _list_scopes(self, reference: Reading) -> dict[ScopeKey, Scope]:
        """List the scopes that a baseline met, measured or not."""
        if not self._find_metric(reference).compares:
            # A class of labels has rows that the table counts under what was predicted.
            return {key: m.scope for key, m in self._measure(reference, None).items()}
        table = self._read_table(reference)
        scopes = (self._name_scope(reference, row) for row in table.frame.iter_rows(named=True))
        return {key_scope(scope): scope for scope in scopes if scope is not None}

    def _list_values(self, reading: Reading, reference: Reading | None) -> list[Measurement]:
        part, metric = reading.part, self._find_metric(reading)
        series = self._model.rules[part.rule].series
        table = self._read_table(reading)
        other = self._read_table(reference) if reference else None
        frame = metric.finish(part.ask, table, other)
        scopes = frame.height if PERIOD not in table.by else frame.select(*part.by).n_unique() if part.by else 1
        most = MOST_GROUPS if PERIOD not in table.by or series is None else count_most_scopes(series)
        if scopes > most:
            raise _refuse_scopes(part.rule, scopes, most)
        window = self._write_window(part.window)
        rows = (
            (scope, row) for row in frame.iter_rows(named=True) if (scope := self._name_scope(reading, row)) is not None
        )
        if series is not None and part.side != "baseline":
            assert part.window[0] is not None
            return list(trace_series(series, part.window[0], part.anchor, rows, window[1]))
        seen = _count_seen(table) if metric.leaves_out else {}
        there = _count_seen(other) if other else {}
        return [
            Measurement(
                scope, window, value := round_value(row["value"]), row["n"], row["reason"],
                slices=tuple(read_slices(row.get("slices"))), pairs=tuple(read_pairs(row.get("pairs"))),
                excluded=seen[tuple([row[d] for d in part.by])] - row["n"] if seen else 0,
                estimate=read_estimate(metric, value, row), critical=row.get("critical"),
                baseline=self._name_reference(reference, scope, there) if reference else None,
            )
            for scope, row in rows
        ]  # fmt: skip

    def _name_reference(self, reference: Reading, scope: Scope, rows: Mapping[tuple[str, ...], int]) -> BaselineValue:
        """Name what a metric compared a scope with, and how many rows it has; it has no value of its own."""
        part = reference.part
        place = {dimension: scope[dimension] for dimension in part.by}
        n = rows.get(tuple(place.values()), 0)
        window = self._write_window(part.window)
        return BaselineValue(value=None, n=n, scope=place, source=part.source, window=window)

    def _name_scope(self, reading: Reading, row: Mapping[str, Any]) -> Scope | None:
        """Name the scope of a row; None for one outside the taxonomy that the rule does not ask for."""
        part = reading.part
        scope = {dimension: row[dimension] for dimension in part.by}
        if not self._model.rules[part.rule].unknown and any(value in OUTSIDE for value in scope.values()):
            return None
        if ANNOTATOR in scope:
            scope[ANNOTATOR] = self._people.get(scope[ANNOTATOR], scope[ANNOTATOR])
        return {**scope, OF: part.of} if part.of else scope

    def _read_table(self, reading: Reading) -> Table:
        import polars as pl

        frame = self._tables[reading.query]
        if frame.height > MOST_KEYED:
            raise _refuse_groups(reading)
        by = reading.part.by
        wanted = [*dict.fromkeys((*by, *reading.keys))]
        measures = {measure: pl.col(column) for measure, column in reading.columns.items()}
        # Few columns first: a scan has those of many readings.
        constants = {name: pl.lit(value) for name, value in reading.constants}
        frame = frame.select(*wanted, **measures, _seen=pl.col(reading.seen), **constants).filter(pl.col("_seen") > 0)
        return Table(
            frame, (*by, PERIOD) if PERIOD in reading.keys else by, reading.part.window, self._read_edges(reading.edges)
        )

    def _read_edges(self, edges: Edges | None) -> tuple[float, ...]:
        """Read where the bins end; no edges where the reference has no value."""
        found = None if edges is None else self._tables[edges.variable][edges.entry][0]
        return () if found is None else tuple(found)

    def _write_window(self, window: tuple[datetime | None, datetime]) -> tuple[str | None, str]:
        start, end = window
        return None if start is None else self._write_moment(start), self._write_moment(end)

    def _write_moment(self, moment: datetime) -> str:
        if moment not in self._moments:
            self._moments[moment] = write_moment(moment)
        return self._moments[moment]

    def _tell_pair(self, pair: Pair) -> Hashable:
        return tuple(self._tell(reading) for reading in pair if reading is not None)

    def _tell(self, reading: Reading) -> Hashable:
        """Tell a reading from all others that give other measurements, whatever rule asks."""
        part, rule = reading.part, self._model.rules[reading.part.rule]
        numbers = reading.query, reading.seen, *reading.columns.items()
        return rule.metric, part.by, part.ask, part.of, part.window, part.anchor, rule.series, rule.unknown, numbers


def _refuse_groups(reading: Reading) -> Refused:
    """Give the exception for a table that was cut: it holds the groups of all rules of the grain, in all windows."""
    part = reading.part
    grain = ", ".join(dict.fromkeys((*part.by, *reading.keys))) or "nothing"
    message = (
        f"rules of `{part.source}` such as `{part.rule}` have more than {MOST_KEYED:,} groups together, by {grain}"
    )
    help = "group by fewer dimensions, by ones with fewer values, or over shorter windows"
    return Refused([Diagnostic("too-many-scopes", message, help=help)], 6)


def _refuse_scopes(rule: str, scopes: int, most: int) -> Refused:
    return Refused(
        [
            Diagnostic(
                "too-many-scopes",
                f"rule `{rule}` has at least {scopes} scopes; {most} is the limit",
                help="group by fewer dimensions, or by ones with fewer values; a series may have fewer or longer steps",
            )
        ],
        6,
    )


def _count_seen(table: Table) -> Counter[tuple[str, ...]]:
    """Count the rows that each scope met, over whatever else the metric groups by."""
    seen: Counter[tuple[str, ...]] = Counter()
    for *values, rows in table.frame.select(*table.by, "_seen").iter_rows():
        seen[tuple(values)] += rows
    return seen
