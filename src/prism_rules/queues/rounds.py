"""Rounds: all queues of a plan, drawn together in as few batches as they need."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING

from prism_rules.queues import sieve
from prism_rules.queues.drawing import Drawn, draw
from prism_rules.queues.requests import read_weights
from prism_rules.queues.selection import Query, write_count, write_query, write_sample
from prism_rules.queues.sieve import Sieve, choose_sieve, guess_bound, raise_bounds, sift

if TYPE_CHECKING:
    import polars as pl

Answer = Callable[[tuple[tuple[str, str], ...]], Mapping[str, "pl.DataFrame"]]
"""Answers queries, (id, SELECT), by id."""


def draw_all(queries: Sequence[Query], answer: Answer) -> dict[str, Drawn]:
    """Draw the queues of requests, by action id."""
    drawn: dict[str, Drawn] = {}
    steps = {query.request.action: _draw(query) for query in queries}
    asked = {action: next(step) for action, step in steps.items()}
    while asked:
        tables, asked = answer(tuple(asked.items())), {}
        for action, table in tables.items():
            try:
                asked[action] = steps[action].send(table)
            except StopIteration as done:
                drawn[action] = done.value
    return drawn


def _draw(query: Query) -> Generator[str, pl.DataFrame, Drawn]:
    """Draw one queue: give the SELECTs it needs, take their answers.

    Rows of a large source are counted, and a sample of them is read by a guess. Where an id of the sample stands on
    several rows, ids are counted; where it has too few of a stratum, a larger one is read, and at last all.
    """
    request, chosen, settled = query.request, None, False
    if _is_sampled(query):
        guess = guess_bound(request, query.bound.rows)
        sample = yield write_sample(query, Sieve({}, guess))
        chosen = choose_sieve(request, _count(query, sample))
        if chosen is not None and chosen.widest > guess:
            sample = yield write_sample(query, chosen)
    while chosen is not None:
        passed, repeated = sift(sample, chosen)
        if repeated:
            counts, settled = (yield write_count(query)), True
            chosen = choose_sieve(request, dict(counts.select("stratum", "eligible").iter_rows()))
        elif drawn := draw(request, passed, chosen.eligible):
            return drawn
        else:
            chosen = raise_bounds(chosen)
        if chosen is not None:
            sample = yield write_sample(query, chosen, settled=settled)
    table = yield write_query(query)
    drawn = draw(request, table, dict(table.select("stratum", "eligible").unique().iter_rows()))
    assert drawn is not None
    return drawn


def _is_sampled(query: Query) -> bool:
    """Whether rows are counted first. Units have to be grouped anyway, and are drawn out of all."""
    annotated = query.model.sources[query.request.queue.from_].role == "annotations"
    return not (query.request.frozen or annotated) and query.bound.rows > sieve.MANY


def _count(query: Query, sample: pl.DataFrame) -> dict[str, int]:
    """Count the eligible rows of each stratum: a sample tells them in rows without an id."""
    eligible = dict.fromkeys(read_weights(query.request.queue)[1], 0)
    told = sample.filter(sample["row_id"].is_null())
    for stratum, rows in told.select("stratum", "rows").iter_rows():
        if stratum in eligible:
            eligible[stratum] += rows
    return eligible
