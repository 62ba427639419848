"""Taking: the rows that a rule read for a finding, out of the data, in the columns that it needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.engines import Batch, Engine
from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.evaluation.people import People
from prism_rules.intake import Intake
from prism_rules.metrics import METRICS
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import NONE, UNKNOWN
from prism_rules.program.parts import list_parts
from prism_rules.program.readings import Access, Part
from prism_rules.program.relations import list_wanted
from prism_rules.program.views import key_field, list_lookup_columns, write_raw, write_read, write_time
from prism_rules.ruleset.grain import ANNOTATOR, OF
from prism_rules.ruletests.freezing.pieces import Frame, Rows
from prism_rules.ruletests.freezing.trying import name_people
from prism_rules.sql_gate import Gated

MOST_TAKEN = 50_000
"""Rows of one source that are looked at; of more, those of as many ids as an order by digest puts first."""


class Taking:
    """What the rules of a ruleset read at a moment: which columns of which sources, and in which windows."""

    def __init__(
        self, model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], engine: Engine, as_of: datetime,
        people: People | None = None,
    ) -> None:  # fmt: skip
        self.as_of, self._people = as_of, people
        self._model, self._intake, self._engine = model, intake, engine
        parts = list_parts(model, as_of)
        asked: dict[str, set[str]] = {}
        for want in list_wanted(model, intake, gated, parts, as_of):
            _trace(model, want.part.source, want.access, asked)
        self.columns = {source: self._list_columns(source, asked.get(source)) for source in intake.sources}
        """Source -> logical columns, its id and time among them; none of one that is looked up for nothing."""
        homes = self._find_homes()
        keyed = {part.source for part in parts if METRICS[model.rules[part.rule].metric].identifies}
        keyed |= {*homes, *homes.values()}
        keyed |= {source for source in self.columns if model.sources[source].role == "annotations"}
        self.frame = Frame(self._find_edges(parts), homes, frozenset(keyed), self._find_named(parts, gated))

    def list_takes(self, scope: Scope) -> Iterator[tuple[Scope, Rows]]:
        """Take rows for a finding's scope: those that lie there, then more. The scope comes back with the annotator's
        name in these rows."""
        named = dict(scope)
        if ANNOTATOR in scope:
            shown = name_people(self._model, self._list_people(), self._people)
            named[ANNOTATOR] = next((name for name, one in shown.items() if one == scope[ANNOTATOR]), NONE)
        other = {dimension: value for dimension, value in named.items() if dimension not in ("class", "family")}
        whom = {dimension: value for dimension, value in other.items() if dimension != ANNOTATOR}
        tried: list[Scope] = []
        # A metric may compare with other classes, with other people, with other places.
        for place in (named, other, whom, {}):
            if place not in tried:
                tried.append(place)
                rows = self._take(place)
                people = {
                    row[ANNOTATOR] for listed in rows.values() for row in listed if row.get(ANNOTATOR) is not None
                }
                names = {name: f"r{number}" for number, name in enumerate(name_people(self._model, people), 1)}
                for row in (row for listed in rows.values() for row in listed if row.get(ANNOTATOR) is not None):
                    row[ANNOTATOR] = names[row[ANNOTATOR]]
                hidden = {ANNOTATOR: names.get(named[ANNOTATOR], NONE)} if ANNOTATOR in named else {}
                yield {**named, **hidden}, rows

    def _list_columns(self, source: str, asked: set[str] | None) -> tuple[str, ...]:
        if asked is None:
            return ()
        known = self._intake.sources[source].columns
        wanted = {*asked, key_field(self._model.sources[source]), "time"}
        return tuple(column for column in self._model.sources[source].columns if column in wanted and column in known)

    def _find_edges(self, parts: Iterable[Part]) -> dict[str, tuple[datetime, ...]]:
        edges: dict[str, set[datetime]] = {source: {self.as_of} for source in self.columns}
        for part in parts:
            start, end = part.window
            edges[part.source] |= {end, start} if start else {end}
            series = self._model.rules[part.rule].series
            if series and start and part.side == "current":
                steps = (self.as_of - start) // series.every
                edges[part.source] |= {self.as_of - step * series.every for step in range(steps)}
        return {s: tuple(sorted(found)) if "time" in self.columns[s] else () for s, found in edges.items()}

    def _find_homes(self) -> dict[str, str]:
        sources = dict.fromkeys(rule.source for rule in self._model.rules.values())
        looked_up = {other: source for source in sources for other in self._model.sources[source].lookup}
        return {other: home for other, home in looked_up.items() if self.columns.get(other)}

    def _find_named(self, parts: Iterable[Part], gated: Mapping[Route, Gated]) -> dict[str, frozenset[str]]:
        named: dict[str, set[str]] = {source: {"time"} for source in self.columns}
        for part in parts:
            metric = METRICS[self._model.rules[part.rule].metric]
            authored = [one.columns for route, one in gated.items() if route[:2] == ("rules", part.rule)]
            names = {*part.by, *part.ask.of, *metric.fields, *(column for columns in authored for column in columns)}
            names |= {"class"} if "family" in names else set()
            homes = list_lookup_columns(self._model.sources[part.source])
            for name in names:
                named[homes.get(name, part.source)].add(name)
        return {source: frozenset(names) for source, names in named.items()}

    def _take(self, scope: Scope) -> dict[str, list[dict[str, Any]]]:
        """Take the rows before `as_of` that lie at a scope, as far as each source has its dimensions."""
        model, intake, columns = self._model, self._intake, self.columns
        asked = [source for source in columns if columns[source]]
        queries = [(s, _write_query(model, intake, s, columns[s], self.frame, scope)) for s in asked]
        tables = self._engine.answer(Batch(tuple(file.path for file in intake.files), (), tuple(queries)))
        return {s: [_clean(row) for row in tables[s].iter_rows(named=True)] if s in asked else [] for s in columns}

    def _list_people(self) -> list[str]:
        queries = []
        for source, columns in self.columns.items():
            if ANNOTATOR in columns:
                bound, edges = self._intake.sources[source], self.frame.edges[source]
                name, time = write_raw(bound.columns[ANNOTATOR]), bound.columns.get("time")
                seen = f" AND {write_raw(time)} < {write_time(edges[-1])}" if time and edges else ""
                read = write_read(bound)
                queries.append((source, f"SELECT DISTINCT {name} AS name FROM {read} WHERE {name} IS NOT NULL{seen}"))
        tables = self._engine.answer(Batch(tuple(file.path for file in self._intake.files), (), tuple(queries)))
        return sorted({name for table in tables.values() for name in table["name"]})


def _trace(model: Ruleset, source: str, access: Access, asked: dict[str, set[str]]) -> None:
    homes = list_lookup_columns(model.sources[source])
    for column in access.columns:
        name = "class" if column == "family" else column
        asked.setdefault(homes.get(name, source), set()).add(name)
    asked.setdefault(source, set())
    for other, inner in access.beside:
        _trace(model, other, inner, asked)


def _write_query(
    model: Ruleset, intake: Intake, source: str, columns: Iterable[str], frame: Frame, scope: Scope
) -> str:
    bound = intake.sources[source]
    listed = ", ".join(f"{write_raw(bound.columns[column])} AS {quote_name(column)}" for column in columns)
    edges = frame.edges[source]
    asked = [f'"time" < {write_time(edges[-1])}'] if edges else []
    declared = model.sources[source]
    if len(edges) > 1 and declared.role != "annotations" and not declared.collection:
        asked.append(f'"time" >= {write_time(edges[0])}')
    for dimension, value in scope.items():
        asked += _write_place(model, dimension, value, columns)
    key = quote_name(key_field(declared))
    where = f"\nWHERE {' AND '.join(asked)}" if asked else ""
    order = f"\nORDER BY md5({key}), {', '.join(map(quote_name, columns))}\nLIMIT {MOST_TAKEN}"
    return f"SELECT * FROM (SELECT {listed} FROM {write_read(bound)}){where}{order}"


def _write_place(model: Ruleset, dimension: str, value: str, columns: Iterable[str]) -> Iterable[str]:
    if dimension == "family" and "class" in columns:
        classes = [name for name, entry in model.classes.items() if entry.family == value]
        return [f'"class" IN ({", ".join(map(quote_text, classes))})'] if classes else []
    if dimension == OF or dimension not in columns or value == UNKNOWN:
        return []
    name = quote_name(dimension)
    return [f"{name} IS NULL" if value == NONE else f"{name} = {quote_text(value)}"]


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: _clean_value(value) for column, value in row.items()}


def _clean_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return None if isinstance(value, float) and not math.isfinite(value) else value
