"""Mean: the average of a number over the rows of a scope.

**Definition.** Sum of the column in `of` over rows that have a value, divided by their number. Values are added
exactly (fixed point of 10^-9), so the mean does not depend on the order of rows or threads. Several columns, or
`features` for all of them, are measured one by one, each with scopes of its own (`of: brightness`).

**Class role.** `rows`: rows with that class. **Support.** Rows with a value.

**How sure.** With `confidence`, the interval is Student's with n - 1 degrees of freedom, from the standard deviation
over the rows. Rows are taken as independent: of frames of one video, a few of which say what all say, the interval is
too narrow. Sums resolve 10^-9: a variance below that, or below 10^-12 of the mean square, counts as that much, so
that a constant has a narrow interval and not a point. A column whose spread is below 0.0001 should be rescaled. Of
one row nothing is known.

**When it misleads.** A mean hides a tail, and one wild value moves it: half the images black and half white are a
calm grey on average. Watch `quantile` beside it. Many zeros that stand for "unknown" pull it down unseen.

**Usual bounds.** A `change` of three times the spread of ordinary windows against `baseline: {window: 28d}`; a fixed
`outside` where the number has a physical range, such as exposure.

**Degenerate cases.** No row with a value: null, `no_values`. Null, NaN, infinite numbers and those beyond 10^12 are
left out and counted by intake, as are confidences outside of 0 to 1.

**Source.** The arithmetic mean; Student (1908), The Probable Error of a Mean, Biometrika 6, 1-25.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.averaging import find_means, name_sums
from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """The sums of the column; a confidence is known to be small, as `mean_confidence` knows."""
    [column] = ask.of
    return name_sums(ask, f'"{column}"', small=column == "confidence")


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing has a value."""
    return find_means(ask, current, "no_values")


METRIC = Metric(
    name="mean",
    title="Mean of a number",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    leaves_out=True,
    low=None,
    high=None,
    interval="error",
    of="column",
    measures=name_measures,
    finish=finish,
    subject="values",
)
