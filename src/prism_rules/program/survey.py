"""The survey: what the data is like, whatever rules ask. Rows, times, and what had to be left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from prism_rules.engines import Batch
from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.intake import BoundSource, Column, Intake
from prism_rules.model.moments import count_microseconds
from prism_rules.model.ruleset import Ruleset, Source
from prism_rules.program.relations.settled import MARKS, write_doubtful, write_settled
from prism_rules.program.views import (
    Clock,
    Window,
    is_zoned,
    key_field,
    name_relation,
    write_class,
    write_raw,
    write_read,
    write_seen,
    write_time,
)
from prism_rules.ruleset import list_needed_sources
from prism_rules.ruleset.grain import FIELD_DIMENSIONS

NAMES_SHOWN = 20
_FIRST, _LAST = "TIMESTAMP '0001-01-02'", "TIMESTAMP '9999-12-30'"
"""Times beyond them cannot be written as dates; they stand for "never" and tell no newest row."""
EARLIEST = count_microseconds(datetime(1, 1, 2, tzinfo=UTC))
"""The first of them in microseconds of the epoch."""


def list_streams(model: Ruleset, intake: Intake) -> list[str]:
    """List the bound stream sources that rules use: the ones whose newest row tells what `now` is."""
    used = {rule.source for rule in model.rules.values()}
    return [name for name in intake.sources if name in used and not model.sources[name].collection]


def find_longest_window(model: Ruleset, source: str) -> timedelta | None:
    """Find the longest window of the rules that read a stream; None when it has none, or one without an end."""
    known = model.sources[source].window or model.defaults.window
    rules = [rule for rule in model.rules.values() if rule.source == source]
    # A series without any window looks at its span.
    found = [rule.window or known or (rule.series and rule.series.over) for rule in rules] or [known]
    lengths = [window for window in found if isinstance(window, timedelta)]
    return max(lengths) if len(lengths) == len(found) else None


def list_own_dimensions(source: Source) -> list[str]:
    """List the dimensions of a source that are columns of its own; its class is told of apart."""
    return [*source.dimensions, *(name for name in FIELD_DIMENSIONS if name in source.fields and name != "class")]


def write_newest(model: Ruleset, intake: Intake) -> Batch:
    """Ask each stream for its newest row time: query `newest:<source>` with one column `newest`, epoch microseconds."""
    queries = []
    for name in list_streams(model, intake):
        bound = intake.sources[name]
        time = write_raw(bound.columns["time"])
        sql = f"SELECT epoch_us(max({time}) FILTER (WHERE {time} < {_LAST})) AS newest FROM {write_read(bound)}"
        queries.append((f"newest:{name}", sql))
    return Batch(tuple(file.path for file in intake.files), (), tuple(queries))


def write_survey(
    model: Ruleset,
    intake: Intake,
    as_of: datetime,
    spans: Mapping[str, Window],
    watched: Collection[str],
    of_units: Mapping[str, Collection[str]],
) -> tuple[tuple[str, str], ...]:
    """Write the intake queries, for each source that is read.

    Of sources whose rows a scan watches, `times:<source>` is asked alone: `rows`, those with a time (`timed`) and an id
    (`named`), `oldest` and `newest` (epoch microseconds), all of which files know of themselves. Of the others there
    are their details at once. `labels:<source>` counts duplicates and units that are mixed in the dimensions
    `of_units`; `lookup:<source>:<other>` counts ambiguous and unmatched ids.
    """
    needed = [name for name in intake.sources if name in list_needed_sources(model)]
    queries: list[tuple[str, str]] = []
    for name in needed:
        if name in watched:
            queries.append((f"times:{name}", _write_times(intake.sources[name], key_field(model.sources[name]))))
        else:
            queries += list_details(model, intake, name, as_of, spans.get(name))
        queries += _list_shapes(model, name, as_of, of_units.get(name, ()))
    return tuple(queries)


def list_details(
    model: Ruleset, intake: Intake, name: str, as_of: datetime, span: Window | None
) -> list[tuple[str, str]]:
    """Write what is asked of a source whose rows may not all be as declared.

    `rows:<source>` has one row of counts (see `_write_counts`); `unknown:<source>` names classes outside the taxonomy,
    the first `NAMES_SHOWN` of them, each with `rows` and `names`, the totals of all.
    """
    bound = intake.sources[name]
    counts = ", ".join(_write_counts(model, intake, name, as_of, span))
    asked = [(f"rows:{name}", f"SELECT {counts}\nFROM {write_read(bound)}")]
    if model.classes and "class" in bound.columns:
        asked.append((f"unknown:{name}", _write_unknown(model, intake, name, as_of, span)))
    return asked


def write_details(
    model: Ruleset, intake: Intake, names: Iterable[str], as_of: datetime, spans: Mapping[str, Window]
) -> Batch:
    """Write the details of sources in which a scan met something, for a second batch."""
    queries = [query for name in names for query in list_details(model, intake, name, as_of, spans.get(name))]
    return Batch(tuple(file.path for file in intake.files), (), tuple(queries))


def _write_times(bound: BoundSource, key: str) -> str:
    column, named = bound.columns.get("time"), bound.columns.get(key)
    named_rows = f", count({quote_name(named.physical)}) AS named" if named else ""
    if column is None:
        return f"SELECT count(*) AS rows{named_rows} FROM {write_read(bound)}"
    # The column as it is: the least and the greatest of it stand in the files.
    time = quote_name(column.physical)
    least, greatest = (_write_micros(f"{end}({time})", column) for end in ("min", "max"))
    asked = f"count(*) AS rows, count({time}) AS timed, {least} AS oldest, {greatest} AS newest{named_rows}"
    return f"SELECT {asked} FROM {write_read(bound)}"


def _write_micros(moment: str, column: Column) -> str:
    return f"epoch_us(CAST({moment} AS {'TIMESTAMPTZ' if is_zoned(column) else 'TIMESTAMP'}))"


def _list_shapes(model: Ruleset, name: str, as_of: datetime, of_units: Collection[str]) -> Iterator[tuple[str, str]]:
    source = model.sources[name]
    if source.role == "annotations":
        yield f"labels:{name}", _write_labels(model, name, as_of, of_units)
    for other in source.lookup:
        key, other_key = (quote_name(key_field(model.sources[s])) for s in (name, other))
        here, there = (f"FROM {quote_name(s)} WHERE {write_seen(model, s, as_of)}" for s in (name, other))
        yield (
            f"lookup:{name}:{other}",
            f"WITH here AS (SELECT DISTINCT {key} AS id {here} AND {key} IS NOT NULL),\n"
            f"there AS (SELECT {other_key} AS id, count(*) AS n {there} GROUP BY ALL)\n"
            "SELECT count(*) FILTER (WHERE there.n > 1) AS ambiguous, "
            "count(*) FILTER (WHERE there.n IS NULL) AS unmatched, "
            "min(here.id) FILTER (WHERE there.n > 1) AS example\nFROM here LEFT JOIN there ON here.id = there.id",
        )


def _write_span(time: str, as_of: datetime, span: Window | None) -> str:
    """Write that rules look at a moment; without a span all that lies before `as_of`."""
    return " AND ".join(Clock(time).write((span[0] if span else None, as_of)))


def _write_unknown(model: Ruleset, intake: Intake, name: str, as_of: datetime, span: Window | None) -> str:
    bound = intake.sources[name]
    raw = write_class(model, bound.columns["class"])
    declared = ", ".join(quote_text(c) for c in model.classes)
    time = bound.columns.get("time")
    seen = f" AND {_write_span(write_raw(time), as_of, span)}" if time else ""
    rows = f"FROM {write_read(bound)} WHERE {raw} NOT IN ({declared}){seen}"
    return (
        f"WITH counted AS (SELECT {raw} AS name, count(*) AS n {rows} GROUP BY ALL)\n"
        f"SELECT name, CAST(sum(n) OVER () AS BIGINT) AS rows, count(*) OVER () AS names\n"
        f"FROM counted ORDER BY n DESC, name LIMIT {NAMES_SHOWN}"
    )


def _write_labels(model: Ruleset, name: str, as_of: datetime, of_units: Collection[str]) -> str:
    view = name_relation(model, name, of_units)
    names = [(quote_name(d), quote_name(f"mixed_dimensions:{d}")) for d in sorted(of_units)]
    mixed = "".join(f", min({column}) <> max({column}) AS {alias}" for column, alias in names)
    counts = "".join(f", count(*) FILTER (WHERE {alias}) AS {alias}" for _, alias in names)
    seen = f'"unit" IS NOT NULL AND {write_seen(model, name, as_of)}'
    return (
        f'WITH _counted AS MATERIALIZED (SELECT "unit", count(*) AS n, {MARKS} AS _marks{mixed} FROM {view} '
        f'WHERE {seen} GROUP BY "unit"), '
        '_doubtful AS MATERIALIZED (SELECT "unit" FROM _counted WHERE bit_count(_marks) < n), '
        f"_settled AS (\n{write_settled(model, name, write_doubtful(view), until=as_of)}\n), "
        '_units AS (SELECT * EXCLUDE (_marks) FROM _counted ANTI JOIN _doubtful USING ("unit") '
        f'UNION ALL SELECT "unit", count(*){mixed} FROM _settled GROUP BY "unit")\n'
        "SELECT CAST((SELECT coalesce(sum(n), 0) FROM _counted) - coalesce(sum(n), 0) AS BIGINT) AS duplicates"
        f"{counts}\nFROM _units"
    )


def _write_counts(model: Ruleset, intake: Intake, name: str, as_of: datetime, span: Window | None) -> Iterator[str]:
    """Write the counts of a source: of its times before `as_of`, and of what was wrong with rows that rules look at."""
    bound, source = intake.sources[name], model.sources[name]
    before = seen = "true"
    if "time" in bound.columns:
        time, until = write_raw(bound.columns["time"]), write_time(as_of)
        before, seen = f"{time} < {until}", _write_span(time, as_of, span)
        yield f"count(*) FILTER (WHERE {time} >= {until}) AS later"
        yield f"count(*) FILTER (WHERE {time} IS NULL) AS no_time"
        yield f"epoch_us(min({time}) FILTER (WHERE {before} AND {time} > {_FIRST})) AS oldest"
        yield f"epoch_us(max({time}) FILTER (WHERE {before} AND {time} > {_FIRST})) AS newest"
        window = find_longest_window(model, name)
        if not source.collection and window is not None:
            yield f"count(*) FILTER (WHERE {before} AND {time} >= {write_time(as_of - window)}) AS recent"
    yield f"count(*) FILTER (WHERE {before}) AS rows"
    if "class" in bound.columns:
        yield f"count(*) FILTER (WHERE {seen} AND {write_raw(bound.columns['class'])} IS NULL) AS no_class"
    if (key := key_field(source)) in bound.columns:
        yield f"count(*) FILTER (WHERE {write_raw(bound.columns[key])} IS NULL) AS {quote_name(f'null:{key}')}"
    grouped = {dimension for rule in model.rules.values() if rule.source == name for dimension in rule.by}
    for dimension in (d for d in list_own_dimensions(source) if d in grouped):
        missing = f"{write_raw(bound.columns[dimension])} IS NULL"
        yield f"count(*) FILTER (WHERE {seen} AND {missing}) AS {quote_name(f'no_dimension:{dimension}')}"
    for logical, column in bound.columns.items():
        if column.kind == "number":
            raw = write_raw(column)
            low, high = ("0", "1") if logical == "confidence" else ("-1e12", "1e12")
            yield f"count(*) FILTER (WHERE {seen} AND {raw} IS NULL) AS {quote_name(f'null:{logical}')}"
            yield f"count(*) FILTER (WHERE {seen} AND NOT isfinite({raw})) AS {quote_name(f'not_finite:{logical}')}"
            outside = f"isfinite({raw}) AND NOT {raw} BETWEEN {low} AND {high}"
            yield f"count(*) FILTER (WHERE {seen} AND {outside}) AS {quote_name(f'out_of_range:{logical}')}"
