"""Unrouted share: the part of the signals that have reached no queue.

**Definition.** Signals of the window that are not routed at its end / all signals of the window. A signal is routed
when its `routed_at` lies before the end of the window; what was routed later counts as not routed.

**Class role.** `rows`: signals with that class. **Support.** All signals.

**How sure.** With `confidence`, the interval of Wilson (1927).

**When it misleads.** Young signals count as well, although nobody had time for them: with a short window the share
says more about the calendar than about the team. `late_share` asks only for what is overdue, `backlog` for the number,
`backlog_age` for the oldest. Routed says that a signal reached a queue, not that anybody worked on it. Signals that a
system closes without a queue must have a `routed_at`, or they are open for ever.

**Usual bounds.** A `rise` of 0.10 against `baseline: {window: 28d}` under a window of as many days; 0.05 of
`window: all`, for channels that nobody reads.

**Degenerate cases.** A scope without a signal is not measured (`no_rows`). A `routed_at` before `time` is an error in
the data, but the signal is routed. A series is refused: the state at the end is none of its steps'.

**Source.** A plain count, with the interval of Wilson (1927), Probable Inference, the Law of Succession, and
Statistical Inference, Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares
from prism_rules.metrics.routing import write_open

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """All signals, and those that wait."""
    return {"n": Measure("count"), "unrouted": Measure("count", where=write_open(ask))}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide."""
    return find_shares(current, "unrouted", "no_rows")


METRIC = Metric(
    name="unrouted_share",
    title="Share of signals that have reached no queue",
    roles=("feedback",),
    fields=("routed_at",),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    at_end=True,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
