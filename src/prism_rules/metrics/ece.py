"""Expected calibration error: how far the confidence is from the share of rows in which the model is right.

**Definition.** Rows with a `label` and a `confidence` are put into `bins` (default 15) of equal width, [k / B, (k + 1)
/ B), the last with 1. In bin b, n_b rows have the mean confidence c_b and the share a_b in which the label is the
predicted class. The value is the sum over bins of n_b / N times |a_b - c_b|: 0.05 says that a confidence is on average
5 points off. The probability is that of the *predicted* class (top-label), the one field that predictions have; the
error of a positive class's probability is another number.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Rows with a label and a confidence.

**How sure.** Chance alone keeps the value above 0, the more so the fewer rows there are. Of a perfectly calibrated
model it is on average the noise floor, the sum of n_b / N sqrt(2 c_b (1 - c_b) / (pi n_b)): with 15 bins about 0.045
for 200 rows, 0.02 for 1,000, 0.006 for 10,000. Its point that chance exceeds about once in 20 is the critical value:
the floor and 1.645 standard deviations (7 times in 100 where all rows are in one bin). A rule is `unsure` until the
value lies above its bound and above that. So it is guarded without `confidence`, which is refused.

**When it misleads.** The guard says that the model is not calibrated, not that the value is above its bound: of few
rows the value itself is too high, by up to the floor. The other way, rows of one bin that are too sure and rows that
are not sure enough cancel. A model that always says its own accuracy has 0 and is of no use in telling rows apart.
Rows are seldom labelled at random: where people label what looked doubtful, it is the error of such rows alone.
Compare values of the same number of bins only.

**Usual bounds.** `above: 0.05`, with `min_n: 1000`; of 200 rows, which is the least, `above: 0.1`: the bound and the
floor. A `rise` of 0.05 against the validation run, measured on as many rows.

**Degenerate cases.** No row with both: null, `no_labels`. Every confidence 0 or 1: the critical value is 0, as nothing
is left to chance. Null, NaN, infinite and out-of-range confidences are left out and counted by intake.

**Source.** Guo et al. (2017), On Calibration of Modern Neural Networks, ICML: the definition and 15 bins. The
bias of few rows: Roelofs et al. (2022), Mitigating Bias in Calibration Error Estimation, AISTATS. The floor is the
mean of half-normal bins, of variance c_b (1 - c_b) / n_b.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from prism_rules.inference import find_normal_point
from prism_rules.metrics.metric import CHANCE, Ask, Measure, Metric, Table, build_results
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


Bin = tuple[int, float, int]
"""Its rows, the sum of their confidences, and how many of them are right."""


class Parameters(Frozen):
    """How finely confidences are told apart."""

    bins: Annotated[int, Field(ge=1, le=100)] = 15
    """How many bins of equal width lie between 0 and 1."""


def compute_ece(bins: Sequence[Bin]) -> float:
    """Compute the error of bins of which at least one has rows; it lies between 0 and 1."""
    return math.fsum(abs(confidence - right) for _, confidence, right in bins) / sum(n for n, _, _ in bins)


def find_critical(bins: Sequence[Bin]) -> float:
    """Find the value that a perfectly calibrated model exceeds about once in 20; the sum of bins is taken as normal."""
    variances = [c * (n - c) / n for n, c, _ in bins]
    floor = math.fsum(math.sqrt(2 / math.pi * variance) for variance in variances)
    spread = math.sqrt(math.fsum((1 - 2 / math.pi) * variance for variance in variances))
    return (floor + find_normal_point(CHANCE) * spread) / sum(n for n, _, _ in bins)


def name_keys(ask: Ask) -> dict[str, str]:
    """The bin. What lies on an edge as written in decimals lies on it here: 0.29 times 100 is 29."""
    bins = ask.params.bins
    return {"bin": f"least(floor(round(confidence * {bins}, 9)), {bins - 1})"}


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Rows with a label and a confidence, the sum of their confidences, and those of them that are right."""
    counted = "label IS NOT NULL AND confidence IS NOT NULL"
    return {
        "n": Measure("count", where=counted),
        "total": Measure("sum", of="confidence", where="label IS NOT NULL", small=True),
        "right": Measure("count", where=f"label = class AND {counted}"),
    }


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Add up the bins of each scope; null with a reason where nothing has a label and a confidence."""
    scopes: dict[tuple[str, ...], list[Bin]] = {}
    for row in current.frame.iter_rows(named=True):
        bins = scopes.setdefault(tuple(row[name] for name in current.by), [])
        if row["n"]:
            bins.append((row["n"], row["total"], row["right"]))
    results: list[dict[str, object]] = []
    for values, bins in sorted(scopes.items()):
        result: dict[str, object] = {
            "value": compute_ece(bins) if bins else None,
            "n": sum(n for n, _, _ in bins),
            "reason": None if bins else "no_labels",
            "critical": find_critical(bins) if bins else None,
        }
        results.append({**dict(zip(current.by, values, strict=True)), **result})
    return build_results(current.by, results, "critical")


METRIC = Metric(
    name="ece",
    title="Expected calibration error of the confidence",
    roles=("predictions",),
    fields=("confidence", "label", "class"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    guarded=True,
    keys=name_keys,
    measures=name_measures,
    finish=finish,
    subject="confidence",
)
