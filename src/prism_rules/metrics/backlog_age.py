"""Backlog age: for how many days the signal has waited that waits longest.

**Definition.** Of each signal of the window, how long it has waited for a queue at the window's end: the days since
`time` when it is not routed by then, 0 when it is. The value is the greatest of these. Write `window: all` on the rule,
since no signal of a window of 7 days is older than 7 days.

**Class role.** `rows`: signals with that class. **Support.** All signals of the window, routed or not.

**When it misleads.** One forgotten signal decides it, which is what it is for; how many others wait says `backlog`,
how long signals usually wait `routing_latency`. Signals that a system closes without a queue must have a `routed_at`,
or the value grows by one a day for ever.

**Usual bounds.** `above: 7` where turnaround is 7 days, `above: 14` as a fail.

**Degenerate cases.** No signal waits: 0, so that a backlog that was worked off holds. A scope without a signal is not
measured (`no_rows`). A series is refused: the state at the end is none of its steps'.

**Source.** A plain maximum. It is known exactly, so there is no interval, and `confidence` is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.routing import write_open, write_waited
from prism_rules.model.moments import DAY

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """All signals, and how long the oldest of those has waited that still do."""
    return {"n": Measure("count"), "waited": Measure("greatest", of=write_waited(ask), where=write_open(ask))}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Give the time in days; none where none waits."""
    import polars as pl

    days = pl.col("waited").fill_null(0) / DAY
    return current.frame.select(*current.by, value=days, n=pl.col("n"), reason=pl.lit(None, pl.String))


METRIC = Metric(
    name="backlog_age",
    title="Days that the oldest waiting signal has waited",
    roles=("feedback",),
    fields=("time", "routed_at"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=None,
    at_end=True,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
