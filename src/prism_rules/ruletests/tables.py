"""Tables in text: Markdown or CSV, with the place of every cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from prism_rules.diagnostics.text import say_count

_MARKDOWN = re.compile(r"(?:[^|\\\n]|\\.)*")
_CSV = re.compile(r'[ \t]*"(?:[^"]|"")*"[ \t]*|[^,"]*')
_RULE = re.compile(r"[ \t|:-]*-[ \t|:-]*")


class TableCell(NamedTuple):
    """A cell: its text, None where it is empty, and where it stands in the table's text."""

    text: str | None
    start: int
    length: int


@dataclass
class BadTable(Exception):
    """A text that is no table."""

    message: str
    start: int
    length: int
    help: str | None = None


def read_table(text: str) -> tuple[list[TableCell], list[list[TableCell]]]:
    """Read a table's head and its rows; what begins with `|` is Markdown, else it is CSV. Raises `BadTable`.

    Every row has as many cells as the head, and no name of the head stands twice or is empty.
    """
    lines = list(_list_lines(text))
    if not lines:
        raise BadTable("the table is empty", 0, 1, "write a line of names, then a line for each row")
    is_markdown = lines[0][1].startswith("|")
    head, *rows = [list(_split(line, start, is_markdown)) for start, line in lines]
    if is_markdown and rows and _RULE.fullmatch(lines[1][1]):
        rows = rows[1:]
        del lines[1]
    seen: set[str] = set()
    for cell in head:
        if cell.text is None or cell.text in seen:
            what = "has no name" if cell.text is None else f"`{cell.text}` stands there twice"
            raise BadTable(f"a column {what}", cell.start, max(cell.length, 1), "give every column its own name")
        seen.add(cell.text)
    for (start, line), row in islice(zip(lines, [head, *rows], strict=True), 1, None):
        if len(row) != len(head):
            message = f"a row has {say_count(len(row), 'cell')}, and the head of the table {len(head)}"
            raise BadTable(message, start, len(line), "give every row all its cells; an empty one is null")
    return head, rows


def _list_lines(text: str) -> Iterator[tuple[int, str]]:
    """List lines that are not blank, without the blanks around them, and where each begins."""
    start = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            yield start + line.index(stripped), stripped
        start += len(line) + 1


def _split(line: str, start: int, is_markdown: bool) -> Iterator[TableCell]:
    pattern, mark = (_MARKDOWN, "|") if is_markdown else (_CSV, ",")
    at, end = (1, len(line) - line.endswith("|")) if is_markdown else (0, len(line))
    while True:
        found = pattern.match(line, at, end)
        assert found is not None, "both patterns match nothing at all"
        raw = found.group()
        inner = raw.strip()
        yield TableCell(_unquote(inner, is_markdown), start + at + len(raw) - len(raw.lstrip()), len(inner))
        at = found.end()
        if at >= end:
            return
        if line[at] != mark:
            raise BadTable(
                "a quote is not closed, or text follows it", start + at, 1, 'inside quotes write `""` for `"`'
            )
        at += 1


def _unquote(text: str, is_markdown: bool) -> str | None:
    if is_markdown:
        return re.sub(r"\\(.)", r"\1", text) or None
    # Quoted and empty is a text of no characters; nothing at all is null.
    return text[1:-1].replace('""', '"') if text.startswith('"') else text or None
