"""Error rates at equal mix: row by row, chance itself, and as a rule has them."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prism_rules.metrics.concept_drift import Errors, standardise

Counts = dict[tuple[str, ...], Errors]


def draw_strata(draw: random.Random) -> Counts:
    kept = [name for name in "abcde" if draw.random() < 0.8] or ["a"]
    sizes = {name: draw.randint(1, 30) for name in kept}
    return {(name,): Errors(n, draw.randint(0, n)) for name, n in sizes.items()}


@given(st.randoms(use_true_random=False))
def test_is_the_mean_over_current_rows_of_what_their_stratum_had(draw: random.Random) -> None:
    """Row by row: each current row against the error rate of its own stratum in the reference."""
    here, there = draw_strata(draw), draw_strata(draw)
    common = sorted(here.keys() & there.keys())
    assume(common)
    rows = [(name, int(i < here[name].wrong)) for name in common for i in range(here[name].n)]
    wanted = np.mean([wrong - there[name].wrong / there[name].n for name, wrong in rows])
    value, error, n = standardise(here, there)
    assert n == len(rows)
    assert value == pytest.approx(float(wanted), rel=0, abs=1e-12)
    assert -1 <= value <= 1
    assert 0 < error < 1
    back, same, _ = standardise(there, here)
    if len(common) == 1:
        assert (back, same) == pytest.approx((-value, error), abs=1e-12)


@pytest.mark.parametrize(
    ("sizes", "others", "rates"),
    [
        ([200] * 5, [300] * 5, [0.1] * 5),
        ([10] * 6, [10] * 6, [0.05] * 6),
        ([2] * 60, [5] * 60, [0.3] * 60),
        ([500, 20, 5, 2], [100, 5, 100, 1], [0.02, 0.2, 0.5, 0.5]),
    ],
)
def test_the_interval_covers_no_drift_as_often_as_it_says(sizes: list[int], others: list[int], rates: Any) -> None:
    draw = np.random.default_rng(20260301)
    covered = 0
    for _ in range(400):
        here, there = (
            {(str(i),): Errors(n, int(x)) for i, (n, x) in enumerate(zip(of, draw.binomial(of, rates), strict=True))}
            for of in (sizes, others)
        )
        value, error, _n = standardise(here, there)
        covered += abs(value) <= 1.959964 * error
    assert covered / 400 >= 0.92


def build_rows(day: int, **counts: tuple[int, int]) -> list[dict[str, Any]]:
    """Lighting -> (labelled rows, wrong ones)."""
    row = {"class": "dent", "time": f"2026-02-{day:02}T12:00:00"}
    return [
        {**row, "lighting": lighting, "label": label, "x": x}
        for lighting, (n, wrong) in counts.items()
        for label, x in (("ok", wrong), ("dent", n - wrong), (None, 7))
        if x
    ]


@pytest.mark.parametrize(
    ("now", "status", "value", "n"),
    [
        # Glare, where the model was always worse, has become common: no more than that.
        ({"diffuse": (20, 1), "glare": (80, 32)}, "pass", 0, 100),
        # The mix is as it was, and under diffuse light the model is wrong oftener.
        ({"diffuse": (180, 45), "glare": (20, 8)}, "fail", 0.18, 200),
        # As much of a rise, on ten rows.
        ({"diffuse": (9, 2), "glare": (1, 1)}, "unsure", round(0.9 * (2 / 9 - 0.05) + 0.1 * 0.6, 6), 10),
    ],
)
def test_a_rule_tells_a_relation_from_its_inputs(now: Any, status: str, value: float, n: int, world: Any) -> None:
    rule = {
        "source": "predictions", "metric": "concept_drift", "of": ["lighting"], "baseline": {"window": "14d"},
        "min_n": 0, "confidence": 0.95, "fail": {"above": 0.05},
    }  # fmt: skip
    resolved = world.load(rules={"drift": rule})
    before = build_rows(10, diffuse=(400, 20), glare=(50, 20))
    rows = [*before, *build_rows(27, **now, strange=(3, 3))]
    data = world.write_all(resolved, {"predictions": rows})
    [finding] = world.evaluate(resolved, data, "2026-03-01").findings
    assert (finding.status, finding.value, finding.n) == (status, pytest.approx(value, abs=1e-6), n)
    assert [(s.of, s.n, s.kind) for s in finding.slices] == [({"lighting": "strange"}, 3, "absent")]
    low, high = finding.interval
    assert low < value < high
    assert math.isclose(high - value, value - low, abs_tol=2e-6)
