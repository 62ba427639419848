"""Override rate: the part of the reviewed rows where a person overruled the model, per predicted class.

**Definition.** Rows where `overridden` is true / rows where it is known, true or false. Rows where it is null were
not reviewed and are in neither count: this is the rate *of what people looked at*, not of all production. How much
of all rows that is says `intervention_rate`, touched / all; a rate over few reviews is a rate of few rows.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Rows where `overridden` is known.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every reviewed row were drawn by itself with the
same chance. Reviews of one person, one shift or one scene are alike: where rows come in such clusters it is too narrow,
and few reviewers are little evidence however many rows they looked at.

**When it misleads.** People overrule what they are shown. A lower cut for showing rows to people lowers the rate, a
tired or hurried shift lowers it too, and neither makes the model better. Overruled does not mean wrong: a person may
err or follow a rule that the model does not know. Where a system writes false for rows that nobody looked at, the
rate is a share of all rows and small.

**Usual bounds.** `above: 0.10`; a `rise` of 0.05 against `baseline: {window: 28d}`. A fall to nearly 0 may mean that
people have ceased to look, so bound it from `below` as well.

**Degenerate cases.** No row where `overridden` is known: null, `no_reviews`.

**Source.** A plain count, with the interval of Wilson (1927). That people can overrule a high-risk system, and are
aware of leaning on it too much, is asked by Regulation (EU) 2024/1689, article 14(4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Rows that were reviewed, and those of them that were overruled."""
    return {"n": Measure("count", of="overridden"), "overruled": Measure("count", where="overridden")}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing was reviewed."""
    return find_shares(current, "overruled", "no_reviews")


METRIC = Metric(
    name="override_rate",
    title="Share of reviewed rows where a person overruled the model",
    roles=("predictions",),
    fields=("overridden",),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    measures=name_measures,
    finish=finish,
    subject="operations",
)
