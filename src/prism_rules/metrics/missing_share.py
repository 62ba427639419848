"""Missing share: the part of the rows that have no value in a column.

**Definition.** Rows without a value in the column in `of` / all rows of the scope. Any column of the source is
allowed: a field, a dimension, a feature, or one that it looks up (missing where nothing was found). Missing is null; in
a number also NaN, an infinite number, one beyond 10^12, and a confidence outside of 0 to 1. Several columns, or
`features` for all of those, are measured one by one.

**Class role.** `rows`: rows with that class. **Support.** All rows of the scope.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every row were drawn by itself with the same
chance. Values seldom go missing by themselves: a join breaks for a day, one camera sends none. Where rows miss a value
in such clusters it is too narrow. It says how far such a share may lie off by chance, and not how many of these rows
miss a value: that is counted, and certain.

**When it misleads.** An empty text, a dash or -1 is a value: `completeness` takes your pipeline's own words
for "unknown". A row without a `time` lies in no window, so that the missing share of `time` is 0 wherever it is
asked; intake counts those rows. A filled column may be filled with a default. For `label` and `overridden` a missing
value is ordinary: it says how much was reviewed.

**Usual bounds.** `above: 0.05`, the usual demand that metadata be 95 % complete; `above: 0` for what a gate rests
on. How the null rate changed is asked with a `baseline`: `rise: 0.02` against `{window: 28d}` shows a sensor or a join
that broke, `change: 0.02` against `{source: ...}` a column that is filled otherwise than in the data a model was made
with. With `confidence` the change must be beyond chance, by the interval of Newcombe (1998) for two shares.

**Degenerate cases.** A scope without a row is not measured (`no_rows`). A class that no row names has the scope
`(none)` itself.

**Source.** A plain count, with the interval of Wilson (1927). Completeness as a dimension of data quality: ISO/IEC
25012:2008.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """All rows, and those without a value: `x` is null where a number is none; for texts that rows are grouped by it is
    a word, where the data's own column, `+x`, is null."""
    [x] = ask.of
    missing = f'"{x}" IS NULL OR "+{x}" IS NULL'
    return {"n": Measure("count"), "missing": Measure("count", where=missing)}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide."""
    return find_shares(current, "missing", "no_rows")


METRIC = Metric(
    name="missing_share",
    title="Share of rows without a value in a column",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    of="field",
    measures=name_measures,
    finish=finish,
    subject="values",
)
