"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import (
    absent_share,
    boundary_share,
    cohen_kappa,
    confident_wrong_share,
    confusion_share,
    disputed_share,
    error_rate,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    low_confidence_share,
    mean,
    mean_confidence,
    missing_share,
    override_rate,
    percent_agreement,
    psi,
    quantile,
    specific_agreement,
    sql,
    volume,
)
from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

METRICS: Mapping[str, Metric] = {
    "absent_share": absent_share.METRIC,
    "boundary_share": boundary_share.METRIC,
    "cohen_kappa": cohen_kappa.METRIC,
    "confident_wrong_share": confident_wrong_share.METRIC,
    "confusion_share": confusion_share.METRIC,
    "disputed_share": disputed_share.METRIC,
    "error_rate": error_rate.METRIC,
    "fleiss_kappa": fleiss_kappa.METRIC,
    "gwet_ac1": gwet_ac1.METRIC,
    "krippendorff_alpha": krippendorff_alpha.METRIC,
    "low_confidence_share": low_confidence_share.METRIC,
    "mean": mean.METRIC,
    "mean_confidence": mean_confidence.METRIC,
    "missing_share": missing_share.METRIC,
    "override_rate": override_rate.METRIC,
    "percent_agreement": percent_agreement.METRIC,
    "psi": psi.METRIC,
    "quantile": quantile.METRIC,
    "specific_agreement": specific_agreement.METRIC,
    "sql": sql.METRIC,
    "volume": volume.METRIC,
}
