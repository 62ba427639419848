"""Selection: the SQL that finds what may be drawn, and of it the first rows of every stratum."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from prism_rules.diagnostics import Route
from prism_rules.intake.quoting import quote_name, quote_text
from prism_rules.model.ruleset import Queue, Ruleset
from prism_rules.program import find_window
from prism_rules.program.relations import (
    key_field,
    list_lookup_columns,
    name_relation,
    write_seen,
    write_settled,
    write_time,
)
from prism_rules.queues.requests import LEFTOVER, Place, Request, list_shown, read_weights
from prism_rules.ruleset import list_dimensions
from prism_rules.sql_gate import Gated


def write_query(model: Ruleset, gated: Mapping[Route, Gated], request: Request, as_of: datetime) -> str:
    """Write the SELECT of a request.

    It gives the first rows of every stratum, as many as the queue can take, with `row_id`, `stratum`, `eligible` (rows
    of the stratum), a flag `c<i>` per place, and the columns to show as `show_<column>`.
    """
    queue = request.queue
    dimension, weights = read_weights(queue)
    stratum = quote_text(LEFTOVER)
    named = ", ".join(quote_text(value) for value in weights if value != LEFTOVER)
    if dimension and named:
        stratum = f"CASE WHEN weighted IN ({named}) THEN weighted ELSE {stratum} END"
    conditions = []
    if not request.frozen and LEFTOVER not in weights:
        conditions.append(f"stratum <> {quote_text(LEFTOVER)}")
    if request.drawn:
        conditions.append(f"row_id NOT IN ({_list_texts(sorted(request.drawn))})")
    seed = quote_text(f"{request.action}|{queue.seed}|")
    return (
        f"WITH eligible AS (\n{_write_eligible(model, gated, request, as_of)}\n), "
        f"strata AS (SELECT *, {stratum} AS stratum FROM eligible), "
        "counted AS (SELECT *, count(*) OVER (PARTITION BY stratum) AS eligible FROM strata "
        f"WHERE {' AND '.join(conditions) or 'true'})\n"
        f"SELECT * FROM counted QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY "
        f"substr(sha256({seed} || row_id), 1, 13), row_id) <= {max(queue.size, len(request.frozen))}\nORDER BY row_id"
    )


def _write_eligible(model: Ruleset, gated: Mapping[Route, Gated], request: Request, as_of: datetime) -> str:
    """Write the SELECT of what may be drawn; of a frozen queue its own rows, as far as they are still there."""
    queue = request.queue
    source = model.sources[queue.from_]
    where = gated.get(("actions", request.name, "queue", "where"))
    known = list_dimensions(model, queue.from_)
    placed = {dimension for place in request.places for dimension in place.scope if dimension in known}
    deciding = {*queue.weights, *(where.columns if where else ()), *placed}
    relation = name_relation(model, queue.from_, {*deciding, *queue.show})
    places = [_write_place(place, known) for place in request.places]
    write = _write_units if source.role == "annotations" else _write_rows
    return write(model, request, relation, where.sql if where else "true", places, deciding, as_of)


def _write_place(place: Place, known: Collection[str]) -> str:
    """Write a place as a condition on rows. Of a dimension that the source lacks its rows say nothing."""
    parts = [f"{quote_name(d)} = {quote_text(value)}" for d, value in sorted(place.scope.items()) if d in known]
    return f"({' AND '.join(parts)})" if parts else "true"


def _write_rows(
    model: Ruleset, request: Request, relation: str, where: str, places: Sequence[str], deciding: Collection[str],
    as_of: datetime,
) -> str:  # fmt: skip
    queue = request.queue
    source = model.sources[queue.from_]
    identity = quote_name(key_field(source))
    if request.frozen:
        conditions = [f"{identity} IN ({_list_texts(request.frozen)})", write_seen(model, queue.from_, as_of)]
    else:
        window = _write_window(model, queue, as_of, '"time"')
        conditions = [f"{identity} IS NOT NULL", *window, _write_any(places), f"({where})"]
    columns = [
        f"{identity} AS row_id",
        *(f"{quote_name(dimension)} AS weighted" for dimension in queue.weights),
        *(f"{quote_name(column)} AS {quote_name('show_' + column)}" for column in list_shown(queue)),
        *(f"coalesce({place}, false) AS c{index}" for index, place in enumerate(places)),
    ]
    # All that is read of a row is in the order, so that of rows with one id the same one is kept every time.
    order = [
        *(['"time" DESC'] if "time" in source.fields else []),
        *map(quote_name, sorted({*deciding, *queue.show})),
        identity,
    ]
    return (
        f"SELECT {', '.join(columns)}\nFROM {relation}\nWHERE {' AND '.join(conditions)}\n"
        f"QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY {', '.join(order)}) = 1"
    )


def _write_units(
    model: Ruleset, request: Request, relation: str, where: str, places: Sequence[str], deciding: Collection[str],
    as_of: datetime,
) -> str:  # fmt: skip
    """Write the units of annotations: one is at a place when any of its labels is.

    What decides (places, weights, `where`) must be equal on all labels of a unit; what is only shown need not be.
    """
    queue = request.queue
    source = model.sources[queue.from_]
    own = {*source.dimensions, *list_lookup_columns(source)}
    columns = [
        '"unit" AS row_id',
        *(f"min({quote_name(dimension)}) AS weighted" for dimension in queue.weights),
        *(f"{_show_of_unit(column, own)} AS {quote_name('show_' + column)}" for column in list_shown(queue)),
        *(f"coalesce(bool_or({place}), false) AS c{index}" for index, place in enumerate(places)),
    ]
    if request.frozen:
        where, conditions = f'"unit" IN ({_list_texts(request.frozen)})', ["true"]
    else:
        same = [f"min({d}) IS NOT DISTINCT FROM max({d})" for d in map(quote_name, sorted(own.intersection(deciding)))]
        disputed = ['count(DISTINCT "class") >= 2'] if queue.only == "disputed" else []
        newest = _write_window(model, queue, as_of, 'max("time")')
        conditions = [*same, *disputed, *newest, f"bool_or({_write_any(places)})"]
    settled = write_settled(model, queue.from_, relation, until=as_of)
    return (
        f"SELECT {', '.join(columns)}\nFROM (\n{settled}\n)\nWHERE {where}\n"
        f'GROUP BY "unit" HAVING {" AND ".join(conditions)}'
    )


def _show_of_unit(column: str, own: Collection[str]) -> str:
    """Write what a queue shows of a unit: the value of its own dimension, all values that its labels have of others."""
    name = quote_name(column)
    match column:
        case "unit":
            return name
        case "time":
            return f"max({name})"
        case "class":
            votes = f"list_sort(map_entries(histogram({name})))"
            return f"array_to_string(list_transform({votes}, lambda vote: vote.key || ' x' || vote.value), ', ')"
    return f"min({name})" if column in own else f"array_to_string(list_sort(list(DISTINCT {name})), ', ')"


def _write_window(model: Ruleset, queue: Queue, as_of: datetime, column: str) -> list[str]:
    if "time" not in model.sources[queue.from_].fields:
        return []
    since, until = find_window(model, queue.from_, None, as_of) or (None, as_of)
    return [*([f"{column} >= {write_time(since)}"] if since else []), f"{column} < {write_time(until)}"]


def _write_any(places: Sequence[str]) -> str:
    return f"({' OR '.join(places) or 'true'})"


def _list_texts(texts: Iterable[str]) -> str:
    return ", ".join(map(quote_text, texts))
