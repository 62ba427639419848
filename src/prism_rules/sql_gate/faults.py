"""What is wrong with an author's SQL, before it is known in which file the text stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prism_rules.diagnostics import Problem, Route, Spot

Code = Literal["sql-syntax", "sql-unknown-column", "sql-forbidden", "sql-type", "sql-too-large"]
Span = tuple[int, int]
"""Offset and length, in characters of the author's text."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where in the text; without a span it is the text as a whole."""

    code: Code
    message: str
    at: Span | None = None
    help: str | None = None

    def placed(self, route: Route) -> Problem:
        """Return the problem of the document whose text value stands at `route`."""
        return Problem(self.code, self.message, (Spot(route, within=self.at),), self.help)


@dataclass(eq=False)
class Unreadable(Exception):
    """A text that is not worth reading further."""

    fault: Fault
