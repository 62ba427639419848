"""Scans: the fewest queries over rows that answer every reading.

A reading is one side of one rule: a metric's measures over a window at a grain. Readings of one relation share a scan
at the finest grain that one of them asks for; windows and conditions are filters on its aggregates, and equal
aggregates are one column. What a scan counted stands in a table, from which every grain is rolled up: measures add.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics import Measure
from prism_rules.program.readings import Reading, Wanted
from prism_rules.program.views import Clock, Window, join_windows, name_raw
from prism_rules.ruleset.grain import ANNOTATOR


class Scans(NamedTuple):
    """What `share_scans` gives."""

    readings: tuple[Reading, ...]
    tables: tuple[tuple[str, str], ...]
    """(name of its table, SELECT) of every scan; see `name_table`."""
    queries: tuple[tuple[str, str], ...]
    """(id, SELECT) of every roll-up."""
    watches: tuple[tuple[str, str, str], ...]
    """(source, id, SELECT) of what intake asks of a scan of rows: see `_write_watch`."""


MOST_AGGREGATES = 1_000
"""Of one scan: what it keeps per group must fit into memory."""
OWN_COST = 10
"""What an author's aggregate counts as: the engine keeps buffers for one with a FILTER, in every thread."""
MOST_GROUPS = 200_000
"""Scopes of one rule."""
MOST_KEYED = 2_000_000
"""Groups of a reading that a metric has keys of its own for."""

FAMILY = "family"

_SEEN = Measure("count")
_OF_CLASSES = (("_none", "none:class"), ("_unknown", "unknown"))


@dataclass(slots=True)
class _Draft:
    name: str
    relation: str
    group: dict[str, str]
    aggregates: dict[Hashable, tuple[str, Wanted, Measure]] = field(default_factory=dict)
    """What tells an aggregate from all others -> its column, and what to write it from."""
    cost: int = 0
    common: list[str] | None = None
    """Conditions that every reading has: they are asked once, of the whole scan."""
    clock: Clock | None = None
    windows: set[Window] = field(default_factory=set)
    source: str = ""
    numbers: set[str] | None = None
    """The columns of numbers that are read; None where rows are shaped before they are counted."""
    classed: bool = False
    keyed: bool = False
    """Whether a metric's own keys are in its grain."""
    rollups: dict[tuple[str, ...], dict[str, Measure]] = field(default_factory=dict)
    """Grain -> the columns that are wanted there."""

    @property
    def table(self) -> str:
        """The name of the table that holds what the scan counts."""
        return name_table(self.name)

    def add(self, want: Wanted, measure: Measure) -> str:
        # No logical column begins with an underscore.
        told = _tell_apart(want, measure)
        if told not in self.aggregates:
            self.aggregates[told] = (f"_{len(self.aggregates)}", want, measure)
            self.cost += _price(measure)
        column = self.aggregates[told][0]
        self.rollups.setdefault(tuple(sorted(want.group)), {})[column] = measure
        return column

    def narrow(self, want: Wanted) -> None:
        own = want.conditions
        self.common = [*own] if self.common is None else [condition for condition in self.common if condition in own]
        self.clock = want.clock
        self.windows.add(want.part.window)

    def list_shared(self) -> list[str]:
        """List what can be asked of the whole scan: what all readings ask, and the span of all their windows, since row
        groups outside of it need not be read."""
        # Where intake counts what a scan met, it is asked of all rows in the span, whatever the authors' conditions.
        common = self.common if self.numbers is None else ()
        span = self.clock.write(join_windows(self.windows)) if self.clock else ()
        return list(dict.fromkeys([*span, *(common or ())]))


def name_table(scan: str) -> str:
    """Name a scan's table; no source is called so."""
    return f"+{scan}"


