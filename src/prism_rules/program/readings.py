"""Readings: which numbers of which rows every side of a rule asks for, before and after it has a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.metrics import Ask, Measure
from prism_rules.program.views import Clock, Window
from prism_rules.sql_gate import Gated

Side = Literal["current", "baseline", "acceptance"]


@dataclass(frozen=True, slots=True)
class Part:
    """What a reading is of: one side of a rule, over one window."""

    rule: str
    side: Side
    source: str
    by: tuple[str, ...]
    window: Window
    ask: Ask
    of: str | None = None
    """The column that is measured, for a rule that measures several."""
    step: int = 0
    """How many windows before the current one, for a streak."""
    anchor: datetime | None = None
    """For acceptance: rows count from here on."""

    @property
    def since(self) -> datetime | None:
        """From when on labels count: for acceptance from the beginning of its window, which is one at most. What was
        done before that is measured alike, and in one scan."""
        return self.window[0] if self.anchor else None


@dataclass(frozen=True, slots=True)
class Access:
    """What the rows of a source have to be read for."""

    columns: frozenset[str]
    """Logical names, looked-up columns among them."""
    span: Window | None = None
    """The times outside of which row groups are passed over; None where all are read."""
    passes: int = 1
    """How often a scan goes over the rows; 0 where files tell of themselves all that is asked."""
    beside: tuple[tuple[str, Access], ...] = ()
    """Other rows that the same scan reads, each with their source."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What the engine finds in rows beside all counts: a value to count by, or who is met."""

    name: str
    sql: str
    """Its SELECT."""
    source: str
    access: Access
    aggregates: int


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the bins of a column end, in the reference of a rule."""

    variables: tuple[Variable, ...]
    """What is to be found for it, in order; the last has the edges of all columns that are asked of the reference."""
    entry: str
    """The column's own there: a list of numbers in order, the greatest value last."""

    @property
    def variable(self) -> str:
        """The name of the variable that has the edges."""
        return self.variables[-1].name

    def write(self) -> str:
        """Write the list, in SQL."""
        return f"getvariable({quote_text(self.variable)})[{quote_text(self.entry)}]"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reading before it has a scan."""

    part: Part
    relation: str
    """What the scan reads FROM: a quoted view, or a sub-query in parentheses."""
    access: Access
    keys: Mapping[str, str]
    """Grouping columns beside `by`, each with the expression that it is."""
    measures: Mapping[str, Measure]
    clock: Clock | None = None
    """The time that windows are about; None where all rows count."""
    filters: tuple[str, ...] = ()
    """Which rows count beside the window: `where`, and what the relation asks for. All must hold."""
    gated: Gated | None = None
    """The author's aggregate, for `metric: sql`."""
    numbers: frozenset[str] | None = None
    """The columns of numbers that are read, of rows as they are; None where a relation shapes them first."""
    classed: bool = False
    """Whether the rows have a class of their own, which intake tells about."""
    constants: tuple[tuple[str, float], ...] = ()
    """Keys that are the same for every row."""
    edges: Edges | None = None
    """The bins that rows are counted in."""

    @property
    def group(self) -> dict[str, str]:
        """The grouping columns, each with its expression."""
        return {name: quote_name(name) for name in self.part.by} | dict(self.keys)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Everything that must hold of a row that counts."""
        return (*(self.clock.write(self.part.window) if self.clock else ()), *self.filters)

    @property
    def additive(self) -> bool:
        """Whether the reading can be rolled up from a finer grain."""
        return all(measure.additive for measure in self.measures.values())


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a reading's numbers are: a query, and its columns in the query's table."""

    part: Part
    keys: tuple[str, ...]
    scan: str
    query: str
    """The scan rolled up to the reading's grain."""
    columns: Mapping[str, str]
    """Measure -> column of the table."""
    seen: str
    """The column that counts the rows a reading met: groups where it is 0 belong to other readings."""
    access: Access
    constants: tuple[tuple[str, float], ...] = ()
    """Keys that no column is needed for."""
    edges: Edges | None = None
