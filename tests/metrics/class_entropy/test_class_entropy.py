"""Balance and diversity against scipy, and through the whole program with rows that have no declared class."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from prism_rules.metrics import METRICS, Ask, NoParameters, Table, Taxonomy
from prism_rules.model.ruleset import Class


@settings(max_examples=100)
@given(st.lists(st.integers(min_value=0, max_value=10**9), min_size=2, max_size=12).filter(any))
def test_the_three_numbers_of_a_mix(counts: list[int]) -> None:
    names = [f"class-{number}" for number in range(len(counts))]
    met = pl.DataFrame([(name, n) for name, n in zip(names, counts, strict=True) if n], ["class", "n"], orient="row")
    ask = Ask(NoParameters(), ("class",), (), taxonomy=Taxonomy({name: Class() for name in names}))
    h = entropy(counts)
    wanted = {"class_entropy": h / math.log(len(counts)), "effective_classes": math.exp(h), "diversity": math.exp(h)}
    for name, value in wanted.items():
        [row] = METRICS[name].finish(ask, Table(met, ()), None).iter_rows(named=True)
        assert (row["value"], row["n"]) == (pytest.approx(value, rel=1e-9, abs=1e-12), sum(counts)), name


ROWS = [
    {"class": "dent", "site": "a", "x": 3}, {"class": "ok", "site": "a", "x": 9}, {"class": "new", "site": "a", "x": 5},
    {"class": None, "site": "a", "x": 2}, {"class": "ok", "site": "b", "x": 4}, {"class": "new", "site": "b"},
]  # fmt: skip


def test_rows_without_a_declared_class_are_told_as_left_out(world: Any) -> None:
    rule = {"source": "predictions", "min_n": 0, "fail": {"above": 9}, "by": ["site"]}
    resolved = world.load(
        classes={"dent": {}, "ok": {}},
        rules={
            "ratio": {**rule, "metric": "class_imbalance"},
            "weight": {**rule, "metric": "effective_classes"},
            "overall": {**rule, "metric": "class_imbalance", "by": []},
        },
    )
    data = world.write_all(resolved, {"predictions": [{"time": "2026-02-28", **row} for row in ROWS]})
    found = world.evaluate(resolved, data, "2026-03-01").findings
    told = {(f.rule, f.scope.get("site")): (f.value, f.n, f.excluded.get("null", 0), f.reason) for f in found}
    assert told == {
        ("ratio", "a"): (3, 12, 7, None),
        ("ratio", "b"): (None, 4, 1, "class_absent"),
        ("weight", "a"): (round(4 / 3**0.75, 6), 12, 7, None),  # exp(ln 4 - 3/4 ln 3)
        ("weight", "b"): (1, 4, 1, None),
        ("overall", None): (round(13 / 3, 6), 16, 8, None),
    }
