"""Quantile: the value below which a given part of the rows lies, such as the median or the 95th percentile.

**Definition.** Type 7 of Hyndman and Fan, as numpy, Excel and DuckDB's `quantile_cont` have it: of n values in order,
counted from 0, the place q (n - 1); between two values the straight line between them. `q` is the part, 0.5 the
median, 0 the smallest and 1 the largest value. Exact, never a sketch. Several columns, or `features` for all of them,
are measured one by one.

**Class role.** `rows`: rows with that class. **Support.** Rows with a value; the others are left out.

**When it misleads.** A far quantile rests on few rows: with 100 rows the 99th percentile is the second largest, and
one row decides it. Ask for `min_n` of at least 20 / (1 - q). Where values repeat, a quantile stands still while the
data move, and then jumps. Between the two halves of a split distribution the median may be a value that no row has.

**Usual bounds.** A fixed `below` or `above` where the number has a physical range; else a `change` against
`baseline: {window: 28d}`.

**Degenerate cases.** No row with a value: null, `no_values`. Null, NaN, infinite numbers and those beyond 10^12 are
left out and counted by intake, as are confidences outside of 0 to 1. No interval is known, so `confidence` is refused.

**Source.** Hyndman and Fan (1996), Sample Quantiles in Statistical Packages, The American Statistician 50, 361-365.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table, name_columns
from prism_rules.model.frozen import Fraction, Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """Which quantile."""

    q: Fraction
    """The part of the rows that lies below, such as 0.5 for the median."""


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """What the one row of each scope and probability says."""
    return {
        "n": Measure("greatest", of="rows_of_scope"),
        "low": Measure("greatest", of="low"),
        "high": Measure("greatest", of="high"),
    }


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Go from the order statistic below the quantile's place as far to the next as the place is beyond it."""
    import polars as pl

    place = ask.params.q * (pl.col("n") - 1)
    fraction = place - place.floor()
    return current.frame.filter(pl.col("probability") == ask.params.q).select(
        *current.by,
        value=pl.when(pl.col("n") > 0).then(pl.col("low") + (pl.col("high") - pl.col("low")) * fraction),
        n=pl.col("n"),
        reason=pl.when(pl.col("n") == 0).then(pl.lit("no_values")),
    )


METRIC = Metric(
    name="quantile",
    title="Quantile of a number",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=None,
    high=None,
    params=Parameters,
    of="column",
    relation="quantiles",
    keys=lambda _: name_columns("probability"),
    probabilities=lambda ask: (ask.params.q,),
    measures=name_measures,
    finish=finish,
    subject="values",
)
