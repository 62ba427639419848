"""Selection: the SQL that finds what may be drawn, and of it the first rows of every stratum."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prism_rules.diagnostics import Route
from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.intake import BoundSource
from prism_rules.model.ruleset import Queue, Ruleset
from prism_rules.model.scopes import FEW
from prism_rules.program import find_window
from prism_rules.program.people import write_person
from prism_rules.program.relations.settled import write_settled
from prism_rules.program.views import key_field, list_lookup_columns, name_raw, name_relation, write_seen, write_time
from prism_rules.queues.requests import LEFTOVER, Place, Request, list_shown, read_weights
from prism_rules.queues.sieve import Sieve, choose_line, list_numbers, write_first, write_first_bound, write_key
from prism_rules.ruleset import list_dimensions
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.sql_gate import Gated

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


@dataclass(frozen=True, slots=True)
class Query:
    """What the queries of one request are written from."""

    model: Ruleset
    gated: Mapping[Route, Gated]
    request: Request
    as_of: datetime
    bound: BoundSource
    """The source of the queue."""


def write_query(query: Query) -> str:
    """Write the SELECT of a request, out of all that is eligible.

    It gives the first rows of every stratum, as many as the queue can take, with `row_id`, `stratum`, `eligible` (rows
    of the stratum), a flag `c<i>` per place, and the columns to show as `show_<column>`.
    """
    request = query.request
    seed = quote_text(f"{request.action}|{request.queue.seed}|")
    return (
        f"{_write_strata(query, ', count(*) OVER (PARTITION BY stratum) AS eligible')}\n"
        "SELECT * FROM counted QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY "
        f"substr(sha256({seed} || row_id), 1, 13), row_id) <= {_write_most(request)}\n"
        "ORDER BY row_id"
    )


def _write_most(request: Request) -> str:
    if request.rate is not None:
        # A share rounded up, and at most one row more: how many are taken is settled on exact numbers.
        return f"least({request.queue.size}, eligible * {request.rate!r}::DOUBLE + 1)"
    return str(max(request.queue.size, len(request.frozen)))


def write_count(query: Query) -> str:
    """Write the SELECT of `stratum` and `eligible`, the row ids that are settled into it."""
    return f"{_write_strata(query)}\nSELECT stratum, count(*) AS eligible FROM counted GROUP BY stratum"


def _write_strata(query: Query, counted: str = "") -> str:
    request = query.request
    stratum, conditions = _write_stratum(request.queue, "weighted"), []
    if not request.frozen and LEFTOVER not in read_weights(request.queue)[1]:
        conditions.append(f"stratum <> {quote_text(LEFTOVER)}")
    if request.drawn:
        conditions.append(f"row_id NOT IN ({_list_texts(sorted(request.drawn))})")
    return (
        f"WITH eligible AS (\n{_write_eligible(query)}\n), "
        f"strata AS (SELECT *, {stratum} AS stratum FROM eligible), "
        f"counted AS (SELECT *{counted} FROM strata WHERE {' AND '.join(conditions) or 'true'})"
    )


def _write_stratum(queue: Queue, column: str) -> str:
    dimension, weights = read_weights(queue)
    named = ", ".join(quote_text(value) for value in weights if value != LEFTOVER)
    leftover = quote_text(LEFTOVER)
    return f"CASE WHEN {column} IN ({named}) THEN {column} ELSE {leftover} END" if dimension and named else leftover


def _write_eligible(query: Query) -> str:
    """Write the SELECT of what may be drawn; of a frozen queue its own rows, as far as they are still there."""
    if query.model.sources[query.request.queue.from_].role == "annotations":
        return _write_units(query, _read_scene(query))
    return _write_rows(query, _read_scene(query))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all queries of a request read, and what of it decides."""

    relation: str
    where: str
    places: Sequence[str]
    deciding: Collection[str]


def _read_scene(query: Query) -> _Scene:
    model, request = query.model, query.request
    queue = request.queue
    where = query.gated.get(request.where)
    known = list_dimensions(model, queue.from_)
    placed = {dimension for place in request.places for dimension in place.scope if dimension in known}
    deciding = {*queue.weights, *(where.columns if where else ()), *placed}
    relation = name_relation(model, queue.from_, {*deciding, *queue.show})
    places = [_write_place(query, place, known) for place in request.places]
    return _Scene(relation, where.sql if where else "true", places, deciding)


