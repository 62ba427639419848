"""Absent share: the part of the rows whose conditions the reference does not know at all.

**Definition.** A slice is a combination of the dimensions named in `of`. A slice of a scope is absent when the
reference (for example the training data) has not one row of it at the reference's own grain: with `by: [class, site]`
and `baseline: {source: training, by: [class]}`, glare on class dent at plant 2 is absent when no dent of the training
data, of any site, was taken under glare. The value is rows in absent slices / all rows of the scope. Absent slices
are listed by name, the largest first.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows of the current side, with or without known
conditions.

**How sure.** With `confidence`, the interval of Wilson (1927), given the reference: what it lacks is taken as known.

**When it misleads.** One row in the reference makes a slice known; ten are still too few to learn from, see
`underrepresented_share`. Absence only counts in the columns that `of` names, so conditions that nobody records are
never absent. A missing value is the slice `(none)`: where production lacks a column that training has filled, the
finding is about metadata and not about coverage. With many dimensions almost every slice is
rare and absence is chance: three at most are taken.

**Usual bounds.** `above: 0.05`; `above: 0` where an unseen condition is itself a hazard.

**Degenerate cases.** The reference has no row at all for the scope: null, `no_baseline` (everything would be absent,
which is another fault).

**Source.** A plain count. That data must fit the setting in which a system is used is asked of high-risk systems by
Regulation (EU) 2024/1689, article 10(4).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Metric, Table, name_columns
from prism_rules.metrics.slices import Values, find_slice_shares, name_counts

if TYPE_CHECKING:
    import polars as pl


def name_absent(here: Counter[Values], there: Counter[Values]) -> dict[Values, str]:
    """Name the slices that the reference does not have."""
    return {slice_: "absent" for slice_ in here if slice_ not in there}


def finish(ask: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Look each slice up in the reference's scope that contains it."""
    assert reference is not None
    return find_slice_shares(ask, current, reference, name_absent)


METRIC = Metric(
    name="absent_share",
    title="Share of rows under conditions that the reference lacks",
    roles=("predictions", "feedback", "training", "validation"),
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    of="dimensions",
    keys=lambda ask: name_columns(*ask.of),
    compares=True,
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
