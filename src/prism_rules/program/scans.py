"""Scans: the fewest queries that answer all readings.

A reading is one side of one rule: a metric's measures over a window at a grain. Readings of one relation and grain
share a scan; window and `where` are filters on its aggregates, and equal aggregates are one column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from prism_rules.intake.quoting import quote_name
from prism_rules.metrics import Ask, Measure
from prism_rules.program.relations import write_time
from prism_rules.sql_gate import Gated

Window = tuple[datetime | None, datetime]
"""Half-open, in UTC: from (None: the beginning) to."""
Side = Literal["current", "baseline", "acceptance"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reading before it has a scan."""

    rule: str
    side: Side
    source: str
    relation: str
    """What the scan reads FROM: a quoted view, or a sub-query in parentheses."""
    time: str | None
    """The column that the window is about; None when the relation has no time."""
    by: tuple[str, ...]
    keys: tuple[str, ...]
    ask: Ask
    measures: Mapping[str, Measure]
    window: Window
    where: str | None = None
    anchor: datetime | None = None
    """For acceptance: rows count from here on."""
    gated: Gated | None = None
    """The author's aggregate, for `metric: sql`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a reading's numbers are: a scan, and its columns in the scan's table."""

    rule: str
    side: Side
    source: str
    by: tuple[str, ...]
    keys: tuple[str, ...]
    ask: Ask
    window: Window
    anchor: datetime | None
    scan: str
    columns: Mapping[str, str]
    """Measure -> column of the scan."""
    seen: str
    """The column that counts the rows a reading met: groups where it is 0 belong to other readings."""


@dataclass(slots=True)
class _Draft:
    relation: str
    group: tuple[str, ...]
    aggregates: dict[str, str] = field(default_factory=dict)
    bounds: list[tuple[str | None, Window]] = field(default_factory=list)

    def add(self, sql: str) -> str:
        # No logical column begins with an underscore.
        return self.aggregates.setdefault(sql, f"_{len(self.aggregates)}")


def share_scans(wanted: Sequence[Wanted]) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Give every reading its scan. Returns the readings, in order, and the scans as (id, SELECT)."""
    drafts: dict[tuple[str, tuple[str, ...]], tuple[str, _Draft]] = {}
    readings = []
    for want in wanted:
        group = tuple(sorted({*want.by, *want.keys}))
        name, draft = drafts.setdefault(
            (want.relation, group), (f"scan-{len(drafts) + 1}", _Draft(want.relation, group))
        )
        condition = write_condition(want)
        draft.bounds.append((want.time, want.window))
        readings.append(
            Reading(
                want.rule,
                want.side,
                want.source,
                want.by,
                want.keys,
                want.ask,
                want.window,
                want.anchor,
                name,
                {
                    measure: draft.add(write_aggregate(how, condition, want.gated))
                    for measure, how in want.measures.items()
                },
                draft.add(write_aggregate(Measure("count"), condition)),
            )
        )
    return tuple(readings), tuple((name, _write_scan(draft)) for name, draft in drafts.values())


def write_condition(want: Wanted) -> str | None:
    """Write a reading's window and `where` as one condition; None when every row counts."""
    parts = _write_window(want.time, want.window)
    if want.where:
        parts.append(f"({want.where})")
    return " AND ".join(parts) or None


def write_aggregate(measure: Measure, condition: str | None, gated: Gated | None = None) -> str:
    """Write one aggregate under a condition.

    Sums are fixed point (10^-9 in 128 bits), so that no sum depends on the order of rows, and cross the border as
    floats.
    """
    both = " AND ".join(part for part in (condition, measure.where and f"({measure.where})") if part)
    only = f" FILTER (WHERE {both})" if both else ""
    match measure.aggregate:
        case "count":
            return f"count(*){only}"
        case "sum":
            return f"CAST(coalesce(sum(CAST(round({measure.of} * 1e9) AS HUGEINT)){only}, 0) AS DOUBLE) / 1e9"
        case "value":
            assert gated is not None
            return gated.filtered(both) if both else gated.sql


def _write_window(time: str | None, window: Window) -> list[str]:
    since, until = window
    if time is None:
        return []
    return [*([f"{time} >= {write_time(since)}"] if since else []), f"{time} < {write_time(until)}"]


def _write_scan(draft: _Draft) -> str:
    names = [quote_name(column) for column in draft.group]
    columns = [*names, *(f"{sql} AS {name}" for sql, name in draft.aggregates.items())]
    where = _write_span(draft)
    grouped = f"\nGROUP BY {', '.join(names)}\nORDER BY {', '.join(names)}" if names else ""
    return "SELECT\n  " + ",\n  ".join(columns) + f"\nFROM {draft.relation}{where}{grouped}"


def _write_span(draft: _Draft) -> str:
    # Row groups outside every window need not be read at all.
    time = draft.bounds[0][0]
    if time is None:
        return ""
    starts = [window[0] for _, window in draft.bounds]
    since = None if None in starts else min(start for start in starts if start)
    span = _write_window(time, (since, max(window[1] for _, window in draft.bounds)))
    return "\nWHERE " + " AND ".join(span)
