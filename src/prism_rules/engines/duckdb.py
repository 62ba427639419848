"""The DuckDB engine in this process: a connection that is locked before it sees a query."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Batch, Limits
from prism_rules.intake.connection import open_locked
from prism_rules.intake.quoting import quote_name

if TYPE_CHECKING:
    import polars as pl


def count_threads(limits: Limits) -> int:
    """Threads to use: as asked, else at most 4 of those lent to this process."""
    if limits.threads is not None:
        return limits.threads
    lent = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, lent)


def answer_batch(batch: Batch, limits: Limits, spill: Path) -> Mapping[str, pl.DataFrame]:
    """Create the views and answer the queries on a fresh locked connection.

    Raises `Refused`: exit 3 with `unreadable-data` or `query-failed`, exit 6 with `out-of-memory` or `out-of-time`.
    """
    import duckdb
    import polars as pl

    connection, query = None, ""
    try:
        connection = open_locked(
            batch.files,
            threads=count_threads(limits),
            memory_mb=limits.memory_mb,
            seconds=limits.seconds,
            spill=spill,
            spill_gb=limits.spill_gb,
        )
        for name, query in batch.views:
            connection.execute(f"CREATE TEMP VIEW {quote_name(name)} AS {query}")
        for name, query in batch.tables:
            connection.execute(f"CREATE TEMP TABLE {quote_name(name)} AS {query}")
        tables = {}
        for name, query in batch.queries:
            # Run to its end first: an error that came while Polars was reading would come as one of Polars.
            relation = connection.sql(query).materialize()
            # Polars remembers every type that it was given, and DuckDB's would then be reported as leaks at exit.
            tables[name] = pl.DataFrame(SimpleNamespace(__arrow_c_stream__=relation.__arrow_c_stream__))
        return tables
    except (duckdb.OutOfMemoryException, pl.exceptions.ComputeError) as error:
        raise Refused(
            [
                Diagnostic(
                    "out-of-memory",
                    _first_line(error),
                    help=("the evaluation needs more memory or spill space than it may take; give --memory-limit"),
                )
            ],
            6,
        ) from error
    except duckdb.InterruptException as error:
        raise explain_lateness(limits) from error
    except (
        duckdb.IOException,
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.SerializationException,
    ) as error:
        raise Refused(
            [
                Diagnostic(
                    "unreadable-data",
                    _first_line(error),
                    context=_name_files(batch.files),
                    help=("check that the file is whole and is of the declared format"),
                )
            ],
            3,
        ) from error
    except duckdb.Error as error:
        raise Refused([Diagnostic("query-failed", _first_line(error), context=query[:400])], 3) from error
    finally:
        if connection is not None:
            connection.close()


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
