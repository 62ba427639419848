"""Comments and blank lines of a file, each tied to the entry that it stands above, beside or below."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from prism_rules.diagnostics import Route
from prism_rules.source import Source
from prism_rules.source.layout import Layout

MODELINE = "yaml-language-server:"
_COMMENT = re.compile(r"(?:^|\s)(#.*)")
_HEADER = re.compile(r"[|>][-+0-9]*")


@dataclass(slots=True)
class Comment:
    """One comment from its `#`."""

    text: str
    column: int = 0
    """Where it stands behind something, if its author chose a column; else 0."""
    is_apart: bool = False
    """A blank line is above it."""
    is_continued: bool = False
    """It goes on, in its column, with the comment beside the line above."""


@dataclass(slots=True)
class Notes:
    """What belongs to one entry, or to the root."""

    above: list[Comment] = field(default_factory=list)
    beside: list[Comment] = field(default_factory=list)
    """Behind its key, dash or opening bracket, or behind its value."""
    below: list[Comment] = field(default_factory=list)
    """Behind the last entry of this collection, still inside it."""
    under: list[Comment] = field(default_factory=list)
    """In lines of their own below it, further in than its key or dash."""
    is_apart: bool = False
    """A blank line is between the entry and whatever is above it."""


class Annotations:
    """The notes of every entry of a file, and its head: comments that speak of the whole file."""

    def __init__(self, source: Source) -> None:
        self._layout = Layout(source)
        self._text, self._places = source.text, source.places
        self._notes: dict[Route, Notes] = {}
        self._at = 0
        self._last: Route = ()
        """The entry read last. `_is_open` when of its own only the key, the dash or the opening bracket was read."""
        self._is_open = True
        self._read_value(())
        beside, own, _ = self._read_gap(len(self._text))
        self[self._last].beside += beside
        self[()].below += [comment for _, comment in self._share(own, -1, None)]
        self.head, self.is_head_apart = self._split_head()
        self._commented = {
            route[:depth]
            for route, notes in self._notes.items()
            if notes.above or notes.beside or notes.below
            for depth in range(len(route) + bool(notes.below))
        }

    def __getitem__(self, route: Route) -> Notes:
        return self._notes.setdefault(route, Notes())

    def has_inside(self, route: Route) -> bool:
        """Say whether a comment stands inside a collection."""
        return route in self._commented

    def _read_value(self, route: Route) -> None:
        place = self._places[route]
        if place.style != "block":
            beside, own, _ = self._read_gap(place.value[0])
            self[route].beside += beside + [comment for _, comment in own]
        if place.style in ("block", "flow"):
            self._read_collection(route, has_brackets=self._text[place.value[0]] in "[{" and place.style == "flow")
            return
        self._at = place.value[0]
        if header := _HEADER.match(self._text, self._at) if place.style in ("|", ">") else None:
            self._at = header.end()
            self[route].beside += self._read_gap(self._layout.line_end(self._at))[0]
        self._pass(self._layout.end(route), route)

    def _read_collection(self, route: Route, *, has_brackets: bool) -> None:
        start, end = self._places[route].value
        if has_brackets:
            self._pass(start + 1, route, is_open=True)
        for child in self._layout.list_children(route):
            self._read_lead(child, route)
            self._read_value(child)
        if has_brackets:
            beside, own, _ = self._read_gap(end - 1)
            self[self._last].beside += beside
            comments = [comment for _, comment in own]
            if self._is_open:
                self[route].beside += comments
            else:
                self[route].below += comments
            self._pass(end, route)

    def _read_lead(self, child: Route, parent: Route) -> None:
        """Read the gap above an entry, and its key or dash."""
        start = self._layout.start(child)
        beside, own, self[child].is_apart = self._read_gap(start)
        self[self._last].beside += beside
        in_brackets = self._places[parent].style == "flow"
        if not self._is_open and not in_brackets:
            own = self._share(own, self._layout.column(child), parent)
        self[child].above += [comment for _, comment in own]
        key = self._places[child].key
        end = (key[1] if key else start) if in_brackets else self._layout.lead_end(child)
        self._pass(end, child, is_open=True)

    def _pass(self, at: int, route: Route, *, is_open: bool = False) -> None:
        self._at, self._last, self._is_open = at, route, is_open

    def _read_gap(self, end: int) -> tuple[list[Comment], list[tuple[int, Comment]], bool]:
        """Read on to `end`: a comment on the line of what was read last, those on lines of their own with their
        columns, and whether a blank line comes last."""
        lines = self._text[self._at : end].split("\n")
        before = self._layout.line_start(self._at)
        beside: list[Comment] = []
        own: list[tuple[int, Comment]] = []
        is_apart, edge = False, -1
        for number, line in enumerate(lines):
            found = _COMMENT.search(line)
            if found is None:
                is_apart, edge = is_apart or (0 < number < len(lines) - 1 and not line.strip()), -1
                continue
            text, column = found[1].rstrip(), found.start(1)
            if number == 0 and self._at > before:
                gap = len(line[:column]) - len(line[:column].rstrip())
                edge = self._at - before + column
                beside.append(Comment(text, edge if gap > 2 else 0))
            else:
                edge = edge if edge == column else -1
                own.append((column, Comment(text, is_apart=is_apart, is_continued=edge >= 0)))
            is_apart = False
        self._at = end
        return beside, own, is_apart

    def _share(self, own: list[tuple[int, Comment]], column: int, parent: Route | None) -> list[tuple[int, Comment]]:
        """Leave comments to the entry above and the collections that end here, as far as their columns reach; return
        the rest."""
        inside = [self._last[:depth] for depth in range(0 if parent is None else len(parent) + 1, len(self._last) + 1)]
        ending = {
            route: self._layout.column(self._layout.list_children(route)[0])
            for route in inside
            if self._places[route].style == "block"
        }
        if self._last:
            ending[self._last] = self._layout.column(self._last) + 1
        for number, (at, comment) in enumerate(own):
            ending = {route: begins for route, begins in ending.items() if begins <= at}
            if at <= column or not ending:
                return own[number:]
            # A list may stand in the column of its key: the comment is then the mapping's.
            owner = max(ending, key=lambda route: ending[route])
            (self[owner].under if owner == self._last else self[owner].below).append(comment)
        return []

    def _split_head(self) -> tuple[list[Comment], bool]:
        children = self._layout.list_children(())
        first = self[children[0]] if children else self[()]
        ends = [*(comment.is_apart for comment in first.above[1:]), first.is_apart]
        is_end = [MODELINE in comment.text or apart for comment, apart in zip(first.above, ends, strict=False)]
        count = max((number + 1 for number, end in enumerate(is_end) if end), default=0)
        head, first.above = first.above[:count], first.above[count:]
        return head, bool(count) and ends[count - 1]
