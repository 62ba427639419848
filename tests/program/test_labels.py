"""relations/labels.sql over a handful of labels: what the others of each say."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from prism_rules.program.relations.labels import write_labels

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
Label = tuple[str, str, str, str]
"""Unit, annotator, class, day of February."""


def find_others(world: Any, labels: list[Label], *, since: int | None = None) -> dict[tuple[str, str], str | None]:
    model = world.load().model
    anchor = datetime(2026, 2, since, tzinfo=UTC) if since else None
    with duckdb.connect() as connection:
        columns = '"unit" VARCHAR, annotator VARCHAR, class VARCHAR, "time" TIMESTAMP, site VARCHAR'
        connection.execute(f"CREATE TABLE annotations ({columns})")
        for unit, annotator, name, day in labels:
            row = [unit, annotator, name, f"2026-02-{day}", "p"]
            connection.execute("INSERT INTO annotations VALUES (?, ?, ?, ?, ?)", row)
        sql = write_labels(model, "annotations", "annotations", until=UNTIL, since=anchor)
        rows = connection.execute(f'SELECT "unit", annotator, _others FROM ({sql})').fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "one row per unit and annotator"
    return {row[:2]: row[2] for row in rows}


def name_unit(labels: str) -> list[Label]:
    """A unit of one label per letter, by annotators 0, 1, 2, ..."""
    return [("u", str(i), label, "10") for i, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("labels", "others"),
    [
        ("x", [None]),
        ("xx", ["x", "x"]),
        ("xy", ["y", "x"]),
        # Without its own label each of the two sees a tie of the others.
        ("xxy", [None, None, "x"]),
        ("xyz", [None, None, None]),
        ("xxxy", ["x", "x", "x", "x"]),
        ("xxyy", ["y", "y", "x", "x"]),
        ("xxyyz", ["y", "y", "x", "x", None]),
        ("xxyz", [None, None, "x", "x"]),
        ("xxxyy", [None, None, None, "x", "x"]),
    ],
)
def test_the_own_label_is_removed_and_ties_say_nothing(world: Any, labels: str, others: list[str | None]) -> None:
    assert find_others(world, name_unit(labels)) == {("u", str(i)): other for i, other in enumerate(others)}


def test_a_label_that_another_replaces_is_none(world: Any) -> None:
    labels = [("u", "a", "x", "10"), ("u", "a", "y", "12"), ("u", "b", "x", "11"), ("w", "a", "x", "10")]
    assert find_others(world, labels) == {("u", "a"): "x", ("u", "b"): "y", ("w", "a"): None}
    # From an anchor on, earlier labels are as if they were not there.
    assert find_others(world, labels, since=12) == {("u", "a"): None}


def test_others_are_those_that_counting_by_hand_gives(world: Any) -> None:
    draw = random.Random(3)
    labels = [
        (f"u{u}", f"a{a}", draw.choice("wxyz"), "10") for u in range(200) for a in range(9) if draw.random() < 0.6
    ]
    expected = {}
    for unit, annotator, _, _ in labels:
        rest = Counter(name for u, a, name, _ in labels if u == unit and a != annotator).most_common(2)
        tied = not rest or (len(rest) == 2 and rest[0][1] == rest[1][1])
        expected[unit, annotator] = None if tied else rest[0][0]
    assert find_others(world, labels) == expected
