"""Population stability index: how far a column has moved from its reference.

**Definition.** A column of numbers is counted in bins, any other by its values, its *categories*; several columns, or
`features` for all of those, are measured one by one. With c rows of n in a bin or category in the scope, and r of m in
the reference at the reference's own grain, the shares are p = (c + 1/2) / (n + B/2) and q = (r + 1/2) / (m + B/2), so
that one that is empty on a side counts and is not infinite. The value is the sum of (p - q) ln(p / q) over all B: 0
for the same mix, symmetric, no upper end. `zeros: floor` takes c / n and r / m instead, and 0.0001 where that is 0, as
evidently does.

*Bins* end at quantiles of the whole reference, whatever its `by`: ten of them at its deciles (type 7 of Hyndman and
Fan), or as many as `bins` says, 2 to 50. Equal edges count once. A bin holds what lies above its lower edge and up to
its upper one, (10.9, 20.8]; the first and the last are open. They are the same for all scopes and on both sides, and
for acceptance those of the finding. In a streak every window has those of its own baseline. Of a reference of more
than 200,000 rows the edges come from a sample of about 200,000, always the same ones by their ids. The rows are all
counted, so that this moves the value little: of a million rows at an index of 0.03 and 0.1, in thirty samples each, by
0.02 to 0.08 % of itself (standard deviation; 0.3 % at most). Where a few rows at the end of a hard range are all that
moved, it was 0.9 % (2.8 % at most). All B bins count, also empty ones.

*Categories* are those met on either side, in the scope or in its reference. A missing value is the category `(none)`.
`of: class` measures drift of the predictions.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side; of a column of numbers those with
a value.

**How sure.** Where nothing has moved, the value is about (1/n + 1/m) times a chi-square with B - 1 degrees of
freedom. Its point that chance exceeds once in 20 is the critical value: a rule is `unsure` until the value lies above
its bound and above that. So it is guarded against small samples without `confidence`, which is refused. The bins and
categories that moved most are named.

**When it misleads.** It says that a column moved, not that the model suffers. Zero policies differ between libraries,
and so do their values where a category is empty: evidently has 0.71 where this has 0.57. With many rare categories
most of the value is noise. A number that became missing is not seen here: bound its `missing_share`. Where one value
fills much of the reference, few bins are left, and moves inside of them are not seen.

**Usual bounds.** Below 0.10 stable, 0.10 to 0.25 moderate, above 0.25 major: conventions of credit scoring.

**Degenerate cases.** The reference has no row for the scope, or of a number none with a value: null, `no_baseline`.
Nine tenths of the whole reference (all but the first bin) are its greatest value, so that nothing could be binned:
null, `constant_reference`. No row of the scope has a number: null, `no_values`. One category on both sides: 0, and no
critical value.

**Source.** Lewis (1994), An Introduction to Credit Scoring; Siddiqi (2006), Credit Risk Scorecards. Critical value:
Yurdakul (2018), Statistical Properties of Population Stability Index, Western Michigan University.
"""

from __future__ import annotations

import math
from functools import cache

from prism_rules.inference import find_chi_square_point
from prism_rules.metrics.distances import Found, Mix, SmoothedBins, Zeros, make_distance
from prism_rules.metrics.metric import CHANCE


def compute_psi(mix: Mix, zeros: Zeros = "half") -> float:
    """Compute the index of two mixes; it is 0 or more."""
    return math.fsum((p - q) * math.log(p / q) for p, q in mix.smooth_shares(zeros))


def find_critical(mix: Mix) -> float | None:
    """Find the value that chance alone exceeds once in 20; None where there is nothing to move."""
    if len(mix.names) < 2:
        return None
    return (1 / mix.n + 1 / mix.m) * find_point(len(mix.names) - 1)


@cache
def find_point(df: int) -> float:
    """Find the point of chi-square that chance exceeds once in 20."""
    return find_chi_square_point(CHANCE, df)


def measure(params: SmoothedBins, mix: Mix) -> Found:
    """Measure a scope."""
    return {"value": compute_psi(mix, params.zeros), "critical": find_critical(mix)}


METRIC = make_distance(
    "psi",
    "Population stability index of a column",
    measure,
    "critical",
    high=None,
    params=SmoothedBins,
)
