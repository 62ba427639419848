"""Averaging: the mean of a number from exact sums and, where a rule asks how sure it is, its standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Table

if TYPE_CHECKING:
    import polars as pl

LARGE = 1e6
"""Squares of numbers from here on are summed apart, in units of it: so 128 bits hold 10^11 of the largest."""
RESOLUTION = 1e-9
"""Of the sums: a variance below it cannot be told from their rounding."""
CANCELLED = 1e-12
"""The same, as a share of the mean square, for what a difference of two floats leaves."""


def name_sums(ask: Ask, x: str, *, small: bool) -> dict[str, Measure]:
    """Rows with a value, their sum, and that of their squares when doubted.

    `x`: an expression over logical columns, in our own SQL. `small`: no value lies beyond 1.
    """
    sums = {"n": Measure("count", of=x), "total": Measure("sum", of=x, small=small)}
    if not ask.doubted:
        return sums
    if small:
        return sums | {"squares": Measure("sum", of=f"{x} * {x}", small=True)}
    return sums | {
        "squares": Measure("sum", of=f"{x} * {x}", where=f"abs({x}) < {LARGE!r}"),
        "large_squares": Measure("sum", of=f"{x} * {x} / {LARGE!r}", where=f"abs({x}) >= {LARGE!r}"),
    }


def find_means(ask: Ask, table: Table, reason: str) -> pl.DataFrame:
    """Divide; null with `reason` where nothing has a value. When doubted, also `error` = s / sqrt(n), df = n - 1."""
    import polars as pl

    n, mean = pl.col("n"), pl.col("total") / pl.col("n")
    found = {"value": pl.when(n > 0).then(mean), "n": n, "reason": pl.when(n == 0).then(pl.lit(reason))}
    if ask.doubted:
        large = pl.col("large_squares") * LARGE if "large_squares" in table.frame.columns else pl.lit(0.0)
        square = (pl.col("squares") + large) / n
        variance = pl.max_horizontal(square - mean * mean, square * CANCELLED, pl.lit(RESOLUTION))
        # Of one row no error is known, which no degree of freedom says.
        found["error"] = pl.when(n > 1).then((variance / (n - 1)).sqrt()).when(n == 1).then(0.0)
        found["df"] = (n - 1).cast(pl.Float64)
    return table.frame.select(*table.by, **found)
