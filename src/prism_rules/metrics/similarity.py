"""Similarity: the part of a column's rows that two sets of data have in common, such as validation and production.

**Definition.** 1 less half the sum of |p - q| over the bins or categories of a column, made as for `psi`; p and q are
the shares of the scope and of the reference as they were counted. It is the sum of the smaller of p and q: 1 for the
same mix, 0 where no row of one side lies where any of the other does. `total_variation` is 1 less this.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**When it misleads.** Each column is compared by itself: a validation set may have every light and every camera in its
share, and still lack glare before camera 2; see `absent_share`. Chance alone takes with ten bins and 100 rows about
0.12 from it, and nothing guards a rule against that: ask for `min_n`.

**Usual bounds.** `below: 0.9` warns, `below: 0.8` fails, for each dimension and feature that the model may depend on:
`source: validation`, `baseline: {source: predictions}` and a list of columns in `of` find the least similar. Validation
data that is old by its date and still similar may be kept.

**Degenerate cases.** As for `psi`: null with `no_baseline`, `constant_reference` or `no_values`.

**Source.** 1 less the total variation distance: Levin, Peres and Wilmer (2009), Markov Chains and Mixing Times,
American Mathematical Society, chapter 4.
"""

from __future__ import annotations

from prism_rules.metrics.distances import Bins, Found, Mix, compute_moved, make_distance


def measure(_: Bins, mix: Mix) -> Found:
    """Measure a scope, exactly."""
    moved, whole = compute_moved(mix)
    return {"value": (whole - moved) / whole}


METRIC = make_distance(
    "similarity", "Share of rows in common with a reference in a column", measure, high=1.0, subject="validation"
)
