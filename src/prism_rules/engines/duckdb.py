"""The DuckDB engine in this process: a connection that is locked before it sees a query."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Batch, Begin, Limits, begin_unseen
from prism_rules.engines.connection import open_locked
from prism_rules.engines.quoting import quote_name

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def count_threads(limits: Limits) -> int:
    """Threads to use: as asked, else at most 4 of those lent to this process."""
    if limits.threads is not None:
        return limits.threads
    lent = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, lent)


class Database:
    """A locked connection, kept from batch to batch while they are about the same files."""

    def __init__(self, limits: Limits, spill: Path, begin: Begin = begin_unseen) -> None:
        self._limits, self._spill, self._begin = limits, spill, begin
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._files: tuple[str, ...] = ()
        self._views: dict[str, str] = {}

    def answer(self, batch: Batch) -> Mapping[str, pl.DataFrame]:
        """Create the views, set the variables, fill the tables, answer the queries, and drop all but the views again.

        Raises `Refused`: exit 3 with `unreadable-data` or `query-failed`, exit 6 with `out-of-memory` or `out-of-time`.
        """
        import duckdb
        import polars as pl

        query = ""
        try:
            connection = self._open(batch.files)
            for name, query in batch.views:
                if self._views.get(name) != query:
                    connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote_name(name)} AS {query}")
                    self._views[name] = query
            for name, query in batch.variables:
                connection.execute(f"SET VARIABLE {quote_name(name)} = ({query})")
            for name, query in batch.tables:
                self._begin(name)
                connection.execute(f"CREATE TEMP TABLE {quote_name(name)} AS {query}")
            tables = {}
            for name, query in batch.queries:
                # Run to its end first: an error that came while Polars was reading would come as one of Polars.
                relation = connection.sql(query).materialize()
                # Polars remembers every type that it was given, and DuckDB's would then be reported as leaks at exit.
                tables[name] = pl.DataFrame(SimpleNamespace(__arrow_c_stream__=relation.__arrow_c_stream__))
            for name, _ in batch.tables:
                connection.execute(f"DROP TABLE {quote_name(name)}")
            for name, _ in batch.variables:
                connection.execute(f"RESET VARIABLE {quote_name(name)}")
            return tables
        except BaseException as error:
            # Also after what is no fault of the batch: its tables must not be there when the next one comes.
            self.close()
            if isinstance(error, duckdb.Error | pl.exceptions.ComputeError):
                raise explain_failure(error, self._limits, batch.files, query) from error
            raise

    def _open(self, files: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
        if self._connection is None or self._files != files:
            self.close()
            limits = self._limits
            self._connection = open_locked(
                files,
                threads=count_threads(limits),
                memory_mb=limits.memory_mb,
                seconds=limits.seconds,
                spill=self._spill,
                spill_gb=limits.spill_gb,
            )
            self._files = files
        return self._connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        self._views.clear()
        if connection is not None:
            connection.close()


def explain_failure(error: Exception, limits: Limits, files: tuple[str, ...], query: str) -> Refused:
    """Give the exception for what DuckDB, or Polars while it reads DuckDB's answer, says of a batch."""
    import duckdb
    import polars as pl

    said = _first_line(error)
    if isinstance(error, duckdb.OutOfMemoryException | pl.exceptions.ComputeError):
        help = "the evaluation needs more memory or spill space than it may take; give --memory-limit"
        return Refused([Diagnostic("out-of-memory", said, help=help)], 6)
    if isinstance(error, duckdb.InterruptException):
        return explain_lateness(limits)
    damaged = (
        duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException, duckdb.SerializationException
    )  # fmt: skip
    if isinstance(error, damaged):
        help = "check that the file is whole and is of the declared format"
        return Refused([Diagnostic("unreadable-data", said, context=_name_files(files), help=help)], 3)
    return Refused([Diagnostic("query-failed", said, context=query[:400])], 3)


def explain_lateness(limits: Limits) -> Refused:
    """Give the exception for a batch that took longer than it may."""
    return Refused(
        [
            Diagnostic(
                "out-of-time",
                f"the evaluation took more than {limits.seconds} s of wall clock",
                help="give --timeout, or narrow the rules' windows",
            )
        ],
        6,
    )


def _first_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).strip()[:400]


def _name_files(files: tuple[str, ...]) -> str:
    return ", ".join(Path(path).name for path in files[:5]) + (" ..." if len(files) > 5 else "")
