"""Tests for slow drift on the values of a metric over time: has the series been leaving its place?

Each takes the points of the span and those of the reference, the time before it, both in the order of time and without
the windows that were not measured. Target and sigma are the mean and the sample standard deviation (n - 1) of the
reference. A test gives its statistic at the end of the span: what an alarm raised today would compare with its limit.
How many points are enough is for the caller to say; at least two are needed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from statistics import mean, median, stdev

from prism_rules.inference.tails import find_normal_point

ALLOWANCE = 0.5
"""Of the cumulative tests, in sigma: half of the smallest shift worth an alarm, taken as one sigma."""

WEIGHT = 0.2
"""Of the newest point in the moving average."""

NORMAL_FROM = 10
"""Points from which on the statistic of Mann and Kendall is taken as normal."""

ROUNDING = 1e-9
"""In sigma: what is smaller is an arithmetic zero, so that an excursion never begins with a rounding error."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """What a test says at the end of a span."""

    value: float | None
    reason: str | None
    """Why there is no value: `no_reference` (fewer than two points), `constant_reference` (their sigma is 0)."""
    change: int | None
    """Index of the point of the span at which the excursion that still lasts began; None: none lasts."""


def compute_cusum(points: Sequence[float], reference: Sequence[float]) -> Statistic:
    """Return the larger of both sums of a tabular cusum, with k = ALLOWANCE; h = 5 is its usual limit.

    Page (1954), Biometrika 41, 100-115; Montgomery, Introduction to Statistical Quality Control, chapter 9: C+ =
    max(0, C+ + z - k), C- = max(0, C- - z - k) on standardised points. The change is the first point after the last
    zero of the larger sum (of C+ if they are equal). False alarms at h = 4 every 168 steps on average, at h = 5 every
    465.
    """
    return _standardise(points, reference, lambda scores: _find_larger_excursion(scores, ALLOWANCE))


def compute_page_hinkley(points: Sequence[float], reference: Sequence[float], delta: float = ALLOWANCE) -> Statistic:
    """Return the larger of the Page-Hinkley statistics of a rise and of a fall, on standardised points.

    Hinkley (1971), Biometrika 58, 509-523: m sums x - mean - delta, where the mean is that of the span up to and with
    x, and the statistic is m - min m. Only sigma comes from the reference, so it sees a change inside the span and not
    one that the span began with. `delta` is in sigma, half of the smallest shift of interest (Basseville and Nikiforov
    1993, Detection of Abrupt Changes, chapter 2). The 0.005 of libraries for streams is made for thousands of raw
    errors: on few standardised points the statistic would grow with the length of the span even where nothing changes,
    so that no limit fits two spans. The change is the first point after the minimum.
    """
    return _standardise(points, reference, lambda scores: _find_larger_excursion(_leave_running_mean(scores), delta))


def compute_ewma(points: Sequence[float], reference: Sequence[float], weight: float = WEIGHT) -> Statistic:
    """Return how far the exponentially weighted moving average is off target, in units of its own sigma at that point.

    Roberts (1959), Technometrics 1, 239-250, with the exact variance, which depends on the number of points: the value
    is compared with L, 2.962 for a false alarm every 500 steps. The change is the first point since the average last
    was on or beyond the target: Nishina (1992), Quality and Reliability Engineering International 8.
    """

    def follow(scores: list[float]) -> Statistic:
        averages = [0.0, *trace_average(scores, weight)]
        sides = [0 if abs(average) <= ROUNDING else math.copysign(1, average) for average in averages]
        variance = weight / (2 - weight) * (1 - (1 - weight) ** (2 * len(scores)))
        if not sides[-1]:
            return Statistic(0.0, None, None)
        # The averages begin with the target itself, one place ahead of the points.
        change = max(i for i, side in enumerate(sides) if side != sides[-1])
        return Statistic(abs(averages[-1]) / math.sqrt(variance), None, change)

    return _standardise(points, reference, follow)


def compute_mann_kendall(points: Sequence[float], _reference: Sequence[float] = ()) -> Statistic:
    """Return the Z of Mann and Kendall's test for a trend, positive for a rise. It needs no reference.

    Mann (1945), Econometrica 13, 245-259; Kendall (1975), Rank Correlation Methods. S
    counts the pairs that rise less those that fall. From NORMAL_FROM points on Z is S, corrected for continuity, over
    its standard deviation with ties; with fewer, the normal point that has the exact two-sided p value of S among all
    orders of the same points, ties included. So |Z| > 1.96 means p < 0.05 for either. A trend has no single change:
    None.
    """
    s = sum((late > early) - (late < early) for early, late in combinations(points, 2))
    if s == 0:
        size = 0.0
    elif len(points) < NORMAL_FROM:
        size = find_normal_point(_find_exact_p(points, s) / 2)
    else:
        variance = _find_variance(len(points)) - sum(_find_variance(ties) for ties in Counter(points).values())
        size = (abs(s) - 1) / math.sqrt(variance)
    return Statistic(math.copysign(size, s), None, None)


def find_slope(points: Mapping[int, float]) -> float:
    """Return Sen's slope: the median of the slopes between all pairs of points, per step; at least two points.

    Sen (1968), JASA 63, 1379-1389. A step without a point is a gap, which a slope goes over without becoming steeper.
    """
    ordered = sorted(points.items())
    return median((late - early) / (j - i) for (i, early), (j, late) in combinations(ordered, 2))


TESTS: Mapping[str, Callable[[Sequence[float], Sequence[float]], Statistic]] = {
    "cusum": compute_cusum,
    "ewma": compute_ewma,
    "page_hinkley": compute_page_hinkley,
    "mann_kendall": compute_mann_kendall,
}


def trace_excursion(steps: Iterable[float]) -> Iterator[tuple[float, int | None]]:
    """Sum the steps, never below 0; after each give the sum and the index of the first step since it last was 0."""
    total, start = 0.0, None
    for i, step in enumerate(steps):
        total += step
        if total <= ROUNDING:
            total, start = 0.0, None
        elif start is None:
            start = i
        yield total, start


def trace_average(scores: Iterable[float], weight: float) -> Iterator[float]:
    """Give after each score the exponentially weighted moving average that began at 0."""
    average = 0.0
    for z in scores:
        average += weight * (z - average)
        yield average


def _standardise(
    points: Sequence[float], reference: Sequence[float], test: Callable[[list[float]], Statistic]
) -> Statistic:
    if len(reference) < 2:
        return Statistic(None, "no_reference", None)
    # Equal but for rounding counts as equal: a sigma that is an arithmetic error would make an alarm of everything.
    if max(reference) - min(reference) <= 1e-12 * max(map(abs, reference)):
        return Statistic(None, "constant_reference", None)
    # Both are computed exactly and rounded once, so that the order of the reference cannot matter.
    target, sigma = mean(reference), stdev(reference)
    return test([(point - target) / sigma for point in points])


def _find_larger_excursion(scores: Sequence[float], allowance: float) -> Statistic:
    *_, rise = trace_excursion(z - allowance for z in scores)
    *_, fall = trace_excursion(-z - allowance for z in scores)
    value, change = rise if rise[0] >= fall[0] else fall
    return Statistic(value, None, change)


def _leave_running_mean(scores: Sequence[float]) -> list[float]:
    return [z - total / n for n, (z, total) in enumerate(zip(scores, accumulate(scores), strict=True), 1)]


def _find_variance(n: int) -> float:
    """The variance of S over all orders of n different points; of n equal ones, what they take from that of all."""
    return n * (n - 1) * (2 * n + 5) / 18


def _find_exact_p(points: Sequence[float], s: int) -> float:
    """The share of all orders of the points in which |S| is at least |s|.

    S is the number of unequal pairs less twice the inversions. How many orders have how many inversions are the
    coefficients of a quotient of q-factorials: of n points, over those of each group of equal ones.
    """
    counts = [1]
    placed = 0
    for ties in Counter(points).values():
        for size in range(1, ties + 1):
            placed += 1
            counts = _divide(_multiply(counts, placed), size)
    unequal = len(counts) - 1
    extreme = sum(orders for inversions, orders in enumerate(counts) if abs(unequal - 2 * inversions) >= abs(s))
    return extreme / sum(counts)


def _multiply(counts: list[int], n: int) -> list[int]:
    """Times 1 + q + ... + q^(n-1)."""
    return [sum(counts[max(0, i - n + 1) : i + 1]) for i in range(len(counts) + n - 1)]


def _divide(counts: list[int], n: int) -> list[int]:
    """By 1 + q + ... + q^(n-1), of which it is a multiple."""
    quotient: list[int] = []
    for i in range(len(counts) - n + 1):
        quotient.append(counts[i] - sum(quotient[max(0, i - n + 1) : i]))
    return quotient
