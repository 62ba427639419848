"""Scale: where labels lie that have an order or are numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from prism_rules.metrics.metric import Taxonomy


def place_labels(labels: Iterable[str], taxonomy: Taxonomy, *, by_value: bool = False) -> dict[str, int] | None:
    """Place labels on a scale: declared classes one step apart in their order; those of an open taxonomy, or all when
    `by_value`, as the numbers that they are, in a unit of which all are whole.

    Missing and undeclared labels are nowhere on it and are left out. None where a label should be a number and is none.
    """
    known = [label for label in labels if (label in taxonomy.classes if taxonomy.classes else label != "(none)")]
    if taxonomy.classes and not by_value:
        order = {name: step for step, name in enumerate(taxonomy.classes)}
        return {label: order[label] for label in known}
    numbers: dict[str, Fraction] = {}
    for label in known:
        number = read_number(label)
        if number is None:
            return None
        numbers[label] = number
    whole = math.lcm(*(number.denominator for number in numbers.values()))
    return {label: int(number * whole) for label, number in numbers.items()}


def read_number(label: str) -> Fraction | None:
    """Read a label as the number that it is; None where it is none."""
    try:
        # Python alone takes 1_0 for ten.
        number = float(label if "_" not in label else "nan")
    except ValueError:
        return None
    # As it is written in decimals: 0.1 is one tenth.
    return Fraction(repr(number)) if math.isfinite(number) else None
