"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import absent_share, confident_wrong_share, krippendorff_alpha, mean_confidence, sql
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "sql": sql.METRIC,
}
