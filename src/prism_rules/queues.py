"""Queues: which rows people review, drawn by a stated seed so that anyone can draw them again.

Inside a stratum rows are ordered by the first 13 hex digits of SHA-256(action id | seed | row id), then by row id.
The order of the data plays no part, and neither does the engine's own hash or random numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Route
from prism_rules.intake.quoting import quote_name, quote_text
from prism_rules.model.plan import Scope, Stratum
from prism_rules.model.ruleset import Queue, Ruleset, Source
from prism_rules.program import find_window
from prism_rules.program.relations import key_field, list_lookup_columns, name_relation, write_seen, write_time, write_votes
from prism_rules.sql_gate import Gated

if TYPE_CHECKING:
    import polars as pl

LEFTOVER = "*"
"""The stratum of all values that `weights` does not name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a diagnosis holds, and the name of its cause: rows there are eligible."""

    scope: Scope
    name: str


@dataclass(frozen=True, slots=True)
class Request:
    """A queue to draw for one action."""

    action: str
    """The action's id."""
    name: str
    """The action's entry id in the ruleset."""
    queue: Queue
    places: tuple[Place, ...]
    frozen: tuple[str, ...] = ()
    """Row ids that were recorded before, in queue order: they are repeated, never redrawn."""
    strata: tuple[Stratum, ...] = ()
    """How the frozen rows were drawn, in their order."""
    drawn: frozenset[str] = frozenset()
    """Row ids of earlier episodes: they are left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row to review."""

    id: str
    why: tuple[str, ...]
    key: int
    """The sampling key, below 2^52."""
    probability: float
    """Rows taken over rows eligible in its stratum."""
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a request drew."""

    eligible: int
    strata: tuple[Stratum, ...]
    rows: tuple[Row, ...]


def compute_key(action: str, seed: int, row: str) -> int:
    """Compute a row's sampling key: the first 52 bits of SHA-256 over `action|seed|row`."""
    return int(hashlib.sha256(f"{action}|{seed}|{row}".encode()).hexdigest()[:13], 16)


def share_out(size: int, weights: Mapping[str, float], eligible: Mapping[str, int]) -> dict[str, int]:
    """Share `size` rows over strata by largest remainder, ties by name; what one cannot fill goes to the others."""
    taken: dict[str, int] = {}
    open_names = sorted(name for name in weights if eligible.get(name))
    while open_names:
        left = size - sum(taken.values())
        total = sum(Fraction(weights[name]) for name in open_names)
        exact = {name: left * Fraction(weights[name]) / total for name in open_names}
        shares = {name: int(exact[name]) for name in open_names}
        rest = left - sum(shares.values())
        for name in sorted(open_names, key=lambda name: (shares[name] - exact[name], name))[:rest]:
            shares[name] += 1
        full = [name for name in open_names if shares[name] >= eligible[name]]
        if not full:
            return {**dict.fromkeys(weights, 0), **taken, **shares}
        taken.update({name: eligible[name] for name in full})
        open_names = [name for name in open_names if name not in full]
    return {**dict.fromkeys(weights, 0), **taken}


def write_query(model: Ruleset, gated: Mapping[Route, Gated], request: Request, as_of: datetime) -> str:
    """Write the SELECT of a request: per stratum its first `size` rows, with `row_id`, `stratum`, `eligible`, a flag
    `c<i>` per place, and the columns to show."""
    queue = request.queue
    source = model.sources[queue.from_]
    where = gated.get(("actions", request.name, "queue", "where"))
    dimension, weights = _read_weights(queue)
    eligible = (_write_units if source.role == "annotations" else _write_rows)(model, request, where, as_of)
    named = ", ".join(quote_text(value) for value in weights if value != LEFTOVER)
    column = quote_name(dimension) if dimension else ""
    stratum = f"CASE WHEN {column} IN ({named}) THEN {column} ELSE '{LEFTOVER}' END" if dimension and named else f"'{LEFTOVER}'"
    conditions = [f"stratum <> '{LEFTOVER}'"] if dimension and LEFTOVER not in weights and not request.frozen else []
    if request.drawn and not request.frozen:
        conditions.append(f"row_id NOT IN ({', '.join(map(quote_text, sorted(request.drawn)))})")
    seed = quote_text(f"{request.action}|{queue.seed}|")
    return (
        f"WITH eligible AS (\n{eligible}\n), strata AS (SELECT *, {stratum} AS stratum FROM eligible), "
        f"counted AS (SELECT *, count(*) OVER (PARTITION BY stratum) AS eligible FROM strata WHERE {' AND '.join(conditions) or 'true'})\n"
        f"SELECT * FROM counted QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY "
        f"substr(sha256({seed} || row_id), 1, 13), row_id) <= {max(queue.size, len(request.frozen))}\nORDER BY row_id"
    )


