"""Accepted at low confidence: the part of the unsure rows that no person looked at.

**Definition.** Of the rows with confidence < `below` (default 0.6), those where `overridden` is null. Known, true or
false, it says that a person looked at what the model gave; null says that its answer was taken as it came. Exactly
`below` is not low.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows with a low confidence.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every row were drawn by itself with the same
chance. Whether anybody looks is decided by shift, by camera or by a queue that is full: rows then come in clusters, of
which all or none were looked at, and the interval is too narrow.

**When it misleads.** It is the share of *unsure* rows, so it stays high where there are three of them; bound
`low_confidence_share` beside it. A label alone is no look: rows are labelled later too, to measure with. Where your
labels are given as rows come in, leave those rows out with `where: "label IS NULL"`. Where a system writes false for
rows that nobody looked at, the share is 0 and says nothing. A short window holds rows that are still waiting for
their reviewer: let it end earlier, or be longer than the wait.

**Usual bounds.** `above: 0` where every row below the cut should go to a person; else the share that was agreed on.

**Degenerate cases.** No row with a low confidence: null, `no_low_confidence`. Null, NaN, infinite and out-of-range
confidences are left out and counted by intake.

**Source.** A plain count, with the interval of Wilson (1927). Leaning on a system's output too much is what
Regulation (EU) 2024/1689, article 14(4), asks people to stay aware of.
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
    """What counts as low."""

    below: Fraction = 0.6
    """The lowest confidence that is not low."""


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Rows with a low confidence, and those of them that nobody looked at."""
    low = f"confidence < {ask.params.below!r}"
    return {
        "n": Measure("count", where=low),
        "accepted": Measure("count", where=f"{low} AND overridden IS NULL"),
    }


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where no row was unsure."""
    return find_shares(current, "accepted", "no_low_confidence")


METRIC = Metric(
    name="low_confidence_accepted",
    title="Share of low-confidence rows that nobody looked at",
    roles=("predictions",),
    fields=("confidence", "overridden"),
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
