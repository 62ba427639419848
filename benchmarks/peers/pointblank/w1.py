"""Pointblank on W1: a step for every metric and class, each over the rows of its class; no quantile.

Steps about averages are made of the columns; rates are averages of derived columns, and a count is a step of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pointblank as pb
import polars as pl

LABELLED = pl.col("label").is_not_null()
WRONG = pl.col("label") != pl.col("class")
DERIVED = {
    "mean-confidence": pl.col("confidence"),
    "mean-brightness": pl.col("brightness"),
    "mean-contrast": pl.col("contrast"),
    "low-confidence": (pl.col("confidence") < 0.6).cast(pl.Float64),
    "errors": WRONG.cast(pl.Float64),
    "overrides": pl.col("overridden").cast(pl.Float64),
    "unlabelled": pl.col("label").is_null().cast(pl.Float64),
    "confident-and-wrong": pl.when(LABELLED).then(WRONG & (pl.col("confidence") >= 0.9)).cast(pl.Float64),
}


def expect_rows(bound: float) -> Callable[[pl.DataFrame], bool]:
    """Make the function that pointblank asks whether there are enough rows."""
    return lambda data: data.height >= bound


data, checks = sys.argv[1:]
asked = json.loads(Path(checks).read_text("utf-8"))
since = time.perf_counter()
columns = ["class", "confidence", "brightness", "contrast", "label", "overridden"]
frame = pl.read_parquet(data, columns=columns).with_columns(**DERIVED)
parts = {name: part for (name,), part in frame.partition_by("class", as_dict=True).items()}
failed = 0
for scope, part in parts.items():
    validation = pb.Validate(part)
    for check in asked:
        if check["scope"]["class"] != scope:
            continue
        if check["metric"] == "volume":
            validation = validation.specially(expect_rows(check["bound"]))
        elif check["metric"] in DERIVED:
            step = validation.col_avg_ge if check["side"] == "below" else validation.col_avg_le
            validation = step(check["metric"], check["bound"])
    done = validation.interrogate(collect_extracts=False)
    failed += sum(count > 0 for count in done.n_failed().values())
seconds = time.perf_counter() - since
sys.stdout.write(json.dumps({"engine": seconds, "failed": failed}) + "\n")