def _write_place(query: Query, place: Place, known: Collection[str]) -> str:
    """Write a place as a condition on rows. Of a dimension that the source lacks its rows say nothing, and who the few
    are of whom too little is known is not told."""
    codes = {name: code for code, name in query.request.people.items()}
    parts = [
        f"{_write_told(query, d)} = {quote_text(codes.get(value, value) if d == ANNOTATOR else value)}"
        for d, value in sorted(place.scope.items()) if d in known and (d, value) != (ANNOTATOR, FEW)
    ]  # fmt: skip
    return f"({' AND '.join(parts)})" if parts else "true"


def _write_told(query: Query, column: str) -> str:
    """Write a column as it is compared and shown: annotators as the engine calls them."""
    return write_person(query.model) if column == ANNOTATOR else quote_name(column)


def _write_rows(query: Query, scene: _Scene) -> str:
    """Write the rows that may be drawn, the newest of each id."""
    request, queue = query.request, query.request.queue
    name, known, numbered = _name_identity(query)
    if request.frozen:
        among = list_numbers(request.frozen) if numbered else list(map(quote_text, request.frozen))
        conditions = [f"{known} IN ({', '.join(among) or 'NULL'})", write_seen(query.model, queue.from_, query.as_of)]
    else:
        conditions = _list_conditions(query, scene)
    columns = [
        f"{name} AS row_id", *(f"{quote_name(dimension)} AS weighted" for dimension in queue.weights),
        *_list_told(query, scene),
    ]  # fmt: skip
    timed, used = _list_read(query, scene)
    return (
        f"SELECT {', '.join(columns)}\nFROM {scene.relation}\nWHERE {' AND '.join(conditions)}\n"
        f"{_write_newest(name, timed, used)}"
    )


def write_sample(query: Query, sieve: Sieve, *, settled: bool = False) -> str:
    """Write the SELECT of the rows with a key below a sieve's bounds, and of all other rows with the same ids.

    It gives `key`, and of `write_query`'s columns all but `eligible`; rows without an id tell how many `rows` of their
    `stratum` are eligible. Of `settled` ones it gives the newest row of each id.
    """
    request, queue, scene = query.request, query.request.queue, _read_scene(query)
    _, known, numbered = _name_identity(query)
    conditions = _list_conditions(query, scene)
    if request.drawn:
        gone = list_numbers(sorted(request.drawn)) if numbered else list(map(quote_text, sorted(request.drawn)))
        conditions.append(f"{known} NOT IN ({', '.join(gone) or 'NULL'})")
    timed, used = _list_read(query, scene)
    carried = [*dict.fromkeys([known, *(timed if settled else []), *used])]
    weighted = list(map(quote_name, queue.weights))
    rows = f"SELECT {', '.join(carried)} FROM {scene.relation}\nWHERE {' AND '.join(conditions)}"
    keyed = write_first(rows, known, choose_line(request.action, queue.seed), numbered=numbered)
    passing = write_first_bound(sieve.common)
    stratum = _write_stratum(queue, "".join(weighted))
    if sieve.rare:
        # An id of a rare stratum may have rows elsewhere, and the newest of all is the one that counts.
        rare = " OR ".join(
            f"({stratum} = {quote_text(name)} AND {write_first_bound(bound)})" for name, bound in sieve.rare.items()
        )
        keyed = f'SELECT *, {known} IN (SELECT {known} FROM ({keyed}) WHERE {rare}) AS "+rare" FROM ({keyed})'
        passing += ' OR "+rare"'
    fields = ", ".join(f"{column} := {column}" for column in [*carried, '"+first"'] if column not in weighted)
    # One reading counts all rows and keeps a few. A filter on an aggregate stays where it stands; one on rows would be
    # moved below the steps of the key, and they would be computed many times over.
    passed = f"list(struct_pack({fields})) FILTER (WHERE {passing})"
    # No logical name begins with a plus.
    listed = [*weighted, 'count(*) AS "+rows"', f'{passed} AS "+passed"']
    grouped = f"SELECT {', '.join(listed)} FROM ({keyed}) GROUP BY ALL"
    each = 'unnest(list_prepend(NULL, "+passed"), recursive := true)'
    ungrouped = f'SELECT * EXCLUDE ("+passed"), {each} FROM ({grouped})'
    told = [f"CAST({known} AS VARCHAR) AS row_id", f"{stratum} AS stratum", '"+rows" AS rows', '"+key" AS key']
    return (
        f"SELECT {', '.join([*told, *_list_told(query, scene)])}\nFROM ({write_key(ungrouped)})\n"
        f'WHERE {known} IS NULL OR "+key" < {sieve.widest}\n'
        f"{_write_newest(known, timed, used) if settled else ''}"
    )


