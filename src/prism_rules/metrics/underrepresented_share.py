"""Under-represented share: the part of the rows whose conditions the reference has, but too little of.

**Definition.** A slice is a combination of the dimensions named in `of`. With c rows of the n in a scope and r of the
m in the reference, at the reference's own grain, a slice is under-represented when it is not rare here, c / n >=
`min_share` (default 0.01), the reference has it, r > 0, and has too little: r < `min_count` (default 30), or (r / m)
/ (c / n) < `min_ratio` (default 0.5). The value is rows in under-represented slices / all rows of the scope. They are
listed, the largest first. Slices that the reference does not have at all are those of `absent_share`, and do not
count here.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows of the current side, with or without known
conditions.

**When it misleads.** A slice near one of the three limits comes and goes by chance, and takes all its rows with it:
ask for a `streak`. When an under-represented slice vanishes from the reference the value falls and `absent_share`
rises: have a rule of each. A reference that was balanced on purpose, with as many rows of each condition, has too
little of the most frequent one by its ratio: give it `min_ratio: 0`. A missing value is the slice `(none)`.

**Usual bounds.** `above: 0.10`; `above: 0.05` where the conditions are hard ones.

**Degenerate cases.** The reference has no row at all for the scope: null, `no_baseline`. No interval is known, since
the same rows decide which slices count, so `confidence` is refused.

**Source.** A plain count; the limits are conventions. That data sets be sufficiently representative is asked of
high-risk systems by Regulation (EU) 2024/1689, article 10(3).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from prism_rules.metrics.metric import Ask, Metric, Table, name_columns
from prism_rules.metrics.slices import Values, find_slice_shares, name_counts
from prism_rules.model.frozen import Fraction, Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as too little."""

    min_count: Annotated[int, Field(ge=1)] = 30
    """The least rows of a slice in the reference."""
    min_ratio: Fraction = 0.5
    """The least that its part of the reference may be of its part here."""
    min_share: Fraction = 0.01
    """The part of the rows here from which on a slice is looked at."""


def name_thin(here: Counter[Values], there: Counter[Values], limits: Parameters) -> dict[Values, str]:
    """Name the slices that are not rare here and of which the reference has some, but too little."""
    n, m = here.total(), there.total()
    return {
        slice_: "under_represented"
        for slice_, c in here.items()
        if c / n >= limits.min_share
        and (r := there[slice_]) > 0
        # One division of integers, so that a ratio equal to the limit is equal to it.
        and (r < limits.min_count or r * n / (c * m) < limits.min_ratio)
    }


def finish(ask: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Compare each slice with the reference's scope that contains it."""
    assert reference is not None
    return find_slice_shares(ask, current, reference, lambda here, there: name_thin(here, there, ask.params))


METRIC = Metric(
    name="underrepresented_share",
    title="Share of rows under conditions that the reference has too little of",
    roles=("predictions", "feedback", "training", "validation"),
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    of="dimensions",
    keys=lambda ask: name_columns(*ask.of),
    compares=True,
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
