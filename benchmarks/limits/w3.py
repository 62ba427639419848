"""The limit of W3: labels counted by unit and class, and all 52 statistics from how many units there are of each kind.

`python -m benchmarks.limits.w3 DATA BOUNDS` reads the labels twice, by class and by unit, and joins; no pair is formed.
It takes for granted what the program looks after: that nobody labels a unit twice.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import duckdb

SEEN = "\"time\" < TIMESTAMP '2026-03-01'"
TALLIES = f"""
WITH votes AS (
  SELECT unit, class, count(*) AS n_uc FROM read_parquet($data) WHERE {SEEN} GROUP BY unit, class
), units AS (
  SELECT unit, count(*) AS m_u, max("time") AS newest FROM read_parquet($data) WHERE {SEEN} GROUP BY unit
)
SELECT class, n_uc, m_u, count(*) FROM votes JOIN units USING (unit)
WHERE newest >= TIMESTAMP '2026-02-01' AND m_u >= 2 GROUP BY ALL ORDER BY ALL"""


def measure(connection: duckdb.DuckDBPyConnection, data: str) -> Mapping[str, float]:
    """Measure the agreement of pairs, alpha, and alpha of each class against the rest."""
    labels: dict[str, int] = defaultdict(int)
    split: dict[str, float] = defaultdict(float)
    units, agreement = 0.0, 0.0
    for name, n_uc, m_u, k in connection.execute(TALLIES, {"data": data}).fetchall():
        labels[name] += k * n_uc
        split[name] += k * n_uc * (m_u - n_uc) / (m_u - 1)
        units += k * n_uc / m_u
        agreement += k * n_uc * (n_uc - 1) / (m_u * (m_u - 1))
    n = sum(labels.values())
    chance = {name: n_c * (n - n_c) for name, n_c in labels.items()}
    numbers = {f"by-class|{name}": 1 - (n - 1) * split[name] / chance[name] for name in labels}
    return {
        "agreement": agreement / units,
        "overall": 1 - (n - 1) * sum(split.values()) / sum(chance.values()),
        **numbers,
    }


def main() -> None:
    """Run it, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("bounds", type=Path, help="JSON: statistic -> what it must not be below")
    parser.add_argument("--numbers", type=Path)
    asked = parser.parse_args()
    bounds: Mapping[str, float] = json.loads(asked.bounds.read_text("utf-8"))
    since = time.perf_counter()
    connection = duckdb.connect(config={"threads": 2})
    numbers = measure(connection, str(asked.data))
    failed = sum(numbers[name] < bound for name, bound in bounds.items())
    ended = time.perf_counter()
    if asked.numbers:
        asked.numbers.write_text(json.dumps(numbers), "utf-8")
    sys.stdout.write(json.dumps({"engine": ended - since, "failed": failed}) + "\n")


if __name__ == "__main__":
    main()
