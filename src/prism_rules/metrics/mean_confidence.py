"""Mean confidence: the average of the model's own confidence over the rows of a scope.

**Definition.** Sum of `confidence` over rows that have one, divided by their number. Values are added exactly (fixed
point of 10^-9), so the mean does not depend on the order of rows or threads.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows with a confidence.

**How sure.** With `confidence`, the interval is Student's with n - 1 degrees of freedom, from the standard deviation
over the rows, which are taken as independent. Sums resolve 10^-9: a variance below that counts as that much, so that
a constant has a narrow interval and not a point. Of one row nothing is known.

**When it misleads.** A mean hides a tail: half the rows at 0.99 and half at 0.51 look like a calm 0.75. A model can
be confidently wrong; mean confidence says nothing about accuracy until it is compared with truth.

**Usual bounds.** A `drop` of 0.05 to 0.10 against the validation run of the same model. A scope without a baseline is
then `no_data`, even below a `below` of the same rule: a floor that holds at new places, too, is a rule of its own.

**Degenerate cases.** No row with a confidence: null, `no_confidence`. Null, NaN, infinite and out-of-range
confidences are left out and counted by intake.

**Source.** The arithmetic mean; Hendrycks and Gimpel (2017) use the maximum softmax probability as the baseline
signal for misclassified and out-of-distribution inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.averaging import find_means, name_sums
from prism_rules.metrics.metric import Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """The sums of the confidence."""
    return name_sums(ask, '"confidence"', small=True)


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing has a confidence."""
    return find_means(ask, current, "no_confidence")


METRIC = Metric(
    name="mean_confidence",
    title="Mean confidence",
    roles=("predictions",),
    fields=("confidence",),
    class_role="rows",
    unit="rows",
    leaves_out=True,
    low=0.0,
    high=1.0,
    interval="error",
    measures=name_measures,
    finish=finish,
    subject="confidence",
)
