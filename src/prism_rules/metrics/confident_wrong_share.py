"""Confident and wrong: the part of the reviewed rows where the model was sure of itself and a person said otherwise.

**Definition.** Rows with confidence >= `at_least` (default 0.9) and `label` other than `class` / all reviewed rows,
sure or not. A row is reviewed when it has a `label`; rows without a confidence are in neither count. This is the
share *of all reviewed rows*, which is small where the model is seldom sure. With `among: confident` it is that of the
reviewed rows with confidence >= `at_least`: the error rate of the confident ones.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Reviewed rows with a confidence; with `among:
confident`, those of them that were confident.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every reviewed row were drawn by itself with the
same chance. Images of one part, one scene or one minute are wrong together: where rows come in such clusters it is too
narrow, and a window with more of them is better evidence than more rows of each. How rows were chosen for review it
does not know.

**When it misleads.** "Wrong" is known from `label` alone, and is as good as its origin. Where people label what
looked doubtful or what they overrode, the reviewed rows are a biased sample, and the share is no estimate for the
rest of production: label a random part. A model that is never sure has the share 0 and may be wrong everywhere. A
prediction outside of the taxonomy and a label outside of it are told apart by their own names.

**Usual bounds.** `above: 0.02`; lower where such errors pass unseen because confident rows skip review. Among the
confident, `above: 0.1` says that a confidence of 0.9 no longer keeps its word.

**Degenerate cases.** No reviewed row with a confidence: null, `no_labels`. None that was confident, with `among:
confident`: null, `no_confident_labels`. Null, NaN, infinite and out-of-range
confidences are left out and counted by intake.

**Source.** A plain count, with the interval of Wilson (1927). Confident errors as "unknown unknowns": Attenberg,
Ipeirotis and Provost (2015), Beat the Machine; Lakkaraju et al. (2017), Identifying Unknown Unknowns in the Open
World.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares
from prism_rules.model.frozen import Fraction, Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as confident, and which rows the share is of."""

    at_least: Fraction = 0.9
    """The lowest confidence that counts as confident."""
    among: Literal["all", "confident"] = "all"
    """Whether it is the share of all reviewed rows, or of the confident ones."""


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Reviewed rows that count, and those of them that were confident and wrong."""
    confident = f"confidence >= {ask.params.at_least!r}"
    counted = confident if ask.params.among == "confident" else "confidence IS NOT NULL"
    return {
        "n": Measure("count", where=f"label IS NOT NULL AND {counted}"),
        "wrong": Measure("count", where=f"label <> class AND {confident}"),
    }


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where no row counts."""
    return find_shares(current, "wrong", "no_confident_labels" if ask.params.among == "confident" else "no_labels")


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
    subject="confidence",
)
