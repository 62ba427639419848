"""Volume: how many rows a scope has.

**Definition.** The number of rows of the scope in the window. Of annotations a row is one label, and labels that one
annotator gave a unit twice count twice.

**Class role.** `rows`: rows with that class. **Support.** The same rows.

**When it misleads.** A scope without a single row is no 0: it is not measured, has the status `no_data` (`no_rows`),
and `below` does not fail. So a feed that died altogether is told by `no_data`, which never counts as a pass, and by
`late_feed` of intake; `below` sees a feed that has become thin, and `age` how long ago its newest row was. With `min_n`
a small volume is `insufficient` before `below` sees it: leave `min_n` at 0. Volumes follow the calendar, so compare
whole weeks.

**Usual bounds.** A `drop` or `change` of `50%` against `baseline: {window: 7d}` that is as long as the rule's own
window; a `below` from what the line is known to produce.

**Degenerate cases.** A declared class, a scope of the baseline or one of the last recorded plan that has no row now:
null, `no_rows`.

**Source.** A plain count. It is known exactly, so there is no interval, and `confidence` is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """All rows."""
    return {"n": Measure("count")}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Pass the count on as the value."""
    import polars as pl

    return current.frame.select(
        *current.by, value=pl.col("n").cast(pl.Float64), n=pl.col("n"), reason=pl.lit(None, pl.String)
    )


METRIC = Metric(
    name="volume",
    title="Number of rows",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=None,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
