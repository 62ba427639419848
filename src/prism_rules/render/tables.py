"""Tables in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from prism_rules.diagnostics.text import show_text
from prism_rules.escaping.workflow import defuse_text

WIDTH = 80

UNPARTED = "\xa0"
"""A space at which `tabulate` breaks no line."""

MOST = 12
"""Lines of one table; the report has the rest."""


def align(head: list[str], rows: Sequence[list[str]], most: int = MOST) -> str:
    """Align a table in columns, with at most so many rows; what could move the cursor is shown escaped."""
    shown = [head, *([show_text(cell) for cell in row] for row in rows[:most])]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    return defuse_text("\n".join(lines + count_left(rows, most)))


def count_left(rows: Sequence[object], most: int) -> list[str]:
    """Say how many rows were left out, if any were."""
    return [f"... and {len(rows) - most:,} more"] if len(rows) > most else []


def tabulate(head: list[str], rows: list[list[str]], *, prose: bool = False) -> str:
    """Align a table, its last column wrapped where it is too long; `prose` has room to be read, and any word is cut."""
    shown = [[show_text(cell) for cell in row] for row in rows]
    left = sum(max(map(len, column)) + 2 for column in list(zip(head, *shown, strict=True))[:-1])
    room = max(WIDTH - left, 60 if prose else 16)
    wrapped = []
    for row in shown:
        first, *more = textwrap.wrap(row[-1], room, break_long_words=prose, break_on_hyphens=False) or [""]
        wrapped += [[*row[:-1], first], *([*[""] * (len(row) - 1), line] for line in more)]
    return align(head, wrapped, len(wrapped)).replace(UNPARTED, " ")
