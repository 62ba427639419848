"""Fitting a report into its limits: whole rows or nothing, what matters most first, and a word on what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LINES = 350
BYTES = 18_000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the report in the order of its display. `rows` are added one by one while there is room."""

    head: str = ""
    """Always shown, such as a heading with its count."""
    rows: Iterable[str] = ()
    """Written only when asked for: of thousands, a report shows some."""
    count: int = 0
    """How many rows there are."""
    table: str = ""
    """The head of the table that the rows make; not shown without a row."""
    share: int = BYTES
    """Bytes for rows before the other parts had their turn."""
    rank: int = 0
    """The turn: lower ranks are served first."""
    left: str = ""
    """What a left-out row is, in the plural: "actions"."""
    apart: bool = False
    """True when a blank line stands between rows."""


class _Fill:
    """The rows of a part that are shown so far."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.waiting = iter(part.rows)
        self.next = next(self.waiting, None)
        self.shown: list[str] = []
        self.spent = 0

    def write(self) -> str:
        part, left = self.part, self.part.count - len(self.shown)
        body = ("\n\n" if part.apart else "\n").join([part.table, *self.shown] if part.table else self.shown)
        note = f"*Left to `plan.json`: {left:,} of {part.count:,} {part.left}.*"
        return "\n\n".join(filter(None, [part.head, body if self.shown else "", note if left else ""]))


def fit_parts(parts: Iterable[Part]) -> str:
    """Write the parts in their order within `LINES` and `BYTES`; each says how many of its rows are left out."""
    fills = [_Fill(part) for part in parts]
    lines, size = _measure(_write(fills))
    # First everybody's share, so that no part starves the others; then what is left.
    for shared in (True, False):
        for fill in sorted(fills, key=lambda fill: fill.part.rank):
            while fill.next is not None:
                before = "" if fill.shown else f"{fill.part.table}\n\n"
                more, cost = _measure(before + fill.next + ("\n\n" if fill.part.apart else "\n"))
                full = lines + more > LINES or size + cost > BYTES
                if full or (shared and fill.spent + cost > fill.part.share):
                    break
                lines, size, fill.spent = lines + more, size + cost, fill.spent + cost
                fill.shown.append(fill.next)
                fill.next = next(fill.waiting, None)
    return _write(fills)


def _write(fills: Iterable[_Fill]) -> str:
    return "\n\n".join(filter(None, (fill.write() for fill in fills))) + "\n"


def _measure(text: str) -> tuple[int, int]:
    return text.count("\n"), len(text.encode())