def _name_identity(query: Query) -> tuple[str, str, bool]:
    """Name the column of row ids, as text and as they are compared, and whether they are compared as whole numbers.

    Text is made of numbers for the few rows alone that are kept.
    """
    key = key_field(query.model.sources[query.request.queue.from_])
    numbered = key in query.bound.columns and query.bound.columns[key].type in _WHOLE
    return quote_name(key), quote_name(name_raw(key) if numbered else key), numbered


def _list_conditions(query: Query, scene: _Scene) -> list[str]:
    window = _write_window(query, '"time"')
    return [f"{_name_identity(query)[1]} IS NOT NULL", *window, _write_any(scene.places), f"({scene.where})"]


def _list_told(query: Query, scene: _Scene) -> list[str]:
    """List what is told of a row: the columns to show, and at which places it is."""
    return [
        *(
            f"{_write_told(query, column)} AS {quote_name('show_' + column)}"
            for column in list_shown(query.request.queue)
        ),
        *(f"coalesce({place}, false) AS c{index}" for index, place in enumerate(scene.places)),
    ]


def _list_read(query: Query, scene: _Scene) -> tuple[list[str], list[str]]:
    """List what is read of a row beside its id: its time, if it has one, and all that decides or is shown."""
    queue = query.request.queue
    timed = ['"time"'] if "time" in query.model.sources[queue.from_].fields else []
    return timed, list(map(quote_name, sorted({*scene.deciding, *queue.show})))


def _write_newest(identity: str, timed: Sequence[str], used: Sequence[str]) -> str:
    """Write the clause that keeps the newest row of each id."""
    # All that is read of a row is in the order, so that of rows with one id the same one is kept every time.
    order = [*(f"{column} DESC" for column in timed), *used, identity]
    return f"QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY {', '.join(order)}) = 1"


def _write_units(query: Query, scene: _Scene) -> str:
    """Write the units of annotations: one is at a place when any of its labels is.

    What decides (places, weights, `where`) must be equal on all labels of a unit; what is only shown need not be.
    """
    model, request, queue = query.model, query.request, query.request.queue
    source, where, places = model.sources[queue.from_], scene.where, scene.places
    own = {*source.dimensions, *list_lookup_columns(source)}
    columns = [
        '"unit" AS row_id',
        *(f"min({quote_name(dimension)}) AS weighted" for dimension in queue.weights),
        *(f"{_show_of_unit(query, column, own)} AS {quote_name('show_' + column)}" for column in list_shown(queue)),
        *(f"coalesce(bool_or({place}), false) AS c{index}" for index, place in enumerate(places)),
    ]
    if request.frozen:
        where, conditions = f'"unit" IN ({_list_texts(request.frozen)})', ["true"]
    else:
        same = [
            f"min({d}) IS NOT DISTINCT FROM max({d})" for d in map(quote_name, sorted(own.intersection(scene.deciding)))
        ]
        disputed = ['count(DISTINCT "class") >= 2'] if queue.only == "disputed" else []
        newest = _write_window(query, 'max("time")')
        conditions = [*same, *disputed, *newest, f"bool_or({_write_any(places)})"]
    settled = write_settled(model, queue.from_, scene.relation, until=query.as_of)
    return (
        f"SELECT {', '.join(columns)}\nFROM (\n{settled}\n)\nWHERE {where}\n"
        f'GROUP BY "unit" HAVING {" AND ".join(conditions)}'
    )


def _show_of_unit(query: Query, column: str, own: Collection[str]) -> str:
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
    told = _write_told(query, column)
    return f"min({name})" if column in own else f"array_to_string(list_sort(list(DISTINCT {told})), ', ')"


def _write_window(query: Query, column: str) -> list[str]:
    model, source, as_of = query.model, query.request.queue.from_, query.as_of
    if "time" not in model.sources[source].fields:
        return []
    since, until = find_window(model, source, query.request.window, as_of) or (None, as_of)
    return [*([f"{column} >= {write_time(since)}"] if since else []), f"{column} < {write_time(until)}"]


def _write_any(places: Sequence[str]) -> str:
    return f"({' OR '.join(places) or 'true'})"


def _list_texts(texts: Iterable[str]) -> str:
    return ", ".join(map(quote_text, texts))
