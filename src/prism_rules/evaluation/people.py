"""People: the pseudonyms under which a plan tells annotators apart."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.program.scans import MOST_GROUPS

if TYPE_CHECKING:
    import polars as pl


def name_people(tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Name every annotator of a run by the code that the engine gave: A to Z, then AA, in the order of the codes.

    One person has one name in all sources. Where no annotator has a code, labels without one are `(none)`.
    Raises `Refused` with exit 6 (`too-many-scopes`).
    """
    codes: set[str] = set()
    for query, table in tables.items():
        if query.startswith("people:"):
            if table.height > MOST_GROUPS:
                raise _refuse_people(query.removeprefix("people:"))
            codes.update(table["code"])
    return {code: write_letters(place) for place, code in enumerate(sorted(codes - {"(none)"}))}


def write_letters(place: int) -> str:
    """Write a place, counted from 0, as columns of a sheet are named: A, B, ..., Z, AA, AB, ..."""
    letters = ""
    while place >= 0:
        place, last = divmod(place, len(ascii_uppercase))
        letters = ascii_uppercase[last] + letters
        place -= 1
    return letters


def _refuse_people(source: str) -> Refused:
    message = f"`{source}` has more than {MOST_GROUPS:,} annotators, and rules tell them apart"
    help = "check which column is the annotator, or take `annotator` out of `by`"
    return Refused([Diagnostic("too-many-scopes", message, help=help)], 6)
