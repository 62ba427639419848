"""The estimate: what a program would read, known from the files' own accounts of themselves. Nothing is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from prism_rules.engines import Batch
from prism_rules.engines.quoting import quote_text
from prism_rules.intake import BoundSource, Intake
from prism_rules.model.moments import count_microseconds
from prism_rules.model.ruleset import Ruleset
from prism_rules.program import Program, Reading
from prism_rules.program.people import name_people_query
from prism_rules.program.readings import Access, Variable
from prism_rules.program.views import Window, join_windows, trace_columns
from prism_rules.ruleset.grain import ANNOTATOR

Chunks = Mapping[str, Iterable[Mapping[str, Any]]]
"""`chunks:<source>` -> the rows of `write_chunks`."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a scan reads of one source."""

    source: str
    columns: tuple[str, ...]
    """Of the data, by name."""
    passes: int
    """How many times it goes over them."""
    groups: int
    """Row groups that are read; the window passes over the others."""
    of_groups: int
    rows: int
    of_rows: int
    bytes: int
    """Of the columns in these row groups, compressed as they are in the files."""


@dataclass(frozen=True, slots=True)
class ScanEstimate:
    """One scan and all that it has to read."""

    id: str
    source: str
    by: tuple[str, ...]
    """Its grain: by which columns its rows are grouped; what a metric works out for itself has no name."""
    rules: tuple[str, ...]
    """The rules that it answers, in the order of the ruleset."""
    aggregates: int
    reads: tuple[Read, ...]
    """Its own source first, then those that are looked up, and those that it is compared with."""
    sql: str

    @property
    def rows(self) -> int:
        """Rows of all passes."""
        return sum(read.rows * read.passes for read in self.reads)

    @property
    def bytes(self) -> int:
        """Bytes of all passes."""
        return sum(read.bytes * read.passes for read in self.reads)


