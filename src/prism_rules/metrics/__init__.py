"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    brier,
    confident_wrong_share,
    cost_weighted_error,
    ece,
    error_rate,
    f1,
    krippendorff_alpha,
    low_confidence_accepted,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    override_rate,
    precision,
    psi,
    quantile,
    recall,
    slice_gap,
    sql,
    volume,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "brier": brier.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "cost_weighted_error": cost_weighted_error.METRIC,
    "ece": ece.METRIC,
    "error_rate": error_rate.METRIC,
    "f1": f1.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "low_confidence_accepted": low_confidence_accepted.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "override_rate": override_rate.METRIC,
    "precision": precision.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "recall": recall.METRIC,
    "slice_gap": slice_gap.METRIC,
    "sql": sql.METRIC,
    "volume": volume.METRIC,
}
