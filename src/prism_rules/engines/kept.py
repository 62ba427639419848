"""Kept answers: what was asked of the same bytes before is not asked again.

Thresholds never reach SQL, so a ruleset with other bounds asks the very same queries, and no engine has to be started
to answer them.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from prism_rules import __version__
from prism_rules.cache import MOST_BYTES, Cache
from prism_rules.engines import Batch, Engine

if TYPE_CHECKING:
    import polars as pl

FORMAT = 1
"""To be counted up when the same queries come to mean something else, or answers are written in another form."""

_TEXT = r"'(?:[^']|'')*'"
_TOKENS = re.compile(rf""""(?:[^"]|"")*"|{_TEXT}|--[^\n]*|read_parquet\(\[(?P<paths>{_TEXT}(?:, {_TEXT})*)\]""")
"""What is stepped over whole, so that no name, text or comment is taken for the reading of a file, and that."""


@contextlib.contextmanager
def open_kept(
    cache: Cache, digest: Callable[[str], str], opener: Callable[[], AbstractContextManager[Engine]]
) -> Iterator[Engine]:
    """Open an engine that answers out of a cache, and opens another one for the first query that is not there.

    `digest` gives the SHA-256 of a file's bytes by its path, or raises `OSError`.
    """
    with contextlib.ExitStack() as stack:
        yield _KeptEngine(cache, digest, lambda: stack.enter_context(opener()))


class _KeptEngine:
    def __init__(self, cache: Cache, digest: Callable[[str], str], start: Callable[[], Engine]) -> None:
        self._cache, self._digest, self._start = cache, digest, start
        self._engine: Engine | None = None

    def answer(self, batch: Batch) -> Mapping[str, pl.DataFrame]:
        try:
            keys = key_queries(batch, {path: self._digest(path) for path in batch.files})
        except OSError:  # the engine says what is wrong with a file
            return self._ask(batch)
        tables = {name: table for name, key in keys.items() if (table := self._find(key)) is not None}
        missing = tuple((name, query) for name, query in batch.queries if name not in tables)
        if missing:
            asked = self._ask(replace(batch, queries=missing))
            for name, table in asked.items():
                self._keep(keys[name], table)
            tables |= asked
        return {name: tables[name] for name in keys}

    def _ask(self, batch: Batch) -> Mapping[str, pl.DataFrame]:
        self._engine = self._engine or self._start()
        return self._engine.answer(batch)

    def _find(self, key: str) -> pl.DataFrame | None:
        import polars as pl

        value = self._cache.find(key)
        try:
            return None if value is None else pl.read_ipc_stream(io.BytesIO(value))
        except (pl.exceptions.PolarsError, OSError, ValueError):  # whole, and yet no table
            return None

    def _keep(self, key: str, table: pl.DataFrame) -> None:
        if table.estimated_size() <= MOST_BYTES:
            buffer = io.BytesIO()
            table.write_ipc_stream(buffer)
            self._cache.keep(key, buffer.getvalue())


def key_queries(batch: Batch, digests: Mapping[str, str]) -> dict[str, str]:
    """Key each query of a batch by all that its answer follows from: query id -> 64 hex digits.

    `digests` gives the SHA-256 of each file. Where files lie plays no part, and neither do the other queries.
    """
    shared = [
        FORMAT,
        __version__,
        importlib.metadata.version("duckdb"),
        sorted(digests[path] for path in batch.files),
        *(
            [[name, _name_bytes(query, digests)] for name, query in part]
            for part in (batch.views, batch.variables, batch.tables)
        ),
    ]
    begun = hashlib.sha256(json.dumps(shared).encode())
    keys = {}
    for name, query in batch.queries:
        whole = begun.copy()
        whole.update(_name_bytes(query, digests).encode())
        keys[name] = whole.hexdigest()
    return keys


def _name_bytes(query: str, digests: Mapping[str, str]) -> str:
    """Write a query with files named by their digests in place of their paths."""

    def name(found: re.Match[str]) -> str:
        if found["paths"] is None:
            return found[0]
        paths = [text[1:-1].replace("''", "'") for text in re.findall(_TEXT, found["paths"])]
        return f"read_parquet([{', '.join(digests[path] for path in paths)}]"

    return _TOKENS.sub(name, query)
