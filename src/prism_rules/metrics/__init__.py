"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    age,
    backlog,
    backlog_age,
    concept_drift,
    confident_wrong_share,
    duplicate_share,
    error_rate,
    intervention_rate,
    krippendorff_alpha,
    ks_statistic,
    late_share,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    override_rate,
    psi,
    quantile,
    routing_latency,
    sql,
    unrouted_share,
    volume,
    wasserstein_distance,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "age": age.METRIC,
    "backlog": backlog.METRIC,
    "backlog_age": backlog_age.METRIC,
    "concept_drift": concept_drift.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "duplicate_share": duplicate_share.METRIC,
    "error_rate": error_rate.METRIC,
    "intervention_rate": intervention_rate.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "ks_statistic": ks_statistic.METRIC,
    "late_share": late_share.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "override_rate": override_rate.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "routing_latency": routing_latency.METRIC,
    "sql": sql.METRIC,
    "unrouted_share": unrouted_share.METRIC,
    "volume": volume.METRIC,
    "wasserstein_distance": wasserstein_distance.METRIC,
}
