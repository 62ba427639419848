"""Intervals and p values against published tables, scipy, laws, and by hand where a sample says little."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from scipy import stats

from prism_rules.inference import Estimate, compute_tail, find_difference, find_interval

PUBLISHED = YAML(typ="safe").load(Path(__file__).with_name("published.yaml"))
INF = math.inf

NOTHING = Estimate(0.0, 0)
ONE_ROW = Estimate(3.0, 1, error=0.0, df=0)
CONSTANT = Estimate(3.0, 8, error=0.0, df=7)

PROPORTIONS = st.integers(0, 60).flatmap(
    lambda n: st.builds(lambda k: Estimate(round(k / n, 6) if n else 0.0, n), st.integers(0, n))
)
VALUES = st.builds(
    Estimate,
    st.floats(-1.5, 1.5),
    st.integers(1, 40),
    st.floats(0.001, 2) | st.just(0.0),
    st.floats(0.5, 60) | st.sampled_from([None, 0.0]),
)
ESTIMATES = PROPORTIONS | VALUES
CONFIDENCES = st.floats(0.05, 0.9999)


def of(k: int, n: int) -> Estimate:
    return Estimate(k / n, n)


def summarise(sample: list[float]) -> Estimate:
    return Estimate(float(sum(sample) / len(sample)), len(sample), float(stats.sem(sample)), len(sample) - 1)


@pytest.mark.parametrize("row", PUBLISHED["wilson"]["rows"], ids=lambda row: f"{row['x']} of {row['n']}")
def test_wilson_as_published(row: dict[str, Any]) -> None:
    interval = find_interval(of(row["x"], row["n"]), 0.95)
    assert [round(end, 4) for end in interval] == row["printed"]
    assert interval == pytest.approx(row["recomputed"], abs=PUBLISHED["wilson"]["within"])


@pytest.mark.parametrize("row", PUBLISHED["difference"]["rows"], ids=lambda row: f"{row['a']} - {row['b']}")
def test_difference_of_proportions_as_published(row: dict[str, Any]) -> None:
    interval = find_difference(of(*row["a"]), of(*row["b"]), 0.95)
    assert [round(end, 4) for end in interval] == row["printed"]


@pytest.mark.parametrize("confidence", [0.2, 0.8, 0.95, 0.9999])
@pytest.mark.parametrize("n", [1, 2, 5, 30, 1000, 10**9])
def test_wilson_and_the_score_test_against_scipy(n: int, confidence: float) -> None:
    for k in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        interval = find_interval(of(k, n), confidence)
        assert interval == pytest.approx(stats.binomtest(k, n).proportion_ci(confidence, "wilson"), rel=1e-9, abs=1e-15)
        # The square of the score statistic is Pearson's of k and n - k against what the bound expects.
        for bound in (0.02, 0.4, 0.7):
            pearson = stats.chisquare([k, n - k], [n * bound, n * (1 - bound)]).pvalue
            one_sided = pearson / 2 if k / n > bound else 1 - pearson / 2
            assert compute_tail(of(k, n), bound, above=True) == pytest.approx(one_sided, rel=1e-6, abs=1e-300)
            assert compute_tail(of(k, n), bound, above=False) == pytest.approx(1 - one_sided, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_without_a_single_case_the_upper_end_is_near_three_in_n(n: int) -> None:
    # The rule of three is near the exact one-sided bound at 95%; Wilson's is a tenth below: z^2 / (n + z^2).
    _, high = find_interval(of(0, n), 0.90)
    assert 2.4 / n < high < 3 / n
    low, high = find_interval(of(n, n), 0.90)
    assert (1 - 3 / n < low < 1 - 2.4 / n) and high == 1


A = [0.91, 0.84, 0.97, 0.88, 0.9, 0.79, 0.93]
B = [0.71, 0.93, 0.66, 0.82, 0.59]


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_values_with_errors_against_scipy(confidence: float) -> None:
    a, b = summarise(A), summarise(B)
    one = stats.ttest_1samp(A, 0.85).confidence_interval(confidence)
    assert find_interval(a, confidence) == pytest.approx((one.low, one.high), rel=1e-9)
    two = stats.ttest_ind(A, B, equal_var=False).confidence_interval(confidence)
    assert find_difference(a, b, confidence) == pytest.approx((two.low, two.high), rel=1e-9)
    known = Estimate(0.85, 9, error=0.02)
    assert find_interval(known, confidence) == pytest.approx(stats.norm.interval(confidence, 0.85, 0.02), rel=1e-9)


@pytest.mark.parametrize(("above", "side"), [(True, "greater"), (False, "less")])
@pytest.mark.parametrize("bound", [-0.5, 0.0, 0.1, 0.85, 2.0])
def test_p_values_of_values_with_errors_against_scipy(bound: float, above: bool, side: str) -> None:
    a, b = summarise(A), summarise(B)
    one = stats.ttest_1samp(A, bound, alternative=side).pvalue
    assert compute_tail(a, bound, above=above) == pytest.approx(one, rel=1e-9)
    two = stats.ttest_ind([x - bound for x in A], B, equal_var=False, alternative=side).pvalue
    assert compute_tail(a, bound, above=above, reference=b) == pytest.approx(two, rel=1e-9)


def test_a_proportion_against_a_value_that_is_certain_is_the_proportion_moved() -> None:
    low, high = find_interval(of(7, 20), 0.9)
    certain = Estimate(0.2, 50, error=0.0)
    assert find_difference(of(7, 20), certain, 0.9) == pytest.approx((low - 0.2, high - 0.2))
    assert find_difference(certain, of(7, 20), 0.9) == pytest.approx((0.2 - high, 0.2 - low))
    for above in (True, False):
        moved = compute_tail(of(7, 20), 0.1, above=above, reference=certain)
        assert moved == pytest.approx(compute_tail(of(7, 20), 0.3, above=above), rel=1e-9)


def test_a_reference_of_countless_trials_is_a_bound() -> None:
    for bound in (0.0, 0.15, 0.3):
        against = compute_tail(of(7, 20), bound, above=True, reference=Estimate(0.2, 10**18))
        assert against == pytest.approx(compute_tail(of(7, 20), bound + 0.2, above=True), rel=1e-6)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (find_interval(NOTHING, 0.95), (0, 1)),
        (find_interval(ONE_ROW, 0.95), (-INF, INF)),
        (find_interval(CONSTANT, 0.95), (3, 3)),
        (find_interval(Estimate(3.0, 9, error=0.0), 0.95), (3, 3)),
        (find_interval(Estimate(3.0, 2, error=1.0, df=0.001), 0.95), (-INF, INF)),
        (find_difference(NOTHING, of(1, 2), 0.95), (-1, 1)),
        (find_difference(of(1, 2), NOTHING, 0.95), (-1, 1)),
        (find_difference(ONE_ROW, CONSTANT, 0.95), (-INF, INF)),
        (find_difference(ONE_ROW, of(1, 2), 0.95), (-INF, INF)),
        (find_difference(CONSTANT, CONSTANT, 0.95), (0, 0)),
        # A constant sample adds nothing to the doubt about the other.
        (
            find_difference(CONSTANT, Estimate(2.0, 5, error=1.0, df=4), 0.95),
            pytest.approx((1 - 2.776445, 1 + 2.776445)),
        ),
        # Errors whose fourth powers are no floats: with equal errors the degrees of freedom add up.
        (
            find_difference(Estimate(0.0, 3, 1e-150, 2), Estimate(0.0, 3, 1e-150, 2), 0.95),
            pytest.approx((-2.776445e-150 * math.sqrt(2), 2.776445e-150 * math.sqrt(2)), rel=1e-6, abs=0),
        ),
    ],
)
def test_intervals_where_a_sample_says_little(interval: tuple[float, float], expected: object) -> None:
    assert interval == expected


@pytest.mark.parametrize(
    ("estimate", "reference", "bound", "above", "expected"),
    [
        (CONSTANT, None, 2.9, True, 0),
        (CONSTANT, None, 3.0, True, 1),
        (CONSTANT, None, 3.1, True, 1),
        (CONSTANT, None, 3.1, False, 0),
        (CONSTANT, None, 3.0, False, 1),
        (CONSTANT, CONSTANT, 0.0, True, 1),
        (CONSTANT, CONSTANT, -0.1, True, 0),
        (ONE_ROW, None, 2.9, True, 1),
        (ONE_ROW, CONSTANT, -9.0, True, 1),
        (NOTHING, None, 0.5, True, 1),
        (NOTHING, None, 0.0, True, 1),
        (NOTHING, None, -0.1, True, 0),
        (NOTHING, None, 0.5, False, 1),
        (NOTHING, None, 1.1, False, 0),
        (NOTHING, of(1, 2), 0.0, True, 1),
        (NOTHING, of(1, 2), -1.1, True, 0),
        (of(1, 2), NOTHING, 0.0, False, 1),
        (NOTHING, ONE_ROW, -9.0, True, 1),
        # A bound at an end of what a proportion can be.
        (of(0, 20), None, 0.0, True, 0.5),
        (of(1, 20), None, 0.0, True, 0),
        (of(0, 20), None, 0.0, False, 1),
        (of(20, 20), None, 1.0, False, 0.5),
        (of(19, 20), None, 1.0, False, 0),
        (of(20, 20), None, 1.0, True, 1),
        (of(20, 20), of(0, 20), 1.0, True, 1),
        (of(20, 20), of(0, 20), -1.0, False, 1),
        # The value is the bound.
        (of(5, 20), None, 0.25, True, 0.5),
        (of(5, 20), of(10, 40), 0.0, True, 0.5),
        (of(0, 20), of(0, 40), 0.0, False, 0.5),
        (Estimate(1.0, 4, 0.3, 3), None, 1.0, False, 0.5),
        # No interval of 0 of 10 less 10 of 10 comes near 0.9.
        (of(0, 10), of(10, 10), 0.9, False, 0),
    ],
)
def test_p_values_where_a_sample_says_little(
    estimate: Estimate, reference: Estimate | None, bound: float, above: bool, expected: float
) -> None:
    assert compute_tail(estimate, bound, above=above, reference=reference) == expected


@given(ESTIMATES, CONFIDENCES, CONFIDENCES)
def test_an_interval_holds_its_value_and_widens_with_confidence(estimate: Estimate, c: float, d: float) -> None:
    low, high = find_interval(estimate, min(c, d))
    wider_low, wider_high = find_interval(estimate, max(c, d))
    assert wider_low <= low <= estimate.value <= high <= wider_high
    if estimate.error is None:
        assert wider_low >= 0 and wider_high <= 1


@given(ESTIMATES, ESTIMATES, CONFIDENCES, CONFIDENCES)
def test_so_does_that_of_a_difference_which_turns_with_its_sides(a: Estimate, b: Estimate, c: float, d: float) -> None:
    low, high = find_difference(a, b, min(c, d))
    wider_low, wider_high = find_difference(a, b, max(c, d))
    assert wider_low <= low + 1e-15 and low <= a.value - b.value <= high and high <= wider_high + 1e-15
    assert find_difference(b, a, min(c, d)) == pytest.approx((-high, -low), rel=1e-12)


@given(ESTIMATES, st.none() | ESTIMATES, st.floats(-2, 2), CONFIDENCES)
def test_p_is_below_the_tail_exactly_when_the_interval_leaves_out_the_bound(
    estimate: Estimate, reference: Estimate | None, bound: float, confidence: float
) -> None:
    if reference is None:
        low, high = find_interval(estimate, confidence)
    else:
        low, high = find_difference(estimate, reference, confidence)
    above, below = (compute_tail(estimate, bound, above=above, reference=reference) for above in (True, False))
    tail = (1 - confidence) / 2
    assume(min(abs(above - tail), abs(below - tail)) > 1e-9)
    assert (above < tail, below < tail) == (bound < low, bound > high)


@given(ESTIMATES, st.none() | ESTIMATES, st.floats(-2, 2), st.floats(-2, 2))
def test_p_follows_the_bound(estimate: Estimate, reference: Estimate | None, x: float, y: float) -> None:
    for above in (True, False):
        near, far = (compute_tail(estimate, f(x, y), above=above, reference=reference) for f in (min, max))
        assert 0 <= near <= 1 and 0 <= far <= 1
        assert (near <= far + 1e-12) if above else (far <= near + 1e-12)


@given(ESTIMATES, st.none() | ESTIMATES, st.floats(-2, 2))
def test_both_sides_of_a_bound_are_never_both_excluded(
    estimate: Estimate, reference: Estimate | None, bound: float
) -> None:
    sides = [compute_tail(estimate, bound, above=above, reference=reference) for above in (True, False)]
    assert sum(sides) >= 1 - 1e-12


@pytest.mark.parametrize(
    "given_values",
    [
        (math.nan, 3),
        (math.inf, 3, 0.1),
        (0.5, -1),
        (1.2, 3),
        (-0.1, 3),
        (0.5, 3, -0.1),
        (0.5, 3, math.inf),
        (0.5, 3, 0.1, math.nan),
    ],
)
def test_what_nobody_can_have_measured_is_refused(given_values: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"not a measurement|lies between|0 or more"):
        Estimate(*given_values)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_what_is_no_confidence_is_refused(confidence: float) -> None:
    for find in (lambda: find_interval(of(1, 2), confidence), lambda: find_difference(of(1, 2), of(1, 2), confidence)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            find()


def test_a_bound_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="bound"):
        compute_tail(of(1, 2), math.nan, above=True)
