"""Brier score: the mean squared distance of the confidence from what came true.

**Definition.** Over the rows with a `label` and a `confidence`: the mean of (confidence - correct) squared, where
correct is 1 if the label is the predicted class and else 0. The probability is that of the *predicted* class, the one
field that predictions have; so it is the score of the question "is the model right?". With two classes and a
confidence of at least 1/2 it is the same as that of the positive class; with more it is not the score summed over all
classes, which is at least as large.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Rows with a label and a confidence.

**How sure.** With `confidence`, the interval is Student's with n - 1 degrees of freedom, from the standard deviation
over the rows, which are taken as independent. Sums resolve 10^-9: a variance below that counts as that much. Of one
row nothing is known.

**When it misleads.** It mixes two things: how often the model is right, and whether it knows when. One that is right
in half of its rows and says so honestly has 0.25, worse than one that is right in 95 % and always says 0.8. So compare
it on like data alone, and read `ece` and `error_rate` beside it. Rows are seldom labelled at random: where people
label what looked doubtful the score is worse than in production.

**Usual bounds.** A `rise` of 0.02 to 0.05 against the validation run of the same model. No value is good by itself: c
(1 - c) is what perfect honesty gives at confidence c, 0.09 at 0.9.

**Degenerate cases.** No row with both: null, `no_labels`. Null, NaN, infinite and out-of-range confidences are left
out and counted by intake.

**Source.** Brier (1950), Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78, 1-3,
in the form for one event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.averaging import find_means, name_sums
from prism_rules.metrics.metric import Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl

DISTANCE = "(confidence - CAST(label = class AS INTEGER))"
"""Null where the label or the confidence is."""


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """The sums of the squared distance."""
    return name_sums(ask, f"({DISTANCE} * {DISTANCE})", small=True)


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing has a label and a confidence."""
    return find_means(ask, current, "no_labels")


METRIC = Metric(
    name="brier",
    title="Brier score of the confidence",
    roles=("predictions",),
    fields=("confidence", "label", "class"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="error",
    measures=name_measures,
    finish=finish,
    subject="confidence",
)
