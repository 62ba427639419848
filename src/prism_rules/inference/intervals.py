"""How sure a measured value, or the difference of two, is: two-sided intervals and one-sided p values.

A value is either a proportion of n trials or has a standard error; what is known follows from that alone. An interval
and the p value of a bound agree: the two-sided interval at confidence c leaves out a bound on its lower side exactly
when the hypothesis "not above the bound" has p < (1 - c) / 2, and likewise above. Ends are not rounded.

Nothing is known of a proportion of no trials, nor of a value whose error has no degree of freedom left (a sample of
one): its interval is all that the value could be, [0, 1] or the whole line, and p is 1 unless the bound lies beyond
even that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from prism_rules.inference.tails import compute_normal_tail, compute_student_tail, find_normal_point, find_student_point

FARTHEST = 38.0
"""Normal points beyond this one have no tail that a float can tell from 0."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with what its uncertainty follows from.

    A proportion need not be an exact k / n: what is computed of it is continuous in the value, so that one rounded to
    six decimals gives ends that differ in the sixth decimal. ValueError: a value that is not finite, a proportion
    outside [0, 1], a negative n, an error that is negative or not finite.
    """

    value: float
    n: int
    """The support; the trials of a proportion."""
    error: float | None = None
    """The standard error; None: the value is a proportion of n trials."""
    df: float | None = None
    """Degrees of freedom of the error, any number; None: it is known, so the value is normal about the truth."""

    def __post_init__(self) -> None:
        """Refuse what no metric can have measured."""
        if not math.isfinite(self.value) or self.n < 0 or (self.df is not None and math.isnan(self.df)):
            raise ValueError(f"not a measurement: {self}")
        if self.error is None and not 0 <= self.value <= 1:
            raise ValueError(f"a proportion lies between 0 and 1, not at {self.value}")
        if self.error is not None and not 0 <= self.error < math.inf:
            raise ValueError(f"a standard error is 0 or more, not {self.error}")

    @property
    def is_known(self) -> bool:
        """False where the sample says nothing: no trials, or no degree of freedom."""
        return self.n > 0 if self.error is None else self.df is None or self.df > 0

    @property
    def limits(self) -> tuple[float, float]:
        """All that the true value could be."""
        return (0.0, 1.0) if self.error is None else (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Difference:
    """A measured value that is itself the difference of two proportions of independent samples, a - b."""

    value: float
    a: Estimate
    b: Estimate


def find_interval(estimate: Estimate | Difference, confidence: float) -> tuple[float, float]:
    """Return the two-sided interval at `confidence`, between 0 and 1: Wilson's for a proportion, else Student's; for a
    difference see `find_difference`.

    Wilson (1927), JASA 22, 209-212: inside [0, 1], reaching 0 or 1 where the proportion itself does. An error of 0 (a
    constant sample) gives the point; with fewer than one degree of freedom an end may be infinite.
    """
    if isinstance(estimate, Difference):
        return find_difference(estimate.a, estimate.b, confidence)
    return _spread(estimate, _find_tail(confidence))


def find_difference(a: Estimate, b: Estimate, confidence: float) -> tuple[float, float]:
    """Return the two-sided interval of the true a - b at `confidence`; a and b are of independent samples.

    Where both have errors: Student's with the degrees of freedom of Welch (1947), Biometrika 34, 28-35, and
    Satterthwaite. Otherwise the hybrid of both intervals, for two proportions method 10 of Newcombe (1998), Statistics
    in Medicine 17, 873-890; for a proportion and a value with an error it is that of Zou and Donner (2008), Statistics
    in Medicine 27, 1693-1702. Two errors of 0 give the point.
    """
    return _spread_difference(a, b, _find_tail(confidence))


def compute_tail(
    estimate: Estimate | Difference, bound: float, *, above: bool, reference: Estimate | None = None
) -> float:
    """Return the p value of the hypothesis that the true value does not lie beyond `bound`: above it, or below.

    With `reference`, of the true difference estimate - reference. It is the tail at which the one-sided interval just
    touches the bound: in closed form for one value (for a proportion the score test) and for values with errors, by
    bisection for the hybrid. 0.5 when the value is the bound, 0 or 1 for a constant sample beyond the bound or not, and
    for a bound that nothing possible exceeds or falls short of. ValueError for a bound that is not a number.
    """
    if math.isnan(bound):
        raise ValueError("a bound is a number")
    if isinstance(estimate, Difference):
        return compute_tail(estimate.a, bound, above=above, reference=estimate.b)
    if not above:
        if reference is not None:
            return compute_tail(reference, -bound, above=True, reference=estimate)
        return compute_tail(_mirror(estimate), (estimate.error is None) - bound, above=True)
    low, high = estimate.limits if reference is None else _find_limits(estimate, reference)
    if bound >= high or bound < low:
        return float(bound >= high)
    if not (estimate.is_known and (reference is None or reference.is_known)):
        return 1.0
    if reference is None:
        return _compare(estimate, bound)
    if estimate.error is not None and reference.error is not None:
        return _compare(_subtract(estimate, reference), bound)
    return _bisect(lambda tail: _spread_difference(estimate, reference, tail), estimate.value - reference.value, bound)


def _find_tail(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    return (1 - confidence) / 2


def _spread(estimate: Estimate, tail: float) -> tuple[float, float]:
    """The interval that leaves out `tail` on either side."""
    if not estimate.is_known:
        return estimate.limits
    if estimate.error is None:
        z, p = find_normal_point(tail), estimate.value
        return _find_wilson_low(p, estimate.n, z), 1 - _find_wilson_low(1 - p, estimate.n, z)
    if estimate.error == 0:
        return estimate.value, estimate.value
    half = find_student_point(tail, _read_df(estimate)) * estimate.error
    return estimate.value - half, estimate.value + half


def _find_wilson_low(p: float, n: int, z: float) -> float:
    """The lower root of (p - x)^2 = z^2 x (1 - x) / n, by way of the upper: exact at 0, and no cancellation."""
    if p == 0:
        return 0.0
    return 2 * n * p * p / (2 * n * p + z * z + z * math.sqrt(z * z + 4 * n * p * (1 - p)))


def _read_df(estimate: Estimate) -> float:
    return math.inf if estimate.df is None else estimate.df


def _spread_difference(a: Estimate, b: Estimate, tail: float) -> tuple[float, float]:
    if not (a.is_known and b.is_known):
        return _find_limits(a, b)
    if a.error is not None and b.error is not None:
        return _spread(_subtract(a, b), tail)
    (a_low, a_high), (b_low, b_high) = _spread(a, tail), _spread(b, tail)
    difference = a.value - b.value
    return (
        difference - math.hypot(a.value - a_low, b_high - b.value),
        difference + math.hypot(a_high - a.value, b.value - b_low),
    )


def _find_limits(a: Estimate, b: Estimate) -> tuple[float, float]:
    return a.limits[0] - b.limits[1], a.limits[1] - b.limits[0]


def _subtract(a: Estimate, b: Estimate) -> Estimate:
    """The difference of two values with errors as one such value."""
    assert a.error is not None
    assert b.error is not None
    error = math.hypot(a.error, b.error)
    # By shares of the variance, so that no fourth power of an error can vanish or overflow.
    parts = sum((part.error / error) ** 4 / _read_df(part) for part in (a, b) if part.error) if error else 0.0
    return Estimate(a.value - b.value, min(a.n, b.n), error, 1 / parts if parts else None)


def _mirror(estimate: Estimate) -> Estimate:
    """The estimate seen from the other side: what was below a bound is above the bound's mirror image."""
    value = 1 - estimate.value if estimate.error is None else -estimate.value
    return Estimate(value, estimate.n, estimate.error, estimate.df)


def _compare(estimate: Estimate, bound: float) -> float:
    """The p value of "not above the bound" for one value, the bound being inside its limits."""
    distance = estimate.value - bound
    error = math.sqrt(bound * (1 - bound) / estimate.n) if estimate.error is None else estimate.error
    if distance == 0 and estimate.error is None:
        return 0.5
    if error == 0:
        return 0.0 if distance > 0 else 1.0
    return compute_student_tail(distance / error, _read_df(estimate))


def _bisect(spread: Callable[[float], tuple[float, float]], value: float, bound: float) -> float:
    """The p value of "not above the bound" where only the interval is known as a function of its tail.

    The lower end meets the bound at a tail of at most a half; if the value itself does not exceed the bound, the upper
    end meets it, and p is the rest of that tail. The ends move away from the value as the tail shrinks.
    """
    if value == bound:
        return 0.5
    beyond = value > bound
    near, far = 0.0, FARTHEST
    while near < (z := (near + far) / 2) < far:
        low, high = spread(compute_normal_tail(z))
        if low > bound if beyond else high < bound:
            near = z
        else:
            far = z
    tail = compute_normal_tail(far) if far < FARTHEST else 0.0
    return tail if beyond else 1 - tail
