"""Covered share: the part of the rows whose conditions the reference has in sufficient number.

**Definition.** A slice is a combination of the dimensions named in `of`. A slice of a scope is covered when the
reference (for example the training data) has at least `min_count` rows of it (default 30), at the reference's own
grain. The value is rows in covered slices / all rows of the scope. Slices that are not covered are listed, the
largest first: as absent where the reference has no row, else as under-represented.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows of the current side, with or without known
conditions.

**How sure.** With `confidence`, the interval of Wilson (1927), given the reference: what it has is taken as known.

**When it misleads.** 30 rows suffice for a mean and seldom for a model; the number is a convention. A large reference
covers everything by number, though a slice may have far less than its part: see `underrepresented_share`. Rows of a
burst or a video are many and say little. A missing value is the slice `(none)`, and covered like any other.

**Usual bounds.** `below: 0.95`; with a hazard, `below: 0.99` and a larger `min_count`.

**Degenerate cases.** The reference has no row at all for the scope: null, `no_baseline`.

**Source.** A plain count. That data must fit the setting in which a system is used is asked of high-risk systems by
Regulation (EU) 2024/1689, article 10(4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from prism_rules.metrics.metric import Ask, Metric, Table, name_columns
from prism_rules.metrics.slices import find_slice_shares, name_counts
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as covered."""

    min_count: Annotated[int, Field(ge=1)] = 30
    """The least rows of a slice in the reference."""


def finish(ask: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Name the slices of which the reference has too few rows; the others are covered."""
    assert reference is not None
    return find_slice_shares(
        ask,
        current,
        reference,
        lambda here, there: {
            slice_: "under_represented" if slice_ in there else "absent"
            for slice_ in here
            if there[slice_] < ask.params.min_count
        },
        others=True,
    )


METRIC = Metric(
    name="covered_share",
    title="Share of rows under conditions that the reference has enough of",
    roles=("predictions", "feedback", "training", "validation"),
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    interval="proportion",
    of="dimensions",
    keys=lambda ask: name_columns(*ask.of),
    compares=True,
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
