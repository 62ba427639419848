"""Diagnostics: something to say about *your file*, with place, code, message and help.

A stage that finds a problem names a `Route` (keys and indices into the document) in a `Problem`;
`prism_rules.source.locate` turns routes into lines and columns at the end. Every code has a page in
`codes/<code>.md`, shown by `prism-rules explain CODE`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Route = tuple[str | int, ...]
"""Keys and indices from the document's root to a node, such as ``("rules", "class-agreement", "fail", "below")``."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place named by route, before anyone knows its line: the node's key or its value, or a piece of a text value."""

    route: Route
    text: str = ""
    """What to write under the carets."""
    at: Literal["key", "value"] = "value"
    within: tuple[int, int] | None = None
    """Offset and length, in characters, inside the decoded text value (a wrong word in an SQL string)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to say about a document, not yet located."""

    code: str
    message: str
    spots: tuple[Spot, ...]
    help: str | None = None
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Label:
    """A located stretch of one line of a file. Lines and columns count characters from 1; `end` is exclusive."""

    file: str
    line: int
    col: int
    end: int
    text: str = ""
    source_line: str | None = None
    """The line's own text, for the frame; None where the file has none to show (a Parquet file)."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem at its place. `labels[0]` is where it stands; further labels show what it disagrees with."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    severity: Severity = "error"
    context: str | None = None
    """A place that has no line: a data file, a column, an option of the command line."""
    route: Route = ()
    """What `labels[0]` is of, in the file's words: it stays when lines shift."""


@dataclass(eq=False)
class Refused(Exception):
    """A stage that could not give its value: every diagnostic it found, and the exit code they call for."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    exit_code: int = 2

    def __str__(self) -> str:
        """The first error in a line, and then all of them as a terminal shows them."""
        from prism_rules.diagnostics.text import count_problems, format_text
        from prism_rules.escaping import show_invisible

        if not self.diagnostics:
            return "refused"
        first = min(self.diagnostics, key=lambda diagnostic: (diagnostic.severity != "error", place_order(diagnostic)))
        more = f" ({count_problems(self.diagnostics)})" if len(self.diagnostics) > 1 else ""
        return f"{show_invisible(f'{first.code}: {first.message}')}{more}\n\n{format_text(self.diagnostics)}"


def place_order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    """Return the sort key that puts diagnostics in the order of their places, those without a line by their context."""
    if diagnostic.labels:
        first = diagnostic.labels[0]
        return (first.file, first.line, first.col, diagnostic.code, diagnostic.message)
    return (diagnostic.context or "", 0, 0, diagnostic.code, diagnostic.message)
