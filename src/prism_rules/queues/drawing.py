"""Drawing: which rows each stratum gives."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from typing import TYPE_CHECKING

from prism_rules.model.identity import write_canonical
from prism_rules.model.plan import Stratum
from prism_rules.queues.requests import Request, list_shown, read_weights
from prism_rules.queues.shares import share_out
from prism_rules.ruleset.grain import ANNOTATOR

if TYPE_CHECKING:
    import polars as pl

Value = str | int | float | bool | datetime | None
"""A cell of a queue."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row to review."""

    id: str
    why: tuple[str, ...]
    key: int
    """The sampling key, below 2^52."""
    probability: float
    """Rows taken over rows eligible in its stratum."""
    shown: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a request drew."""

    eligible: int
    strata: tuple[Stratum, ...]
    rows: tuple[Row, ...]


def compute_key(action: str, seed: int, row: str) -> int:
    """Compute a row's sampling key: the first 52 bits of SHA-256 over `action|seed|row`."""
    return int(hashlib.sha256(f"{action}|{seed}|{row}".encode()).hexdigest()[:13], 16)


def draw(request: Request, table: pl.DataFrame, eligible: Mapping[str, int]) -> Drawn | None:
    """Draw a queue from the answer to its query; a recorded one is repeated as it was drawn.

    `eligible` has the rows of each stratum. None when the table has too few of any.
    """
    if request.frozen:
        return _repeat(request, _find_rows(table, request.frozen))
    dimension, weights = read_weights(request.queue)
    pools: dict[str, list[tuple[int, str]]] = {name: [] for name in weights}
    for identity, stratum in table.select("row_id", "stratum").iter_rows():
        if stratum in pools:
            pools[stratum].append((compute_key(request.action, request.queue.seed, identity), identity))
    eligible = dict.fromkeys(weights, 0) | dict(eligible)
    shares = share_out(request.count_wanted(sum(eligible.values())), weights, eligible)
    if any(len(pools[name]) < shares[name] for name in weights):
        return None
    drawn = [identity for name in weights for _, identity in nsmallest(shares[name], pools[name])]
    strata = tuple(
        Stratum(
            value={dimension: name} if dimension else {}, weight=weight, eligible=eligible[name], taken=shares[name]
        )
        for name, weight in weights.items()
    )
    return Drawn(sum(eligible.values()), strata, tuple(_list_rows(request, drawn, strata, _find_rows(table, drawn))))


def _find_rows(table: pl.DataFrame, rows: Collection[str]) -> dict[str, Mapping[str, Value]]:
    found = table.filter(table["row_id"].is_in([*rows]))
    return {row["row_id"]: row for row in found.iter_rows(named=True)}


def _repeat(request: Request, found: Mapping[str, Mapping[str, Value]]) -> Drawn:
    rows = tuple(_list_rows(request, request.frozen, request.strata, found))
    return Drawn(sum(stratum.eligible for stratum in request.strata), request.strata, rows)


def _list_rows(
    request: Request, drawn: Sequence[str], strata: Sequence[Stratum], found: Mapping[str, Mapping[str, Value]]
) -> Iterator[Row]:
    """List the rows of a queue, stratum by stratum as many as were taken. A row that left the data stays listed."""
    chances = [round(s.taken / s.eligible, 6) if s.eligible else 0.0 for s in strata for _ in range(s.taken)]
    for identity, chance in zip(drawn, chances, strict=True):
        row = found.get(identity, {})
        why = [place.name for index, place in enumerate(request.places) if row.get(f"c{index}")]
        shown = {column: row.get(f"show_{column}") for column in list_shown(request.queue)}
        if request.people and isinstance(codes := shown.get(ANNOTATOR), str):
            shown[ANNOTATOR] = ", ".join(sorted(request.people.get(code, code) for code in codes.split(", ")))
        key = compute_key(request.action, request.queue.seed, identity)
        yield Row(identity, tuple(dict.fromkeys(why)), key, chance, shown)


def write_why(row: Row) -> str:
    """Say why a row is in the queue: the causes that cover it."""
    return ", ".join(row.why)


def digest_rows(rows: Sequence[Row]) -> str:
    """Digest the drawn row ids, in queue order: `sha256:` and hex, over their canonical JSON list."""
    return "sha256:" + hashlib.sha256(write_canonical([row.id for row in rows])).hexdigest()


def iterate_records(rows: Sequence[Row], priority: int | None) -> Iterator[dict[str, Value]]:
    """Give each row as the record that queue files hold, values unaltered.

    A column that is called like one of the record's own is told as `shown_<column>`.
    """
    for row in rows:
        record: dict[str, Value] = {
            "row_id": row.id, "why": write_why(row), "priority": priority, "sampling_key": row.key,
            "inclusion_probability": row.probability,
        }  # fmt: skip
        shown = {f"shown_{column}" if column in record else column: value for column, value in row.shown.items()}
        yield record | {
            column: value.isoformat() + "Z" if isinstance(value, datetime) else value for column, value in shown.items()
        }
