"""Great Expectations on W1: a suite per class over the rows of its class, as pandas frames.

Rates are means of derived columns; deriving them is part of the engine's time.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections import defaultdict
from pathlib import Path

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

COLUMNS = ["class", "confidence", "brightness", "contrast", "label", "overridden"]


def derive(frame: pd.DataFrame) -> pd.DataFrame:
    """Derive a column for every rate; missing where it does not count."""
    labelled = frame["label"].notna()
    wrong = labelled & (frame["label"] != frame["class"])
    return frame.assign(
        **{
            "mean-confidence": frame["confidence"],
            "mean-brightness": frame["brightness"],
            "mean-contrast": frame["contrast"],
            "low-confidence": (frame["confidence"] < 0.6).astype(float),
            "errors": wrong.astype(float).where(labelled),
            "overrides": frame["overridden"].astype(float),
            "unlabelled": (~labelled).astype(float),
            "confident-and-wrong": (wrong & (frame["confidence"] >= 0.9)).astype(float).where(labelled),
        }
    )


def expect(check: dict) -> gxe.Expectation:
    """Write a check as an expectation."""
    bound = {"min_value" if check["side"] == "below" else "max_value": check["bound"]}
    if check["metric"] == "volume":
        return gxe.ExpectTableRowCountToBeBetween(min_value=int(check["bound"]))
    if check["metric"] == "confidence-floor":
        ranges = {"quantiles": [0.05], "value_ranges": [[check["bound"], None]]}
        return gxe.ExpectColumnQuantileValuesToBeBetween(column="confidence", quantile_ranges=ranges)
    return gxe.ExpectColumnMeanToBeBetween(column=check["metric"], **bound)


data, checks = sys.argv[1:]
asked = json.loads(Path(checks).read_text("utf-8"))
logging.disable(logging.CRITICAL)
since = time.perf_counter()
frame = derive(pd.read_parquet(data, columns=COLUMNS))
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batches = (
    context.data_sources.add_pandas("files").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
)
scopes = defaultdict(list)
for check in asked:
    scopes[check["scope"]["class"]].append(check)
failed = 0
for scope, listed in scopes.items():
    batch = batches.get_batch(batch_parameters={"dataframe": frame[frame["class"] == scope]})
    suite = gx.ExpectationSuite(name=scope, expectations=[expect(check) for check in listed])
    failed += sum(not result.success for result in batch.validate(suite).results)
seconds = time.perf_counter() - since
sys.stdout.write("\n" + json.dumps({"engine": seconds, "failed": failed}) + "\n")
