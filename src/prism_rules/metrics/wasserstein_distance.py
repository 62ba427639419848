"""Wasserstein distance: how far the numbers of a column have moved from those of a reference, on average.

**Definition.** The area between the two empirical distribution functions: how far a number has to be moved on average
until the scope's distribution is the reference's, the cheapest way (the 1-Wasserstein, or earth mover's, distance). It
is taken over the numbers as they are, in whole units of 10^-9, and divided once. It is in the column's own unit; `with:
{unit: std}` divides it by the standard deviation of the reference's numbers, divided by their number, so that columns
of different units can share a bound. Several columns, or `features` for all of them, are measured one by one.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side with a value; the others are left
out.

**When it misleads.** One far number moves it much: a sentinel such as -999 in one row of a thousand counts like a
shift of all rows by one, and in the reference it also swells the standard deviation that the distance is divided by.
Chance alone keeps it above 0, by one to two standard deviations divided by the root of the smaller number of rows: with
`above: 0.1` in units of `std` ask for a `min_n` of 400 or more, or see `ks_statistic`, which has a critical value.
Which way the numbers moved, `mean` tells.

**Usual bounds.** `with: {unit: std}` and `above: 0.1`, a convention: a tenth of a standard deviation.

**Degenerate cases.** No number in the scope: null, `no_values`. None in the reference's scope: null, `no_baseline`.
All numbers of the reference alike, under `unit: std`: null, `constant_reference`. Null, NaN, infinite numbers and
those beyond 10^12 are left out and counted by intake. No interval is known, so `confidence` is refused.

**Source.** Vallender (1974), Calculation of the Wasserstein Distance between Probability Distributions on the Line,
Theory of Probability and Its Applications 18, 784-786.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """In what unit."""

    unit: Literal["column", "std"] = "column"
    """`column`: the column's own. `std`: standard deviations of the reference."""


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Numbers of both sides, the area between their functions times both, and the reference's standard deviation."""
    return {name: Measure("greatest", of=f"_{name}") for name in ("n", "m", "area", "spread")}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where a side has no numbers, or the reference's do not vary."""
    import polars as pl

    n, m = pl.col("n"), pl.col("m")
    unit = pl.col("spread") if ask.params.unit == "std" else pl.lit(1.0)
    reason = (
        pl.when(n == 0)
        .then(pl.lit("no_values"))
        .when(m == 0)
        .then(pl.lit("no_baseline"))
        .when(unit == 0)
        .then(pl.lit("constant_reference"))
    )
    distance = pl.col("area") / (n.cast(pl.Float64) * m.cast(pl.Float64)) / unit
    return current.frame.select(*current.by, n=n, reason=reason, distance=distance).select(
        *current.by, "n", "reason", value=pl.when(pl.col("reason").is_null()).then(pl.col("distance"))
    )


METRIC = Metric(
    name="wasserstein_distance",
    title="Distance of a number's distribution from a reference (Wasserstein)",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=None,
    params=Parameters,
    of="column",
    relation="ecdf",
    compares=True,
    measures=name_measures,
    finish=finish,
    subject="drift",
)
