"""The limit of W5: the first rows of every class by a key in plain arithmetic, with what is shown, in one GROUP BY.

`python -m benchmarks.limits.w5 DATA QUEUE` draws a queue described as JSON (size, weights, columns to show). `--hash`
takes the database's own hash for the key, which may change with its version. With `--numbers FILE` it also tells the
rows of each class, how many of them it took, and which.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

SEEN = "\"time\" >= TIMESTAMP '2026-02-01' AND \"time\" < TIMESTAMP '2026-03-01'"
KEYS = {"arithmetic": "((number * 2654435761) & 4294967295) * 48271 % 2147483647", "hash": "hash(id)"}
DRAW = f"""
SELECT class, count(*), min_by(struct_pack(id, {{shown}}), {{key}}, $most)
FROM (SELECT *, CAST(substr(id, 5) AS BIGINT) AS number FROM read_parquet($data) WHERE {SEEN})
GROUP BY class"""


def share_out(size: int, weights: dict[str, int], eligible: dict[str, int]) -> dict[str, int]:
    """Share rows over classes by largest remainder, ties by name. Every class has enough of them."""
    total = sum(weights.values())
    exact = {name: Fraction(size * weight, total) for name, weight in weights.items()}
    shares = {name: int(share) for name, share in exact.items()}
    rest = sorted(exact, key=lambda name: (shares[name] - exact[name], name))[: size - sum(shares.values())]
    shares |= {name: shares[name] + 1 for name in rest}
    assert all(shares[name] <= eligible[name] for name in shares), "a class is too small for its share"
    return shares


def draw(data: Path, queue: dict[str, Any], key: str) -> tuple[dict[str, int], dict[str, list[dict[str, Any]]]]:
    """Draw the queue: rows of each class, and those that were taken of it."""
    connection = duckdb.connect(config={"threads": 2})
    asked = DRAW.format(key=KEYS[key], shown=", ".join(queue["show"]))
    rows = connection.execute(asked, {"data": str(data), "most": queue["most"]}).fetchall()
    eligible = {name: count for name, count, _ in rows}
    shares = share_out(queue["size"], queue["weights"], eligible)
    return eligible, {name: drawn[: shares[name]] for name, _, drawn in rows}


def list_numbers(eligible: dict[str, int], drawn: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """List what was drawn, as the program tells it."""
    numbers: dict[str, Any] = {f"row|{row['id']}": name for name, rows in drawn.items() for row in rows}
    for name, rows in drawn.items():
        numbers |= {f"{name}|eligible": eligible[name], f"{name}|taken": len(rows)}
    return numbers


def read_drawn(told: Path, data: Path) -> dict[str, Any]:
    """Read what was drawn: each class's eligible and taken rows, and how many of them the data has there, by id.

    Which rows of a class these are is a law of the program's own; its tests hold it.
    """
    numbers = json.loads(told.read_text("utf-8"))
    homes = {key.removeprefix("row|"): numbers.pop(key) for key in [*numbers] if key.startswith("row|")}
    sql = f"SELECT DISTINCT id, class FROM read_parquet($data) WHERE {SEEN} AND id IN (SELECT unnest($drawn))"
    found = duckdb.connect().execute(sql, {"data": str(data), "drawn": [*homes]}).fetchall()
    there = Counter(name for row, name in found if homes[row] == name)
    return numbers | {f"{name}|found": count for name, count in there.items()}


def main() -> None:
    """Draw, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("queue", type=Path)
    parser.add_argument("--hash", action="store_true")
    parser.add_argument("--numbers", type=Path)
    asked = parser.parse_args()
    queue = json.loads(asked.queue.read_text("utf-8"))
    since = time.perf_counter()
    eligible, drawn = draw(asked.data, queue, "hash" if asked.hash else "arithmetic")
    seconds = time.perf_counter() - since
    assert sum(map(len, drawn.values())) == queue["size"]
    if asked.numbers:
        asked.numbers.write_text(json.dumps(list_numbers(eligible, drawn)), "utf-8")
    sys.stdout.write(json.dumps({"engine": seconds}) + "\n")


if __name__ == "__main__":
    main()
