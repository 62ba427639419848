"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    class_entropy,
    class_imbalance,
    completeness,
    confident_wrong_share,
    coverage_imbalance,
    covered_share,
    diversity,
    effective_classes,
    error_rate,
    krippendorff_alpha,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    other_share,
    override_rate,
    psi,
    quantile,
    segment_gap,
    share,
    sql,
    underrepresented_share,
    unknown_share,
    volume,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "class_entropy": class_entropy.METRIC,
    "class_imbalance": class_imbalance.METRIC,
    "completeness": completeness.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "coverage_imbalance": coverage_imbalance.METRIC,
    "covered_share": covered_share.METRIC,
    "diversity": diversity.METRIC,
    "effective_classes": effective_classes.METRIC,
    "error_rate": error_rate.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "other_share": other_share.METRIC,
    "override_rate": override_rate.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "segment_gap": segment_gap.METRIC,
    "share": share.METRIC,
    "sql": sql.METRIC,
    "underrepresented_share": underrepresented_share.METRIC,
    "unknown_share": unknown_share.METRIC,
    "volume": volume.METRIC,
}
