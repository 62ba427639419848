"""The one way to write a file: its entries as lines, with the author's words, comments and choice of brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from prism_rules.diagnostics import Route
from prism_rules.formatting.notes import Annotations, Comment
from prism_rules.formatting.order import sort_keys
from prism_rules.source import Source
from prism_rules.source.layout import Layout
from prism_rules.source.writing import is_plain, write_key, write_scalar

WIDTH = 120
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_HEADER = re.compile(r"([|>])([-+0-9]*)")
_HEAD = ("apiVersion", "kind", "metadata")


@dataclass(slots=True)
class Line:
    """One line: its text, the comment beside it, and whether a blank line is above it."""

    text: str
    comment: Comment | None = None
    is_apart: bool = False
    is_kept: bool = False
    """Belongs to a text in which blanks count."""
    is_continued: bool = False
    """Its comment stands in the column of the one above."""
    lead: int = 0
    """The length of indentation and key, where a value follows on the same line."""


class Printer:
    """Writes one source anew."""

    def __init__(self, source: Source) -> None:
        self.data, self.text, self.places = source.data, source.text, source.places
        self.layout = Layout(source)
        self.notes = Annotations(source)
        self.kind = source.data.get("kind")

    def print_file(self) -> str:
        """Return the text of the whole file."""
        notes = self.notes[()]
        if self.data:
            lines = self._print_entries((), 0)
            if lines and self.notes.head:
                lines[0].is_apart = self.notes.is_head_apart
        else:
            lines = [Line("{}")]
        below = [*notes.beside, *notes.below]
        lines = [*_own_lines(self.notes.head, 0), *lines, *_own_lines(below, 0)]
        return _join(lines)

    def _print_entries(self, route: Route, column: int) -> list[Line]:
        """Return the lines of a collection's entries, one below the other."""
        printed = [(child, self._print_entry(child, column)) for child in self._sort_children(route)]
        self._set_columns(printed)
        stands_apart = self._stands_apart(route)
        lines: list[Line] = []
        for number, (child, entry) in enumerate(printed):
            is_head = not route and child[0] in _HEAD
            above = _own_lines(self.notes[child].above, column)
            entry[0].is_apart = self.notes[child].is_apart
            whole = [*above, *entry, *self._print_under(child, column + 2, entry[-1])]
            if number == 0 or (is_head and not above):
                whole[0].is_apart = False
            elif stands_apart and not is_head and max(len(entry), len(printed[number - 1][1])) > 1:
                whole[0].is_apart = True
            lines += whole
        return lines

    def _print_under(self, route: Route, column: int, last: Line) -> list[Line]:
        """Return the lines of what stands under an entry; `last` is the entry's own last line."""
        notes = self.notes[route]
        lines = _own_lines(notes.under, column)
        for line, comment in zip(lines, notes.under, strict=True):
            if not (comment.is_continued and notes.beside and last.comment is notes.beside[-1]):
                break
            line.text, line.comment, line.is_continued = "", comment, True
        return lines

    def _stands_apart(self, route: Route) -> bool:
        """Say whether a blank line is between entries of which one has several lines: of the file, or of a section."""
        node = self.layout.find(route)
        values = node.values() if isinstance(node, dict) else node
        is_section = len(route) == 1 and all(isinstance(value, dict) for value in values)
        return is_section or (not route and self.kind != "Project")

    def _sort_children(self, route: Route) -> list[Route]:
        node = self.layout.find(route)
        return [
            (*route, step)
            for step in (sort_keys(node, route, self.kind) if isinstance(node, dict) else range(len(node)))
        ]

    # One entry.

    def _print_entry(self, route: Route, column: int) -> list[Line]:
        """Return the lines of an entry at `column`, without the comments above it."""
        lead = " " * column + (self._write_key(route) + ":" if self.places[route].key else "-")
        width = len(lead) if lead.endswith(":") else 0
        value, style = self.layout.find(route), self.places[route].style
        notes = self.notes[route]
        beside = notes.beside[-1] if notes.beside else None
        notes.above += notes.beside[:-1]
        if isinstance(value, dict | list):
            if not value or (style == "flow" and self._fits(route, lead)):
                return [Line(f"{lead} {self._write_flow(route)}", beside, lead=width)]
            entries = [*self._print_entries(route, column + 2), *_own_lines(notes.below, column + 2)]
            if lead.endswith("-") and beside:
                notes.above.append(beside)
                beside = None
            if lead.endswith("-") and not entries[0].text.lstrip().startswith("#"):
                entries[0].text = lead + entries[0].text[len(lead) :]
                entries[0].lead = 0
                return entries
            return [Line(lead, beside), *entries]
        start, end = self.places[route].value[0], self.layout.end(route)
        raw = self.text[start:end]
        if style in ("|", ">") and value.strip():
            # Further in than the key below it, they would be of the text.
            notes.above, notes.under = [*notes.above, *notes.under], []
            return self._print_text(route, lead, column, raw, beside)
        if "\n" in raw and style not in ("|", ">"):
            first, *rest = raw.split("\n")
            lines = [f"{lead} {first}", *(" " * (column + 2) * bool(line.strip()) + line.strip(" ") for line in rest)]
            trimmed = [Line(re.sub(r"(?<!\\) +$", "", line), is_kept=True) for line in lines]
            trimmed[-1].comment = beside
            return trimmed
        return [Line(f"{lead} {self._write_scalar(route)}", beside, lead=width)]

    def _print_text(self, route: Route, lead: str, column: int, raw: str, beside: Comment | None) -> list[Line]:
        """Return a block of text as it was, indented by two."""
        head, *body = raw.split("\n")
        match = _HEADER.match(head)
        assert match is not None, "a block of text has a header"
        style, signs = match.groups()
        digit = re.search("[1-9]", signs)
        value = self.layout.find(route)
        chomp = "" if value.endswith("\n") else "-"
        if value.endswith("\n\n"):
            chomp = "+"
        else:
            while body and not body[-1]:
                body.pop()
        first = next(line for line in body if line.strip(" "))
        indent = self.layout.column(route) + int(digit.group()) if digit else len(first) - len(first.lstrip(" "))
        lines = [f"{' ' * (column + 2)}{line[indent:]}" if line[indent:] else "" for line in body]
        header = f"{lead} {style}{'2' if digit else ''}{chomp}"
        return [Line(header, beside), *(Line(line, is_kept=True) for line in lines)]

    # Scalars and brackets.

    def _fits(self, route: Route, lead: str) -> bool:
        return not self.notes.has_inside(route) and len(lead) + 1 + len(self._write_flow(route)) <= WIDTH

    def _write_flow(self, route: Route) -> str:
        value = self.layout.find(route)
        if not isinstance(value, dict | list):
            return self._write_scalar(route, in_brackets=True)
        children = self._sort_children(route)
        if isinstance(value, list):
            return "[" + ", ".join(map(self._write_flow, children)) + "]"
        return "{" + ", ".join(f"{self._write_key(each)}: {self._write_flow(each)}" for each in children) + "}"

    def _write_key(self, route: Route) -> str:
        key, span = route[-1], self.places[route].key
        assert isinstance(key, str), "an item of a list has no key"
        assert span is not None, "what has a name has a key"
        raw = self.text[slice(*span)]
        return write_key(key) if "\n" in raw else _quote(raw, key) if key != "<<" else raw

    def _write_scalar(self, route: Route, *, in_brackets: bool = False) -> str:
        value, place = self.layout.find(route), self.places[route]
        raw = self.text[slice(*place.value)]
        if isinstance(value, str) and ("\n" in raw or place.style in ("|", ">")):
            return write_scalar(value, place.style, in_brackets=in_brackets)
        return _quote(raw, value) if isinstance(value, str) else raw

    # Columns of values.

    def _set_columns(self, printed: list[tuple[Route, list[Line]]]) -> None:
        """Where an author set the values of neighbouring lines in a column, set the column again."""
        runs: list[list[tuple[Route, Line]]] = [[]]
        for child, entry in printed:
            notes = self.notes[child]
            if len(entry) > 1 or not entry[0].lead or notes.above or notes.is_apart:
                runs.append([])
            if len(entry) == 1 and entry[0].lead:
                runs[-1].append((child, entry[0]))
        for run in runs:
            width = max((line.lead for _, line in run), default=0)
            fits = all(len(line.text) + width - line.lead <= WIDTH for _, line in run)
            for _, line in run if fits and self._has_column([child for child, _ in run]) else ():
                line.text = line.text[: line.lead] + " " * (width - line.lead) + line.text[line.lead :]

    def _has_column(self, run: list[Route]) -> bool:
        """Say whether two values begin in one column and one of them is farther from its key than it must."""
        columns: dict[int, list[int]] = {}
        for route in run:
            start = self.places[route].value[0]
            distance = start - self.layout.lead_end(route) if self.places[route[:-1]].style == "block" else 0
            columns.setdefault(start - self.layout.line_start(start), []).append(distance)
        return any(len(distances) > 1 and max(distances) > 1 for distances in columns.values())


def _quote(raw: str, value: str) -> str:
    """Return a text as it was, without quotes that a single word does not need, and with double ones for single."""
    if raw[0] in "\"'" and _WORD.fullmatch(value) and is_plain(value, in_brackets=True):
        return value
    if raw[0] == "'" and not re.search(r'["\\]', value):
        return write_scalar(value, '"')
    return raw


def _own_lines(comments: list[Comment], column: int) -> list[Line]:
    return [Line(" " * column + comment.text, is_apart=comment.is_apart) for comment in comments]


def _join(lines: list[Line]) -> str:
    written: list[str] = []
    at = 0
    for number, line in enumerate(lines):
        if line.is_apart and number and not (lines[number - 1].is_kept and not lines[number - 1].text):
            written.append("")
        text = line.text if line.is_kept else line.text.rstrip(" ")
        if line.comment:
            at = at if line.is_continued else max(len(text) + 2, line.comment.column)
            text = text.ljust(at) + line.comment.text
        written.append(text)
    return "\n".join(written) + "\n"
