"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import mean_confidence
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table"]

METRICS: Mapping[str, Metric] = {
    "mean_confidence": mean_confidence.METRIC,
}
