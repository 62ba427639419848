"""Data made from row numbers alone, so that the same call gives the same rows everywhere.

`python -m benchmarks.data predictions ROWS FILE` writes 28 days of predictions before 2026-03-01: 50 classes of very
different sizes, 8 sites, and few labels. Every tenth class is hard: the model is unsure of it and often wrong.

`python -m benchmarks.data annotations LABELS FILE` writes about so many labels of 28 days: units of two to four labels
by as many of 23 annotators, 50 classes, four of five labels the class of the unit.
"""

from __future__ import annotations

import sys
from pathlib import Path

AS_OF = "2026-03-01"
CLASSES = tuple(f"c{number:02}" for number in range(1, 51))
SITES = tuple(f"site-{number}" for number in range(1, 9))
HARD = CLASSES[6::10]

# Multiply and shift, in plain integers: DuckDB's own random numbers and hashes may change with its version.
MACROS = """
CREATE MACRO mixed(x) AS (xor(x, x >> 16) * 73244475) & 4294967295;
CREATE MACRO chance(i, k) AS xor(mixed(mixed(((i * 16 + k) * 2654435761) & 4294967295)), 40503) / 4294967296.0::DOUBLE;
"""

# 51^u for an even u is 1 to 50 with chances close to 1/k, which is what is called zipf.
ROWS = """
WITH drawn AS (
  SELECT i, chance(i, 1) AS moment, CAST(floor(pow(51, chance(i, 2))) AS INTEGER) AS kind, chance(i, 3) AS place,
    chance(i, 4) AS doubt, chance(i, 5) AS light, chance(i, 6) AS spread, chance(i, 7) AS asked, chance(i, 8) AS told,
    chance(i, 9) AS overruled, chance(i, 10) AS later
  FROM range({rows}) numbers(i)
), known AS (
  SELECT *, kind % 10 = 7 AS hard, TIMESTAMP '2026-02-01' + to_seconds(floor(moment * 2419200)) AS t,
    'c' || lpad(CAST(kind AS VARCHAR), 2, '0') AS class, 'c' || lpad(CAST(1 + kind % 50 AS VARCHAR), 2, '0') AS other
  FROM drawn
)
SELECT
  'img-' || i AS id,
  t AS "time",
  class,
  'site-' || CAST(1 + floor(place * 8) AS INTEGER) AS site,
  round(1 - doubt * CASE WHEN hard THEN 0.8 ELSE 0.5 END, 6) AS confidence,
  round(100 + 40 * (light - 0.5), 4) AS brightness,
  CASE WHEN spread < 0.995 THEN round(0.2 + 0.6 * spread, 6) END AS contrast,
  CASE WHEN asked < 0.1 THEN CASE WHEN told < CASE WHEN hard THEN 0.8 ELSE 0.95 END THEN class ELSE other END END
    AS label,
  overruled < CASE WHEN hard THEN 0.12 ELSE 0.04 END AS overridden,
  CASE WHEN asked < 0.1 THEN t + to_seconds(floor(later * 864000)) END AS reviewed_at
FROM known
"""

ANNOTATIONS = """
WITH units AS (
  SELECT i, 2 + CAST(floor(chance(i, 1) * 3) AS INTEGER) AS labels,
    CAST(floor(pow(51, chance(i, 2))) AS INTEGER) AS kind,
    TIMESTAMP '2026-02-01' + to_seconds(floor(chance(i, 3) * 2400000)) AS t
  FROM range({rows} // 3) numbers(i)
), labels AS (
  SELECT *, chance(i * 4 + j, 5) < 0.8 AS plain, 1 + CAST(floor(chance(i * 4 + j, 6) * 50) AS INTEGER) AS other
  FROM units, range(4) places(j) WHERE j < labels
)
SELECT
  'img-' || i AS unit,
  'reviewer-' || lpad(CAST((i * 7 + j * 5) % 23 AS VARCHAR), 2, '0') AS annotator,
  'c' || lpad(CAST(CASE WHEN plain THEN kind ELSE other END AS VARCHAR), 2, '0') AS class,
  t + to_minutes(j) AS "time"
FROM labels ORDER BY t, i, j
"""

KINDS = {"predictions": ROWS, "annotations": ANNOTATIONS}


def write_data(kind: str, rows: int, path: Path) -> None:
    """Write a kind of data to a Parquet file, which appears only when it is whole."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(MACROS)
    unfinished = path.with_suffix(".unfinished")
    made = KINDS[kind].format(rows=rows)
    connection.execute(f"COPY ({made}) TO '{unfinished}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)")
    unfinished.rename(path)


if __name__ == "__main__":
    write_data(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
