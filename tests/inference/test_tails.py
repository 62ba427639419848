"""Tails and points against scipy over a wide grid, closed forms, printed tables and each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import pytest
from scipy import special, stats

from prism_rules.inference import (
    compute_chi_square_tail,
    compute_kolmogorov_tail,
    compute_normal_tail,
    compute_student_tail,
    find_chi_square_point,
    find_kolmogorov_point,
    find_normal_point,
    find_student_point,
)

DEGREES = [1, 1.5, 2, 3, 4.7, 7, 10, 19.9, 20, 20.1, 30, 100, 333.3, 1e3, 1e4, 1e5, 1e6]
PLACES = [1e-9, 1e-3, 0.1, 0.5, 0.99, 1, 1.01, 1.5, math.sqrt(3), 1.75, 2, 3, 5, 8, 12, 20, 37, 100, 1e4, 1e10]
TAILS = [1e-50, 1e-20, 1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.49]
EXTREME = [1e-300, 1e-200, 1e-100]
SMALLEST = 1e-300
"""Below, floats themselves lose digits."""


def compare(pairs: list[tuple[float, float]]) -> None:
    for ours, other in pairs:
        assert ours == (pytest.approx(other, rel=1e-9, abs=0) if other > SMALLEST else pytest.approx(0, abs=1e-299))


def test_normal() -> None:
    compare([(compute_normal_tail(z), stats.norm.sf(z)) for z in (-40, -8, -1, 0, *PLACES)])
    compare([(find_normal_point(tail), stats.norm.isf(tail)) for tail in (*EXTREME, *TAILS)])
    compare([(-find_normal_point(1 - tail), find_normal_point(tail)) for tail in (0.25, 0.125, 2**-20)])
    assert find_normal_point(0.2) == -NormalDist().inv_cdf(0.2)


@pytest.mark.parametrize("df", DEGREES)
def test_student(df: float) -> None:
    compare([(compute_student_tail(t, df), stats.t.sf(t, df)) for t in PLACES])
    compare([(compute_student_tail(-t, df), stats.t.cdf(t, df)) for t in PLACES])
    compare([(find_student_point(tail, df), stats.t.isf(tail, df)) for tail in TAILS])
    compare([(-find_student_point(1 - tail, df), find_student_point(tail, df)) for tail in (0.25, 0.125, 2**-20)])
    compare([(compute_student_tail(find_student_point(tail, df), df), tail) for tail in (*EXTREME, *TAILS)])


@pytest.mark.parametrize("df", DEGREES)
def test_chi_square(df: float) -> None:
    places = [*PLACES, *(df * x for x in PLACES), *(df + math.sqrt(2 * df) * x for x in PLACES)]
    compare([(compute_chi_square_tail(x, df), stats.chi2.sf(x, df)) for x in places])
    compare([(find_chi_square_point(tail, df), stats.chi2.isf(tail, df)) for tail in (*TAILS, 0.5, 0.9, 0.999)])
    compare([(compute_chi_square_tail(find_chi_square_point(tail, df), df), tail) for tail in (*EXTREME, *TAILS, 0.9)])


def test_kolmogorov() -> None:
    places = [*PLACES, *(n / 100 for n in range(1, 500))]
    compare([(compute_kolmogorov_tail(x), float(special.kolmogorov(x))) for x in places])
    tails = [*EXTREME, *TAILS, 0.5, 0.9, 0.999, 1 - 1e-9, 1 - 2**-53]
    compare([(find_kolmogorov_point(tail), float(special.kolmogi(tail))) for tail in tails])
    compare([(compute_kolmogorov_tail(find_kolmogorov_point(tail)), tail) for tail in tails])


def test_closed_forms() -> None:
    compare([(compute_student_tail(t, 1), math.atan2(1, t) / math.pi) for t in (*PLACES, 1e100, 1e200)])
    compare([(compute_student_tail(t, 2), 1 / (2 + t * t + t * math.hypot(t, math.sqrt(2)))) for t in PLACES])
    compare([(compute_chi_square_tail(x, 1), math.erfc(math.sqrt(x / 2))) for x in PLACES])
    compare([(compute_chi_square_tail(x, 2), math.exp(-x / 2)) for x in PLACES])
    compare([(compute_chi_square_tail(x, 4), math.exp(-x / 2) * (1 + x / 2)) for x in PLACES])


def test_the_tables_of_every_textbook() -> None:
    assert round(find_normal_point(0.025), 3) == 1.96
    assert round(find_student_point(0.025, 10), 3) == 2.228
    assert round(find_student_point(0.005, 4), 3) == 4.604
    assert round(find_chi_square_point(0.05, 1), 3) == 3.841
    assert round(find_chi_square_point(0.01, 9), 3) == 21.666
    assert round(find_kolmogorov_point(0.05), 2) == 1.36
    assert round(find_kolmogorov_point(0.01), 2) == 1.63


@pytest.mark.parametrize("df", [1e9, 1e15, 1e100, 1e300, math.inf])
def test_with_ever_more_degrees_of_freedom_student_becomes_normal(df: float) -> None:
    for t in (0.3, 1.7, 1.8, 5):
        assert compute_student_tail(t, df) == pytest.approx(compute_normal_tail(t), rel=1e-6 if df < 1e12 else 1e-12)
        tail = compute_normal_tail(t)
        assert find_student_point(tail, df) == pytest.approx(t, rel=1e-6 if df < 1e12 else 1e-12)


@pytest.mark.parametrize("df", [0.01, 0.1, 0.5, 0.9])
def test_below_one_degree_of_freedom_points_are_far_or_infinite(df: float) -> None:
    tails = [0.4, 0.1, 0.025, 1e-3, 1e-20, 1e-300]
    points = [find_student_point(tail, df) for tail in tails]
    assert points == sorted(points)
    for tail, point in zip(tails, points, strict=True):
        # Beyond t, the tail is at least what it is for one degree of freedom.
        assert point >= find_student_point(tail, 1)
        assert math.isinf(point) or compute_student_tail(point, df) == pytest.approx(tail, rel=1e-9)
    assert math.isinf(points[-1])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: find_normal_point(0), math.inf),
        (lambda: find_normal_point(1), -math.inf),
        (lambda: find_normal_point(0.5), 0),
        (lambda: find_student_point(0, 3), math.inf),
        (lambda: find_student_point(1, 3), -math.inf),
        (lambda: find_student_point(0.5, 3), 0),
        (lambda: compute_student_tail(math.inf, 3), 0),
        (lambda: compute_student_tail(-math.inf, 3), 1),
        (lambda: compute_student_tail(0, 3), 0.5),
        (lambda: compute_student_tail(5e-324, 1e300), 0.5),
        (lambda: find_chi_square_point(0, 3), math.inf),
        (lambda: find_chi_square_point(1, 3), 0),
        (lambda: compute_chi_square_tail(math.inf, 3), 0),
        (lambda: compute_chi_square_tail(0, 3), 1),
        (lambda: compute_chi_square_tail(-1, 3), 1),
        (lambda: compute_chi_square_tail(5e-324, 3), 1),
        (lambda: find_kolmogorov_point(0), math.inf),
        (lambda: find_kolmogorov_point(1), 0),
        (lambda: compute_kolmogorov_tail(math.inf), 0),
        (lambda: compute_kolmogorov_tail(-math.inf), 1),
        (lambda: compute_kolmogorov_tail(0), 1),
        (lambda: compute_kolmogorov_tail(5e-324), 1),
    ],
)
def test_ends(call: Callable[[], float], expected: float) -> None:
    assert call() == expected


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: find_normal_point(1.1), "between 0 and 1"),
        (lambda: find_normal_point(math.nan), "between 0 and 1"),
        (lambda: find_student_point(-0.1, 3), "between 0 and 1"),
        (lambda: find_student_point(0.1, 0), "positive"),
        (lambda: compute_student_tail(1, math.nan), "positive"),
        (lambda: compute_student_tail(math.nan, 3), "not a number"),
        (lambda: find_chi_square_point(2, 3), "between 0 and 1"),
        (lambda: compute_chi_square_tail(1, math.inf), "positive and finite"),
        (lambda: compute_chi_square_tail(math.nan, 3), "not a number"),
        (lambda: find_kolmogorov_point(-0.1), "between 0 and 1"),
        (lambda: compute_kolmogorov_tail(math.nan), "not a number"),
    ],
)
def test_what_is_no_tail_or_no_distribution_is_refused(call: Callable[[], float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
