"""For one change of a file: which stretch of its text to replace, and what to put there."""

from __future__ import annotations

import re
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.source.layout import Layout
from prism_rules.source.places import Source, Span
from prism_rules.source.writing import is_literal, write_flow, write_key, write_literal, write_scalar, write_value

Splice = tuple[Span, str]


class Splicer:
    """Each method returns a stretch of the text and the text that takes its place."""

    def __init__(self, source: Source) -> None:
        self.layout = Layout(source)
        self.text = source.text
        self.places = source.places

    def put(self, route: Route, value: Any) -> Splice:
        """Replace the value at `route`, or add it. Raises `LookupError` or `TypeError` where that cannot be."""
        parent, key = route[:-1], route[-1]
        children = self.layout.list_children(parent)
        if route in children:
            return self._replace(route, value)
        whole = self.layout.find(parent)
        if isinstance(whole, dict) != isinstance(key, str) or (isinstance(whole, list) and key != len(whole)):
            raise LookupError(route)
        if children and self.places[parent].style == "block":
            return self._add_lines(children, key, value)
        if children and self.text[self.places[parent].value[0]] in "[{":
            lead = f"{write_key(key, in_brackets=True)}: " if isinstance(key, str) else ""
            end = self.layout.end(children[-1])
            return (end, end), f", {lead}{write_flow(value)}"
        # Empty; or a mapping without braces, as in `[a: 1]`.
        return self._replace(parent, {**whole, key: value} if isinstance(whole, dict) else [value])

    def remove(self, route: Route) -> Splice:
        """Remove the entry at `route`. Raises `LookupError` or `TypeError` where there is none."""
        parent = route[:-1]
        children = self.layout.list_children(parent)
        if route not in children:
            raise LookupError(route)
        if len(children) == 1:
            return self._replace(parent, type(self.layout.find(parent))())
        at = children.index(route)
        return self._cut_in_brackets(children, at) if self.places[parent].style == "flow" else self._cut(children, at)

    def _replace(self, route: Route, value: Any) -> Splice:
        place, layout = self.places[route], self.layout
        span = place.value[0], layout.end(route)
        if any(self.places[route[:depth]].style == "flow" for depth in range(len(route))):
            is_scalar = not isinstance(value, dict | list)
            return span, write_scalar(value, place.style, in_brackets=True) if is_scalar else write_flow(value)
        if not route:
            return span, "".join(write_value(value, "-", -2, style="block")).lstrip(" ")
        lead_end, column, step = layout.lead_end(route), layout.column(route), layout.find_step()
        lead = self.text[layout.start(route) : lead_end]
        if isinstance(value, str) and place.style in ("|", ">") and is_literal(value):
            head, body = write_literal(value, column + step)
        elif isinstance(value, dict | list) or (isinstance(value, str) and "\n" in value):
            head, body = write_value(value, lead, column, step=step, style=self._find_style(route, value))
        else:
            head, body = " " + write_scalar(value, place.style), ""
        return self._put_behind(lead_end, span, place.style, head, body)

    def _put_behind(self, lead_end: int, span: Span, style: str, head: str, body: str) -> Splice:
        """Put `head`, the comment that stands in the first line, and `body` behind a `:` or `-`."""
        start, end = span
        gap = self.text[lead_end:start]
        if "\n" in gap:
            beside = lead_end
        elif style in ("|", ">"):
            beside = start + len(self.text[start : self.layout.line_end(start)].split(" ")[0])
        else:
            beside = end
            head = gap + head.lstrip(" ") if head and gap else head
        comment = self.layout.comment_beside(beside)
        if style == "block":
            comment = comment if "\n" in gap else ""
            end = self.layout.line_end(end)
        elif beside == end:
            end += len(comment)
        words = comment.lstrip(" ")
        spaces = len(comment) - len(words)
        if spaces > 1:  # it may stand in a column with others
            spaces = max(1, spaces - len(head) + beside - lead_end)
        return (lead_end, end), head + " " * spaces + words + body

    def _add_lines(self, children: list[Route], key: str | int, value: Any) -> Splice:
        layout, parent, last = self.layout, children[0][:-1], children[-1]
        column = layout.column(children[0])
        lead = f"{write_key(key)}:" if isinstance(key, str) else "-"
        head, body = write_value(value, lead, column, step=layout.find_step(), style=self._find_style(last, value))
        # A list may stand at the very column of its key: a comment there belongs to what follows.
        at_key = bool(parent) and isinstance(key, int) and column == layout.column(parent)
        end = layout.end(last)
        at = layout.reach_comments(end, column + at_key)
        is_apart = not parent and bool(body)
        if len(children) > 1:
            between = self.text[layout.end(children[-2]) : layout.start(last)]
            is_apart = is_apart or re.search(r"\n[ ]*\n", between) is not None
        if at == end and self.text[:at].endswith("\n"):  # a blank line would become a part of this `|+`
            is_apart = False
        return (at, at), "\n" * is_apart + f"\n{' ' * column}{lead}{head}{body}"

    def _find_style(self, route: Route, value: Any) -> str:
        """How a collection of the same type is written, for one beside it or instead of it."""
        there = self.layout.find(route)
        return self.places[route].style if there and type(there) is type(value) else ""

    def _cut_in_brackets(self, children: list[Route], at: int) -> Splice:
        start, end = self.layout.start(children[at]), self.layout.end(children[at])
        comma = self.layout.skip(end)
        if at + 1 < len(children):
            after = self.layout.start(children[at + 1])
            if "#" not in self.text[comma:after]:
                return (start, after), ""
            return (start, self._skip_blank(comma + 1 + len(self.layout.comment_beside(comma + 1)))), ""
        before = self.layout.end(children[at - 1])
        if "#" not in self.text[before:start]:
            return (before, end), ""
        # The comma before stays, and the comment behind it.
        return (start, comma + 1 if self.text[comma] == "," else end), ""

    def _cut(self, children: list[Route], at: int) -> Splice:
        layout, route = self.layout, children[at]
        start, column = layout.start(route), layout.column(route)
        finish = layout.reach_comments(layout.end(route), column + 1)
        begin = layout.line_start(start)
        if self.text[begin:start].strip(" "):  # behind the dash of an item: the next entry moves up
            return (start, self._skip_blank(finish)), ""
        parent = route[:-1]
        floor = layout.line_end(layout.end(children[at - 1])) if at else -1
        if parent and not at:
            floor = layout.line_end(layout.lead_end(parent) - 1)
        while begin > floor + 1:
            above = layout.line_start(begin - 1)
            is_head = above == 0 and not parent
            if is_head or not self.text.startswith(" " * column + "#", above):
                break
            begin = above
        return self._close_gap(begin, finish, floor), ""

    def _close_gap(self, begin: int, finish: int, floor: int) -> Span:
        """Widen a span of whole lines by the blank lines that would otherwise stand twice."""
        above = len(self.text[:begin].rstrip(" \n"))
        is_apart = self.text[above:begin].count("\n") > 1 or begin <= floor + 1
        below = self._skip_blank(finish)
        if below == len(self.text):
            return max(above, floor), finish
        return begin, layout_start if is_apart and (layout_start := self.layout.line_start(below)) else finish + 1

    def _skip_blank(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in " \n":
            at += 1
        return at
