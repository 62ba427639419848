"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    annotator_agreement,
    annotator_bias,
    balanced_gold_agreement,
    confident_wrong_share,
    dawid_skene_accuracy,
    error_rate,
    gold_agreement,
    krippendorff_alpha,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    override_rate,
    psi,
    quantile,
    self_consistency,
    sql,
    volume,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "annotator_agreement": annotator_agreement.METRIC,
    "annotator_bias": annotator_bias.METRIC,
    "balanced_gold_agreement": balanced_gold_agreement.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "dawid_skene_accuracy": dawid_skene_accuracy.METRIC,
    "error_rate": error_rate.METRIC,
    "gold_agreement": gold_agreement.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "override_rate": override_rate.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "self_consistency": self_consistency.METRIC,
    "sql": sql.METRIC,
    "volume": volume.METRIC,
}
