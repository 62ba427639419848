"""relations/pairs.sql over a handful of labels: who is set beside whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from prism_rules.program.relations.pairs import write_pairs

UNTIL = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
Label = tuple[str | None, str, str, str, str]
"""Unit, annotator, class, day of February, site."""

PLAIN: list[Label] = [("u", "b", "x", "12", "p"), ("u", "a", "y", "10", "p"), ("u", "c", "x", "11", "p")]
PAIRS = {
    ("u", 1, 2, "y", "x", 3, "12", "p"),
    ("u", 1, 3, "y", "x", 3, "12", "p"),
    ("u", 2, 3, "x", "x", 3, "12", "p"),
    ("u", 3, 0, "x", "", 3, "12", "p"),
}


@pytest.mark.parametrize(
    ("labels", "pairs"),
    [
        ([], set()),
        (PLAIN, PAIRS),
        (PLAIN[::-1], PAIRS),
        # One label is set beside nobody, but is there.
        ([("w", "a", "x", "10", "p")], {("w", 1, 0, "x", "", 1, "10", "p")}),
        # The latest of an annotator counts, and nobody is set beside themselves.
        ([*PLAIN, ("u", "c", "z", "10", "p"), ("u", "b", "z", "01", "q")], PAIRS),
        # Labels of no unit are not seen.
        ([*PLAIN, (None, "a", "x", "10", "p"), (None, "b", "x", "10", "p")], PAIRS),
        # Units are by themselves, and one of mixed dimensions has none.
        (
            [("u", "a", "x", "10", "p"), ("u", "b", "x", "11", "q"), ("w", "b", "y", "09", "p")],
            {
                ("u", 1, 2, "x", "x", 2, "11", None),
                ("u", 2, 0, "x", "", 2, "11", None),
                ("w", 2, 0, "y", "", 1, "09", "p"),
            },
        ),
    ],
)  # fmt: skip
def test_pairs(world: Any, labels: list[Label], pairs: set[tuple[Any, ...]]) -> None:
    sql = write_pairs(world.load().model, "annotations", "annotations", ["site"], until=UNTIL)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE annotations"
            ' ("unit" VARCHAR, annotator VARCHAR, class VARCHAR, "time" TIMESTAMP, site VARCHAR)'
        )
        for unit, annotator, name, day, site in labels:
            row = [unit, annotator, name, f"2026-02-{day}", site]
            connection.execute("INSERT INTO annotations VALUES (?, ?, ?, ?, ?)", row)
        rows = connection.execute(sql).fetchall()
    assert len({row[:3] for row in rows}) == len(rows), "one row per unit and pair"
    assert {(*row[:6], f"{row[6]:%d}", row[7]) for row in rows} == pairs
