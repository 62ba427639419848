"""Views: every source under its clean logical columns, and once more with what it looks up elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.intake import BoundSource, Intake
from prism_rules.intake.columns import Column
from prism_rules.model.ruleset import Ruleset, Source
from prism_rules.ruleset.renames import list_renames

LARGEST = 1e12
"""Numbers beyond it do not fit the exact sums; they are left out and counted."""


_SHORT = 15
"""Bytes of a text that 124 bits hold."""

Window = tuple[datetime | None, datetime]
"""Half-open, in UTC: from (None: the beginning) to."""


def join_windows(windows: Iterable[Window]) -> Window:
    """Join windows, one at least, to the shortest that holds them all."""
    starts, ends = zip(*windows, strict=True)
    return None if None in starts else min(starts), max(ends)


def name_raw(logical: str) -> str:
    """Name the column of a view that has a column as the data has it: null where, and only where, nothing is there."""
    return f"+{logical}"


@dataclass(frozen=True, slots=True)
class Clock:
    """A column of moments, and whether it has a time zone."""

    column: str
    zoned: bool = False

    @cache  # noqa: B019  (there are as many clocks as sources)
    def write(self, window: Window) -> tuple[str, ...]:
        """Write the conditions that a moment lies in a window."""
        since, until = window
        start = (f"{self.column} >= {self._write(since)}",) if since else ()
        return (*start, f"{self.column} < {self._write(until)}")

    def _write(self, moment: datetime) -> str:
        return f"TIMESTAMPTZ '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'" if self.zoned else write_time(moment)


def write_time(moment: datetime) -> str:
    """Write a UTC timestamp literal."""
    return f"TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


def write_read(bound: BoundSource) -> str:
    """Write the table function that reads a source's files."""
    listed = ", ".join(quote_text(file.path) for file in bound.files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def write_raw(column: Column) -> str:
    """Write a column in its kind, null where the data has null, not yet cleaned."""
    name = quote_name(column.physical)
    match column.kind:
        case "time":
            zoned = is_zoned(column)
            return f"make_timestamp(epoch_us(CAST({name} AS TIMESTAMPTZ)))" if zoned else f"CAST({name} AS TIMESTAMP)"
        case "number":
            return f"CAST({name} AS DOUBLE)"
        case "flag":
            return f"CAST({name} AS BOOLEAN)"
        case "text":
            return f"CAST({name} AS VARCHAR)"


def write_class(model: Ruleset, column: Column) -> str:
    """Write a column of classes: a row that has the name that a class had before is one of that class."""
    raw, former = write_raw(column), list_renames(model).sections["classes"]
    renamed = " ".join(f"WHEN {quote_text(old)} THEN {quote_text(new)}" for old, new in former.items())
    return f"CASE {raw} {renamed} ELSE {raw} END" if renamed else raw


def is_zoned(column: Column) -> bool:
    """Whether a column of times has a time zone."""
    return "ZONE" in column.type or "TZ" in column.type


def find_clock(bound: BoundSource) -> Clock | None:
    """Find the time of a source's rows; None without one. Nanoseconds are cut to microseconds first."""
    column = bound.columns.get("time")
    if column is None:
        return None
    if "_NS" in column.type:
        return Clock('"time"')
    # As the data has it: comparing that, whole row groups are skipped.
    return Clock(quote_name(name_raw("time")), is_zoned(column))


def write_source_view(model: Ruleset, name: str, bound: BoundSource) -> str:
    """Write the view of a source: its logical columns, clean, and `family` where classes have one."""
    source = model.sources[name]
    columns = {logical: _write_clean(logical, column, source) for logical, column in bound.columns.items()}
    if "class" in columns and model.classes:
        raw = write_class(model, bound.columns["class"])
        declared = ", ".join(quote_text(c) for c in model.classes)
        columns["class"] = (
            f"CASE WHEN {raw} IS NULL THEN '(none)' WHEN {raw} IN ({declared}) THEN {raw} ELSE '(unknown)' END"
        )
        for truth in {"label", "gold"} & columns.keys():
            # A truth equal to the class stays equal to it, also where both are outside the taxonomy.
            named = write_class(model, bound.columns[truth])
            columns[truth] = f"CASE WHEN {named} = {raw} THEN {columns['class']} ELSE {named} END"
    if "class" in columns and has_families(model):
        cases = " ".join(
            f"WHEN {quote_text(c)} THEN {quote_text(entry.family)}"
            for c, entry in model.classes.items()
            if entry.family
        )
        columns["family"] = f"CASE {write_class(model, bound.columns['class'])} {cases} ELSE '(none)' END"
    columns |= {name_raw(logical): quote_name(column.physical) for logical, column in bound.columns.items()}
    listed = ",\n  ".join(f"{sql} AS {quote_name(logical)}" for logical, sql in columns.items())
    return f"SELECT\n  {listed}\nFROM {write_read(bound)}"


def _write_clean(logical: str, column: Column, source: Source) -> str:
    raw = write_raw(column)
    if column.kind == "number":
        low, high = (0, 1) if logical == "confidence" else (-LARGEST, LARGEST)
        # NaN lies in no range, but the engine may believe a file whose least and greatest value do not tell of it.
        return f"CASE WHEN isfinite({raw}) AND {raw} BETWEEN {low!r} AND {high!r} THEN {raw} END"
    return raw if column.kind != "text" or may_be_null(source, logical) else f"coalesce({raw}, '(none)')"


def may_be_null(source: Source, logical: str) -> bool:
    """Whether a text says something of a row that may be unsaid, and is no place that rows can be grouped by."""
    return logical in source.fields and logical in ("id", "unit", "label", "gold", "batch")


def list_lookup_columns(source: Source) -> dict[str, str]:
    """Columns that a source looks up elsewhere: column -> the source it comes from."""
    return {column: other for other, columns in source.lookup.items() for column in columns}


def name_relation(model: Ruleset, source: str, columns: Iterable[str]) -> str:
    """Name the view to read: the source's own, or the one with its look-ups when a column needs them."""
    looked_up = {*list_lookup_columns(model.sources[source])}
    if "class" in looked_up:
        looked_up.add("family")
    return quote_name(f"{source}+lookup" if looked_up.intersection(columns) else source)


def has_families(model: Ruleset) -> bool:
    """Whether rows with a class have a `family` as well."""
    return any(entry.family for entry in model.classes.values())


def write_lookup_view(model: Ruleset, name: str, as_of: datetime) -> str:
    """Write a source's view with its look-ups by id; unmatched classes and dimensions are `(none)`, the rest null."""
    source = model.sources[name]
    key = quote_name(key_field(source))
    joins, columns = [], []
    for index, (other, wanted) in enumerate(source.lookup.items()):
        alias = f"l{index}"
        other_key = quote_name(key_field(model.sources[other]))
        wanted = (*wanted, "family") if "class" in wanted and has_families(model) else wanted
        listed = ", ".join(f"min({quote_name(c)}) AS {quote_name(c)}" for c in wanted)
        rows = f"FROM {quote_name(other)} WHERE {write_seen(model, other, as_of)} GROUP BY {other_key}"
        joins.append(f'LEFT JOIN (SELECT {other_key} AS "+id", {listed} {rows}) {alias} ON s.{key} = {alias}."+id"')
        for column in wanted:
            value = f"{alias}.{quote_name(column)}"
            there = model.sources[other]
            place = there.name_kind(column) == "text" and not may_be_null(there, column)
            clean = f"coalesce({value}, '(none)')" if place else value
            columns.append(f"{clean} AS {quote_name(column)}, {value} AS {quote_name(name_raw(column))}")
    return f"SELECT s.*, {', '.join(columns)}\nFROM {quote_name(name)} s\n" + "\n".join(joins)


def write_seen(model: Ruleset, source: str, as_of: datetime) -> str:
    """Write the condition that hides rows at or after `as_of`; true for a source without times."""
    return f'"time" < {write_time(as_of)}' if "time" in model.sources[source].fields else "true"


def trace_columns(model: Ruleset, intake: Intake, source: str, columns: Iterable[str]) -> dict[str, frozenset[str]]:
    """Trace what a source's view is asked for to the data's own columns: source -> their names.

    A look-up reads the keys of both sides, and of the other the times, as nothing later than `as_of` is seen. One that
    nothing is taken from is left out by the engine: it can neither add rows nor remove any.
    """
    homes = list_lookup_columns(model.sources[source])
    own, others = {*columns}, dict[str, set[str]]()
    for name in own & {*homes, *(["family"] if "class" in homes else [])}:
        own.remove(name)
        others.setdefault(homes["class" if name == "family" else name], set()).add(name)
    traced: dict[str, frozenset[str]] = {}
    for other, asked in others.items():
        own.add(key_field(model.sources[source]))
        traced |= trace_columns(model, intake, other, {key_field(model.sources[other]), "time", *asked})
    bound = intake.sources[source].columns
    if "family" in own or (own & {"label", "gold"} and model.classes):
        own.add("class")
    return {source: frozenset(bound[name].physical for name in own if name in bound), **traced}


def key_field(source: Source) -> str:
    """Name the field that identifies a row: `unit` of annotations, `id` of all others."""
    return "unit" if source.role == "annotations" else "id"


def write_word_branches(identity: str) -> str:
    """Write the last branches of a CASE that gives the word of a text: of up to 15 bytes the number that they are, else
    124 bits of its MD5. It stands in a SELECT of its own: the database would compute a term that is used twice two
    times."""
    short = f"strlen({identity}) BETWEEN 1 AND {_SHORT}"
    return (
        f"WHEN {short} THEN CAST(CAST(encode({identity}) AS BIT) AS UHUGEINT) "
        f"ELSE md5_number({identity}) & {2**124 - 1}::UHUGEINT"
    )
