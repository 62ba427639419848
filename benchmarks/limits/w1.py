"""The limit of W1: one fused GROUP BY, then every bound in plain Python.

`python -m benchmarks.limits.w1 DATA CHECKS` answers `class` or `class and site`, whichever the checks ask for. With
both, the finest level is scanned and its counts are added up; the quantile has a scan of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

SEEN = "\"time\" >= TIMESTAMP '2026-02-01' AND \"time\" < TIMESTAMP '2026-03-01'"

# `label <> class` is shared by two metrics, and so is written once.
ROWS = f"""(SELECT class, site, confidence, brightness, contrast, label, overridden, label <> class AS wrong
  FROM read_parquet($data) WHERE {SEEN})"""

COUNTS = {
    "rows": "count(*)",
    "n": "count(confidence)",
    "confidence": "sum(confidence)",
    "lit": "count(brightness)",
    "brightness": "sum(brightness)",
    "seen": "count(contrast)",
    "contrast": "sum(contrast)",
    "low": "count_if(confidence < 0.6)",
    "labelled": "count(label)",
    "wrong": "count_if(wrong)",
    "sure": "count_if(wrong AND confidence >= 0.9)",
    "decided": "count(overridden)",
    "overruled": "count_if(overridden)",
}
COUNTED = ", ".join(f"{sql} AS {name}" for name, sql in COUNTS.items())
ADDED = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)

METRICS = {
    "mean-confidence": "confidence / n",
    "mean-brightness": "brightness / lit",
    "mean-contrast": "contrast / seen",
    "low-confidence": "low / nullif(n, 0)",
    "errors": "wrong / nullif(labelled, 0)",
    "overrides": "overruled / nullif(decided, 0)",
    "unlabelled": "(rows - labelled) / rows",
    "confident-and-wrong": "sure / nullif(labelled, 0)",
    "volume": "rows",
    "confidence-floor": "floor",
}
VALUES = ", ".join(f'CAST({sql} AS DOUBLE) AS "{name}"' for name, sql in METRICS.items())

# One level: everything in one query.
FUSED = f"""
SELECT class, NULL, {VALUES}
FROM (SELECT class, {COUNTED}, quantile_cont(confidence, 0.05) AS floor FROM {ROWS} GROUP BY ALL)"""

# Two levels: counts at the finest, added up; the quantile, which cannot be added up, in a narrow scan of its own.
FINEST = f"CREATE TEMP TABLE finest AS SELECT class, site, {COUNTED} FROM {ROWS} GROUP BY ALL"
FLOORS = f"""CREATE TEMP TABLE floors AS
SELECT class, site, quantile_cont(confidence, 0.05) AS floor FROM read_parquet($data) WHERE {SEEN}
GROUP BY GROUPING SETS ((class), (class, site))"""
ROLLED = f"""
SELECT class, counted.site, {VALUES}
FROM (SELECT class, site, {ADDED} FROM finest GROUP BY GROUPING SETS ((class), (class, site))) counted
JOIN floors USING (class) WHERE counted.site IS NOT DISTINCT FROM floors.site"""

Scope = tuple[str, ...]


def measure(connection: duckdb.DuckDBPyConnection, data: str, levels: set[str]) -> dict[Scope, tuple[float, ...]]:
    """Measure the ten metrics: class, and site if it is asked for -> values in the order of `METRICS`."""
    if levels == {"class"}:
        rows = connection.execute(FUSED, {"data": data}).fetchall()
    else:
        connection.execute(FINEST, {"data": data})
        connection.execute(FLOORS, {"data": data})
        rows = connection.execute(ROLLED).fetchall()
    return {row[:1] if row[1] is None else row[:2]: row[2:] for row in rows}


def judge(checks: list[dict[str, Any]], measured: dict[Scope, tuple[float, ...]]) -> int:
    """Count the checks that fail."""
    places = {name: place for place, name in enumerate(METRICS)}
    failed = 0
    for check in checks:
        values = measured.get(tuple(check["scope"].values()))
        value = values and values[places[check["metric"]]]
        if value is not None and (value < check["bound"] if check["side"] == "below" else value > check["bound"]):
            failed += 1
    return failed


def main() -> None:
    """Run it, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("checks", type=Path)
    parser.add_argument("--numbers", type=Path)
    asked = parser.parse_args()
    checks = json.loads(asked.checks.read_text("utf-8"))
    levels = {check["level"] for check in checks}
    since = time.perf_counter()
    connection = duckdb.connect(config={"threads": 2})
    measured = measure(connection, str(asked.data), levels)
    scanned = time.perf_counter()
    failed = judge(checks, measured)
    ended = time.perf_counter()
    if asked.numbers:
        numbers = {
            "|".join([f"{name}-by-{'site' if scope[1:] else 'class'}", *scope]): value
            for scope, values in measured.items()
            for name, value in zip(METRICS, values, strict=True)
        }
        asked.numbers.write_text(json.dumps(numbers), "utf-8")
    sys.stdout.write(json.dumps({"engine": ended - since, "scans": scanned - since, "failed": failed}) + "\n")


if __name__ == "__main__":
    main()
