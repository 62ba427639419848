"""Taking rows that lie in memory: written to a Parquet file, of which only what the source declares.

pyarrow, pandas and numpy are never imported: what the caller gives is known by its module and used by its methods.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.engines.quoting import quote_name
from prism_rules.files import cannot_write
from prism_rules.frames.arguments import name_type
from prism_rules.frames.digest import digest_rows
from prism_rules.frames.pandas import read_pandas
from prism_rules.intake import SHOWN_ROWS, Rows
from prism_rules.intake.columns import NOTHING, check_columns
from prism_rules.ruleset import Resolved

COMPRESSION: Literal["lz4"] = "lz4"
"""The file is read at once and then removed."""
_LIMITS = Limits(seconds=3600)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What only the file that is written can meet; Polars and DuckDB tell it in words alone, as they tell of sources."""
_NO_VALUES = {"Object": "Python objects", "Duration": "a length of time says no unit"}
"""Type of Polars, by how it begins -> why no column of it is read."""
Check = Callable[[Iterable[str]], list[str]]
"""Names of all columns -> those to write; raises `Refused` where one is missing."""


def take_rows(resolved: Resolved, source: str, value: object, path: Path) -> Rows:
    """Write a source's rows to a Parquet file and take their digest.

    `value` is a Polars DataFrame or LazyFrame, a pandas DataFrame, a DuckDB relation, or anything with
    `__arrow_c_stream__`. Raises `Refused`: exit 3 for what is none of these, lacks a column or cannot be computed,
    exit 8 where the file cannot be written.
    """
    declared = resolved.model.sources[source]

    def choose(names: Iterable[str]) -> list[str]:
        there = [*names]
        # Of types nothing is known before the rows are written, and then the engine tells them.
        check_columns(resolved, source, [(SHOWN_ROWS, dict.fromkeys(there, NOTHING))])
        wanted = {*declared.columns.values()}
        return [name for name in there if name in wanted]

    try:
        _write_rows(source, value, path, choose)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # whatever the caller's own object raises
        if (code := next((code for code in _NO_ROOM if os.strerror(code) in str(error)), None)) is not None:
            raise cannot_write(path, OSError(code, os.strerror(code))) from error
        raise _refuse(source, "unreadable-data", f"cannot be computed: {_tell(error)}",
                      "try to collect it before it is given") from error  # fmt: skip
    real = os.path.realpath(path)
    with open_engine(_LIMITS, isolated=False) as engine:
        return Rows(real, digest_rows(real, engine))


def _write_rows(source: str, value: Any, path: Path, choose: Check) -> None:
    import polars as pl

    homes = {kind.__module__.partition(".")[0] for kind in type(value).__mro__}
    if isinstance(value, pl.LazyFrame | pl.DataFrame):
        frame = value.lazy()
    elif homes & {"duckdb", "_duckdb"} and hasattr(value, "write_parquet"):
        names = choose(value.columns)
        value.project(", ".join(map(quote_name, names))).write_parquet(str(path), compression=COMPRESSION)
        return
    elif "pandas" in homes and hasattr(value, "columns"):
        frame = read_pandas(value, choose, lambda *found: _refuse_column(source, *found)).lazy()
    elif hasattr(value, "__arrow_c_stream__") and not homes & {"polars", "pandas"}:
        # Polars remembers every type that it was given; see `engines.duckdb`.
        frame = pl.DataFrame(SimpleNamespace(__arrow_c_stream__=value.__arrow_c_stream__)).lazy()
    else:
        raise _refuse(source, "unsupported-format", f"is a {name_type(value)}", "give a path, a Polars or pandas "
                      "DataFrame, a LazyFrame, an Arrow table or a DuckDB relation")  # fmt: skip
    schema = frame.collect_schema()
    names = choose(schema.names())
    _check_types(source, names, schema)
    frame.select(names).sink_parquet(path, compression=COMPRESSION)


def _check_types(source: str, names: Collection[str], schema: Any) -> None:
    # The file would hold a duration as a whole number, of a unit that nobody says.
    found = {name: why for name in names for kind, why in _NO_VALUES.items() if str(schema[name]).startswith(kind)}
    if found:
        refused = (_refuse_column(source, name, str(schema[name]), why) for name, why in found.items())
        raise Refused([diagnostic for each in refused for diagnostic in each.diagnostics], 3)


def _refuse_column(source: str, column: str, type_: str, why: str) -> Refused:
    message = f"column `{column}` of source `{source}` is {type_} and cannot be read as values of one type: {why}"
    help = "convert the column to text, numbers, times or true and false"
    return Refused([Diagnostic("wrong-column-type", message, context=SHOWN_ROWS, help=help)], 3)


def _refuse(source: str, code: str, what: str, help: str) -> Refused:
    return Refused([Diagnostic(code, f"the data of source `{source}` {what}", context=SHOWN_ROWS, help=help)], 3)


def _tell(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
