"""Connection: a DuckDB that can read named files and do nothing else to the outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prism_rules.engines.quoting import quote_text

if TYPE_CHECKING:
    import duckdb


def open_locked(
    files: Iterable[str], *, threads: int, memory_mb: int, seconds: int, spill: Path | None = None, spill_gb: int = 0
) -> duckdb.DuckDBPyConnection:
    """Open a connection that can read `files`, spill into `spill`, and do nothing else to the outside.

    `seconds` bound each query. Raises `duckdb.Error` for limits that DuckDB does not take.

    The order matters: limits, then the allowed paths, then no external access, then the lock, which is last because
    nothing can be set behind it. The same settings given to `connect` are refused by DuckDB 2.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    with contextlib.suppress(duckdb.InvalidInputException):
        # In a notebook without ipywidgets there is no bar, and DuckDB does not even let it be turned off.
        connection.execute("SET enable_progress_bar = false")
    paths = ", ".join(quote_text(os.path.realpath(path)) for path in files)
    for statement in (
        f"SET threads = {threads}",
        f"SET memory_limit = '{memory_mb}MiB'",
        f"SET temp_directory = {quote_text(str(spill or ''))}",
        f"SET max_temp_directory_size = '{spill_gb}GiB'",
        f"SET max_execution_time = {seconds * 1000}",
        "SET TimeZone = 'UTC'",
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
