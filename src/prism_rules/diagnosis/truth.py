"""Truth in three values, combined as in SQL; None is unknown."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def both(one: Truth, other: Truth) -> Truth:
    """AND: false beats unknown, unknown beats true."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def either(truths: Iterable[Truth]) -> Truth:
    """OR: true beats unknown, unknown beats false; of nothing it is false."""
    found: Truth = False
    for truth in truths:
        if truth:
            return True
        found = None if truth is None else found
    return found


def negate(truth: Truth) -> Truth:
    """NOT: unknown stays unknown."""
    return None if truth is None else not truth
