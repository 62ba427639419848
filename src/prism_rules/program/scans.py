"""Scans: the fewest queries that answer all readings.

A reading is one side of one rule: a metric's measures over a window at a grain. Readings of one relation and grain
share a scan; window and `where` are filters on its aggregates, and equal aggregates are one column.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
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


MOST_AGGREGATES = 100
"""Of one scan. The engine keeps buffers for each aggregate with a condition of its own, in every thread."""


@dataclass(slots=True)
class _Draft:
    name: str
    relation: str
    time: str | None
    group: tuple[str, ...]
    aggregates: dict[Hashable, tuple[str, Wanted, Measure]] = field(default_factory=dict)
    """What tells an aggregate from all others -> its column, and what to write it from."""
    windows: set[Window] = field(default_factory=set)

    def add(self, want: Wanted, measure: Measure) -> str:
        # No logical column begins with an underscore.
        column = f"_{len(self.aggregates)}"
        return self.aggregates.setdefault(_tell_apart(want, measure), (column, want, measure))[0]


_SEEN = Measure("count")


def share_scans(wanted: Sequence[Wanted]) -> tuple[tuple[Reading, ...], tuple[tuple[str, str], ...]]:
    """Give every reading its scan. Returns the readings, in order, and the scans as (id, SELECT)."""
    drafts: list[_Draft] = []
    shared: dict[tuple[str, tuple[str, ...]], list[_Draft]] = {}
    readings = []
    for want in wanted:
        group = tuple(sorted({*want.by, *want.keys}))
        alike = shared.setdefault((want.relation, group), [])
        draft = _find_room(alike, want)
        if draft is None:
            draft = _Draft(f"scan-{len(drafts) + 1}", want.relation, want.time, group)
            drafts.append(draft)
            alike.append(draft)
        draft.windows.add(want.window)
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
                draft.name,
                {name: draft.add(want, measure) for name, measure in want.measures.items()},
                draft.add(want, _SEEN),
            )
        )
    return tuple(readings), tuple((draft.name, _write_scan(draft)) for draft in drafts)


def _find_room(drafts: Sequence[_Draft], want: Wanted) -> _Draft | None:
    """Find the scan that measures all of a reading already, else the last one if it has room for it."""
    keys = {_tell_apart(want, measure) for measure in (*want.measures.values(), _SEEN)}
    for draft in drafts:
        if keys <= draft.aggregates.keys():
            return draft
    room = drafts and len(drafts[-1].aggregates.keys() | keys) <= MOST_AGGREGATES
    return drafts[-1] if room else None


def _tell_apart(want: Wanted, measure: Measure) -> Hashable:
    own = want.gated.sql if want.gated and measure.aggregate == "value" else None
    return measure, own, want.window if want.time else None, want.where


def write_condition(want: Wanted, *, windowed: bool = True) -> str | None:
    """Write a reading's window (unless the whole scan has it) and `where`; None when every row counts."""
    parts = _write_window(want.time, want.window) if windowed else []
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
    windowed = len(draft.windows) > 1
    aggregates = [
        f"{write_aggregate(measure, write_condition(want, windowed=windowed), want.gated)} AS {column}"
        for column, want, measure in draft.aggregates.values()
    ]
    grouped = f"\nGROUP BY {', '.join(names)}\nORDER BY {', '.join(names)}" if names else ""
    return "SELECT\n  " + ",\n  ".join([*names, *aggregates]) + f"\nFROM {draft.relation}{_write_span(draft)}{grouped}"


def _write_span(draft: _Draft) -> str:
    # Row groups outside every window need not be read at all.
    starts = [since for since, _ in draft.windows]
    since = None if None in starts else min(start for start in starts if start)
    span = _write_window(draft.time, (since, max(until for _, until in draft.windows)))
    return "\nWHERE " + " AND ".join(span) if span else ""
