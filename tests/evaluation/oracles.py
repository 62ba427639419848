"""Intervals as textbooks have them, by scipy and by formulas written out: what `intervals` of a case may name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scipy import stats

Ends = tuple[float, float]


def wilson(k: int, n: int, confidence: float) -> Ends:
    """Of k successes in n trials."""
    low, high = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    return float(low), float(high)


def newcombe(k: int, n: int, other_k: int, other_n: int, confidence: float) -> Ends:
    """Of the difference of two proportions: Newcombe's method 10, from both intervals."""
    p, q = k / n, other_k / other_n
    (low, high), (other_low, other_high) = wilson(k, n, confidence), wilson(other_k, other_n, confidence)
    return (
        p - q - math.sqrt((p - low) ** 2 + (other_high - q) ** 2),
        p - q + math.sqrt((high - p) ** 2 + (q - other_low) ** 2),
    )


def student(values: Sequence[float], confidence: float) -> Ends:
    """Of the mean of a sample."""
    low, high = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    return float(low), float(high)


def welch(values: Sequence[float], others: Sequence[float], confidence: float) -> Ends:
    """Of the difference of two means."""
    low, high = stats.ttest_ind(values, others, equal_var=False).confidence_interval(confidence)
    return float(low), float(high)


ORACLES = {"wilson": wilson, "newcombe": newcombe, "student": student, "welch": welch}


def find_ends(told: dict[str, list[Any]] | list[float]) -> list[float]:
    """Give the interval that a case tells: two numbers, or `{oracle: [arguments]}`."""
    if isinstance(told, list):
        return told
    [(oracle, arguments)] = told.items()
    return [*ORACLES[oracle](*arguments)]
