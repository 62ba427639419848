"""The DuckDB engine in this process: a connection that is locked before it sees a query."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Batch, Limits
from prism_rules.intake.quoting import quote_name, quote_text

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def count_threads(limits: Limits) -> int:
    """Threads to use: as asked, else at most 4 of those lent to this process."""
    if limits.threads is not None:
        return limits.threads
    lent = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, lent)


def open_locked(files: tuple[str, ...], limits: Limits, spill: Path) -> duckdb.DuckDBPyConnection:
    """Open a connection that can read `files`, spill into `spill`, and do nothing else to the outside.

    The order matters: limits, then the allowed paths, then no external access, then the lock, which is last because
    nothing can be set behind it. The same settings given to `connect` are refused by DuckDB 2.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    paths = ", ".join(quote_text(os.path.realpath(path)) for path in files)
    for statement in (
        f"SET threads = {count_threads(limits)}",
        f"SET memory_limit = '{limits.memory_mb}MiB'",
        f"SET temp_directory = {quote_text(str(spill))}",
        f"SET max_temp_directory_size = '{limits.spill_gb}GiB'",
        "SET TimeZone = 'UTC'",
        "SET enable_progress_bar = false",
        "SET preserve_insertion_order = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET allow_persistent_secrets = false",
        "SET python_enable_replacements = false",
        f"SET allowed_paths = [{paths}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def answer_batch(batch: Batch, limits: Limits, spill: Path) -> Mapping[str, pl.DataFrame]:
    """Create the views and answer the queries on a fresh locked connection.

    Raises `Refused`: exit 3 with `unreadable-data` or `query-failed`, exit 6 with `out-of-memory`.
    """
    import duckdb
    import polars as pl

    connection = open_locked(batch.files, limits, spill)
    query = ""
    try:
        for name, query in batch.views:
            connection.execute(f"CREATE TEMP VIEW {quote_name(name)} AS {query}")
        tables = {}
        for name, query in batch.queries:
            tables[name] = pl.DataFrame(connection.sql(query))
        return tables
    except duckdb.OutOfMemoryException as error:
        raise Refused([Diagnostic("out-of-memory", _first_line(error), help=(
            "the evaluation needs more memory or spill space than it may take; give --memory-limit"))], 6) from error
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException,
            duckdb.SerializationException) as error:
        raise Refused([Diagnostic("unreadable-data", _first_line(error), context=_name_files(batch.files), help=(
            "check that the file is whole and is of the declared format"))], 3) from error
    except duckdb.Error as error:
        raise Refused([Diagnostic("query-failed", _first_line(error), context=query[:400])], 3) from error
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).strip()[:400]


def _name_files(files: tuple[str, ...]) -> str:
    return ", ".join(Path(path).name for path in files[:5]) + (" ..." if len(files) > 5 else "")
