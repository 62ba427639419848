"""Drift tests against published charts and run lengths, scipy, all orders of few points, examples by hand, and laws."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from scipy import stats

from prism_rules.inference import TESTS, Statistic, find_slope
from prism_rules.inference.series import (
    ALLOWANCE,
    WEIGHT,
    compute_ewma,
    compute_mann_kendall,
    compute_page_hinkley,
    trace_average,
    trace_excursion,
)

PUBLISHED = YAML(typ="safe").load(Path(__file__).with_name("published.yaml"))
UNIT = [-math.sqrt(0.5), math.sqrt(0.5)]
"""A reference whose mean is 0 and whose standard deviation is 1."""

POINTS = st.lists(st.integers(-40, 40).map(lambda x: x / 8), min_size=2, max_size=14)
REFERENCES = st.lists(st.integers(-40, 40).map(lambda x: x / 8), min_size=2, max_size=9).filter(
    lambda x: len(set(x)) > 1
)
NEED_A_REFERENCE = sorted(TESTS.keys() - {"mann_kendall"})


def make_reference(target: float, sigma: float) -> list[float]:
    return [target + sigma * z for z in UNIT]


def follow(
    test: Callable[..., Statistic], points: list[float], reference: list[float], **more: float
) -> list[Statistic]:
    """The statistic as it was after every point."""
    return [test(points[: i + 1], reference, **more) for i in range(len(points))]


def find_first_signal(statistics: list[Statistic], limit: float) -> int | None:
    """The number of the first point at which the limit is passed, counted from 1."""
    return next((i for i, at in enumerate(statistics, 1) if at.value is not None and at.value > limit), None)


@pytest.mark.parametrize("chart", PUBLISHED["cusum"], ids=lambda chart: chart["id"])
def test_cusum_as_published(chart: dict[str, Any]) -> None:
    sigma = chart["sigma"]
    statistics = follow(TESTS["cusum"], chart["points"], make_reference(chart["target"], sigma))
    for at, rise, fall in zip(statistics, chart["rise"], chart["fall"], strict=True):
        assert at.value == pytest.approx(max(rise, fall) / sigma, abs=chart["within"])
    signal = find_first_signal(statistics, chart["limit"] / sigma)
    assert signal == chart["first_signal"]
    assert statistics[signal - 1].change == signal - chart["excursion"]


@pytest.mark.parametrize("chart", PUBLISHED["ewma"], ids=lambda chart: chart["id"])
def test_ewma_as_published(chart: dict[str, Any]) -> None:
    target, sigma, weight = (chart[key] for key in ("target", "sigma", "weight"))
    statistics = follow(compute_ewma, chart["points"], make_reference(target, sigma), weight=weight)
    for n, (at, average) in enumerate(zip(statistics, chart["averages"], strict=True), 1):
        own = sigma * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * n)))
        assert at.value * own == pytest.approx(abs(average - target), abs=chart["within"])
    assert find_first_signal(statistics, chart["limit"]) == chart["first_signal"]


def test_page_hinkley_as_recomputed() -> None:
    example = PUBLISHED["page_hinkley"]
    statistics = follow(compute_page_hinkley, [0.1] * 20 + [0.4] * 20, make_reference(0, 1), delta=example["delta"])
    expected = [0.0] * 20 + example["statistics"]
    assert [at.value for at in statistics] == pytest.approx(expected, abs=example["within"])
    assert find_first_signal(statistics, example["limit"]) == example["first_signal"]
    assert [at.change for at in statistics] == [None] * 20 + [example["begins"]] * 20


@pytest.mark.parametrize("example", PUBLISHED["mann_kendall"], ids=lambda example: example["id"])
def test_mann_kendall_as_published(example: dict[str, Any]) -> None:
    statistic = compute_mann_kendall(example["points"])
    z = example["z"] if "z" in example else stats.norm.isf(example["p_two_sided"] / 2)
    assert statistic.value == pytest.approx(z, abs=1e-8)
    assert find_slope(dict(enumerate(example["points"]))) == pytest.approx(example["slope"], abs=1e-9)


def count_steps(row: dict[str, Any], draw: Callable[[], float]) -> int:
    """Steps of one chart, both sides, until it passes its limit."""

    def list_points() -> Iterator[float]:
        while True:
            yield draw() + row["shift"]

    if row["test"] == "ewma":
        limit = row["limit"] * math.sqrt(WEIGHT / (2 - WEIGHT))
        return next(n for n, average in enumerate(trace_average(list_points(), WEIGHT), 1) if abs(average) > limit)
    points: list[float] = []

    def keep() -> Iterator[float]:
        for point in list_points():
            points.append(point)
            yield point - ALLOWANCE

    fall = trace_excursion(-point - ALLOWANCE for point in points)
    for n, (rise, _) in enumerate(trace_excursion(keep()), 1):
        if rise > row["limit"] or next(fall)[0] > row["limit"]:
            return n
    raise AssertionError("a chart without an end")


@pytest.mark.parametrize(
    "row", PUBLISHED["run_lengths"]["rows"], ids=lambda row: f"{row['test']} {row['limit']} {row['shift']}"
)
def test_run_lengths_as_published(row: dict[str, Any]) -> None:
    generator = random.Random(20)
    lengths = [count_steps(row, lambda: generator.gauss(0, 1)) for _ in range(row["runs"])]
    mean = sum(lengths) / len(lengths)
    error = math.sqrt(sum((length - mean) ** 2 for length in lengths)) / len(lengths)
    assert error < 0.025 * mean
    assert abs(mean - row["printed"]) < 3 * error


@pytest.mark.parametrize(
    ("name", "points", "value", "change"),
    [
        # By hand, with target 0 and sigma 1; C+ is 0.5, 2, 0, 1, 2 and C- is 0, 0, 2.5, 0.5, 0.
        ("cusum", [1, 2, -3, 1.5, 1.5], 2, 3),
        ("cusum", [1, 2, -3], 2.5, 2),
        ("cusum", [1, 2], 2, 0),
        ("cusum", [0.5, -0.5, 0.2], 0, None),
        # The averages are 0.2, -0.04, 0.168; of their variance after three points 0.2 / 1.8 (1 - 0.8^6).
        ("ewma", [1, -1, 1], 0.168 / math.sqrt(0.2 / 1.8 * (1 - 0.8**6)), 2),
        ("ewma", [1, 1], 0.36 / math.sqrt(0.2 / 1.8 * (1 - 0.8**4)), 0),
        ("ewma", [-1, -1, 0], 0.288 / math.sqrt(0.2 / 1.8 * (1 - 0.8**6)), 0),
        ("ewma", [1, -0.8], 0, None),
        # 3 lies 2.25 over the mean 0.75 of four, the next 1.8 over that of five.
        ("page_hinkley", [0, 0, 0, 3], 1.75, 3),
        ("page_hinkley", [0, 0, 0, 3, 3], 3.05, 3),
        ("page_hinkley", [0, 0, 0, -3, -3], 3.05, 3),
        # What the span began with is no change in it.
        ("page_hinkley", [3, 3, 3, 3], 0, None),
    ],
)
def test_by_hand(name: str, points: list[float], value: float, change: int | None) -> None:
    statistic = TESTS[name](points, UNIT)
    assert statistic == Statistic(pytest.approx(value, abs=1e-12), None, change)


@pytest.mark.parametrize(
    ("points", "p", "sign"),
    [
        ([1, 2, 3, 4, 5], 2 / 120, 1),
        ([5, 4, 3, 2, 1], 2 / 120, -1),
        # Of 1 1 2, 1 2 1 and 2 1 1 the first and the last have |S| = 2.
        ([1, 1, 2], 2 / 3, 1),
        ([2, 1, 1], 2 / 3, -1),
        ([1, 2, 1], 1, 1),
        ([7, 7, 7, 7], 1, 1),
        ([3] * 12, 1, 1),
    ],
)
def test_few_points_and_ties_of_a_trend_by_hand(points: list[float], p: float, sign: int) -> None:
    assert compute_mann_kendall(points).value == pytest.approx(sign * stats.norm.isf(p / 2), abs=1e-12)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=6))
def test_the_exact_p_of_a_trend_counts_all_orders(points: list[int]) -> None:
    def score(order: tuple[int, ...]) -> int:
        return sum((b > a) - (b < a) for i, a in enumerate(order) for b in order[i + 1 :])

    orders = list(permutations(points))
    p = sum(abs(score(order)) >= abs(score(tuple(points))) for order in orders) / len(orders)
    value = compute_mann_kendall(points).value
    assert abs(value) == pytest.approx(stats.norm.isf(p / 2), abs=1e-9)
    assert (value > 0, value < 0) == (score(tuple(points)) > 0 and p < 1, score(tuple(points)) < 0 and p < 1)


@given(st.permutations(range(9)))
def test_nine_different_points_against_scipy(points: list[int]) -> None:
    expected = stats.kendalltau(range(9), points, method="exact")
    assert abs(compute_mann_kendall(points).value) == pytest.approx(stats.norm.isf(expected.pvalue / 2), abs=1e-9)


@given(st.lists(st.integers(-9, 9), min_size=10, max_size=16))
def test_from_ten_points_on_against_scipy(points: list[int]) -> None:
    statistic = compute_mann_kendall(points)
    assert find_slope(dict(enumerate(points))) == pytest.approx(stats.theilslopes(points).slope, abs=1e-12)
    n, ties = len(points), [points.count(x) for x in set(points)]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    pairs = [(i, j) for j in range(n) for i in range(j)]
    s = sum((points[j] > points[i]) - (points[j] < points[i]) for i, j in pairs)
    assert statistic.value == pytest.approx((s - math.copysign(1, s)) / math.sqrt(variance) if s else 0)


@pytest.mark.parametrize("name", NEED_A_REFERENCE)
@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ([], "no_reference"),
        ([1.0], "no_reference"),
        ([0.1, 0.1, 0.1], "constant_reference"),
        ([0.3, 0.1 + 0.2], "constant_reference"),
        ([0.0, 0.0], "constant_reference"),
        ([0.0, 1e-9], None),
    ],
)
def test_a_reference_that_says_nothing_is_a_reason(name: str, reference: list[float], reason: str | None) -> None:
    statistic = TESTS[name]([0.1, 0.2, 0.3], reference)
    assert (statistic.reason, statistic.value is None) == (reason, reason is not None)
    assert statistic.change is None or reason is None


@pytest.mark.parametrize("name", NEED_A_REFERENCE)
def test_points_on_the_target_are_no_excursion(name: str) -> None:
    # Neither 0.7 nor the mean of the three is a float: what rounding leaves must not begin an excursion.
    assert TESTS[name]([0.7] * 30, [0.6, 0.8, 0.7]) == Statistic(0.0, None, None)


@pytest.mark.parametrize("name", TESTS)
@given(POINTS, REFERENCES, st.integers(-8, 8), st.sampled_from([0.25, 1, 3, 10]))
def test_a_series_moved_or_stretched_with_its_reference_says_the_same(
    name: str, points: list[float], reference: list[float], shift: int, factor: float
) -> None:
    statistic = TESTS[name](points, reference)
    moved = TESTS[name]([factor * x + shift for x in points], [factor * x + shift for x in reference])
    assert moved.value == pytest.approx(statistic.value, abs=1e-6)
    assert moved.change == statistic.change


@pytest.mark.parametrize("name", TESTS)
@given(POINTS, REFERENCES)
def test_a_series_upside_down_drifts_the_other_way(name: str, points: list[float], reference: list[float]) -> None:
    up = TESTS[name](points, reference)
    down = TESTS[name]([-x for x in points], [-x for x in reference])
    assert down.value == pytest.approx(-up.value if name == "mann_kendall" else up.value, abs=1e-9)


@given(POINTS)
def test_a_series_backwards_has_the_opposite_trend(points: list[float]) -> None:
    forwards, backwards = compute_mann_kendall(points), compute_mann_kendall(points[::-1])
    assert backwards.value == pytest.approx(-forwards.value, abs=1e-12)
    upwards, downwards = find_slope(dict(enumerate(points))), find_slope(dict(enumerate(points[::-1])))
    assert downwards == pytest.approx(-upwards, abs=1e-12)


@pytest.mark.parametrize("name", TESTS)
@given(POINTS, REFERENCES, st.randoms(use_true_random=False))
def test_the_order_of_the_reference_does_not_matter(
    name: str, points: list[float], reference: list[float], generator: random.Random
) -> None:
    shuffled = sorted(reference, key=lambda _: generator.random())
    assert TESTS[name](points, shuffled) == TESTS[name](points, reference)


@pytest.mark.parametrize("name", NEED_A_REFERENCE)
@given(POINTS, REFERENCES)
def test_an_excursion_lasts_exactly_when_there_is_a_value(
    name: str, points: list[float], reference: list[float]
) -> None:
    statistic = TESTS[name](points, reference)
    assert (statistic.value > 0) == (statistic.change is not None)
    if statistic.change is not None:
        assert 0 <= statistic.change < len(points)
        # What went before the excursion's first point was at rest on that side.
        before = TESTS[name](points[: statistic.change], reference) if statistic.change else None
        assert before is None or before.change != statistic.change


def test_a_slope_is_per_step_and_goes_over_gaps() -> None:
    line = {0: 1.0, 1: 1.5, 5: 3.5, 9: 5.5, 10: 6.0}
    assert find_slope(line) == 0.5
    assert find_slope(dict(reversed(line.items()))) == 0.5
    # Slopes 1, 10, 19 over steps 1, 2, 1: the median of 1, 5.5, 10.
    assert find_slope({3: 0.0, 4: 1.0, 5: 11.0}) == 5.5
