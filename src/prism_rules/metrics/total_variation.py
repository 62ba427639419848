"""Total variation: the part of the rows that would have to change place for a column to be as in its reference.

**Definition.** Half the sum of |p - q| over the bins or categories of a column, made as for `psi`; p and q are the
shares of the scope and of the reference as they were counted. 0 for the same mix, 1 where no row of one side lies where
any of the other does. 0.12 reads: twelve rows in a hundred have moved. `similarity` is 1 less this.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**When it misleads.** How far a number moved plays no part, only that it left its bin; and moves inside a bin are not
seen. Chance alone gives with ten bins and 100 rows about 0.12, with 1,000 rows 0.04, and more where there are more
categories; nothing guards a rule against that: ask for `min_n`, or bound `psi` or `cramers_v` beside it.

**Usual bounds.** `above: 0.1`.

**Degenerate cases.** As for `psi`: null with `no_baseline`, `constant_reference` or `no_values`.

**Source.** Levin, Peres and Wilmer (2009), Markov Chains and Mixing Times, American Mathematical Society, chapter 4.
"""

from __future__ import annotations

from prism_rules.metrics.distances import Bins, Found, Mix, compute_moved, make_distance


def measure(_: Bins, mix: Mix) -> Found:
    """Measure a scope, exactly."""
    moved, whole = compute_moved(mix)
    return {"value": moved / whole}


METRIC = make_distance("total_variation", "Share of rows that moved in a column", measure, high=1.0)