def draw(request: Request, table: pl.DataFrame) -> Drawn:
    """Draw a queue from the answer to its query; a recorded one is repeated as it was drawn."""
    found = {row["row_id"]: row for row in table.iter_rows(named=True)}
    if request.frozen:
        return _repeat(request, found)
    dimension, weights = _read_weights(request.queue)
    pools: dict[str, list[tuple[int, str]]] = {name: [] for name in weights}
    eligible = dict.fromkeys(weights, 0)
    for identity, row in found.items():
        eligible[row["stratum"]] = row["eligible"]
        pools[row["stratum"]].append((compute_key(request.action, request.queue.seed, identity), identity))
    shares = share_out(request.queue.size, weights, eligible)
    strata = tuple(
        Stratum(value={dimension: name} if dimension else {}, weight=weight, eligible=eligible[name], taken=shares[name])
        for name, weight in weights.items()
    )
    drawn = [identity for name in weights for _, identity in sorted(pools[name])[: shares[name]]]
    return Drawn(sum(eligible.values()), strata, tuple(_list_rows(request, drawn, strata, found)))


def _repeat(request: Request, found: Mapping[str, Mapping[str, Any]]) -> Drawn:
    rows = tuple(_list_rows(request, request.frozen, request.strata, found))
    return Drawn(sum(stratum.eligible for stratum in request.strata), request.strata, rows)


def _list_rows(
    request: Request, drawn: Sequence[str], strata: Sequence[Stratum], found: Mapping[str, Mapping[str, Any]]
) -> Iterator[Row]:
    """List the rows of a queue: stratum by stratum, each as many as were taken. A row that left the data stays listed."""
    chances = [round(s.taken / s.eligible, 6) if s.eligible else 0.0 for s in strata for _ in range(s.taken)]
    for identity, chance in zip(drawn, chances, strict=True):
        row = found.get(identity, {})
        why = [place.name for index, place in enumerate(request.places) if row.get(f"c{index}")]
        shown = {column: row.get(f"show_{column}") for column in list_shown(request.queue)}
        yield Row(identity, tuple(dict.fromkeys(why)), compute_key(request.action, request.queue.seed, identity), chance, shown)


def list_shown(queue: Queue) -> list[str]:
    """List the columns that a queue shows, in order."""
    return [*dict.fromkeys(queue.show)]


def _read_weights(queue: Queue) -> tuple[str | None, dict[str, float]]:
    for dimension, weights in queue.weights.items():
        return dimension, dict(sorted(weights.items()))
    return None, {LEFTOVER: 1.0}


def _list_columns(model: Ruleset, queue: Queue) -> set[str]:
    source = model.sources[queue.from_]
    return {*source.columns, *list_lookup_columns(source), *({"family"} if any(c.family for c in model.classes.values()) else ())}


def _write_place(place: Place, known: Iterable[str], write_class: str = '"class" = {value}') -> str:
    parts = [
        (write_class if dimension == "class" else quote_name(dimension) + " = {value}").replace("{value}", quote_text(value))
        for dimension, value in sorted(place.scope.items()) if dimension in known
    ]
    return f"({' AND '.join(parts)})" if parts else "true"


def _list_conditions(request: Request, known: set[str], write_class: str = '"class" = {value}') -> list[str]:
    return [_write_place(place, known, write_class) for place in request.places]


def _write_window(model: Ruleset, queue: Queue, as_of: datetime, column: str) -> list[str]:
    if "time" not in model.sources[queue.from_].fields:
        return []
    since, until = find_window(model, queue.from_, None, as_of) or (None, as_of)
    return [*([f"{column} >= {write_time(since)}"] if since else []), f"{column} < {write_time(until)}"]


