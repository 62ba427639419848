"""Means and their standard errors through the whole program, against numpy over numbers of every size."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from prism_rules.inference import Estimate, find_interval

AS_OF = "2026-03-01"
DRAWS: dict[str, Any] = {
    "ordinary": lambda draw: draw.gauss(100, 15),
    "far-away": lambda draw: 1e9 + draw.gauss(0, 1e6),
    "negative": lambda draw: -draw.expovariate(0.001),
    "wild": lambda draw: draw.choice((1.0, -3.0, 1e12, -1e12)),
    "cut": lambda draw: draw.choice((999_999.0, 1_000_001.0)),
    "small": lambda draw: draw.random() * 0.01,
    "lacking": lambda draw: draw.choice((None, math.nan, math.inf, 1.1e12, 1.0, 2.0)),
}
MEAN = {"source": "predictions", "metric": "mean", "by": ["site"], "min_n": 0, "confidence": 0.95}


def measure(world: Any, rows: list[dict[str, Any]], **rule: Any) -> dict[str, Any]:
    resolved = world.load(rules={"mean": {**MEAN, **rule}})
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), AS_OF)
    return {finding.scope["site"]: finding for finding in evaluation.findings}


@pytest.mark.parametrize("size", [2, 5, 1000])
def test_equals_numpy(size: int, world: Any) -> None:
    draw = random.Random(size)
    rows = [
        {"site": kind, "class": "dent", "time": "2026-02-28", "brightness": make(draw)}
        for kind, make in DRAWS.items()
        for _ in range(size)
    ]
    found = measure(world, rows, of="brightness", fail={"above": 0.5})

    numbers = defaultdict(list)
    for row in rows:
        x = row["brightness"]
        if x is not None and math.isfinite(x) and abs(x) <= 1e12:
            numbers[row["site"]].append(x)
    assert {*DRAWS} >= {*numbers} and len(numbers) >= 6
    for site, values in numbers.items():
        mean, n = float(np.mean(values)), len(values)
        assert found[site].n == n
        assert found[site].value == pytest.approx(mean, rel=1e-12, abs=0.5e-6 + 1e-9), site
        assert found[site].excluded.get("null", 0) == size - n
        spread = float(np.std(values, ddof=1)) if n > 1 else 0.0
        if spread > 1e-3:
            error = spread / math.sqrt(n)
            wanted = find_interval(Estimate(mean, n, error, n - 1), 0.95)
            assert found[site].interval == pytest.approx(wanted, rel=1e-6, abs=1e-6 + 1e-6 * error), site


def test_a_sentinel_in_very_many_rows_fits_the_sums(world: Any) -> None:
    rows = [{"site": "s", "class": "dent", "time": "2026-02-28", "brightness": x, "x": 200_000} for x in (-1e12, 1e12)]
    [finding] = measure(world, rows, of="brightness", fail={"above": 1}).values()
    assert finding.value == 0
    half = 1.959964 * 1e12 / math.sqrt(400_000)
    assert finding.interval == pytest.approx((-half, half), rel=1e-5)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_constant_is_as_narrow_as_the_sums_resolve(level: float, world: Any) -> None:
    rows = [{"site": "s", "class": "dent", "time": "2026-02-28", "confidence": level, "x": 100}]
    for rule in ({"of": "confidence"}, {"metric": "mean_confidence"}):
        [finding] = measure(world, rows, **rule, fail={"above": 0.5}).values()
        assert finding.interval == pytest.approx((level, level), abs=1e-5)
        assert finding.interval[0] < level < finding.interval[1]


def test_one_row_is_never_beyond_doubt(world: Any) -> None:
    rows = [{"site": "s", "class": "dent", "time": "2026-02-28", "brightness": 9.0}]
    [finding] = measure(world, rows, of="brightness", fail={"above": 1}).values()
    assert (finding.status, finding.unsure_of, finding.interval) == ("unsure", "fail", None)
