"""Fitting a report into its limits: whole rows or nothing, what matters most first, and a word on what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LINES = 350
BYTES = 18_000
LEAST = 2_000
"""Bytes in which the verdict, the counts and the names of all that is left out always fit."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the report in the order of its display. `rows` are taken one by one while there is room."""

    head: str = ""
    """Such as a heading with its count: shown with the first row."""
    rows: Iterable[str] = ()
    """Written only when asked for: of thousands, a report shows some."""
    count: int = 0
    """How many rows there are."""
    places: Sequence[int] = ()
    """Where each row stands among those that are shown; `()` where they are shown in the order of their taking."""
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
    always: bool = False
    """True when the head stands there without a row, too."""


class _Fill:
    """The rows of a part that are shown so far."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.waiting = iter(part.rows)
        self.next = next(self.waiting, None)
        self.shown: list[str] = []
        self.spent = 0

    @property
    def left(self) -> int:
        return self.part.count - len(self.shown)

    def add(self, row: str) -> None:
        self.shown.append(row)
        self.spent += len(row.encode())
        self.next = next(self.waiting, None)

    def write(self) -> str:
        part = self.part
        if not self.shown:
            return part.head if part.always else ""
        shown = [row for _, row in sorted(zip(part.places, self.shown, strict=False))] if part.places else self.shown
        body = ("\n\n" if part.apart else "\n").join([part.table, *shown] if part.table else shown)
        note = f"*Left to `plan.json`: {self.left:,} of {part.count:,} {part.left}.*" if self.left else ""
        return "\n\n".join(filter(None, [part.head, body, note]))


def fit_parts(parts: Iterable[Part], most: int = BYTES) -> str:
    """Write the parts in their order within `LINES` and `BYTES`, or `most` bytes if that is less.

    A part says how many of its rows are left out; what is left out altogether is named at the end.
    """
    fills = [_Fill(part) for part in parts]
    # First everybody's share, so that no part starves the others; then what is left.
    for shared in (True, False):
        for fill in sorted(fills, key=lambda fill: fill.part.rank):
            while fill.next is not None:
                if shared and fill.spent + len(fill.next.encode()) > fill.part.share:
                    break
                # Whether it fits is seen only with it in its place: it may bring a heading, or save a note.
                fill.shown.append(fill.next)
                fits = _fits(_write(fills), most)
                fill.shown.pop()
                if not fits:
                    break
                fill.add(fill.next)
    return _write(fills)


def _fits(text: str, most: int) -> bool:
    return text.count("\n") <= LINES and len(text.encode()) <= min(most, BYTES)


def _write(fills: Iterable[_Fill]) -> str:
    gone = ", ".join(f"{fill.part.left} ({fill.left:,})" for fill in fills if fill.left and not fill.shown)
    note = f"*Left to `plan.json`: {gone}.*" if gone else ""
    return "\n\n".join(filter(None, (*(fill.write() for fill in fills), note))) + "\n"
