"""Intervention rate: the part of all rows that a person had in hand, per predicted class.

**Definition.** Rows that a person touched / all rows. A row was touched when its `overridden` is known, true or false,
or when it has a `label`: somebody looked at it, whatever they found. `override_rate` has another denominator, the
reviewed rows, and asks how many of those were overruled: one of 0.5 says little of production where the intervention
rate is 0.02. Read the two together.

**Class role.** `rows`: rows with that *predicted* class. **Support.** All rows.

**How sure.** With `confidence`, the interval of Wilson (1927).

**When it misleads.** Where a system writes false into `overridden` for rows that nobody looked at, every row counts as
touched and the rate is 1: leave it null there. Labels that come from a later process step or a laboratory, and not from
a person, count as well. Young rows may not have been touched *yet*: where reviewers are two days behind, the newest two
days of the window pull the rate down. The rate follows the cut below which rows are shown to people, so that a new cut
looks like a worse model.

**Usual bounds.** What the review team can carry, as `above`; a `rise` of 0.05 against `baseline: {window: 28d}`. Where
review is a duty, bound it from `below`.

**Degenerate cases.** A scope without a row is not measured (`no_rows`). No row touched is 0.

**Source.** A plain count, with the interval of Wilson (1927), Probable Inference, the Law of Succession, and
Statistical Inference, Journal of the American Statistical Association 22, 209-212. Oversight by people is asked of
high-risk systems by Regulation (EU) 2024/1689, article 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """All rows, and those that a person had in hand."""
    return {"n": Measure("count"), "touched": Measure("count", where="overridden IS NOT NULL OR label IS NOT NULL")}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide."""
    return find_shares(current, "touched", "no_rows")


METRIC = Metric(
    name="intervention_rate",
    title="Share of rows that a person touched",
    roles=("predictions",),
    fields=("overridden", "label"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    measures=name_measures,
    finish=finish,
    subject="operations",
)
