"""Many tests at once: p values adjusted so that few of those called significant are so by chance."""

from __future__ import annotations

from collections.abc import Sequence


def adjust_pvalues(pvalues: Sequence[float]) -> list[float]:
    """Return the step-up adjusted p values of Benjamini and Hochberg (1995), JRSS B 57, 289-300, in the order given.

    A test whose adjusted p value is at most q is rejected at a false discovery rate of q. Equal p values are adjusted
    equally, a smaller one never to more; none falls, none exceeds 1. An empty sequence gives an empty list. Leave out
    tests that gave no p value: they are not part of the family. ValueError for anything outside [0, 1].
    """
    if refused := [p for p in pvalues if not 0 <= p <= 1]:
        raise ValueError(f"p values lie between 0 and 1, not at {refused[0]}")
    adjusted = [1.0] * len(pvalues)
    least = 1.0
    for rank, place in sorted(enumerate(sorted(range(len(pvalues)), key=pvalues.__getitem__), 1), reverse=True):
        # The quotient of the ranks first: the largest p value is multiplied by exactly 1.
        least = min(least, pvalues[place] * (len(pvalues) / rank))
        adjusted[place] = least
    return adjusted
