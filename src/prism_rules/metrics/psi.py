"""Population stability index: how far the mix of conditions has moved from that of a reference.

**Definition.** A category is a combination of the dimensions named in `of`; B are met on either side, in the scope or
in the reference at the reference's own grain. With c rows of n in the scope and r of m in the reference, the shares
are p = (c + 1/2) / (n + B/2) and q = (r + 1/2) / (m + B/2), so that a category met on one side alone counts and is
not infinite. The value is the sum over categories of (p - q) ln(p / q): 0 for the same mix, symmetric, no upper end.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side.

**How sure.** Where nothing has moved, the value is about (1/n + 1/m) times a chi-square with B - 1 degrees of
freedom. Its point that chance exceeds once in 20 is the critical value: a rule is `unsure` until the value lies above
its bound and above that. So it is guarded against small samples without `confidence`, which is refused.

**When it misleads.** It says that the mix moved, not that the model suffers. Zero policies differ between libraries,
and so do their values where a category is empty: evidently has 0.71 where this has 0.57. With many rare categories
most of the value is noise; name few dimensions, and see `absent_share` for what is new. A missing value is the
category `(none)`.

**Usual bounds.** Below 0.10 stable, 0.10 to 0.25 moderate, above 0.25 major: conventions of credit scoring.

**Degenerate cases.** The reference has no row for the scope: null, `no_baseline`. One category on both sides: 0, and
no critical value.

**Source.** Lewis (1994), An Introduction to Credit Scoring; Siddiqi (2006), Credit Risk Scorecards. Critical value:
Yurdakul (2018), Statistical Properties of Population Stability Index, Western Michigan University.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from prism_rules.inference import find_chi_square_point
from prism_rules.metrics.metric import Ask, Measure, Metric, Table, name_columns
from prism_rules.metrics.slices import Values, pair_scopes

if TYPE_CHECKING:
    import polars as pl

CHANCE = 0.05
"""How often chance alone may exceed the critical value."""
HALF = 0.5
"""Rows that every category has beside those that were counted."""


def compute_psi(current: Counter[Values], reference: Counter[Values]) -> float:
    """Compute the index of two counts; it is 0 or more."""
    categories = sorted({*current, *reference})
    n, m = (side.total() + HALF * len(categories) for side in (current, reference))
    shares = [((current[name] + HALF) / n, (reference[name] + HALF) / m) for name in categories]
    return math.fsum((p - q) * math.log(p / q) for p, q in shares)


def find_critical(current: Counter[Values], reference: Counter[Values]) -> float | None:
    """Find the value that chance alone exceeds once in 20; None where there is nothing to move."""
    categories = len({*current, *reference})
    if categories < 2:
        return None
    return (1 / current.total() + 1 / reference.total()) * _find_point(categories - 1)


@cache
def _find_point(df: int) -> float:
    return find_chi_square_point(CHANCE, df)


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Rows of each category."""
    return {"n": Measure("count")}


def finish(ask: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Compare each scope's categories with those of the reference's scope that contains it."""
    import polars as pl

    assert reference is not None
    results: list[dict[str, object]] = []
    for values, here, there in pair_scopes(current, reference, ask.of):
        result: dict[str, object] = {
            "value": compute_psi(here, there) if there else None,
            "n": here.total(),
            "reason": None if there else "no_baseline",
            "critical": find_critical(here, there) if there else None,
        }
        results.append({**dict(zip(current.by, values, strict=True)), **result})
    columns: dict[str, pl.DataType] = {name: pl.String() for name in current.by}
    columns |= {"value": pl.Float64(), "n": pl.Int64(), "reason": pl.String(), "critical": pl.Float64()}
    return pl.DataFrame(results, schema=columns)


METRIC = Metric(
    name="psi",
    title="Population stability index of a mix of conditions",
    roles=("predictions", "feedback", "training", "validation"),
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=None,
    of="dimensions",
    keys=lambda ask: name_columns(*ask.of),
    compares=True,
    measures=name_measures,
    finish=finish,
    subject="drift",
)
