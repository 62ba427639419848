"""Patterns of `match`, in which `*` stands for any text and nothing else is special."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

ANYTHING = "…"
"""A value as an example: what no pattern says literally."""


def is_glob(pattern: str) -> bool:
    """Say whether the pattern is more than one exact value."""
    return "*" in pattern


def matches(pattern: str, value: str) -> bool:
    """Say whether the whole value fits. Linear in its length, whatever the number of stars."""
    if "*" not in pattern:
        return pattern == value
    first, *middle, last = pattern.split("*")
    at, end = len(first), len(value) - len(last)
    if at > end or not value.startswith(first) or not value.endswith(last):
        return False
    for piece in middle:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def find_common(one: str, other: str) -> str | None:
    """Find a short value that fits both patterns; None when there is none."""
    # A walk over pairs of positions: a star takes the other pattern's character, or nothing.
    queue = deque([(0, 0, "")])
    seen = {(0, 0)}
    while queue:
        i, j, text = queue.popleft()
        if i == len(one) and j == len(other):
            return text
        a, b = one[i : i + 1], other[j : j + 1]
        steps = []
        if a == "*":
            steps += [(i + 1, j, text)] + ([(i, j + 1, text + b)] if b and b != "*" else [])
        if b == "*":
            steps += [(i, j + 1, text)] + ([(i + 1, j, text + a)] if a and a != "*" else [])
        if a == b and a and a != "*":
            steps.append((i + 1, j + 1, text + a))
        for step in steps:
            if step[:2] not in seen:
                seen.add(step[:2])
                queue.append(step)
    return None


def list_common(one: str, other: str) -> Iterator[str]:
    """List examples of what fits both patterns: the shortest, and one in which something stands for their stars.

    What a third pattern decides of the first it may not decide of the second.
    """
    shortest = find_common(one, other)
    if shortest:
        yield shortest
    if shortest is not None and is_glob(one) and is_glob(other):
        longer = find_common(one.replace("*", f"*{ANYTHING}*", 1), other)
        if longer is not None:
            yield longer
