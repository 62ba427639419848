"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    concept_drift,
    confident_wrong_share,
    error_rate,
    krippendorff_alpha,
    ks_statistic,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    override_rate,
    psi,
    quantile,
    schema_change,
    sql,
    volume,
    wasserstein_distance,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "concept_drift": concept_drift.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "error_rate": error_rate.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "ks_statistic": ks_statistic.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "override_rate": override_rate.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "schema_change": schema_change.METRIC,
    "sql": sql.METRIC,
    "volume": volume.METRIC,
    "wasserstein_distance": wasserstein_distance.METRIC,
}
