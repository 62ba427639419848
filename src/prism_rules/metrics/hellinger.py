"""Hellinger distance: how far the mix of a column lies from that of its reference, from 0 to 1.

**Definition.** With p and q the shares of the scope and of the reference in each bin or category, made as for `psi`
and as they were counted: the square root of half the sum of the squares of sqrt(p) - sqrt(q), which is the root of
1 less the sum of sqrt(p q). 0 for the same mix, 1 where no row of one side lies where any of the other does.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**When it misleads.** A root makes small moves look large, those into what was empty most: where one row in a hundred
went to a new category, it is 0.07. Chance alone gives about the root of (B - 1) (1/n + 1/m) / 8: with ten bins and 100
rows 0.11, and nothing guards a rule against that: ask for `min_n`.

**Usual bounds.** `above: 0.1`. It lies close to `js_distance`; bound one of them.

**Degenerate cases.** As for `psi`: null with `no_baseline`, `constant_reference` or `no_values`.

**Source.** Hellinger (1909), Neue Begründung der Theorie quadratischer Formen, Journal für die reine und angewandte
Mathematik 136, 210-271.
"""

from __future__ import annotations

import math

from prism_rules.metrics.distances import Bins, Found, Mix, make_distance


def measure(_: Bins, mix: Mix) -> Found:
    """Measure a scope. Squares of differences keep their digits where the sum of products would lose them."""
    half = math.fsum((math.sqrt(p) - math.sqrt(q)) ** 2 for p, q in mix.list_shares()) / 2
    return {"value": min(math.sqrt(half), 1.0)}


METRIC = make_distance("hellinger", "Hellinger distance of a column", measure, high=1.0)