def share_scans(wanted: Sequence[Wanted]) -> Scans:
    """Give every reading its scan; the readings come back in the order in which they were asked for."""
    drafts: list[_Draft] = []
    by_relation: dict[str, list[_Draft]] = {}
    placed: dict[int, Reading] = {}
    # The finest first: the others find their scan there.
    for index in sorted(range(len(wanted)), key=lambda i: -len(wanted[i].group)):
        want = wanted[index]
        measures = {**want.measures, "": _SEEN}
        alike = by_relation.setdefault(want.relation, [])
        draft = _find_room(alike, want, measures.values())
        if draft is None:
            draft = _Draft(f"scan-{len(drafts) + 1}", want.relation, want.group)
            drafts.append(draft)
            alike.append(draft)
        draft.narrow(want)
        draft.group |= want.group
        draft.keyed |= bool(want.keys)
        draft.source = want.part.source
        if want.numbers is not None:
            draft.numbers = (draft.numbers or set()) | want.numbers
            draft.classed |= want.classed
        columns = {name: draft.add(want, measure) for name, measure in measures.items()}
        seen = columns.pop("")
        query = _name_rollup(draft.name, tuple(sorted(want.group)))
        placed[index] = Reading(
            want.part, tuple(want.keys), draft.name, query, columns, seen, want.access, want.constants, want.edges
        )
    tables = tuple((draft.table, _write_scan(draft)) for draft in drafts)
    queries = tuple(
        (_name_rollup(draft.name, grain), _write_rollup(draft, grain)) for draft in drafts for grain in draft.rollups
    )
    watches = tuple((d.source, f"intake:{d.name}", _write_watch(d)) for d in drafts if d.numbers is not None)
    return Scans(tuple(placed[index] for index in range(len(wanted))), tables, queries, watches)


def _name_rollup(scan: str, grain: tuple[str, ...]) -> str:
    return f"{scan}:{','.join(grain)}"


def _find_room(drafts: Sequence[_Draft], want: Wanted, measures: Iterable[Measure]) -> _Draft | None:
    """Find the scan to measure a reading: one of its grain, else the coarsest finer one to roll it up from."""
    asked = {_tell_apart(want, measure): _price(measure) for measure in measures}
    group = {*want.group.items()}
    fitting = [
        draft for draft in drafts
        if group == {*draft.group.items()}
        # Counts per bin are so many that per category of another column they cost more than a scan.
        or (want.additive and group <= _imply(draft.group) and not (want.edges and draft.keyed))
    ]  # fmt: skip
    for draft in sorted(fitting, key=lambda draft: len(draft.group)):
        new = sum(price for told, price in asked.items() if told not in draft.aggregates)
        if not new or draft.cost + new <= MOST_AGGREGATES:
            return draft
    return None


def _imply(group: Mapping[str, str]) -> set[tuple[str, str]]:
    """The grouping columns of a scan and what they imply: a class has one family."""
    return {*group.items()} | ({(FAMILY, quote_name(FAMILY))} if "class" in group else set())


def _price(measure: Measure) -> int:
    return OWN_COST if measure.aggregate == "value" else 1


def _tell_apart(want: Wanted, measure: Measure) -> Hashable:
    own = want.gated.sql if want.gated and measure.aggregate == "value" else None
    edges = want.edges.write() if want.edges and measure.aggregate == "cumulative" else None
    return measure, own, edges, want.conditions


def write_aggregate(measure: Measure, conditions: Sequence[str], want: Wanted) -> str:
    """Write one aggregate under conditions, as the scan keeps it.

    Sums are fixed point (10^-9 in 128 bits), so that no sum depends on the order of rows. A condition is a CASE and
    not a FILTER, for which the engine would keep buffers per aggregate.
    """
    both = " AND ".join([*conditions, *([f"({measure.where})"] if measure.where else [])])
    match measure.aggregate:
        case "count" if measure.of:
            return f"count_if({both} AND {measure.of} IS NOT NULL)" if both else f"count({measure.of})"
        case "count":
            return f"count_if({both})" if both else "count(*)"
        case "cumulative":
            assert want.edges is not None
            reached = f"{measure.of} <= {want.edges.write()}[{measure.at}]"
            return f"count_if({both} AND {reached})" if both else f"count_if({reached})"
        case "sum":
            # The cast rounds to the nearest.
            fixed = f"CAST({measure.of} * 1e9 AS {'BIGINT' if measure.small else 'HUGEINT'})"
            return f"sum(CASE WHEN {both} THEN {fixed} END)" if both else f"sum({fixed})"
        case "greatest":
            return f"max(CASE WHEN {both} THEN {measure.of} END)" if both else f"max({measure.of})"
        case "distinct":
            return f"count(DISTINCT {f'CASE WHEN {both} THEN {measure.of} END' if both else measure.of})"
        case "quantile":
            return f"quantile_cont({f'CASE WHEN {both} THEN {measure.of} END' if both else measure.of}, {measure.at!r})"
        case "value":
            assert want.gated is not None
            return want.gated.filtered(both) if both else want.gated.sql


