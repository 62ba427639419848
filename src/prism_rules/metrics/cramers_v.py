"""Cramér's V: how strongly a column's values depend on whether a row is current or of the reference, from 0 to 1.

**Definition.** The rows of the scope and of the reference in each bin or category of a column, made as for `psi`, are
a table of two rows. Bins without any row are left out. With the rows e that a cell would have if the mix were the same
on both sides, chi-square is the sum of (rows - e)^2 / e over all cells, and the value is the root of chi-square / (n +
m). 0 for the same mix, 1 where no row of one side lies where any of the other does.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**How sure.** The critical value is the V at which the chi-square test of homogeneity has a p of 0.05, with one degree
of freedom less than there are bins or categories: a rule is `unsure` until the value lies above its bound and above
that. So size decides, and the test guards. `confidence` is refused.

**When it misleads.** It depends on how many rows the two sides have of each other: of the same two mixes it is
greatest where both sides have as many rows, and small where a week is compared with a year. Compare windows of similar
size, or bound `total_variation`.

**Usual bounds.** `above: 0.1` is small, `above: 0.3` medium (Cohen 1988).

**Degenerate cases.** More than a fifth of the cells would have fewer than five rows: null, `small_expected`; name
columns with fewer values, or ask for fewer `bins`. One category on both sides: null, `single_category`. Else as for
`psi`: null with `no_baseline`, `constant_reference` or `no_values`.

**Source.** Pearson (1900), Philosophical Magazine 50, 157-175; Cramér (1946), Mathematical Methods of Statistics,
section 21.9. The rule of five: Cochran (1954), Some Methods for Strengthening the Common Chi-square Tests, Biometrics
10, 417-451.
"""

from __future__ import annotations

import math

from prism_rules.metrics.distances import Bins, Found, Mix, make_distance
from prism_rules.metrics.psi import find_point

LEAST = 5
"""Rows that a cell should have, if the mix were the same."""
FEW = 5
"""One cell in so many may have fewer."""


def measure(_: Bins, mix: Mix) -> Found:
    """Measure a scope."""
    met = [(c, r) for c, r in mix.pairs if c or r]
    if len(met) < 2:
        return {"value": None, "reason": "single_category"}
    n, m = mix.n, mix.m
    small = sum((c + r) * side < LEAST * (n + m) for c, r in met for side in (n, m))
    if small * FEW > 2 * len(met):
        return {"value": None, "reason": "small_expected"}
    # Both cells of a bin together, in whole numbers: chi-square / (n + m) is the sum of these.
    squared = math.fsum((c * m - r * n) ** 2 / (n * m * (c + r) * (n + m)) for c, r in met)
    return {"value": min(math.sqrt(squared), 1.0), "critical": math.sqrt(find_point(len(met) - 1) / (n + m))}


METRIC = make_distance("cramers_v", "Cramér's V of a column against its reference", measure, "critical", high=1.0)
