"""The catalogue: one file per metric, one line here. `METRICS[name]` is all that the rest of the program knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from prism_rules.metrics.metric import Ask, Measure, Metric, NoParameters, Table, Taxonomy

__all__ = ["METRICS", "Ask", "Measure", "Metric", "NoParameters", "Table", "Taxonomy"]

_NAMES = (
    "absent_share",
    "age",
    "annotator_agreement",
    "annotator_bias",
    "backlog",
    "backlog_age",
    "balanced_gold_agreement",
    "boundary_share",
    "brier",
    "class_entropy",
    "class_imbalance",
    "cohen_kappa",
    "completeness",
    "concept_drift",
    "confident_wrong_share",
    "confusion_share",
    "cost_weighted_error",
    "coverage_imbalance",
    "covered_share",
    "cramers_v",
    "dawid_skene_accuracy",
    "disputed_share",
    "diversity",
    "duplicate_share",
    "ece",
    "effective_classes",
    "error_rate",
    "f1",
    "fleiss_kappa",
    "gold_agreement",
    "gwet_ac1",
    "hellinger",
    "intervention_rate",
    "js_distance",
    "kl_divergence",
    "krippendorff_alpha",
    "ks_statistic",
    "late_share",
    "low_confidence_accepted",
    "low_confidence_share",
    "mean",
    "mean_confidence",
    "missing_share",
    "new_share",
    "other_share",
    "override_rate",
    "percent_agreement",
    "precision",
    "psi",
    "quantile",
    "recall",
    "routing_latency",
    "schema_change",
    "segment_gap",
    "self_consistency",
    "share",
    "similarity",
    "slice_gap",
    "specific_agreement",
    "sql",
    "total_variation",
    "underrepresented_share",
    "unknown_share",
    "unrouted_share",
    "vanished_share",
    "volume",
    "wasserstein_distance",
)


class _Metrics(Mapping[str, Metric]):
    """Name -> metric. A metric's module is imported when it is asked for: a ruleset uses a few of them."""

    def __init__(self) -> None:
        self._imported: dict[str, Metric] = {}

    def __getitem__(self, name: str) -> Metric:
        if name not in self._imported:
            if name not in _NAMES:
                raise KeyError(name)
            metric: Metric = import_module(f"{__name__}.{name}").METRIC
            self._imported[name] = metric
        return self._imported[name]

    def __contains__(self, name: object) -> bool:
        return name in _NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


METRICS: Mapping[str, Metric] = _Metrics()
