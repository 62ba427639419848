"""Backlog: how many signals wait for a queue.

**Definition.** The number of signals of the window that are not routed at its end: those without a `routed_at` before
it. What was raised before the window began is not counted, so write `window: all` on the rule for all that waits,
however old it is.

**Class role.** `rows`: signals with that class. **Support.** All signals of the window, routed or not.

**When it misleads.** The number follows the traffic: twice the signals are twice the backlog at the same speed, so
read `unrouted_share` and `routing_latency` beside it. A window of 7 days forgets what has waited for eight, which is
the part that matters. Signals that a system closes without a queue must have a `routed_at`, or they wait for ever.

**Usual bounds.** `above` what the team routes in one working day; with `window: all`, so that nothing is forgotten.
`baseline: {window: 7d}` under `window: 7d` compares with the week before as it stood at its own end.

**Degenerate cases.** A scope with signals of which none waits is 0. A scope without a signal is not measured
(`no_rows`). A series is refused: the state at the end is none of its steps'.

**Source.** A plain count. It is known exactly, so there is no interval, and `confidence` is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.routing import write_open

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """All signals, and those that wait."""
    return {"n": Measure("count"), "unrouted": Measure("count", where=write_open(ask))}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Pass the count on as the value."""
    import polars as pl

    return current.frame.select(
        *current.by, value=pl.col("unrouted").cast(pl.Float64), n=pl.col("n"), reason=pl.lit(None, pl.String)
    )


METRIC = Metric(
    name="backlog",
    title="Number of signals that wait for a queue",
    roles=("feedback",),
    fields=("routed_at",),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=None,
    at_end=True,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
