"""Vanished share: the part of the reference's rows whose category is not met now.

**Definition.** Rows of the reference, at its own grain, with a value of the column in `of` that no row of the scope
has / all rows of the reference there. A missing value is the category `(none)`. Any column but numbers; several are
measured one by one. Vanished categories are named, the largest first, at most ten.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side.

**When it misleads.** A scope with few rows meets few categories: one that has the share q in the reference is missing
from n rows by chance with the probability (1 - q)^n, 0.37 for one in a hundred of 100 rows. Ask for a `min_n` of at
least 3 / q, where q is the smallest share that matters. What grew rare and did not vanish is not seen; see
`total_variation`. A site that reports late has vanished until it does.

**Usual bounds.** `above: 0.05`; `above: 0` for columns of which every value is due in each window, such as cameras.

**Degenerate cases.** The reference has no row for the scope: null, `no_baseline`. No interval is known, so
`confidence` is refused.

**Source.** A plain count. That 3 / q rows meet a category with a chance of 95 %: Hanley and Lippman-Hand (1983), If
Nothing Goes Wrong, Is Everything All Right?, JAMA 249, 1743-1745.
"""

from __future__ import annotations

from dataclasses import replace

from prism_rules.metrics.distances import MOST_NAMED, Found, Mix, make_distance
from prism_rules.metrics.metric import NoParameters


def measure(_: NoParameters, mix: Mix) -> Found:
    """Count the reference's rows of vanished categories, and name those."""
    gone = sorted((-r, at) for at, (c, r) in enumerate(mix.pairs) if not c)
    value = -sum(r for r, _ in gone) / mix.m
    return {"value": value + 0.0, "named": [(at, "vanished") for _, at in gone[:MOST_NAMED]]}


METRIC = replace(
    make_distance("vanished_share", "Share of the reference in categories that are not met now", measure, high=1.0),
    of="category",
    params=NoParameters,
)
