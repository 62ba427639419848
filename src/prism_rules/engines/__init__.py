"""Engines: SQL in, Arrow tables out. An engine knows nothing of rulesets, metrics or plans.

The border is a process border: `Batch` goes in as JSON, tables come out as Arrow IPC, so that a ruleset with SQL of
its own is run in a child with nothing to steal and hard limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl


Begin = Callable[[str], None]
"""Is called with the name of each table of a batch before it is filled: scans are what takes long."""


def begin_unseen(_: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one evaluation may take. Given by the command line, never by a ruleset."""

    threads: int | None = None
    """None: at most 4, and no more than the machine lends."""
    memory_mb: int = 1024
    """Memory of the database before it spills, in MiB."""
    spill_gb: int = 10
    seconds: int = 60
    """Wall clock of one batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Queries over files: views to create first, then variables to set, tables to fill, and queries to answer.

    All in order. Only `files` can be read. Views stay from batch to batch while the files are the same; variables and
    tables do not.
    """

    files: tuple[str, ...]
    views: tuple[tuple[str, str], ...]
    queries: tuple[tuple[str, str], ...]
    """(id, SELECT)"""
    tables: tuple[tuple[str, str], ...] = ()
    """(name, SELECT): what several queries read, made once."""
    variables: tuple[tuple[str, str], ...] = ()
    """(name, SELECT of one value): what `getvariable(name)` gives, which the engine takes for a constant."""


class Engine(Protocol):
    """Answers batches. Raises `Refused` with exit code 3 (data), or 6 (a budget was exceeded)."""

    def answer(self, batch: Batch) -> Mapping[str, pl.DataFrame]:
        """Run a batch: query id -> table. Columns are text, int64, float64, boolean or lists
        of float64; times are UTC microseconds."""
        ...
