"""Columns: rows with ten numbers and five texts, made from row numbers alone, once as known and once as they moved.

`python -m benchmarks.columns ROWS FILE [--moved]` writes 28 days of rows before 2026-03-01 of 50 classes of very
different sizes. Where they moved, every other column did, a little.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.data import MACROS

NUMBERS = tuple(f"x{number}" for number in range(10))
TEXTS = {"camera": 40, "lighting": 6, "line": 12, "shift": 3, "supplier": 25}
"""Column -> how many different values it has."""

ROWS = """
WITH drawn AS (
  SELECT i, chance(2 * i, 1) AS moment, CAST(floor(pow(51, chance(2 * i, 2))) AS INTEGER) AS kind, {drawn}
  FROM range({first}, {last}) numbers(i)
)
SELECT 'img-' || i AS id, TIMESTAMP '2026-02-01' + to_seconds(floor(moment * 2419200)) AS "time",
  'c' || lpad(CAST(kind AS VARCHAR), 2, '0') AS class, {listed}
FROM drawn
"""


def write_rows(rows: int, path: Path, *, moved: bool) -> None:
    """Write rows to a Parquet file, which appears only when it is whole."""
    import duckdb

    places = [*((2, k) for k in range(3, 16)), *((3, k) for k in range(1, 3))]
    drawn = [f"chance(2 * i + {a - 2}, {k}) AS {name}" for (a, k), name in zip(places, (*NUMBERS, *TEXTS), strict=True)]
    listed = []
    for number, name in enumerate(NUMBERS):
        moving = 1 + 0.05 * (moved and number % 2)
        # From even to long-tailed, with six decimals as sensors have them.
        listed.append(f"round(pow({name}, {1 + number / 2}) * {moving}, 6) AS {name}")
    for number, (name, values) in enumerate(TEXTS.items()):
        bent = 1.5 + 0.1 * (moved and number % 2)
        listed.append(f"'{name}-' || CAST(floor(pow({name}, {bent}) * {values}) AS INTEGER) AS {name}")
    first = rows if moved else 0
    sql = ROWS.format(first=first, last=first + rows, drawn=", ".join(drawn), listed=", ".join(listed))
    connection = duckdb.connect()
    connection.execute(MACROS)
    unfinished = path.with_suffix(".unfinished")
    connection.execute(f"COPY ({sql}) TO '{unfinished}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)")
    unfinished.rename(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--moved", action="store_true")
    asked = parser.parse_args()
    write_rows(asked.rows, asked.file, moved=asked.moved)
