"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    confident_wrong_share,
    cramers_v,
    error_rate,
    hellinger,
    js_distance,
    kl_divergence,
    krippendorff_alpha,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    new_share,
    override_rate,
    psi,
    quantile,
    similarity,
    sql,
    total_variation,
    vanished_share,
    volume,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "cramers_v": cramers_v.METRIC,
    "error_rate": error_rate.METRIC,
    "hellinger": hellinger.METRIC,
    "js_distance": js_distance.METRIC,
    "kl_divergence": kl_divergence.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "new_share": new_share.METRIC,
    "override_rate": override_rate.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "similarity": similarity.METRIC,
    "sql": sql.METRIC,
    "total_variation": total_variation.METRIC,
    "vanished_share": vanished_share.METRIC,
    "volume": volume.METRIC,
}
