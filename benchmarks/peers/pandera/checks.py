"""Writes checks as Python lambdas over Polars, each with its own name, as pandera takes them."""

from __future__ import annotations

from typing import Any

import pandera.polars as pa
import polars as pl

WRONG = pl.col("label") != pl.col("class")
METRICS = {
    "mean-confidence": pl.col("confidence").mean(),
    "mean-brightness": pl.col("brightness").mean(),
    "mean-contrast": pl.col("contrast").mean(),
    "low-confidence": (pl.col("confidence") < 0.6).mean(),
    "errors": WRONG.sum() / pl.col("label").count(),
    "overrides": pl.col("overridden").mean(),
    "unlabelled": pl.col("label").is_null().mean(),
    "confident-and-wrong": (WRONG & (pl.col("confidence") >= 0.9)).sum() / pl.col("label").count(),
    "volume": pl.len(),
    "confidence-floor": pl.col("confidence").quantile(0.05, "linear"),
}


def make_check(check: dict[str, Any], number: int) -> pa.Check:
    """Make one check: a filter, an aggregate, a comparison."""
    value, bound = METRICS[check["metric"]], check["bound"]
    holds = value >= bound if check["side"] == "below" else value <= bound
    chosen = [pl.col(name) == value for name, value in check.get("scope", {}).items()]

    def hold(data: pa.PolarsData) -> pl.LazyFrame:
        frame = data.lazyframe.filter(*chosen) if chosen else data.lazyframe
        return frame.select(holds.alias("holds"))

    return pa.Check(hold, name=f"{check['metric']}-{number}")


def count_failed(frame: pl.DataFrame, checks: list[dict[str, Any]]) -> int:
    """Validate a frame lazily: every check is made. Returns how many failed."""
    schema = pa.DataFrameSchema(checks=[make_check(check, number) for number, check in enumerate(checks)])
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as found:
        return len({error.check.name for error in found.schema_errors if error.check is not None})
    return 0
