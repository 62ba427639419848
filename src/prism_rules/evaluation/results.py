"""Results: what a metric gave of a scope beside its value, in the terms of inference and of the plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prism_rules.inference import Difference, Estimate
from prism_rules.metrics import Metric
from prism_rules.metrics.metric import SHARES
from prism_rules.model.plan import Pair, Slice


def read_estimate(metric: Metric, value: float | None, row: Mapping[str, Any]) -> Estimate | Difference | None:
    """Read how sure a value is."""
    if value is None:
        return None
    if metric.interval == "proportion" and row.get("error") is None:
        return Estimate(value, row["n"])
    if metric.interval == "difference":
        share, trials, other_share, other_trials = (row[name] for name in SHARES)
        return Difference(value, Estimate(share, trials), Estimate(other_share, other_trials))
    error = row.get("error")
    return None if error is None else Estimate(value, row["n"], error, row.get("df"))


def read_slices(slices: Iterable[Mapping[str, Any]] | None) -> Iterator[Slice]:
    """Read the slices that stand out."""
    for entry in slices or ():
        yield Slice(of=json.loads(entry["of"]), n=entry["n"], reference=entry["reference"], kind=entry["kind"])


def read_pairs(pairs: Iterable[Mapping[str, Any]] | None) -> Iterator[Pair]:
    """Read the classes that are confused."""
    for entry in pairs or ():
        yield Pair(classes=tuple(entry["classes"]), n=entry["n"])
