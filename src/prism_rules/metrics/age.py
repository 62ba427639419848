"""Age: how many days ago the newest row is from.

**Definition.** The end of the window (for the current one, `as_of`) less the newest `time` of the scope, in days and
fractions of a day: 0.25 is six hours. Rows from the end on are not seen. It tells the age of a validation set, of the
training data behind a model, or how fresh a feed is. Ages are counted from `as_of`, never from the clock.

**Class role.** `rows`: rows with that class. **Support.** Rows with a time.

**When it misleads.** One new row makes a set young: a validation set of which a single image was added yesterday has
the age of a day. Ask with `where` for the rows that count, and see `absent_share` for conditions that it still lacks.
A stream's rows lie in the rule's window, so its age is never greater than that: write `window: all` on the rule.
Without `--as-of`, plans are for the midnight after the newest row of all streams: a feed that stopped together with all
others looks fresh, so give `--as-of` where freshness is watched. `min_n` of a small set makes it `insufficient`.

**Usual bounds.** For validation data `warn: {above: 90}` and `fail: {above: 180}`: a place to start and yours to
change, no literature stands behind it. For a feed twice the usual gap, such as `above: 0.5` for one that comes hourly.

**Degenerate cases.** No row: null, `no_rows`; no row with a time that can be read: null, `no_times`. A source without a
`time` is refused. A series is refused: the state at the end is none of its steps'.

**Source.** A plain maximum. It is known exactly, so there is no interval, and `confidence` is refused. That validation
data be kept relevant to the setting of use is asked by Regulation (EU) 2024/1689, article 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table
from prism_rules.model.moments import DAY, count_microseconds

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Rows with a time, and the newest of their times."""
    return {"n": Measure("count", of='"time"'), "newest": Measure("greatest", of='epoch_us("time")')}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Count from the newest time to the end of the window."""
    import polars as pl

    newest = pl.col("newest")
    return current.frame.select(
        *current.by,
        value=(count_microseconds(ask.until) - newest) / DAY,
        n=pl.col("n"),
        reason=pl.when(newest.is_null()).then(pl.lit("no_times")),
    )


METRIC = Metric(
    name="age",
    title="Days since the newest row",
    roles=ROLES,
    fields=("time",),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=None,
    at_end=True,
    measures=name_measures,
    finish=finish,
    subject="validation",
)
