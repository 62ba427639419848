"""The critical value against chance, published simulations and scikit-learn's curve; bins as the engine makes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta
from sklearn.calibration import calibration_curve

from prism_rules.metrics.ece import Bin, compute_ece, find_critical


def bin_rows(confidences: Any, right: Any, bins: int) -> list[Bin]:
    places = np.minimum(np.floor(confidences * bins), bins - 1)
    parts = [places == place for place in np.unique(places)]
    return [(int(part.sum()), float(confidences[part].sum()), int(right[part].sum())) for part in parts]


def test_is_the_mean_gap_of_the_reliability_curve() -> None:
    draw = np.random.default_rng(20260301)
    for _ in range(50):
        confidences = draw.random(200)
        right = draw.random(200) < confidences**2
        shares, means = calibration_curve(right, confidences, n_bins=15)
        weights = np.histogram(confidences, bins=15, range=(0, 1))[0]
        gap = float((weights[weights > 0] * abs(shares - means)).sum() / 200)
        assert compute_ece(bin_rows(confidences, right, 15)) == pytest.approx(gap, rel=1e-12)


@pytest.mark.parametrize(
    ("n", "bins", "high"),
    [(200, 10, 0.063), (200, 15, 0.069), (1000, 10, 0.029), (1000, 15, 0.031), (10000, 10, 0.0085), (10000, 15, 0.010)],
)
def test_the_critical_value_is_where_simulations_of_a_calibrated_model_have_their_95th_percentile(
    n: int, bins: int, high: float
) -> None:
    """Confidences are 1/2 and half of a Beta(5, 2); the percentiles are of 300 runs each."""
    expected = []
    for place in range(bins):
        low, up = (min(max(2 * edge / bins - 1, 0), 1) for edge in (place, place + 1))
        if share := beta.cdf(up, 5, 2) - beta.cdf(low, 5, 2):
            mean = 5 / 7 * (beta.cdf(up, 6, 2) - beta.cdf(low, 6, 2)) / share
            expected.append((n * share, n * share * (0.5 + 0.5 * mean), 0))
    assert find_critical(expected) == pytest.approx(high, rel=0.06)


@pytest.mark.parametrize(("n", "bins"), [(200, 10), (200, 15), (1000, 15)])
def test_chance_exceeds_the_critical_value_about_once_in_twenty(n: int, bins: int) -> None:
    draw = np.random.default_rng(20260301)
    exceeded = 0
    for _ in range(1000):
        confidences = 0.5 + 0.5 * draw.beta(5, 2, n)
        binned = bin_rows(confidences, draw.random(n) < confidences, bins)
        exceeded += compute_ece(binned) > find_critical(binned)
    assert 0.03 <= exceeded / 1000 <= 0.07


@pytest.mark.parametrize(
    ("right", "rows", "status"),
    [
        (11, 20, "unsure"),  # 0.15 below what it says, of twenty rows
        (100, 200, "fail"),
        (130, 200, "pass"),
    ],
)
def test_a_rule_fails_above_its_bound_and_beyond_chance(right: int, rows: int, status: str, world: Any) -> None:
    rule = {"source": "predictions", "metric": "ece", "min_n": 0, "by": ["class"], "fail": {"above": 0.1}}
    resolved = world.load(rules={"calibrated": rule})
    sure = {"class": "dent", "confidence": 0.7, "time": "2026-02-28"}
    seen = [
        {**sure, "label": "dent", "x": right},
        {**sure, "label": "ok", "x": rows - right},
        {**sure, "label": None, "x": 7},
        {**sure, "label": "ok", "confidence": math.nan, "x": 5},
    ]
    data = world.write_all(resolved, {"predictions": seen})
    [finding] = world.evaluate(resolved, data, "2026-03-01").findings
    assert finding.value == pytest.approx(abs(right / rows - 0.7), abs=1e-6)
    assert (finding.n, finding.status) == (rows, status)
