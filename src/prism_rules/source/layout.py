"""Where entries, what leads to them, and the comments around them begin and end in a file's text."""

from __future__ import annotations

import re
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.source.places import Source

_GAP = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")
_COMMENT = re.compile(r"[ ]*(?:(?<=\s)#[^\n]*)?")


class Layout:
    """The extents of one source. Positions are characters of its text, from 0; columns are counted from 0 as well."""

    def __init__(self, source: Source) -> None:
        self.data = source.data
        self.text = source.text
        self.places = source.places

    def find(self, route: Route) -> Any:
        """Return the value at `route`. Raises `LookupError` or `TypeError` where there is none."""
        node: Any = self.data
        for step in route:
            node = node[step]
        return node

    def list_children(self, route: Route) -> list[Route]:
        """Return the routes of a collection's entries. Raises `TypeError` for a scalar."""
        node = self.find(route)
        if not isinstance(node, dict | list):
            raise TypeError(route)
        return [(*route, step) for step in (node if isinstance(node, dict) else range(len(node)))]

    def end(self, route: Route) -> int:
        """Where a value ends; a scanner lets a block reach over the comments and blank lines behind it."""
        place = self.places[route]
        if place.style == "block":
            return self.end(self.list_children(route)[-1])
        if place.style not in ("|", ">"):
            return place.value[1]
        start = place.value[0]
        body = self.text[start : place.value[1]].removesuffix("\n")
        return start + len(body if "+" in body[:3].split("\n")[0] else body.rstrip("\n"))

    def start(self, route: Route) -> int:
        """Where an entry starts: at its key, at its dash, or at an item in brackets."""
        place = self.places[route]
        if place.key:
            return place.key[0]
        if not route or self.places[route[:-1]].style == "flow":
            return place.value[0]
        index = route[-1]
        assert isinstance(index, int), "what has no key is an item"
        return self.skip(self.end((*route[:-1], index - 1))) if index else self.places[route[:-1]].value[0]

    def lead_end(self, route: Route) -> int:
        """Where the `:` or `-` before a block entry's value ends."""
        place = self.places[route]
        return self.skip(place.key[1]) + 1 if place.key else self.start(route) + 1

    def column(self, route: Route) -> int:
        """In which column an entry starts."""
        at = self.start(route)
        return at - self.line_start(at)

    def skip(self, at: int) -> int:
        """Return the place behind blanks, line ends and comments."""
        gap = _GAP.match(self.text, at)
        return gap.end() if gap else at

    def comment_beside(self, at: int) -> str:
        """Return the spaces and the comment between `at` and the end of its line; nothing where no comment is."""
        found = _COMMENT.match(self.text, at)
        return found.group() if found and "#" in found.group() else ""

    def line_start(self, at: int) -> int:
        """Where the line of `at` starts."""
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """Where the line of `at` ends, before its line end."""
        end = self.text.find("\n", at)
        return end if end >= 0 else len(self.text)

    def reach_comments(self, at: int, column: int) -> int:
        """Return the end of the line of `at`, or of the last comment below it that is indented by `column` or more."""
        reached = end = self.line_end(at)
        while end < len(self.text):
            start, end = end + 1, self.line_end(end + 1)
            line = self.text[start:end]
            words = line.lstrip(" ")
            if words.startswith("#") and len(line) - len(words) >= column:
                reached = end
            elif words:
                break
        return reached

    def find_step(self) -> int:
        """By how many columns the file indents a mapping under its key."""
        for route, place in self.places.items():
            if len(route) > 1 and place.key and isinstance(route[-2], str) and self.places[route[:-1]].style == "block":
                return max(1, self.column(route) - self.column(route[:-1]))
        return 2
