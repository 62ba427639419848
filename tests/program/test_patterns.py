"""relations/patterns.sql: what tells units apart by all of their labels tells nothing of names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from prism_rules.engines import Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.intake import bind
from prism_rules.program import compile_program, gate_expressions

GIVEN = [
    # As one text the first two would be alike.
    {0: "2:x", 1: "x"},
    {0: "x", 1: "2:x"},
    {0: "x", 1: "x"},
    {0: "x", 1: "x"},
    {0: "x", 2: "x"},
    {0: "x"},
]
"""Of each unit: annotator -> class."""


def find_patterns(world: Any, names: Sequence[str]) -> dict[str, int]:
    """Pattern -> units, of one rule without dimensions."""
    rule = {"source": "annotations", "metric": "dawid_skene_accuracy", "fail": {"below": 0.5}}
    resolved = world.load(rules={"asks": rule})
    labels = [
        {"unit": f"u{i}", "annotator": names[who], "class": kind, "time": "2026-02-25", "site": "p"}
        for i, given in enumerate(GIVEN) for who, kind in given.items()
    ]  # fmt: skip
    data = world.write_all(resolved, {"annotations": labels})
    with open_engine(Limits(threads=1), isolated=False) as engine:
        intake = bind(resolved, data, engine, root=world.folder)
        program = compile_program(resolved, intake, gate_expressions(resolved), datetime(2026, 3, 1, tzinfo=UTC))
        tables = engine.answer(program.batch)
    [reading] = program.readings
    units = reading.columns["units"]
    return {row["_pattern"]: row[units] for row in tables[reading.query].iter_rows(named=True)}


def test_patterns_tell_units_apart_and_change_with_no_name(world: Any) -> None:
    found = find_patterns(world, ("ada", "bo", "cy"))
    assert sorted(found.values()) == [1, 1, 1, 1, 2]
    assert find_patterns(world, ("Ursel Abt", "Vera", "Zoe")) == found
