"""Confident and wrong: the part of the reviewed rows where the model was sure of itself and a person said otherwise.

**Definition.** Rows with confidence >= `at_least` (default 0.9) and `label` other than `class` / all reviewed rows,
sure or not. A row is reviewed when it has a `label`; rows without a confidence are in neither count. This is the
share *of all reviewed rows*, not the error rate among the confident ones: it is small where the model is seldom sure.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Reviewed rows with a confidence.

**When it misleads.** "Wrong" is known from `label` alone, and is as good as its origin. Where people label what
looked doubtful or what they overrode, the reviewed rows are a biased sample, and the share is no estimate for the
rest of production: label a random part. A model that is never sure has the share 0 and may be wrong everywhere. A
prediction outside of the taxonomy and a label outside of it are told apart by their own names.

**Usual bounds.** `above: 0.02`; lower where such errors pass unseen because confident rows skip review.

**Degenerate cases.** No reviewed row with a confidence: null, `no_labels`. Null, NaN, infinite and out-of-range
confidences are left out and counted by intake.

**Source.** A plain count, with the interval of Wilson (1927). Confident errors as "unknown unknowns": Attenberg,
Ipeirotis and Provost (2015), Beat the Machine; Lakkaraju et al. (2017), Identifying Unknown Unknowns in the Open
World.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares
from prism_rules.model.frozen import Fraction, Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as confident."""

    at_least: Fraction = 0.9
    """The lowest confidence that counts as confident."""


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Reviewed rows with a confidence, and those of them that were confident and wrong."""
    return {
        "n": Measure("count", where="label IS NOT NULL AND confidence IS NOT NULL"),
        "wrong": Measure("count", where=f"label <> class AND confidence >= {ask.params.at_least!r}"),
    }


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing was reviewed."""
    return find_shares(current, "wrong", "no_labels")


METRIC = Metric(
    name="confident_wrong_share",
    title="Share of reviewed rows that were confident and wrong",
    roles=("predictions",),
    fields=("confidence", "label", "class"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    params=Parameters,
    measures=name_measures,
    finish=finish,
)
