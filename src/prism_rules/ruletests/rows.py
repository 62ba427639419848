"""Rows: what a test gives of a source, as rows of typed values under the names that rules use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Diagnostic, Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.moments import parse_moment
from prism_rules.model.ruleset import Ruleset, Source
from prism_rules.model.ruletest import MOST_ROWS, Group, TestData
from prism_rules.program.parts import find_window
from prism_rules.ruletests.cells import Cell, read_cell
from prism_rules.ruletests.fixtures import read_fixture
from prism_rules.ruletests.tables import BadTable, read_table

Row = Mapping[str, Any]
"""Logical column -> str, UTC datetime, float, bool or None."""
JUST_BEFORE = timedelta(seconds=1)
"""How long before `as_of` a row lies that says no time: inside every window."""


@dataclass
class Given:
    """What could be read of one source's data, and what is wrong with it."""

    rows: list[Row] = field(default_factory=list)
    file: Path | None = None
    """A Parquet file, which the engine reads."""
    problems: list[Problem] = field(default_factory=list)
    """Of the test's file."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """Of other files."""


def read_given(
    model: Ruleset, name: str, data: TestData, *, as_of: datetime, rules: Iterable[str], route: Route, folder: Path,
    root: Path,
) -> Given:  # fmt: skip
    """Read the data that a test gives for a source; `route` is where they stand, `rules` are those that are on."""
    return _Reader(model, name, as_of, rules, route).read(data, folder, root)


class _Reader:
    def __init__(self, model: Ruleset, name: str, as_of: datetime, rules: Iterable[str], route: Route) -> None:
        self._source: Source = model.sources[name]
        self._name = name
        self._as_of = as_of
        self._route = route
        self._key = "unit" if self._source.role == "annotations" else "id"
        windows = [
            window
            for rule in map(model.rules.__getitem__, rules)
            if rule.source == name and (window := find_window(model, name, rule.window, as_of)) and window[0]
        ]
        self._start = max((window[0] for window in windows if window[0]), default=None)
        """Where the shortest window begins."""
        self._count = 0
        self._given = Given()

    def read(self, data: TestData, folder: Path, root: Path) -> Given:
        given = self._given
        if data.file is not None:
            if beside := [key for key in ("rows", "table", "generate") if getattr(data, key) is not None]:
                message = f"`{self._name}` has a file, and `{beside[0]}` beside it"
                spots = Spot((*self._route, "file"), at="key"), Spot((*self._route, beside[0]), "beside it", at="key")
                given.problems.append(Problem("mixed-data", message, spots, "give one of the two"))
            elif data.file.endswith(".parquet"):
                place = read_fixture(data.file, folder, root, (*self._route, "file"), given.problems)
                given.file = place and place.resolve()
            else:
                self._read_file(data.file, folder, root)
            return given
        for index, row in enumerate(data.rows or ()):
            at: Route = (*self._route, "rows", index)
            self._check_columns((column, Spot((*at, column), at="key")) for column in row)
            typed = self._type({column: Cell(value, Spot((*at, column))) for column, value in row.items()})
            given.rows.append(self._complete(typed))
        if data.table is not None:
            self._read_table(data.table)
        for index, group in enumerate(data.generate or ()):
            self._generate(group, (*self._route, "generate", index))
        if len(given.rows) > MOST_ROWS:
            message = f"`{self._name}` has {len(given.rows):,} rows; at most {MOST_ROWS:,} are made"
            given.problems.append(Problem("out-of-range", message, (Spot(self._route, at="key"),)))
            given.rows = []
        return given

    def _read_table(self, text: str) -> None:
        route: Route = (*self._route, "table")
        try:
            head, rows = read_table(text)
        except BadTable as bad:
            spot = Spot(route, within=(bad.start, bad.length))
            self._given.problems.append(Problem("bad-table", bad.message, (spot,), bad.help))
            return
        names = [str(cell.text) for cell in head]
        spots = [Spot(route, within=(cell.start, cell.length)) for cell in head]
        self._check_columns(zip(names, spots, strict=True))
        for row in rows:
            cells = [Cell(cell.text, Spot(route, within=(cell.start, cell.length)), is_text=True) for cell in row]
            self._given.rows.append(self._complete(self._type(dict(zip(names, cells, strict=True)))))

    def _read_file(self, file: str, folder: Path, root: Path) -> None:
        from prism_rules.ruletests.fixtures import read_records

        route: Route = (*self._route, "file")
        place = read_fixture(file, folder, root, route, self._given.problems)
        if place is None:
            return
        rows, found = read_records(place, self._name, self._source)
        self._given.diagnostics += found
        for row in rows:
            self._given.rows.append(self._complete(row))

    def _check_columns(self, named: Iterable[tuple[str, Spot]]) -> None:
        known = self._source.columns
        for column, spot in named:
            if column not in known:
                message = f"source `{self._name}` declares no column `{column}`"
                called = next((logical for logical, physical in known.items() if physical == column), None)
                help = f"that column is called `{called}` here" if called else did_you_mean(column, known)
                self._given.problems.append(Problem("unknown-column", message, (spot,), help))

    def _type(self, cells: Mapping[str, Cell]) -> dict[str, Any]:
        row = {}
        for column, cell in cells.items():
            if column not in self._source.columns:
                continue  # told already
            value = read_cell(column, self._source.name_kind(column), cell)
            if isinstance(value, Problem):
                self._given.problems.append(value)
                value = None
            row[column] = value
        return row

    def _complete(self, row: Mapping[str, Any], time: datetime | None = None) -> Row:
        completed = dict(row)
        if self._key not in completed:
            self._count += 1
            completed[self._key] = str(self._count)
        if "time" in self._source.fields and "time" not in completed:
            completed["time"] = time or self._as_of - JUST_BEFORE
        return completed

    def _generate(self, group: Group, at: Route) -> None:
        turns = self._read_turns(group, at)
        many = group.rows or group.units
        if group.rows and (other := next((key for key in ("units", "labels") if getattr(group, key)), None)):
            message = f"a group of `{self._name}` has `rows`, and `{other}` beside it"
            spots = Spot((*at, "rows"), at="key"), Spot((*at, other), "beside it", at="key")
            self._given.problems.append(Problem("mixed-data", message, spots, "give one of the two"))
            return
        if many is None or (group.labels is None) is not (group.units is None):
            message = f"`{self._name}`: a group has `rows`, or `units` with `labels`"
            help = "write {rows: 30, with: {...}}, or {units: 40, labels: [a, a]} for annotations"
            self._given.problems.append(Problem("missing-key", message, (Spot(at),), help))
            return
        if group.units and self._source.role != "annotations":
            message = f"`{self._name}` has the role {self._source.role}; only annotations have units with labels"
            spot = Spot((*at, "units"), at="key")
            self._given.problems.append(Problem("wrong-role", message, (spot,), "write `rows` in place of `units`"))
            return
        self._check_said_twice(group, at)
        if len(self._given.rows) + many * len(group.labels or (0,)) > MOST_ROWS:
            message = f"`{self._name}` has too many rows; at most {MOST_ROWS:,} are made"
            self._given.problems.append(Problem("out-of-range", message, (Spot(at),)))
            return
        for number, time in enumerate(self._spread(group, many)):
            row = self._complete({column: values[number % len(values)] for column, values in turns.items()}, time)
            self._given.rows += _label(row, group.labels) if group.labels else (row,)

    def _check_said_twice(self, group: Group, at: Route) -> None:
        """Find what a group says of times or labels that its rows could not show."""
        inside: Route = (*at, "with")
        ends = [key for key, end in (("from", group.from_), ("to", group.to)) if end]
        if ends and "time" not in self._source.fields:
            message = f"`{self._name}` has no `time`: its rows lie nowhere between `from` and `to`"
            self._given.problems.append(Problem("unknown-column", message, (Spot((*at, ends[0]), at="key"),)))
        taken = [("time", ends[0])] if ends else []
        # Whose the one label is may be said.
        labels = len(group.labels or ())
        taken += [(column, "labels") for column, most in (("annotator", 1), ("class", 0)) if labels > most]
        for column, key in taken:
            if column in group.with_:
                message = f"a group of `{self._name}` has `{key}`, and `{column}` beside it"
                spots = Spot((*at, key), at="key"), Spot((*inside, column), "beside it", at="key")
                self._given.problems.append(Problem("mixed-data", message, spots, "give one of the two"))
        end = parse_moment(group.to) if group.to else self._as_of
        if group.from_ and parse_moment(group.from_) >= end:
            other = f"`to`, {group.to}" if group.to else "`as_of`, where the rows end if `to` is not given"
            message = f"`from` is {group.from_}, which is not before {other}"
            self._given.problems.append(Problem("out-of-range", message, (Spot((*at, "from")),)))

    def _read_turns(self, group: Group, at: Route) -> dict[str, Sequence[Any]]:
        """Read the values of a group's columns, those that rows take turns in as several."""
        inside: Route = (*at, "with")
        self._check_columns((column, Spot((*inside, column), at="key")) for column in group.with_)
        turns: dict[str, Sequence[Any]] = {}
        for column, value in group.with_.items():
            values = value if isinstance(value, list) else [value]
            place: Route = (*inside, column)
            if not values:
                message = f"`{column}` has no value for the rows to take"
                self._given.problems.append(Problem("out-of-range", message, (Spot(place),)))
            if column not in self._source.columns or not values:
                continue
            spots = [Spot((*place, i) if isinstance(value, list) else place) for i in range(len(values))]
            turns[column] = [
                self._type({column: Cell(each, spot)})[column] for each, spot in zip(values, spots, strict=True)
            ]
        return turns

    def _spread(self, group: Group, many: int) -> Iterator[datetime]:
        end = parse_moment(group.to) if group.to else self._as_of
        start = parse_moment(group.from_) if group.from_ else None
        if start is None:
            start = end - (self._as_of - self._start if self._start else JUST_BEFORE)
        seconds = int((end - start).total_seconds())
        for number in range(many):
            yield start + timedelta(seconds=seconds * number // many)


def _label(row: Row, labels: Sequence[str | None]) -> Iterator[Row]:
    for number, label in enumerate(labels, start=1):
        if label is not None:
            yield {"annotator": f"r{number}", "class": label, **row}