def _write_scan(draft: _Draft) -> str:
    shared = draft.list_shared()
    aggregates = [
        f"{write_aggregate(measure, [c for c in want.conditions if c not in shared], want)} AS {column}"
        for column, want, measure in draft.aggregates.values()
    ]
    if draft.numbers is not None:
        aggregates.append("count(*) AS _rows")
        if draft.classed and "class" not in draft.group:
            aggregates.append("count_if(class = '(none)') AS _none, count_if(class = '(unknown)') AS _unknown")
        for number in sorted(draft.numbers):
            aggregates.append(f"count({quote_name(number)}) AS {_name_count('known', number)}")
            aggregates.append(f"count({quote_name(name_raw(number))}) AS {_name_count('there', number)}")
    keys = [
        expression if expression == quote_name(name) else f"{expression} AS {quote_name(name)}"
        for name, expression in sorted(draft.group.items())
    ]
    where = f"\nWHERE {' AND '.join(shared)}" if shared else ""
    grouped = f"\nGROUP BY {', '.join(map(quote_name, sorted(draft.group)))}" if draft.group else ""
    return "SELECT\n  " + ",\n  ".join([*keys, *aggregates]) + f"\nFROM {draft.relation}{where}{grouped}"


def _write_rollup(draft: _Draft, grain: tuple[str, ...]) -> str:
    """Write what crosses the border: 64-bit integers and floats, at one grain."""
    finest = draft.group.keys() <= ({*grain, FAMILY} if "class" in grain else {*grain})
    columns = [f"{_write_crossing(c, measure, finest)} AS {c}" for c, measure in draft.rollups[grain].items()]
    names = ", ".join(map(quote_name, grain))
    grouped = f" GROUP BY {names}" if grain and not finest else ""
    # One more than are allowed tells that there are too many.
    limit = f" ORDER BY {names} LIMIT {MOST_KEYED + 1}" if grain else ""
    listed = ", ".join([*map(quote_name, grain), *columns])
    return f"SELECT {listed} FROM {quote_name(draft.table)}{grouped}{limit}"


def _name_count(what: str, number: str) -> str:
    return quote_name(f"_{what}_{number}")


def _write_watch(draft: _Draft) -> str:
    """Write what intake asks of a scan: its `rows`, those outside the taxonomy (`unknown`) or without a class or a
    dimension (`none:<column>`), and of each number those that have it (`there:<column>`) as it should be
    (`known:<column>`)."""
    asked = ["CAST(coalesce(sum(_rows), 0) AS BIGINT) AS rows"]
    # The code of an annotator keeps what is none.
    told = {name for name, expression in draft.group.items() if name == ANNOTATOR or expression == quote_name(name)}
    for name in sorted(told):
        none = f"CAST(coalesce(sum(_rows) FILTER (WHERE {quote_name(name)} = '(none)'), 0) AS BIGINT)"
        asked.append(f"{none} AS {quote_name(f'none:{name}')}")
    if "class" in draft.group:
        asked.append("CAST(coalesce(sum(_rows) FILTER (WHERE class = '(unknown)'), 0) AS BIGINT) AS unknown")
    elif draft.classed:
        asked += [f'CAST(coalesce(sum({c}), 0) AS BIGINT) AS "{name}"' for c, name in _OF_CLASSES]
    for number in sorted(draft.numbers or ()):
        for what in ("known", "there"):
            total = f"CAST(coalesce(sum({_name_count(what, number)}), 0) AS BIGINT)"
            asked.append(f"{total} AS {quote_name(f'{what}:{number}')}")
    return f"SELECT {', '.join(asked)} FROM {quote_name(draft.table)}"


def _write_crossing(column: str, measure: Measure, finest: bool) -> str:
    total = column if finest else f"sum({column})"
    match measure.aggregate:
        case "count" | "cumulative" | "distinct":
            # The engine's `count_if` is null where a condition was null of every row.
            return f"CAST(coalesce({total}, 0) AS BIGINT)"
        case "sum":
            return f"CAST(coalesce({total}, 0) AS DOUBLE) / 1e9"
        case _:
            return column
