"""The limit of W2: edges of a sample, 100 counts by class and five narrow counts for each side, the index in Python.

`python -m benchmarks.limits.w2 CURRENT REFERENCE` tells the population stability index of every column, overall and by
class. Up to 200,000 rows edges are of all of them; of more it takes the program's sample of about so many, for other
edges are other numbers, and knows that ids are short.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb

from benchmarks.columns import NUMBERS, TEXTS

SEEN = "\"time\" >= TIMESTAMP '2026-02-01' AND \"time\" < TIMESTAMP '2026-03-01'"
SAMPLED = 200_000
ROWS = "(SELECT *, CAST(CAST(encode(id) AS BIT) AS UHUGEINT) AS word FROM read_parquet($data))"
KEY = (
    f"(CAST(word & {2**62 - 1}::UHUGEINT AS BIGINT) % 2147483647 * 1540483477 "
    f"+ CAST(word >> 62 AS BIGINT) % 2147483647 * 739982445) % 2147483629 * 1181783497 % 2147483647"
)
DECILES = [k / 10 for k in range(1, 10)]

Scope = str | None
Counts = dict[Scope, list[int]]


def find_edges(connection: duckdb.DuckDBPyConnection, reference: str) -> list[list[float]]:
    """Find the inner deciles of every number."""
    [[rows]] = connection.execute(
        f"SELECT count(*) FROM read_parquet($data) WHERE {SEEN}", {"data": reference}
    ).fetchall()
    sampled = f"AND {KEY} < {2147483647 * SAMPLED // rows}" if rows > SAMPLED else ""
    listed = ", ".join(f"quantile_cont({name}, {DECILES})" for name in NUMBERS)
    sql = f"SELECT {listed} FROM {ROWS} WHERE {SEEN} {sampled}"
    [found] = connection.execute(sql, {"data": reference}).fetchall()
    return [list(dict.fromkeys(edges)) for edges in found]


def count_numbers(connection: duckdb.DuckDBPyConnection, data: str, edges: list[list[float]]) -> list[Counts]:
    """Count the bins of every number, by class and overall."""
    counted = [
        f"count({name}), {', '.join(f'count_if({name} <= {edge!r})' for edge in of)}"
        for name, of in zip(NUMBERS, edges, strict=True)
    ]
    sql = f"SELECT class, {', '.join(counted)} FROM read_parquet($data) WHERE {SEEN} GROUP BY class"
    rows = connection.execute(sql, {"data": data}).fetchall()
    found: list[Counts] = []
    start = 1
    for of in edges:
        reached = {row[0]: [0, *row[start + 1 : start + 1 + len(of)], row[start]] for row in rows}
        bins: Counts = {scope: [high - low for low, high in pairwise(ends)] for scope, ends in reached.items()}
        bins[None] = [sum(column) for column in zip(*bins.values(), strict=True)]
        found.append(bins)
        start += len(of) + 1
    return found


def count_texts(connection: duckdb.DuckDBPyConnection, data: str, name: str) -> dict[Scope, dict[str, int]]:
    """Count the categories of a text, by class and overall."""
    sql = f"SELECT class, {name}, count(*) FROM read_parquet($data) WHERE {SEEN} GROUP BY ALL"
    found: dict[Scope, dict[str, int]] = {None: {}}
    for scope, category, rows in connection.execute(sql, {"data": data}).fetchall():
        found.setdefault(scope, {})[category] = rows
        found[None][category] = found[None].get(category, 0) + rows
    return found


def compute_psi(current: list[int], reference: list[int]) -> float:
    """Compute the index, with half a row more in each bin or category."""
    n, m = (sum(side) + len(side) / 2 for side in (current, reference))
    shares = [((c + 0.5) / n, (r + 0.5) / m) for c, r in zip(current, reference, strict=True)]
    return math.fsum((p - q) * math.log(p / q) for p, q in shares)


def measure(connection: duckdb.DuckDBPyConnection, current: str, reference: str) -> Iterator[tuple[str, Scope, float]]:
    """Measure every column: its name, the class or None, and the index."""
    edges = find_edges(connection, reference)
    sides = [count_numbers(connection, data, edges) for data in (current, reference)]
    for name, here, there in zip(NUMBERS, *sides, strict=True):
        for scope, counts in here.items():
            yield name, scope, compute_psi(counts, there[scope])
    for name in TEXTS:
        now, before = (count_texts(connection, data, name) for data in (current, reference))
        for scope, counted in now.items():
            met = sorted({*counted, *before[scope]})
            yield (
                name,
                scope,
                compute_psi(*([side.get(value, 0) for value in met] for side in (counted, before[scope]))),
            )


def main() -> None:
    """Run it, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("current", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--numbers", type=Path)
    asked = parser.parse_args()
    since = time.perf_counter()
    connection = duckdb.connect(config={"threads": 2})
    found = [*measure(connection, str(asked.current), str(asked.reference))]
    ended = time.perf_counter()
    if asked.numbers:
        numbers = {
            f"overall|{name}" if scope is None else f"by-class|{scope}|{name}": value for name, scope, value in found
        }
        asked.numbers.write_text(json.dumps(numbers), "utf-8")
    sys.stdout.write(json.dumps({"engine": ended - since}) + "\n")


if __name__ == "__main__":
    main()
