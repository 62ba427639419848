"""Pieces: rows of data that belong together, without what tells them from others that are alike.

A row is a piece; so are all labels of a unit, with what is looked up for it. Ids are left out, annotators are `r1`,
`r2` and so on, and times say in which of the windows that are asked for they lie.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import add_family, agree
from prism_rules.program.views import key_field
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruletests.rows import JUST_BEFORE

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Source -> rows: logical column -> str, UTC datetime, float, bool or None."""


class Moment(NamedTuple):
    """A time as far as it matters: between which two edges of windows, and how many of its kind come after it."""

    cell: int
    later: int = 0


class PieceRow(NamedTuple):
    """A row of a piece: its source, and its columns but for the id."""

    source: str
    cells: tuple[tuple[str, Any], ...]


Piece = tuple[PieceRow, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """How much of real rows pieces keep."""

    times: bool
    """The times themselves, and not only the windows that they lie in."""
    people: bool
    """Who is who from unit to unit; else the first annotator of every unit is `r1`."""
    spare: bool
    """Columns that are read, though the rule does not name them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What rows are cut by: the edges of windows, by source; and which source's rows go with those of another."""

    edges: Mapping[str, tuple[datetime, ...]]
    """In order; the last is `as_of`. A source without times has none."""
    homes: Mapping[str, str]
    """Looked-up source -> the source whose rows ask for its own."""
    keyed: frozenset[str]
    """Sources in which rows of one id belong together; in others an id says nothing that is measured."""
    named: Mapping[str, frozenset[str]]
    """Source -> the columns that rules name, times among them."""

    def find_cell(self, source: str, time: datetime) -> int:
        """Find between which edges a time lies: 0 is before the first."""
        return bisect_right(self.edges[source], time)

    def find_span(self, source: str, cell: int) -> tuple[datetime | None, datetime]:
        """Give the edges of a cell, the second exclusive."""
        edges = self.edges[source]
        return edges[cell - 1] if cell else None, edges[cell]

    def place(self, source: str, moment: Moment) -> datetime:
        """Give a time that lies there: just before the end of the cell."""
        return self.edges[source][moment.cell] - (moment.later + 1) * JUST_BEFORE


def make_pieces(model: Ruleset, frame: Frame, rows: Rows, form: Form) -> Counter[Piece]:
    """Make pieces of rows, with how often each is there."""
    made = (_make_piece(model, frame, group, form) for group in _group(model, frame, rows))
    return Counter(piece for piece in made if piece)


def list_rows(model: Ruleset, frame: Frame, counts: Iterable[tuple[Piece, int]]) -> dict[str, list[dict[str, Any]]]:
    """List the rows that pieces stand for, under made-up ids."""
    rows: dict[str, list[dict[str, Any]]] = {source: [] for source in frame.edges}
    number = 0
    for piece, count in counts:
        for _ in range(count):
            number += 1
            for source, cells in piece:
                row: dict[str, Any] = {key_field(model.sources[source]): f"u{number}"}
                for column, value in cells:
                    row[column] = frame.place(source, value) if isinstance(value, Moment) else value
                rows[source].append(row)
    return rows


def _group(model: Ruleset, frame: Frame, rows: Rows) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    groups: dict[tuple[str, Any], list[tuple[str, Mapping[str, Any]]]] = {}
    homes = sorted(rows, key=lambda source: source in frame.homes)
    for source in homes:
        key = key_field(model.sources[source])
        for place, row in enumerate(rows[source]):
            name = row[key]
            told = (
                (source, (place,))
                if name is None or source not in frame.keyed
                else (frame.homes.get(source, source), name)
            )
            if source not in frame.homes or told in groups:
                groups.setdefault(told, []).append((source, row))
    yield from groups.values()


def _make_piece(model: Ruleset, frame: Frame, group: list[tuple[str, Mapping[str, Any]]], form: Form) -> Piece:
    group = sorted(group, key=lambda pair: (pair[0], str(pair[1].get("time")), str(pair[1])))
    names: dict[str, str] = {}
    if not form.people:
        # Of annotators who came at the same time those are first whose labels are: so that like units look alike.
        named = sorted((row for _, row in group if row.get(ANNOTATOR)), key=lambda row: str(row.get("class")))
        for row in named:
            names.setdefault(row[ANNOTATOR], f"r{len(names) + 1}")
    later: Counter[tuple[str, Any, int]] = Counter()
    made = []
    for source, row in reversed(group):
        key = key_field(model.sources[source])
        cells = []
        for column, value in row.items():
            if column == key or not (form.spare or column in frame.named[source]):
                continue
            if column == ANNOTATOR and value is not None:
                value = names.get(value, value)
            elif column == "time" and value is not None and not form.times:
                cell = frame.find_cell(source, value)
                own = (source, row.get(ANNOTATOR), cell)
                value, later[own] = Moment(cell, later[own]), later[own] + 1
            cells.append((column, value))
        # Of what is looked up nothing may be left to say.
        if source not in frame.homes or {column for column, _ in cells} - {"time"}:
            made.append(PieceRow(source, tuple(cells)))
    return tuple(sorted(made, key=order_row))


def order_piece(piece: Piece) -> tuple[Any, ...]:
    """Order pieces by their values."""
    return tuple(map(order_row, piece))


def order_row(row: PieceRow) -> tuple[Any, ...]:
    """Order rows by their values, kinds apart, nothing first."""
    return row.source, tuple((column, value is not None, _order(value)) for column, value in row.cells)


def _order(value: Any) -> Any:
    return 0 if value is None else value


def touches(model: Ruleset, piece: Piece, scope: Mapping[str, str]) -> bool:
    """Whether a row of a piece lies at a scope, as far as its source has the dimensions."""
    places = ({column: str(value) for column, value in row.cells if column in (*scope, "class")} for row in piece)
    return any(agree(add_family(model, place), scope) for place in places)


def list_trimmed(piece: Piece, form: Form) -> Iterator[Piece]:
    """List what a piece may be cut to: without one of its rows, the last first."""
    for place in reversed(range(len(piece))):
        rest = (*piece[:place], *piece[place + 1 :])
        if rest and piece[place].source == rest[0].source:
            yield rest if form.people else _number_people(rest)


def _number_people(piece: Piece) -> Piece:
    """Number the annotators of a unit from 1 again."""
    names: dict[str, str] = {}
    made = []
    for row in piece:
        cells = dict(row.cells)
        if cells.get(ANNOTATOR) is not None:
            cells[ANNOTATOR] = names.setdefault(cells[ANNOTATOR], f"r{len(names) + 1}")
        made.append(PieceRow(row.source, tuple(cells.items())))
    return tuple(made)