def _write_frozen(request: Request, column: str) -> str:
    return f"{column} IN ({', '.join(map(quote_text, request.frozen))})"


def _write_rows(model: Ruleset, request: Request, where: Gated | None, as_of: datetime) -> str:
    queue = request.queue
    source = model.sources[queue.from_]
    known = _list_columns(model, queue)
    places = _list_conditions(request, known)
    used = {*queue.weights, *queue.show, *(where.columns if where else ()), *(d for p in request.places for d in p.scope if d in known)}
    identity = quote_name(key_field(source))
    if request.frozen:
        conditions = [_write_frozen(request, identity), write_seen(model, queue.from_, as_of)]
    else:
        window = _write_window(model, queue, as_of, '"time"')
        conditions = [f"{identity} IS NOT NULL", *window, f"({' OR '.join(places) or 'true'})", f"({where.sql})" if where else "true"]
    shown = [f"{quote_name(column)} AS {quote_name('show_' + column)}" for column in list_shown(queue)]
    weighted = [quote_name(dimension) for dimension in queue.weights]
    flags = [f"coalesce({condition}, false) AS c{index}" for index, condition in enumerate(places)]
    order = ", ".join([*(['"time" DESC'] if "time" in source.fields else []), *(quote_name(c) for c in sorted(used)), "1"])
    return (
        f"SELECT {', '.join([f'{identity} AS row_id', *weighted, *shown, *flags])}\nFROM {name_relation(model, queue.from_, used)}\n"
        f"WHERE {' AND '.join(conditions)}\nQUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY {order}) = 1"
    )


def _write_units(model: Ruleset, request: Request, where: Gated | None, as_of: datetime) -> str:
    queue = request.queue
    source: Source = model.sources[queue.from_]
    known = _list_columns(model, queue)
    dimensions = {*source.dimensions, *list_lookup_columns(source)}
    used = {c for c in {*queue.weights, *queue.show, *(d for p in request.places for d in p.scope)} if c in dimensions}
    view = name_relation(model, queue.from_, {*used, *(where.columns if where else ())})
    only = _write_frozen(request, '"unit"') if request.frozen else where.sql if where else None
    votes = write_votes(model, queue.from_, view, used, until=as_of, since=None, where=only)
    places = _list_conditions(request, known, 'bool_or("class" = {value})')
    conditions = [f"({' OR '.join(places) or 'true'})", *(["count(*) >= 2"] if queue.only == "disputed" else [])]
    window = " AND ".join(_write_window(model, queue, as_of, "newest")) or "true"
    if request.frozen:
        conditions, window = ["true"], "true"
    names = [quote_name(column) for column in sorted(used)]
    shown = {"time": "newest", "class": "string_agg(\"class\" || ' x' || n_uc, ', ' ORDER BY \"class\")"}
    columns = [f"{shown.get(c, quote_name(c))} AS {quote_name('show_' + c)}" for c in list_shown(queue)]
    flags = [f"coalesce({condition}, false) AS c{index}" for index, condition in enumerate(places)]
    identity = '"unit" AS row_id'
    grouped = ", ".join(['"unit"', "newest", *names])
    return (
        f"SELECT {', '.join([identity, *names, *columns, *flags])}\nFROM (\n{votes}\n)\nWHERE {window}\n"
        f"GROUP BY {grouped}\nHAVING {' AND '.join(conditions)}"
    )


def write_why(row: Row) -> str:
    """Say why a row is in the queue: the causes that cover it."""
    return ", ".join(row.why)


def digest_rows(rows: Sequence[Row]) -> str:
    """Digest the drawn row ids, in queue order: `sha256:` and hex."""
    return "sha256:" + hashlib.sha256("\n".join(row.id for row in rows).encode()).hexdigest()


def iterate_records(rows: Sequence[Row], priority: int) -> Iterator[dict[str, Any]]:
    """Give each row as the record that queue files hold, values unaltered."""
    for row in rows:
        shown = {column: value.isoformat() + "Z" if isinstance(value, datetime) else value for column, value in row.shown.items()}
        yield {"row_id": row.id, "why": write_why(row), "priority": priority, "sampling_key": row.key,
               "inclusion_probability": row.probability, **shown}
