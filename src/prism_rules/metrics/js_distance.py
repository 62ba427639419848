"""Jensen-Shannon distance: how far the mix of a column lies from that of its reference, from 0 to 1.

**Definition.** With p and q the shares of the scope and of the reference in each bin or category, made as for `psi`
and as they were counted, and a = (p + q) / 2: the square root of half the sum of p log2(p / a) + q log2(q / a). 0 for
the same mix, 1 where no row of one side lies where any of the other does. It is symmetric, and a distance in the strict
sense. scipy has the natural logarithm unless told otherwise, and values 0.83 times these.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**When it misleads.** A root makes small moves look large: where one row in a hundred went to a new category, it is
0.07. Chance alone gives about the root of (B - 1) (1/n + 1/m) / 5.5: with ten bins and 100 rows 0.13, and nothing
guards a rule against that: ask for `min_n`.

**Usual bounds.** `above: 0.1`, the default of evidently. It needs no policy for empty categories, which makes it the
first choice for columns with many.

**Degenerate cases.** As for `psi`: null with `no_baseline`, `constant_reference` or `no_values`.

**Source.** Lin (1991), Divergence Measures Based on the Shannon Entropy, IEEE Transactions on Information Theory 37,
145-151; Endres and Schindelin (2003), A New Metric for Probability Distributions, the same 49, 1858-1860.
"""

from __future__ import annotations

import math

from prism_rules.metrics.distances import Bins, Found, Mix, make_distance


def measure(_: Bins, mix: Mix) -> Found:
    """Measure a scope."""
    terms = [p * math.log2(2 * p / (p + q)) for pair in mix.list_shares() for p, q in (pair, pair[::-1]) if p]
    return {"value": math.sqrt(min(max(math.fsum(terms) / 2, 0.0), 1.0))}


METRIC = make_distance("js_distance", "Jensen-Shannon distance of a column", measure, high=1.0)
