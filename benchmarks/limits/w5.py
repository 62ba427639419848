"""The limit of W5: the first rows of every class by a key in plain arithmetic, in one GROUP BY.

`python -m benchmarks.limits.w5 DATA QUEUE` draws a queue described as JSON (size, weights, the action's id). `--hash`
takes the database's own hash for the key, which may change with its version. With `--numbers FILE` the rows are drawn
once more by SHA-256, slowly: these are the rows that the program must draw.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

SEEN = "\"time\" >= TIMESTAMP '2026-02-01' AND \"time\" < TIMESTAMP '2026-03-01'"
KEYS = {
    "arithmetic": "((number * 2654435761) & 4294967295) * 48271 % 2147483647",
    "hash": "hash(id)",
    "sha256": "substr(sha256($prefix || id), 1, 13)",
}
DRAW = f"""
SELECT class, count(*), min_by(id, {{key}}, $most)
FROM (SELECT class, id, CAST(substr(id, 5) AS BIGINT) AS number FROM read_parquet($data) WHERE {SEEN})
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


def draw(data: Path, queue: dict[str, Any], key: str) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Draw the queue: rows of each class, and the ids that were taken of it."""
    connection = duckdb.connect(config={"threads": 2})
    asked = {"data": str(data), "most": queue["most"]}
    if key == "sha256":
        asked["prefix"] = f"{queue['action']}|0|"
    rows = connection.execute(DRAW.format(key=KEYS[key]), asked).fetchall()
    eligible = {name: count for name, count, _ in rows}
    shares = share_out(queue["size"], queue["weights"], eligible)
    return eligible, {name: ids[: shares[name]] for name, _, ids in rows}


def list_numbers(data: Path, queue: dict[str, Any]) -> dict[str, Any]:
    """List what the program must draw."""
    import hashlib

    eligible, drawn = draw(data, queue, "sha256")
    numbers: dict[str, Any] = {}
    for name, ids in drawn.items():
        numbers |= {f"{name}|eligible": eligible[name], f"{name}|taken": len(ids)}
        for row in ids:
            digest = hashlib.sha256(f"{queue['action']}|0|{row}".encode()).hexdigest()
            numbers[f"row|{row}"] = int(digest[:13], 16)
    return numbers


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
    _, drawn = draw(asked.data, queue, "hash" if asked.hash else "arithmetic")
    seconds = time.perf_counter() - since
    assert sum(map(len, drawn.values())) == queue["size"]
    if asked.numbers:
        asked.numbers.write_text(json.dumps(list_numbers(asked.data, queue)), "utf-8")
    sys.stdout.write(json.dumps({"engine": seconds}) + "\n")


if __name__ == "__main__":
    main()
