"""Drawing: how many rows each stratum gives, and which."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.model.identity import write_canonical
from prism_rules.model.plan import Stratum
from prism_rules.queues.requests import Request, list_shown, read_weights

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


def share_out(size: int, weights: Mapping[str, float], eligible: Mapping[str, int]) -> dict[str, int]:
    """Share `size` rows over strata by largest remainder, ties by name; what one cannot fill goes to the others."""
    # Weights count as they are written: the binary fraction nearest to 0.1 would break ties that its author sees.
    written = {name: Fraction(str(weight)) for name, weight in weights.items()}
    taken = dict.fromkeys(weights, 0)
    left, names = size, sorted(name for name in weights if eligible.get(name))
    while names:
        total = sum(written[name] for name in names)
        exact = {name: left * written[name] / total for name in names}
        shares = {name: int(exact[name]) for name in names}
        rest = left - sum(shares.values())
        for name in sorted(names, key=lambda name: (shares[name] - exact[name], name))[:rest]:
            shares[name] += 1
        short = [name for name in names if shares[name] > eligible[name]]
        if not short:
            return taken | shares
        taken |= {name: eligible[name] for name in short}
        left -= sum(eligible[name] for name in short)
        names = [name for name in names if name not in short]
    return taken


def draw(request: Request, table: pl.DataFrame) -> Drawn:
    """Draw a queue from the answer to its query; a recorded one is repeated as it was drawn."""
    found = {row["row_id"]: row for row in table.iter_rows(named=True)}
    if request.frozen:
        return _repeat(request, found)
    dimension, weights = read_weights(request.queue)
    pools: dict[str, list[tuple[int, str]]] = {name: [] for name in weights}
    eligible = dict.fromkeys(weights, 0)
    for identity, row in found.items():
        eligible[row["stratum"]] = row["eligible"]
        pools[row["stratum"]].append((compute_key(request.action, request.queue.seed, identity), identity))
    shares = share_out(request.queue.size, weights, eligible)
    strata = tuple(
        Stratum(
            value={dimension: name} if dimension else {}, weight=weight, eligible=eligible[name], taken=shares[name]
        )
        for name, weight in weights.items()
    )
    drawn = [identity for name in weights for _, identity in sorted(pools[name])[: shares[name]]]
    return Drawn(sum(eligible.values()), strata, tuple(_list_rows(request, drawn, strata, found)))


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
        key = compute_key(request.action, request.queue.seed, identity)
        yield Row(identity, tuple(dict.fromkeys(why)), key, chance, shown)


def write_why(row: Row) -> str:
    """Say why a row is in the queue: the causes that cover it."""
    return ", ".join(row.why)


def digest_rows(rows: Sequence[Row]) -> str:
    """Digest the drawn row ids, in queue order: `sha256:` and hex, over their canonical JSON list."""
    return "sha256:" + hashlib.sha256(write_canonical([row.id for row in rows])).hexdigest()


def iterate_records(rows: Sequence[Row], priority: int) -> Iterator[dict[str, Value]]:
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
