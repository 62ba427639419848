"""Jackknife: how sure a value is, from what it would be without each of its units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction


def estimate_error(without: Iterable[tuple[Fraction | None, int]]) -> float | None:
    """Return the standard error by the delete-one jackknife; None where a value without some unit is undefined.

    `without`: the value without a unit, and how many units there are without which it is that. Tukey (1958), Annals of
    Mathematical Statistics 29, 614: the root of (N - 1) / N times the sum of the squared deviations from their mean.
    """
    values: list[tuple[float, int]] = []
    for value, units in without:
        if value is None:
            return None
        values.append((float(value), units))
    n = sum(units for _, units in values)
    mean = math.fsum(value * units for value, units in values) / n
    return math.sqrt(math.fsum((value - mean) ** 2 * units for value, units in values) * (n - 1) / n)
