"""Where things stand in a file: spans of characters, the lines they fall on, and routes turned into labels."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from prism_rules.diagnostics import Diagnostic, Label, Problem, Route, Spot, place_order
from prism_rules.source.scalars import trace_characters

Span = tuple[int, int]
"""Start and end of a stretch of `Source.text`, in characters from 0; the end is exclusive."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one node stands. `style` is ``""`` (plain), ``'``, ``"``, ``|``, ``>``, ``block`` or ``flow``."""

    key: Span | None
    value: Span
    style: str


Node = tuple[Span | None, Span, str, dict[str | int, Any]]
"""A place as it is read: its key, value and style, and the nodes inside it by key or index."""


class Places(Mapping[Route, Place]):
    """Every node of a file by its route, in the file's order. A `Place` is made when somebody asks for it."""

    def __init__(self, root: Node) -> None:
        self._root = root

    def __getitem__(self, route: Route) -> Place:
        node = self._root
        for step in route:
            node = node[3][step]
        return Place(*node[:3])

    def __iter__(self) -> Iterator[Route]:
        waiting: list[tuple[Route, Node]] = [((), self._root)]
        while waiting:
            route, node = waiting.pop()
            yield route
            waiting += [((*route, step), inner) for step, inner in reversed(node[3].items())]

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as read: plain data (dict, list, str, int, float, bool, None) and the place of every node.

    It is equal to itself alone: a pack and a file may have the same name.
    """

    name: str
    """The path as it was given, with forward slashes."""
    data: dict[str, Any]
    text: str = field(repr=False)
    """The decoded text without byte order mark, every line end as LF."""
    digest: str
    """``sha256:`` and hex, over the file's bytes with CRLF read as LF."""
    places: Mapping[Route, Place] = field(repr=False)
    path: Path | None = None
    """The file that was read, which may be called otherwise; None for what came from none."""

    def find(self, route: Route) -> tuple[Source, Route]:
        """Find where something stands: here."""
        return self, route

    def arrange(self, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        """Leave the places of a problem in their order: all are of this file."""
        return labels


class Document(Protocol):
    """What routes lead into: a file, or several that make one."""

    @property
    def name(self) -> str:
        """The path of the file, of several the one that joins them."""
        ...

    @property
    def data(self) -> dict[str, Any]:
        """The plain data."""
        ...

    def find(self, route: Route) -> tuple[Source, Route]:
        """Find the file in which something stands, and its route there."""
        ...

    def arrange(self, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        """Put the places of a problem in the order of the files in which they can be mended."""
        ...


class Lines:
    """Turns spans of one text into labels, which lie on one line each."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def label(self, span: Span, text: str = "") -> Label:
        """Return the label under `span`, cut to the line on which it starts and at least one column wide."""
        number = min(bisect_right(self.starts, span[0]), len(self.lines))
        line, first = self.lines[number - 1], self.starts[number - 1]
        col = span[0] - first + 1
        end = max(col + 1, min(span[1] - first, len(line)) + 1)
        return Label(self.name, number, col, end, text, line)


def locate(problems: Iterable[Problem], document: Document) -> list[Diagnostic]:
    """Turn every spot into a label of its file, falling back to the nearest parent; sorted by place."""
    found = [
        Diagnostic(
            problem.code,
            problem.message,
            document.arrange(tuple(find_label(spot, document) for spot in problem.spots)),
            problem.help,
            problem.severity,
            None if problem.spots else document.name,
            problem.spots[0].route if problem.spots else (),
        )
        for problem in problems
    ]
    return sorted(found, key=place_order)


def find_label(spot: Spot, document: Document) -> Label:
    """Turn a spot into a label of its file, falling back to the nearest parent."""
    source, route = document.find(spot.route)
    return _index_lines(source.name, source.text).label(_find_span(spot, route, source), spot.text)


@lru_cache(maxsize=64)
def _index_lines(name: str, text: str) -> Lines:
    """Places are asked for one by one, too; the lines of a file are found once."""
    return Lines(name, text)


def _find_span(spot: Spot, written: Route, source: Source) -> Span:
    route = written
    while route and route not in source.places:
        route = route[:-1]
    place = source.places[route]
    exact = route == written
    if exact and spot.within and spot.at == "value":
        piece = _find_piece(spot, route, place, source)
        if piece:
            return piece
    # The first line of a block collection is that of its first child: carets there would accuse the wrong node.
    if place.key and (spot.at == "key" or not exact or place.style == "block"):
        return place.key
    if place.style in ("|", ">"):
        header = re.compile(r"[|>][-+0-9]*").match(source.text, place.value[0])
        return header.span() if header else place.value
    return place.value


def _find_piece(spot: Spot, route: Route, place: Place, source: Source) -> Span | None:
    value: Any = source.data
    for step in route:
        value = value[step]
    if not isinstance(value, str) or spot.within is None:
        return None
    start, end = place.value
    traced = trace_characters(source.text[start:end], place.style, value)
    offset, length = spot.within
    if traced is None or not 0 <= offset <= len(value):
        return None
    return start + traced[offset], start + traced[min(offset + length, len(value))]
