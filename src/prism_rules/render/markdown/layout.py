"""Fitting a report into its limits: whole rows or nothing, what matters most first, and a word on what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINES = 350
BYTES = 18_000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the report in the order of its display. `rows` are added one by one while there is room."""

    head: str = ""
    """Always shown, such as a heading with its count."""
    rows: Sequence[str] = ()
    table: str = ""
    """The head of the table that the rows make; not shown without a row."""
    share: int = BYTES
    """Bytes for rows before the other parts had their turn."""
    rank: int = 0
    """The turn: lower ranks are served first."""
    left: str = ""
    """What a left-out row is, in the plural: "actions in `plan.json`"."""
    apart: bool = False
    """True when a blank line stands between rows."""


def fit_parts(parts: Sequence[Part]) -> str:
    """Write the parts in their order within `LINES` and `BYTES`; each says how many of its rows are left out."""
    shown = [0] * len(parts)
    size = _measure(_write_parts(parts, shown))
    turns = sorted(range(len(parts)), key=lambda index: parts[index].rank)
    # First everybody's share, so that no part starves the others; then what is left.
    for shared in (True, False):
        for index in turns:
            part, spent = parts[index], 0
            while shown[index] < len(part.rows):
                cost = _measure(part.rows[shown[index]] + "\n" * (2 if part.apart else 1))
                if shown[index] == 0 and part.table:
                    cost = _add(cost, _measure(part.table + "\n\n"))
                total = _add(size, cost)
                if total[0] > LINES or total[1] > BYTES or (shared and spent + cost[1] > part.share):
                    break
                shown[index], size, spent = shown[index] + 1, total, spent + cost[1]
    return _write_parts(parts, shown)


def _write_parts(parts: Sequence[Part], shown: Sequence[int]) -> str:
    return "\n\n".join(filter(None, map(_write_part, parts, shown))) + "\n"


def _write_part(part: Part, shown: int) -> str:
    rows = part.rows[:shown]
    body = ("\n\n" if part.apart else "\n").join([part.table, *rows] if part.table and rows else rows)
    left = len(part.rows) - shown
    note = f"*{'All' if not rows else 'And'} {left:,}{' more' if rows else ''} {part.left}.*" if left else ""
    return "\n\n".join(filter(None, [part.head, body, note]))


def _measure(text: str) -> tuple[int, int]:
    return text.count("\n"), len(text.encode())


def _add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def write_table_head(*columns: str) -> str:
    """Write the two lines that begin a table."""
    return f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}"


def write_row(*cells: str) -> str:
    """Write a row of a table; the cells are escaped already."""
    return f"| {' | '.join(cells)} |"
