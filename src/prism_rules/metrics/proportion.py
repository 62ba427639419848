"""Proportion: how many of the rows that count have what is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Table

if TYPE_CHECKING:
    import polars as pl


def find_shares(table: Table, part: str, reason: str) -> pl.DataFrame:
    """Divide the measure `part` by `n`; null with `reason` where no row counts."""
    import polars as pl

    n = pl.col("n")
    return table.frame.select(
        *table.by,
        value=pl.when(n > 0).then(pl.col(part) / n),
        n=n,
        reason=pl.when(n == 0).then(pl.lit(reason)),
    )
