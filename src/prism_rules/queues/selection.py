"""Selection: the SQL that finds what may be drawn, and of it the first rows of every stratum."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prism_rules.diagnostics import Route
from prism_rules.engines.quoting import quote_name, quote_text
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
from prism_rules.queues.sieve import NUMBER, Sieve, list_coefficients, list_numbers, write_keyed
from prism_rules.ruleset import list_dimensions
from prism_rules.sql_gate import Gated


@dataclass(frozen=True, slots=True)
class Query:
    """What the queries of one request are written from."""

    model: Ruleset
    gated: Mapping[Route, Gated]
    request: Request
    as_of: datetime
    numbered: bool = False
    """Whether the view of the source has `+number`."""
    sieve: Sieve | None = None
    whole: bool = False
    """Whether it is drawn out of all that is eligible, however many these are."""


def write_query(query: Query) -> str:
    """Write the SELECT of a request.

    It gives the first rows of every stratum, as many as the queue can take, with `row_id`, `stratum`, `eligible` (rows
    of the stratum), a flag `c<i>` per place, and the columns to show as `show_<column>`. With a sieve it gives all rows
    that pass, and `copies`, the rows that one stands for, in place of `eligible`.
    """
    request = query.request
    if query.sieve is not None:
        return f"{_write_strata(query)}\nSELECT * FROM counted ORDER BY row_id"
    seed = quote_text(f"{request.action}|{request.queue.seed}|")
    return (
        f"{_write_strata(query, ', count(*) OVER (PARTITION BY stratum) AS eligible')}\n"
        "SELECT * FROM counted QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY "
        f"substr(sha256({seed} || row_id), 1, 13), row_id) <= {max(request.queue.size, len(request.frozen))}\n"
        "ORDER BY row_id"
    )


def write_count(query: Query, *, ids: bool) -> str:
    """Write the SELECT of `stratum` and `eligible`, its rows; of `ids`, the row ids that are settled into it."""
    if ids:
        return f"{_write_strata(query)}\nSELECT stratum, count(*) AS eligible FROM counted GROUP BY stratum"
    narrow = replace(query, request=replace(query.request, queue=query.request.queue.model_copy(update={"show": ()})))
    strata = _write_strata(narrow, settled=False)
    return f"{strata}\nSELECT stratum, CAST(sum(n) AS BIGINT) AS eligible FROM counted GROUP BY stratum"


def _write_strata(query: Query, counted: str = "", *, settled: bool = True) -> str:
    request = query.request
    stratum, conditions = _write_stratum(request.queue, "weighted"), []
    # What passed a sieve shows by any id that stands on several rows that rows are no ids.
    if not (request.frozen or query.sieve) and LEFTOVER not in read_weights(request.queue)[1]:
        conditions.append(f"stratum <> {quote_text(LEFTOVER)}")
    if request.drawn:
        conditions.append(f"row_id NOT IN ({_list_texts(sorted(request.drawn))})")
    return (
        f"WITH eligible AS (\n{_write_eligible(query, settled)}\n), "
        f"strata AS (SELECT *, {stratum} AS stratum FROM eligible), "
        f"counted AS (SELECT *{counted} FROM strata WHERE {' AND '.join(conditions) or 'true'})"
    )


def _write_stratum(queue: Queue, column: str) -> str:
    dimension, weights = read_weights(queue)
    named = ", ".join(quote_text(value) for value in weights if value != LEFTOVER)
    leftover = quote_text(LEFTOVER)
    return f"CASE WHEN {column} IN ({named}) THEN {column} ELSE {leftover} END" if dimension and named else leftover


def _write_eligible(query: Query, settled: bool) -> str:
    """Write the SELECT of what may be drawn; of a frozen queue its own rows, as far as they are still there."""
    model, request = query.model, query.request
    queue = request.queue
    source = model.sources[queue.from_]
    where = query.gated.get(("actions", request.name, "queue", "where"))
    known = list_dimensions(model, queue.from_)
    placed = {dimension for place in request.places for dimension in place.scope if dimension in known}
    deciding = {*queue.weights, *(where.columns if where else ()), *placed}
    relation = name_relation(model, queue.from_, {*deciding, *queue.show})
    places = [_write_place(place, known) for place in request.places]
    condition = where.sql if where else "true"
    if source.role == "annotations":
        return _write_units(model, request, relation, condition, places, deciding, query.as_of)
    return _write_rows(query, relation, condition, places, deciding, settled)


def _write_place(place: Place, known: Collection[str]) -> str:
    """Write a place as a condition on rows. Of a dimension that the source lacks its rows say nothing."""
    parts = [f"{quote_name(d)} = {quote_text(value)}" for d, value in sorted(place.scope.items()) if d in known]
    return f"({' AND '.join(parts)})" if parts else "true"


def _write_rows(
    query: Query, relation: str, where: str, places: Sequence[str], deciding: Collection[str], settled: bool
) -> str:
    model, request, queue = query.model, query.request, query.request.queue
    source = model.sources[queue.from_]
    identity = quote_name(key_field(source))
    # Text is made of numbers for the few rows alone that are kept.
    known = quote_name(NUMBER) if query.numbered else identity
    if request.frozen:
        among = list_numbers(request.frozen) if query.numbered else list(map(quote_text, request.frozen))
        conditions = [f"{known} IN ({', '.join(among) or 'NULL'})", write_seen(model, queue.from_, query.as_of)]
    else:
        window = _write_window(model, queue, query.as_of, '"time"')
        conditions = [f"{known} IS NOT NULL", *window, _write_any(places), f"({where})"]
    filtered = f"{relation}\nWHERE {' AND '.join(conditions)}"
    timed = ['"time"'] if "time" in source.fields else []
    used = list(map(quote_name, sorted({*deciding, *queue.show})))
    if query.sieve is not None:
        filtered = _write_sieved(query, filtered, [*timed, *used])
    columns = [
        *([f"{identity} AS row_id"] if settled or request.drawn else []),
        *(f"{quote_name(dimension)} AS weighted" for dimension in queue.weights),
    ]
    if not settled:
        # Few values are told apart where their strata are named, in place of every row.
        return f"SELECT {', '.join([*columns, 'count(*) AS n'])}\nFROM {filtered}" + (
            "\nGROUP BY ALL" if columns else ""
        )
    columns += [
        *(f"{quote_name(column)} AS {quote_name('show_' + column)}" for column in list_shown(queue)),
        *(f"coalesce({place}, false) AS c{index}" for index, place in enumerate(places)),
        *([f"count(*) OVER (PARTITION BY {identity}) AS copies"] if query.sieve else []),
    ]
    # All that is read of a row is in the order, so that of rows with one id the same one is kept every time.
    order = [*(f"{column} DESC" for column in timed), *used, identity]
    return (
        f"SELECT {', '.join(columns)}\nFROM {filtered}\n"
        f"QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY {', '.join(order)}) = 1"
    )


def _write_sieved(query: Query, filtered: str, columns: Sequence[str]) -> str:
    """Write the rows of a relation that pass the sieve: those with a low key, and all other rows of the same ids."""
    assert query.sieve is not None
    queue, numbered = query.request.queue, query.numbered
    identity = quote_name(key_field(query.model.sources[queue.from_]))
    known = quote_name(NUMBER) if numbered else identity
    carried = [*dict.fromkeys([known, *columns])]
    coefficients = list_coefficients(query.request.action, queue.seed)
    keyed = write_keyed(f"SELECT {', '.join(carried)} FROM {filtered}", identity, coefficients, numbered=numbered)
    passing = f'"+key" < {query.sieve.common}'
    if query.sieve.rare:
        # An id of a rare stratum may have rows elsewhere, and the newest of all is the one that counts.
        stratum = _write_stratum(queue, "".join(map(quote_name, queue.weights)))
        rare = " OR ".join(
            f'({stratum} = {quote_text(name)} AND "+key" < {bound})' for name, bound in query.sieve.rare.items()
        )
        keyed = f'SELECT *, {known} IN (SELECT {known} FROM ({keyed}) WHERE {rare}) AS "+rare" FROM ({keyed})'
        passing += ' OR "+rare"'
    fields = ", ".join(f"{column} := {column}" for column in carried)
    # A filter on an aggregate stays where it stands; one on rows would be moved below the steps of the key, and they
    # would be computed many times over.
    passed = f"SELECT unnest(list(struct_pack({fields})) FILTER (WHERE {passing}), recursive := true) FROM ({keyed})"
    text = f"SELECT *, CAST({known} AS VARCHAR) AS {identity} FROM ({passed})" if numbered else passed
    return f"({text})"


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
