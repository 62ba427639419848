"""Whylogs on W1: a profile segmented by class, then constraints over every segment; quantiles are approximate."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import pandas as pd
import whylogs as why
from whylogs.core.constraints import ConstraintsBuilder
from whylogs.core.constraints.factories import mean_between_range, quantile_between_range
from whylogs.core.constraints.metric_constraints import MetricConstraint, MetricsSelector
from whylogs.core.schema import DatasetSchema
from whylogs.core.segmentation_partition import segment_on_column

COLUMNS = ["class", "confidence", "brightness", "contrast", "label", "overridden"]
FAR = 1e18

data, checks = sys.argv[1:]
asked = json.loads(Path(checks).read_text("utf-8"))
since = time.perf_counter()
frame = pd.read_parquet(data, columns=COLUMNS)
labelled = frame["label"].notna()
wrong = labelled & (frame["label"] != frame["class"])
derived = pd.DataFrame(
    {
        "class": frame["class"],
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
profiled = why.log(pandas=derived, schema=DatasetSchema(segments=segment_on_column("class")))
scopes = defaultdict(list)
for check in asked:
    scopes[check["scope"]["class"]].append(check)
failed = 0
for segment in profiled.segments():
    builder = ConstraintsBuilder(profiled.profile(segment).view())
    for check in scopes[segment.key[0]]:
        low, high = (check["bound"], FAR) if check["side"] == "below" else (-FAR, check["bound"])
        if check["metric"] == "volume":
            enough = check["bound"]
            builder.add_constraint(
                MetricConstraint(
                    name="volume",
                    condition=lambda counts, enough=enough: counts.n.value >= enough,
                    metric_selector=MetricsSelector(metric_name="counts", column_name="mean-confidence"),
                )
            )
        elif check["metric"] == "confidence-floor":
            builder.add_constraint(quantile_between_range("mean-confidence", quantile=0.05, lower=low, upper=high))
        else:
            builder.add_constraint(mean_between_range(check["metric"], lower=low, upper=high))
    failed += sum(not report.passed for report in builder.build().generate_constraints_report())
seconds = time.perf_counter() - since
sys.stdout.write(json.dumps({"engine": seconds, "failed": failed}) + "\n")
