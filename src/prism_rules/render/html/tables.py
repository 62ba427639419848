"""Tables of the page, as plain data: a caption, a head, rows of texts, and how many rows were left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

MOST = 300
"""Rows of one table; plan.json has the rest."""


def make_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], count: int) -> dict[str, Any]:
    """Make a table of at most `MOST` of its `count` rows; the first cell of each names it."""
    kept = list(islice(rows, MOST))
    return {"caption": caption, "head": list(head), "rows": kept, "left": count - len(kept)}


def name_line(text: str) -> str:
    """Make a text of several lines one line."""
    return " ".join(text.split())
