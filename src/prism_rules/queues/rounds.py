"""Rounds: all queues of a plan, drawn together in as few batches as they need.

Rows of large sources are counted first; then every queue is drawn. Where the sample shows an id on several rows, or
has too few, ids are counted and the queue is drawn once more; where that is not enough, out of all that is eligible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prism_rules.engines.quoting import quote_name
from prism_rules.intake import BoundSource
from prism_rules.queues.drawing import Drawn, draw
from prism_rules.queues.selection import Query, write_count, write_query
from prism_rules.queues.sieve import NUMBER, choose_sieve

if TYPE_CHECKING:
    import polars as pl

Answer = Callable[[tuple[tuple[str, str], ...]], Mapping[str, "pl.DataFrame"]]
"""Answers queries, (id, SELECT), by id."""

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


def draw_all(queries: Sequence[Query], answer: Answer) -> dict[str, Drawn]:
    """Draw the queues of requests, by action id."""
    drawn: dict[str, Drawn] = {}
    waiting, ids = list(queries), False
    while waiting:
        counted = [query for query in waiting if _is_counted(query)]
        tables = answer(tuple((q.request.action, write_count(q, ids=ids)) for q in counted)) if counted else {}
        sieved = []
        for query in waiting:
            table = tables.get(query.request.action)
            eligible = dict(table.select("stratum", "eligible").iter_rows()) if table is not None else {}
            sieved.append(replace(query, sieve=choose_sieve(query.request, eligible)))
        tables = answer(tuple((query.request.action, write_query(query)) for query in sieved))
        waiting = []
        for query in sieved:
            table = tables[query.request.action]
            repeated = query.sieve is not None and not ids and bool((table["copies"] > 1).any())
            done = None if repeated else draw(query.request, table, query.sieve)
            if done is None:
                waiting.append(replace(query, sieve=None, whole=ids))
            else:
                drawn[query.request.action] = done
        ids = True
    return drawn


def _is_counted(query: Query) -> bool:
    """Whether rows are counted first. Units have to be grouped anyway, and are drawn out of all."""
    annotated = query.model.sources[query.request.queue.from_].role == "annotations"
    return not (query.request.frozen or annotated or query.whole)


def is_numbered(bound: BoundSource, key: str) -> bool:
    """Whether the row ids of a source are whole numbers in the data."""
    return key in bound.columns and bound.columns[key].type in _WHOLE


def write_number_views(
    views: Sequence[tuple[str, str]], bound: Mapping[str, BoundSource], keys: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Give the views of sources whose ids are whole numbers in the data a column of them, `+number`."""
    return tuple(
        (name, view.replace("SELECT", f"SELECT {_write_number(bound[name], keys[name])},", 1))
        if name in bound and is_numbered(bound[name], keys[name])
        else (name, view)
        for name, view in views
    )


def _write_number(bound: BoundSource, key: str) -> str:
    return f"CAST({quote_name(bound.columns[key].physical)} AS BIGINT) AS {quote_name(NUMBER)}"
