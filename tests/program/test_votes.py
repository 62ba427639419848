"""relations/votes.sql and settled.sql over a handful of labels: who counts, where, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from prism_rules.program.relations.votes import write_votes

UNTIL = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
Label = tuple[str | None, str, str, str | None, str]
"""Unit, annotator, class, day of February, site."""


def count_votes(world: Any, labels: list[Label], *, since: int | None = None, **source: Any) -> set[tuple[Any, ...]]:
    asked = {key: source.pop(key) for key in ("dimensions", "where") if key in source}
    model = world.load(sources={"annotations": source}).model
    anchor = datetime.fromisoformat(f"2026-02-{since:02}T00:00:00+00:00") if since else None
    sql = write_votes(
        model,
        "annotations",
        "annotations",
        asked.get("dimensions", ()),
        until=UNTIL,
        since=anchor,
        where=asked.get("where"),
    )
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE annotations"
            ' ("unit" VARCHAR, annotator VARCHAR, class VARCHAR, "time" TIMESTAMP, site VARCHAR)'
        )
        for unit, annotator, name, day, site in labels:
            moment = None if day is None else f"2026-{day}"
            connection.execute("INSERT INTO annotations VALUES (?, ?, ?, ?, ?)", [unit, annotator, name, moment, site])
        rows = connection.execute(sql).fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "one row per unit and class"
    return {(*row[:4], f"{row[4]:%m-%d}" if row[4] else None, *row[5:]) for row in rows}


PLAIN: list[Label] = [("u", "a", "x", "02-10", "p"), ("u", "b", "x", "02-12", "p"), ("u", "c", "y", "02-11", "q")]
TWICE: list[Label] = [("u", "a", "x", "02-10", "p"), ("u", "a", "y", "02-12", "p"), ("u", "b", "x", "02-11", "p")]
TIED: list[Label] = [("u", "a", "y", "02-10", "q"), ("u", "a", "x", "02-10", "q"), ("u", "a", "x", "02-10", "p")]
UNSEEN: list[Label] = [("u", "a", "z", "03-01", "p"), ("w", "a", "z", "03-01", "p")]
UNTIMED = {"window": "all", "fields": {"unit": "unit", "annotator": "annotator", "class": "class"}}
LATEST = {("u", "y", 1, 2, "02-12"), ("u", "x", 1, 2, "02-12")}


CROWD: list[Label] = [("u", f"annotator-{i}", "xy"[i % 2], "02-10", "p") for i in range(70)]
"""More annotators than there are marks to tell them apart by."""
MIXED = {("u", "x", 2, 3, "02-12", None), ("u", "y", 1, 3, "02-12", None)}


@pytest.mark.parametrize(
    ("labels", "asked", "votes"),
    [
        ([], {}, set()),
        (PLAIN, {}, {("u", "x", 2, 3, "02-12"), ("u", "y", 1, 3, "02-12")}),
        # The latest of an annotator counts, or the first; the unit is as new as what counts.
        (TWICE, {}, LATEST),
        (TWICE, {"duplicates": "latest"}, LATEST),
        (TWICE, {"duplicates": "first"}, {("u", "x", 2, 2, "02-11")}),
        # Of one moment the same one counts whatever the order of rows: the first by class, then by the other columns.
        (TIED, {"dimensions": ["site"]}, {("u", "x", 1, 1, "02-10", "p")}),
        (TIED[::-1], {"dimensions": ["site"]}, {("u", "x", 1, 1, "02-10", "p")}),
        # What lies at or after the end is not seen, neither as a vote nor as what settles another.
        ([*TWICE, *UNSEEN], {}, LATEST),
        ([*TWICE, ("u", "c", "z", None, "p")], {}, LATEST),
        ([*TWICE, (None, "c", "z", "02-12", "p")], {}, LATEST),
        # Units of mixed dimensions have none, and rules by it leave them out.
        (PLAIN, {"dimensions": ["site"]}, MIXED),
        ([*PLAIN, ("w", "a", "x", "02-01", "p")], {"dimensions": ["site"]}, {*MIXED, ("w", "x", 1, 1, "02-01", "p")}),
        # A duplicate that does not count does not mix anything either.
        ([("u", "a", "x", "02-10", "q"), *TWICE], {"dimensions": ["site"]}, {(*vote, "p") for vote in LATEST}),
        # From an anchor on, earlier labels are as if they were not there.
        (PLAIN, {"since": 11}, {("u", "x", 1, 2, "02-12"), ("u", "y", 1, 2, "02-12")}),
        (TWICE, {"since": 11, "duplicates": "first"}, LATEST),
        # A condition is asked of what is settled.
        (TWICE, {"where": "class = 'x'"}, {("u", "x", 1, 1, "02-11")}),
        # Units are told apart: what is settled in one changes nothing in another.
        ([*TWICE, *(("w", *label[1:]) for label in PLAIN)], {}, {
            *LATEST, ("w", "x", 2, 3, "02-12"), ("w", "y", 1, 3, "02-12"),
        }),
        (CROWD, {}, {("u", "x", 35, 70, "02-10"), ("u", "y", 35, 70, "02-10")}),
        # Without times all labels count, and the unit is of no moment.
        (PLAIN, UNTIMED, {("u", "x", 2, 3, None), ("u", "y", 1, 3, None)}),
    ],
)  # fmt: skip
def test_votes(world: Any, labels: list[Label], asked: dict[str, Any], votes: set[tuple[Any, ...]]) -> None:
    assert count_votes(world, labels, **asked) == votes
