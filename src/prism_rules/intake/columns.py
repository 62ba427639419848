"""Columns: what each logical name must be in the data, and the SQL that reads it clean.

Clean means: ids, classes and dimensions are text; times are UTC timestamps; numbers are finite; a null class or
dimension is `(none)`. NaN never reaches a comparison, because DuckDB counts it as greater than every number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from prism_rules.diagnostics import Diagnostic, Label, Problem, Refused, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import FIELDS
from prism_rules.ruleset import Resolved

Kind = Literal["text", "time", "number", "flag"]

FIELD_KINDS: dict[str, Kind] = {
    "time": "time", "routed_at": "time", "confidence": "number", "overridden": "flag",
}
"""Fields that are not text."""

SQL_TYPES: dict[Kind, str] = {"text": "VARCHAR", "time": "TIMESTAMP", "number": "DOUBLE", "flag": "BOOLEAN"}

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_ACCEPTED: dict[Kind, tuple[str, ...]] = {
    "text": ("VARCHAR", "ENUM", "UUID", "BOOLEAN", *_INTEGERS),
    "time": ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"),
    "number": ("DOUBLE", "FLOAT", "DECIMAL", *_INTEGERS),
    "flag": ("BOOLEAN",),
}
_WANTED: dict[Kind, str] = {
    "text": "text (or whole numbers)", "time": "a timestamp or a date", "number": "a number", "flag": "true or false",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data under its logical name."""

    physical: str
    kind: Kind
    type: str
    """DuckDB's name of the type in the data."""


def name_kind(model_source_features: object, field: str, *, is_field: bool) -> Kind:
    """Kind of a logical column: by field, number for features, text for dimensions."""
    if is_field:
        return FIELD_KINDS.get(field, "text")
    return "number" if field in model_source_features else "text"  # type: ignore[operator]


def describe_file(path: str) -> dict[str, str]:
    """Read a Parquet file's schema: column -> DuckDB type. Raises `Refused` with exit 3."""
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        rows = connection.execute(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($path, hive_partitioning = false))",
            {"path": path},
        ).fetchall()
    except duckdb.Error as error:
        message = " ".join(str(error).split())[:300]
        raise Refused([Diagnostic("unreadable-data", f"not a Parquet file that can be read: {message}", context=path.rsplit("/", 1)[-1],
                                  help="check that the file is whole; an empty file (0 bytes) is not a Parquet file")], 3) from error
    finally:
        connection.close()
    return dict(rows)


def check_columns(
    resolved: Resolved, source: str, shown: str, schemas: Sequence[tuple[str, dict[str, str]]]
) -> dict[str, Column]:
    """Check the data's columns against what the source declares; every declared column must be there, in its kind.

    Raises `Refused` with exit 3: `missing-column`, `wrong-column-type`, `mixed-schemas`, at the declaration's place.
    """
    declared = resolved.model.sources[source]
    first = schemas[0][1]
    found: list[Diagnostic] = []
    for name, schema in schemas[1:]:
        different = sorted(c for c in {*first, *schema} if first.get(c) != schema.get(c))
        if different:
            listed = ", ".join(f"`{c}` ({first.get(c, 'absent')}, {schema.get(c, 'absent')})" for c in different[:5])
            found.append(Diagnostic("mixed-schemas", f"the files of source `{source}` differ in {listed}", context=f"{shown}, {name}",
                                    help="write all files of a source with the same columns and types"))
    columns = {}
    features = declared.features
    for logical, physical in declared.columns.items():
        is_field = logical in declared.fields and logical in FIELDS[declared.role]
        kind = name_kind(features, logical, is_field=is_field)
        place = _label(resolved, source, logical)
        if physical not in first:
            found.append(Diagnostic("missing-column", f"source `{source}` has no column `{physical}`", place, context=shown, help=(
                did_you_mean(physical, first) or "its columns are " + ", ".join(f"`{c}`" for c in [*first][:12]))))
        elif not first[physical].split("(")[0] in _ACCEPTED[kind]:
            found.append(Diagnostic("wrong-column-type", f"column `{physical}` of source `{source}` is {first[physical]}; "
                                    f"`{logical}` must be {_WANTED[kind]}", place, context=shown,
                                    help="convert the column when the file is written, or name another one"))
        else:
            columns[logical] = Column(physical, kind, first[physical])
    if found:
        raise Refused(found, 3)
    return columns


def _label(resolved: Resolved, source: str, logical: str) -> tuple[Label, ...]:
    declared = resolved.model.sources[source]
    part = next(p for p in ("fields", "dimensions", "features") if logical in getattr(declared, p))
    value = getattr(declared, part)
    step: str | int = logical if isinstance(value, dict) else value.index(logical)
    return resolved.locate([Problem("", "", (Spot(("sources", source, part, step)),))])[0].labels
