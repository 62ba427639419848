"""Columns: what each logical name must be in the data, and the SQL that reads it clean.

Clean means: ids, classes and dimensions are text; times are UTC timestamps; numbers are finite; a null class or
dimension is `(none)`. NaN never reaches a comparison, because DuckDB counts it as greater than every number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prism_rules.diagnostics import Diagnostic, Label, Problem, Refused, Spot
from prism_rules.diagnostics.suggest import nearest
from prism_rules.engines import Batch, Engine
from prism_rules.engines.quoting import quote_text
from prism_rules.model.ruleset import Kind
from prism_rules.ruleset import Resolved
from prism_rules.wording import list_some

SQL_TYPES: dict[Kind, str] = {"text": "VARCHAR", "time": "TIMESTAMP", "number": "DOUBLE", "flag": "BOOLEAN"}

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_ACCEPTED: dict[Kind, tuple[str, ...]] = {
    "text": ("VARCHAR", "ENUM", "UUID", "BOOLEAN", *_INTEGERS),
    "time": (
        "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ_NS",
        "DATE",
    ),
    "number": ("DOUBLE", "FLOAT", "DECIMAL", *_INTEGERS),
    "flag": ("BOOLEAN",),
}
NOTHING = '"NULL"'
"""The type of a column that holds nothing but null, as some writers leave it; any kind will do."""
_WANTED: dict[Kind, str] = {
    "text": "text (or whole numbers)",
    "time": "a timestamp or a date",
    "number": "a number",
    "flag": "true or false",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data under its logical name."""

    physical: str
    kind: Kind
    type: str
    """DuckDB's name of the type in the data."""


Schema = Mapping[str, str]
"""Column -> DuckDB type."""


def describe_files(
    files: Sequence[tuple[str, str]], paths: tuple[str, ...], engine: Engine
) -> list[tuple[Schema, int]]:
    """Read the schema and the number of rows of Parquet files, given as (path, as people know it).

    `paths` are all files of the evaluation, so that the engine opens its doors once. Raises `Refused` with exit 3 and
    one `unreadable-data` per file that cannot be read, or the engine's.
    """
    try:
        tables = engine.answer(
            Batch(paths, (), tuple(q for i, (path, _) in enumerate(files) for q in _list_queries(i, path)))
        )
    except Refused as refused:
        raise Refused([*_find_unreadable(files, paths, engine)] or refused.diagnostics, refused.exit_code) from refused
    return [
        (
            dict(tables[f"schema:{i}"].select("column_name", "column_type").iter_rows()),
            int(tables[f"rows:{i}"]["rows"][0]),
        )
        for i in range(len(files))
    ]


def _list_queries(place: int, path: str) -> tuple[tuple[str, str], tuple[str, str]]:
    read = f"read_parquet([{quote_text(path)}], hive_partitioning = false)"
    schema = f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {read})"
    return (f"schema:{place}", schema), (f"rows:{place}", f"SELECT count(*) AS rows FROM {read}")


def _find_unreadable(files: Sequence[tuple[str, str]], paths: tuple[str, ...], engine: Engine) -> Iterator[Diagnostic]:
    """Ask for each file alone, to tell which of them it is."""
    for path, shown in files:
        try:
            engine.answer(Batch(paths, (), _list_queries(0, path)))
        except Refused as refused:
            for found in refused.diagnostics:
                if found.code not in ("unreadable-data", "query-failed"):
                    continue
                # What follows the first line shows a query of ours.
                message = found.message.replace(path, shown).partition(" LINE ")[0].strip()[:300]
                yield Diagnostic(
                    "unreadable-data",
                    f"not a Parquet file that can be read: {message}",
                    context=shown,
                    help="check that the file is whole; an empty file (0 bytes) is not a Parquet file",
                )


def check_columns(resolved: Resolved, source: str, schemas: Sequence[tuple[str, Schema]]) -> dict[str, Column]:
    """Check the data's columns, file by file, against what the source declares; all must be there, in their kinds.

    Raises `Refused` with exit 3: `missing-column`, `wrong-column-type`, `mixed-schemas`, at the declaration's place.
    """
    declared = resolved.model.sources[source]
    shown, first = schemas[0]
    found: list[Diagnostic] = []
    for name, schema in schemas[1:]:
        different = sorted(c for c in {*first, *schema} if first.get(c) != schema.get(c))
        if different:
            listed = ", ".join(f"`{c}` ({first.get(c, 'absent')}, {schema.get(c, 'absent')})" for c in different[:5])
            found.append(
                Diagnostic(
                    "mixed-schemas",
                    f"the files of source `{source}` differ in {listed}",
                    context=f"{shown}, {name}",
                    help="write all files of a source with the same columns and types",
                )
            )
    columns = {}
    for logical, physical in declared.columns.items():
        kind = declared.name_kind(logical)
        place = _label(resolved, source, logical)
        if physical not in first:
            found.append(
                Diagnostic(
                    "missing-column",
                    f"source `{source}` has no column `{physical}`",
                    place,
                    context=shown,
                    help=_suggest_column(physical, [*first]),
                )
            )
        elif first[physical].split("(")[0] not in (*_ACCEPTED[kind], NOTHING):
            found.append(
                Diagnostic(
                    "wrong-column-type",
                    f"column `{physical}` of source `{source}` is {first[physical]}; "
                    f"`{logical}` must be {_WANTED[kind]}",
                    place,
                    context=shown,
                    help="convert the column when the file is written, or name another one",
                )
            )
        else:
            columns[logical] = Column(physical, kind, first[physical])
    if found:
        raise Refused(found, 3)
    return columns


def _suggest_column(name: str, names: Sequence[str]) -> str:
    if near := nearest(name, names):
        return f"did you mean `{near}`?"
    return f"its columns are {list_some([f'`{each}`' for each in names], 12)}" if names else "it has no columns"


def _label(resolved: Resolved, source: str, logical: str) -> tuple[Label, ...]:
    declared = resolved.model.sources[source]
    part = next(p for p in ("fields", "dimensions", "features") if logical in getattr(declared, p))
    value = getattr(declared, part)
    step: str | int = logical if isinstance(value, dict) else value.index(logical)
    return resolved.locate([Problem("", "", (Spot(("sources", source, part, step)),))])[0].labels
