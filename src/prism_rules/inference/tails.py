"""Tail areas and points of the normal, Student, chi-square and Kolmogorov distributions.

All speak of the upper tail, P(X > x): a p value is then computed as it stands and keeps its relative accuracy however
small it is; the lower tail of the symmetric two is the upper tail of -x. The relative error is below 1e-11 for 1 to
1e6 degrees of freedom. All raise ValueError for what is not a number, a tail outside [0, 1] and degrees of freedom
that are not positive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import count
from statistics import NormalDist

LARGEST_LOG = math.log(1e308)
LARGE = 10.0
"""From here on Stirling's series is exact to rounding, and the gamma function itself would cancel or overflow."""


def compute_normal_tail(z: float) -> float:
    """P(Z > z) for a standard normal Z."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def find_normal_point(tail: float) -> float:
    """The z with P(Z > z) = tail: 1.96 for 0.025. Infinite for 0 and 1."""
    if not 0 <= tail <= 1:
        raise ValueError(f"a tail area lies between 0 and 1, not at {tail}")
    if tail in (0, 1):
        return math.inf if tail == 0 else -math.inf
    return 0.0 - NormalDist().inv_cdf(tail)


def compute_student_tail(t: float, df: float) -> float:
    """P(T > t) for a Student T. `df` is any positive number, infinity meaning the normal."""
    _refuse(t, df)
    if math.isinf(df) or math.isinf(t):
        return compute_normal_tail(t)
    if abs(t) < 1e-17:
        return 0.5
    if t < 0:
        return 1 - compute_student_tail(-t, df)
    return math.exp(_measure_student(t, df)[0])


def find_student_point(tail: float, df: float) -> float:
    """The t with P(T > t) = tail. Infinite for 0 and 1, and with df below 1 where no float reaches it."""
    _refuse(tail, df)
    if math.isinf(df) or tail in (0, 0.5, 1):
        return find_normal_point(tail)
    if tail > 0.5:
        return -find_student_point(1 - tail, df)
    # A Student's tail is heavier than the normal's, so the normal point lies before it.
    return _find_point(lambda t: _measure_student(t, df), tail, start=find_normal_point(tail))


def compute_chi_square_tail(x: float, df: float) -> float:
    """P(X > x) for a chi-square X with finite `df`; 1 for x <= 0."""
    _refuse(x, df, finite=True)
    if x / 2 <= 0 or math.isinf(x):
        return 0.0 if x > 1 else 1.0
    return math.exp(_measure_chi_square(x, df)[0])


def find_chi_square_point(tail: float, df: float) -> float:
    """The x with P(X > x) = tail: 3.84 for 0.05 and df 1. 0 for tail 1, infinite for tail 0."""
    _refuse(tail, df, finite=True)
    normal = find_normal_point(tail)
    if math.isinf(normal):
        return max(normal, 0.0)
    # Wilson and Hilferty (1931); and the power of x that is the lower tail near 0, where their cube is of no use.
    cube = df * max(1 - 2 / (9 * df) + normal * math.sqrt(2 / (9 * df)), 0) ** 3
    power = 2 * math.exp((math.log1p(-tail) + math.lgamma(df / 2 + 1)) / (df / 2))
    return _find_point(lambda x: _measure_chi_square(x, df), tail, start=max(cube, power))


def compute_kolmogorov_tail(x: float) -> float:
    """P(K > x) for the limit K of sqrt(n) times the greatest distance between a sample's ECDF and its source's; 1 for
    x <= 0. Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4, 83-91."""
    _refuse(x, 1)
    # Below 0.1 lies 1e-52 of the distribution, which no float tells from nothing.
    if x < 0.1 or math.isinf(x):
        return 0.0 if x > 0.1 else 1.0
    return math.exp(_measure_kolmogorov(x)[0])


def find_kolmogorov_point(tail: float) -> float:
    """The x with P(K > x) = tail: 1.358 for 0.05. 0 for tail 1, infinite for tail 0."""
    normal = find_normal_point(tail)
    if math.isinf(normal):
        return max(normal, 0.0)
    # The first term alone lies above the tail, and so does its point.
    return _find_point(_measure_kolmogorov, tail, start=math.sqrt(math.log(2 / tail) / 2))


def _refuse(x: float, df: float, *, finite: bool = False) -> None:
    if math.isnan(x):
        raise ValueError("not a number has no place in a distribution")
    if not df > 0 or (finite and math.isinf(df)):
        raise ValueError(f"degrees of freedom are positive{' and finite' if finite else ''}, not {df}")


def _find_point(measure: Callable[[float], tuple[float, float]], tail: float, start: float) -> float:
    """Newton's method on the logarithms of x and tail.

    The log tail is concave in log x, for the hazard x f / (1 - F) of both distributions rises: from the left the first
    step overshoots, from the right every step comes closer and none passes the point. `measure` gives log tail and log
    (x f(x)).
    """
    place, wanted = math.log(start), math.log(tail)
    for _ in range(100):
        log_tail, log_front = measure(math.exp(place))
        step = (log_tail - wanted) * math.exp(log_tail - log_front)
        place += step
        if place > LARGEST_LOG:
            return math.inf
        if abs(step) < 1e-14:
            break
    return math.exp(place)


def _measure_student(t: float, df: float) -> tuple[float, float]:
    """Logarithms of P(T > t) and of t f(t), for t > 0.

    The tail is half the regularised incomplete beta function I_x(df/2, 1/2) at x = df / (df + t^2): near the middle by
    the power series of its complement, beyond by the continued fraction of Didonato and Morris (1992), ACM TOMS 18,
    360-373, whose terms do not cancel when df is large.
    """
    half, ratio = df / 2, t / math.sqrt(df)
    length = math.hypot(1, ratio)
    x, y = (1 / length) ** 2, (ratio / length) ** 2
    spread = math.log1p(ratio * ratio) if ratio < 1 else 2 * math.log(length)
    front = math.log(ratio / length) - half * spread + _divide_gammas(half) - math.log(math.pi) / 2
    if t * t * (df + 2) < 3 * df:
        return math.log(0.5 - math.exp(front) * _sum_series(lambda n: (half + 0.5 + n) / (1.5 + n) * y)), front

    def list_terms() -> Iterator[tuple[float, float]]:
        lead = half * y - x / 2 + 1
        yield 1.0, half / (half + 1) * lead
        for n in count(1):
            before, after = half + 2 * n - 1, half + 2 * n + 1
            bent = n * (0.5 - n) * x / before
            alpha = (half + n - 1) / before * (half + n - 0.5) * bent * x
            yield alpha, n + bent + (half + n) / after * (lead + n * (1 + y))

    return front + math.log(_sum_fraction(list_terms()) / 2), front


def _measure_chi_square(x: float, df: float) -> tuple[float, float]:
    """Logarithms of P(X > x) and of x f(x), for x > 0.

    The tail is the regularised incomplete gamma function Q(df/2, x/2): by the power series of its complement up to the
    mean, beyond by Legendre's continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31, the latter in its even
    part).
    """
    a, h = df / 2, x / 2
    if a < LARGE:
        front = a * math.log(h) - h - math.lgamma(a)
    else:
        # Around the mean, a log h, h and log gamma(a) are large and nearly cancel: their difference is written out.
        away = (h - a) / a
        log_ratio = math.log1p(away) if away > -0.5 else math.log(h / a)
        front = a * (log_ratio - away) + math.log(a / (2 * math.pi)) / 2 - _correct_stirling(a)
    if h < a + 1:
        return math.log1p(-math.exp(front) / a * _sum_series(lambda n: h / (a + 1 + n))), front
    terms = ((n * (a - n) if n else 1.0, h - a + 2 * n + 1) for n in count())
    return front + math.log(_sum_fraction(terms)), front


def _measure_kolmogorov(x: float) -> tuple[float, float]:
    """Logarithms of P(K > x) and of x f(x), for x > 0: each by the series that converges fast on its side of 1."""
    if x < 1:
        terms = [(odd * math.pi / (2 * x)) ** 2 for odd in (1, 3, 5, 7)]
        below = math.sqrt(2 * math.pi) / x * math.fsum(math.exp(-term / 2) for term in terms)
        front = math.sqrt(2 * math.pi) / x * math.fsum((term - 1) * math.exp(-term / 2) for term in terms)
        return math.log1p(-below), math.log(front)
    lead = -2 * x * x
    # Beside the first term, which may be smaller than any float.
    rest = [(k, (-1) ** (k - 1) * math.exp((k * k - 1) * lead)) for k in (1, 2, 3, 4)]
    tail = math.fsum(term for _, term in rest)
    front = math.fsum(k * k * term for k, term in rest)
    return math.log(2 * tail) + lead, math.log(8 * x * x * front) + lead


def _divide_gammas(a: float) -> float:
    """Logarithm of gamma(a + 1/2) / gamma(a)."""
    if a < LARGE:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    return math.log(a) / 2 + a * math.log1p(0.5 / a) - 0.5 + _correct_stirling(a + 0.5) - _correct_stirling(a)


def _correct_stirling(a: float) -> float:
    """What Stirling's formula for log gamma(a) lacks (Abramowitz and Stegun 6.1.41), for a >= LARGE."""
    square = 1 / a / a
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / a


def _sum_series(ratio: Callable[[int], float]) -> float:
    """1 + r(0) + r(0) r(1) + ..., all positive, until a term no longer counts."""
    total = term = 1.0
    for n in count():
        term *= ratio(n)
        total += term
        if term < 1e-17 * total:
            break
    return total


def _sum_fraction(terms: Iterator[tuple[float, float]]) -> float:
    """alpha0 / (beta0 + alpha1 / (beta1 + ...)) by the method of Lentz (1976), Applied Optics 15, 668-671."""
    alpha, beta = next(terms)
    value, numerator, denominator = alpha / beta, math.inf, beta
    for alpha, beta in terms:
        numerator = beta + alpha / numerator
        denominator = beta + alpha / denominator
        change = numerator / denominator
        value *= change
        if abs(change - 1) < 1e-15:
            break
    return value
