"""Wants: what every part asks of the rows, by the relation that its metric is measured over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from prism_rules.diagnostics import Route
from prism_rules.engines.quoting import quote_name
from prism_rules.intake import Intake
from prism_rules.metrics import METRICS, Measure
from prism_rules.model.moments import count_microseconds
from prism_rules.model.ruleset import Ruleset
from prism_rules.program import relations
from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations import Clock
from prism_rules.ruleset.grain import FIELD_DIMENSIONS, list_dimensions
from prism_rules.sql_gate import Gated

PERIOD = "period"
"""The key of a series: how many steps after the beginning of its reference a row lies."""

FEW = 20_000_000
"""Values that quantiles of a source may keep in memory to sort them, each those of all rows: about 12 bytes each."""


def list_wanted(
    model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], parts: Sequence[Part], as_of: datetime
) -> list[Wanted]:
    """Give every part its relation, keys, measures and conditions, in the order of the parts."""
    writer = _Writer(model, intake, gated, parts, as_of)
    return [writer.write(part) for part in parts]


def pick_conditions(model: Ruleset, gated: Mapping[Route, Gated], part: Part) -> tuple[Gated, ...]:
    """Pick the authors' conditions that hold of a part's rows.

    On the rule's own source the rule's `where` holds in the baseline too, and the baseline's is added to it; another
    source has other columns, and is asked the baseline's alone.
    """
    routes: list[Route] = []
    if part.side != "baseline" or part.source == model.rules[part.rule].source:
        routes.append(("rules", part.rule, "where"))
    if part.side == "baseline":
        routes.append(("rules", part.rule, "baseline", "where"))
    return tuple(gated[route] for route in routes if route in gated)


def list_unit_dimensions(
    model: Ruleset, gated: Mapping[Route, Gated], parts: Iterable[Part]
) -> dict[str, frozenset[str]]:
    """List by source of labels the dimensions that rules ask of a unit, and that all its labels must share."""
    found: dict[str, frozenset[str]] = {}
    for part in parts:
        if METRICS[model.rules[part.rule].metric].relation == "votes":
            found[part.source] = found.get(part.source, frozenset()) | _list_of_unit(model, gated, part)
    return found


def _list_of_unit(model: Ruleset, gated: Mapping[Route, Gated], part: Part) -> frozenset[str]:
    units, _ = _part_conditions(model, gated, part)
    return frozenset(part.by).union(*(condition.columns for condition in units)) - {"class", "family"}


def _part_conditions(model: Ruleset, gated: Mapping[Route, Gated], part: Part) -> tuple[list[Gated], list[Gated]]:
    """Part conditions into those about a unit, by dimensions that all its labels share, and those about labels."""
    shared = list_dimensions(model, part.source) - {*FIELD_DIMENSIONS, "family"}
    picked = pick_conditions(model, gated, part)
    return [c for c in picked if c.columns <= shared], [c for c in picked if not c.columns <= shared]


class _Spread(NamedTuple):
    """Of which numbers quantiles are asked for: what agrees in it shares one relation."""

    source: str
    relation: str
    column: str
    by: tuple[str, ...]
    conditions: tuple[str, ...]


class _Writer:
    def __init__(
        self, model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], parts: Sequence[Part], as_of: datetime
    ) -> None:
        self._model, self._intake, self._gated, self._as_of = model, intake, gated, as_of
        self._unit_dimensions = list_unit_dimensions(model, gated, parts)
        self._composed: set[str] = set()
        self._probabilities: dict[_Spread, set[float]] = {}
        for part in parts:
            metric = METRICS[model.rules[part.rule].metric]
            if metric.relation == "votes":
                self._composed |= {part.source} if "composition" in metric.keys(part.ask) else set()
            elif metric.relation == "quantiles":
                asked = metric.probabilities(part.ask)
                self._probabilities.setdefault(self._spread(part), set()).update(asked)
        self._quantiles = Counter(spread.source for spread, asked in self._probabilities.items() for _ in asked)

    def write(self, part: Part) -> Wanted:
        metric = METRICS[self._model.rules[part.rule].metric]
        match metric.relation:
            case "votes":
                return self._write_votes(part)
            case "quantiles":
                return self._write_quantiles(part)
        conditions, own = self._pick(part), self._gated.get(("rules", part.rule, "of"))
        clock = self._find_clock(part)
        keys = {key: quote_name(key) for key in metric.keys(part.ask)} | self._write_period(part, clock)
        asked = {column for expression in (*conditions, *([own] if own else [])) for column in expression.columns}
        columns = {
            *part.by,
            *metric.keys(part.ask),
            *asked,
            *metric.fields,
            *(part.ask.of if metric.columnwise else ()),
        }
        view = relations.name_relation(self._model, part.source, columns)
        filters = tuple(f"({condition.sql})" for condition in conditions)
        numbers = self._list_numbers(part, columns)
        return Wanted(
            part, view, self._find_access(part, columns), keys, metric.measures(part.ask), clock, filters, own,
            numbers, self._has_class(part),
        )  # fmt: skip

    def _find_access(self, part: Part, columns: Iterable[str], *, watched: bool = True) -> Access:
        """Find what a scan of rows as they are reads: what is asked of them, their times, and the class for intake."""
        told = {"time", *(["class"] if watched else [])} & self._intake.sources[part.source].columns.keys()
        return Access(frozenset({*columns, *told}), part.window if "time" in told else None)

    def _has_class(self, part: Part) -> bool:
        return "class" in self._intake.sources[part.source].columns

    def _list_numbers(self, part: Part, columns: Iterable[str]) -> frozenset[str]:
        known = self._intake.sources[part.source].columns
        return frozenset(name for name in columns if name in known and known[name].kind == "number")

    def _pick(self, part: Part) -> tuple[Gated, ...]:
        return pick_conditions(self._model, self._gated, part)

    def _find_clock(self, part: Part) -> Clock | None:
        return relations.find_clock(self._intake.sources[part.source])

    def _write_period(self, part: Part, clock: Clock | None) -> dict[str, str]:
        """Write the key that parts a series into its points; a baseline of another source has none."""
        series = self._model.rules[part.rule].series
        if series is None or clock is None or part.side == "baseline":
            return {}
        assert part.window[0] is not None
        start = count_microseconds(part.window[0])
        return {PERIOD: f"(epoch_us({clock.column}) - {start}) // {series.every // timedelta(microseconds=1)}"}

    def _write_votes(self, part: Part) -> Wanted:
        """Votes of all rules of a source are one relation: dimensions and conditions on them are told apart later."""
        metric = METRICS[self._model.rules[part.rule].metric]
        label: Literal["class", "family"] = "family" if "family" in part.by and "class" not in part.by else "class"
        units, labels = _part_conditions(self._model, self._gated, part)
        dimensions = self._unit_dimensions[part.source]
        asked = {column for condition in labels for column in condition.columns}
        view = relations.name_relation(self._model, part.source, {label, *dimensions, *asked, *metric.fields})
        # At most one window: whatever was done before it began is measured alike, and in one scan.
        since = part.window[0] if part.anchor else None
        where = " AND ".join(f"({condition.sql})" for condition in labels) or None
        votes = relations.write_votes(
            self._model,
            part.source,
            view,
            dimensions,
            until=self._as_of,
            since=since,
            where=where,
            label=label,
            composed=part.source in self._composed,
        )
        clock = Clock("newest") if "time" in self._model.sources[part.source].fields else None
        own = sorted(_list_of_unit(self._model, self._gated, part))
        filters = [f"{quote_name(d)} IS NOT NULL" for d in own] + [f"({condition.sql})" for condition in units]
        keys = {key: quote_name(key) for key in metric.keys(part.ask)} | self._write_period(part, clock)
        # Which of a unit's labels count is settled by all that the source declares.
        columns = frozenset({label, *dimensions, *asked, *metric.fields, *self._model.sources[part.source].columns})
        access = Access(columns, (since, self._as_of) if clock else None)
        return Wanted(part, f"(\n{votes}\n)", access, keys, metric.measures(part.ask), clock, tuple(filters))

    def _spread(self, part: Part) -> _Spread:
        [column] = part.ask.of
        clock, picked = self._find_clock(part), self._pick(part)
        period = self._write_period(part, clock)
        conditions = [*(clock.write(part.window) if clock else ()), *(f"({condition.sql})" for condition in picked)]
        asked = {column, *part.by, *(name for condition in picked for name in condition.columns)}
        view = relations.name_relation(self._model, part.source, asked)
        for name, expression in period.items():
            view = f"(SELECT *, {expression} AS {quote_name(name)} FROM {view})"
        return _Spread(part.source, view, column, tuple(sorted((*part.by, *period))), tuple(conditions))

    def _write_quantiles(self, part: Part) -> Wanted:
        """Few values the engine keeps all, in the scan that measures all else; where they are many, it counts bins."""
        metric, spread = METRICS[self._model.rules[part.rule].metric], self._spread(part)
        asked = {*part.ask.of, *part.by, *(name for condition in self._pick(part) for name in condition.columns)}
        if self._intake.sources[part.source].rows * self._quantiles[part.source] <= FEW:
            [at], [column] = metric.probabilities(part.ask), part.ask.of
            found = Measure("quantile", of=quote_name(column), at=at)
            measures = {"n": Measure("count", of=quote_name(column)), "low": found, "high": found}
            clock, filters = self._find_clock(part), tuple(f"({condition.sql})" for condition in self._pick(part))
            view = relations.name_relation(self._model, part.source, asked)
            return Wanted(
                part, view, self._find_access(part, asked), self._write_period(part, clock), measures, clock, filters,
                numbers=self._list_numbers(part, asked),
                classed=self._has_class(part), constants=(("probability", at),),
            )  # fmt: skip
        sql = relations.write_quantiles(
            spread.relation, spread.column, spread.by, spread.conditions, sorted(self._probabilities[spread])
        )  # fmt: skip
        keys = {key: quote_name(key) for key in (*metric.keys(part.ask), *({*spread.by} - {*part.by}))}
        access = replace(self._find_access(part, asked, watched=False), passes=relations.PASSES)
        return Wanted(part, f"(\n{sql}\n)", access, keys, metric.measures(part.ask))
