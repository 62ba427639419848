"""Kullback-Leibler divergence: how badly the reference's mix of a column describes the current one.

**Definition.** The sum of p ln(p / q) over the bins or categories of a column, which are made and smoothed as for
`psi`: p is the share in the scope, q in the reference. In nats; divide by ln 2 for bits. 0 for the same mix, no upper
end, and not symmetric: what has become frequent counts most. Both directions together are `psi`.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**When it misleads.** It rests on how empty bins are treated more than any other distance, for it is infinite where q
is 0: `zeros` is half a row more in each, or with `floor` the share 0.0001, after which shares no longer add up to 1
and a value that would lie below 0 is 0. Chance alone gives about (B - 1) / 2 times (1/n + 1/m), and nothing guards a
rule against that: ask for `min_n`, or bound `psi`.

**Usual bounds.** None are established. It is there to be compared with figures of other tools.

**Degenerate cases.** As for `psi`: null with `no_baseline`, `constant_reference` or `no_values`.

**Source.** Kullback and Leibler (1951), On Information and Sufficiency, Annals of Mathematical Statistics 22, 79-86.
"""

from __future__ import annotations

import math

from prism_rules.metrics.distances import Found, Mix, SmoothedBins, make_distance


def measure(params: SmoothedBins, mix: Mix) -> Found:
    """Measure a scope."""
    total = math.fsum(p * math.log(p / q) for p, q in mix.smooth_shares(params.zeros))
    return {"value": max(total, 0.0)}


METRIC = make_distance(
    "kl_divergence", "Kullback-Leibler divergence of a column", measure, high=None, params=SmoothedBins
)