@dataclass(frozen=True, slots=True)
class QueueEstimate:
    """A queue that may be drawn, once for each place where its action is due."""

    action: str
    source: str
    size: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan would read."""

    as_of: datetime
    scans: tuple[ScanEstimate, ...]
    queues: tuple[QueueEstimate, ...]

    @property
    def rows(self) -> int:
        """Rows of all scans."""
        return sum(scan.rows for scan in self.scans)

    @property
    def bytes(self) -> int:
        """Bytes of all scans."""
        return sum(scan.bytes for scan in self.scans)


def write_chunks(intake: Intake) -> Batch:
    """Ask the files for their column chunks: query `chunks:<source>`, a row per file, row group and column.

    Columns: `file`, `group`, `rows` (of the row group), `column`, `bytes` (compressed), `least` and `greatest` (epoch
    microseconds; of times alone, and null where the file does not tell).
    """
    queries = tuple((f"chunks:{name}", _write_chunks(bound)) for name, bound in intake.sources.items())
    return Batch(tuple(file.path for file in intake.files), (), queries)


def _write_chunks(bound: BoundSource) -> str:
    paths = ", ".join(quote_text(file.path) for file in bound.files)
    columns = ", ".join(quote_text(name) for name in sorted({c.physical for c in bound.columns.values()}))
    time = quote_text(bound.columns["time"].physical) if "time" in bound.columns else "NULL"
    ends = ", ".join(
        f"CASE WHEN path_in_schema = {time} THEN epoch_us(TRY_CAST(stats_{end}_value AS TIMESTAMPTZ)) END AS {name}"
        for end, name in (("min", "least"), ("max", "greatest"))
    )
    return (
        'SELECT file_name AS file, row_group_id AS "group", row_group_num_rows AS rows, path_in_schema AS "column", '
        f"total_compressed_size AS bytes, {ends}\n"
        f"FROM parquet_metadata([{paths}]) WHERE path_in_schema IN ({columns})"
    )


def estimate_program(model: Ruleset, intake: Intake, program: Program, chunks: Chunks) -> Estimate:
    """Estimate what a program reads, given what the files tell of their column chunks (see `write_chunks`).

    It is what the engine cannot do without: a row group of which the least or greatest time is unknown is read.
    """
    files = {name: _Files(intake.sources[name], chunks[f"chunks:{name}"]) for name in intake.sources}
    readings: dict[str, list[Reading]] = {}
    for reading in program.readings:
        for name in (reading.scan, *(one.name for one in (reading.edges.variables if reading.edges else ()))):
            readings.setdefault(name, []).append(reading)
        if ANNOTATOR in (*reading.part.by, *reading.keys):
            readings.setdefault(name_people_query(reading.part.source), []).append(reading)
    found = {variable.name: variable for variable in (*program.variables, *program.people)}
    list_reads = partial(_list_reads, model, intake, files, program.as_of)
    scans = tuple(
        _estimate_scan(name, sql, readings.get(name, []), found.get(name), list_reads, intake)
        for name, sql in program.scans.items()
    )
    queues = ((name, action.queue) for name, action in model.actions.items())
    return Estimate(
        program.as_of, scans, tuple(QueueEstimate(name, queue.from_, queue.size) for name, queue in queues if queue)
    )


def _estimate_scan(
    name: str,
    sql: str,
    readings: Sequence[Reading],
    variable: Variable | None,
    list_reads: Callable[[str, Sequence[Access]], Iterator[Read]],
    intake: Intake,
) -> ScanEstimate:
    rules = tuple(dict.fromkeys(reading.part.rule for reading in readings))
    if variable is not None:
        reads = tuple(list_reads(variable.source, [variable.access]))
        return ScanEstimate(name, variable.source, (), rules, variable.aggregates, reads, sql)
    source = readings[0].part.source
    named = frozenset(intake.sources[source].columns)
    return ScanEstimate(
        id=name,
        source=source,
        by=tuple(sorted({key for r in readings for key in (*r.part.by, *named.intersection(r.keys))})),
        rules=rules,
        aggregates=len({column for r in readings for column in (r.seen, *r.columns.values())}),
        reads=tuple(list_reads(source, [reading.access for reading in readings])),
        sql=sql,
    )


def _list_reads(
    model: Ruleset,
    intake: Intake,
    files: Mapping[str, _Files],
    as_of: datetime,
    source: str,
    accesses: Sequence[Access],
) -> Iterator[Read]:
    first = accesses[0]
    asked = frozenset[str]().union(*(access.columns for access in accesses))
    spans = [access.span for access in accesses]
    known = [span for span in spans if span is not None]
    # One that passes nothing over reads all for the others too.
    own = replace(first, columns=asked, span=join_windows(known) if len(known) == len(spans) else None)
    # What is read beside them stands in the relation, which all have in common.
    for home, access in ((source, own), *first.beside):
        for name, columns in trace_columns(model, intake, home, access.columns).items():
            span = access.span if name == home else (None, as_of)
            yield files[name].estimate(name, columns, span, access.passes)


@dataclass(slots=True)
class _Group:
    rows: int
    sizes: dict[str, int]
    least: int | None = None
    greatest: int | None = None

    def lies_outside(self, span: Window) -> bool:
        since, until = span
        if self.least is None or self.greatest is None:
            return False
        return self.least >= count_microseconds(until) or (
            since is not None and self.greatest < count_microseconds(since)
        )


class _Files:
    """The row groups of a source's files."""

    def __init__(self, bound: BoundSource, chunks: Iterable[Mapping[str, Any]]) -> None:
        self._time = bound.columns["time"].physical if "time" in bound.columns else None
        self._groups: dict[tuple[str, int], _Group] = {}
        for chunk in chunks:
            group = self._groups.setdefault((chunk["file"], chunk["group"]), _Group(chunk["rows"], {}))
            group.sizes[chunk["column"]] = chunk["bytes"]
            if chunk["column"] == self._time:
                group.least, group.greatest = chunk["least"], chunk["greatest"]

    def estimate(self, source: str, columns: frozenset[str], span: Window | None, passes: int) -> Read:
        """Estimate what is read of these columns inside a span of times."""
        all_left = (group for group in self._groups.values() if span is None or not group.lies_outside(span))
        left = [*all_left] if passes else []
        return Read(
            source=source,
            columns=tuple(sorted(columns)),
            passes=passes,
            groups=len(left),
            of_groups=len(self._groups),
            rows=sum(group.rows for group in left),
            of_rows=sum(group.rows for group in self._groups.values()),
            bytes=sum(size for group in left for column, size in group.sizes.items() if column in columns),
        )
