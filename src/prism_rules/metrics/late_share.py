"""Late share: the part of the signals that were not routed to a queue in time.

**Definition.** `within` says how long routing may take, such as `7d`. A signal is late when it was routed more than
that after it was raised (`routed_at` - `time`), or when it is not routed at the end of the window and was raised longer
ago than that. A signal that is not routed and not that old is *pending*: nobody can tell yet, and it is in neither
count. The value is late signals / settled signals, those that are not pending. Nothing after the end of a window is
looked at: in a window that ended a week ago, a signal that was routed yesterday counts as not routed.

With `days: business` only Mondays to Fridays count, of 24 hours each, in UTC, without the days of `holidays`: a signal
that is raised on Friday at noon and routed on Monday at noon has waited one day. A signal that is raised and routed on
free days alone has not waited at all.

**Class role.** `rows`: signals with that class. **Support.** Settled signals; the pending ones are left out, as
`unsettled`.

**How sure.** With `confidence`, the interval of Wilson (1927).

**When it misleads.** A signal younger than `within` can settle in one way only, by being routed in time. The newest
signals therefore pull the share down, and in a window no longer than `within` nothing could be late at all. Take a
window several times as long, such as 28 days for `within: 7d`, or `window: all`; the same window every time makes weeks
comparable. Routed says that a signal reached a queue, not that anybody worked on it. A channel that stopped sending
has no late signals: see `volume`.

**Usual bounds.** What was promised, as `above`: 0.05 to 0.10 of the signals, with `within` the promised time.

**Degenerate cases.** Every signal pending: null, `no_settled_signals`. A window no longer than `within` is refused;
where an acceptance looks at one, or too few of its days are business days, null: `window_too_short`. A `routed_at`
before `time` is an error in the data: the signal is left out. A signal exactly `within` old that is not routed is
pending; one that was routed after exactly `within` is in time. A series is refused, as its steps would be shorter than
what has to be waited for.

**Source.** A plain count of right-censored times; censoring as in Kaplan and Meier (1958), Nonparametric Estimation
from Incomplete Observations, Journal of the American Statistical Association 53, 457-481. Interval: Wilson (1927).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares
from prism_rules.metrics.routing import write_business_waited, write_routed, write_waited
from prism_rules.model.calendar import DAY, measure_business_time
from prism_rules.model.frozen import Day, Duration, Frozen, Many

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as late."""

    within: Duration
    """How long it may take until a signal is routed, such as `7d`."""
    days: Literal["calendar", "business"] = "calendar"
    """Which days count: every one, or with `business` Monday to Friday without `holidays`."""
    holidays: Annotated[Many[Day], Field(max_length=1_000)] = ()
    """Days that are no business days: `[2026-12-25]`."""


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Signals of which it is settled whether they were routed in time, and those that were not."""
    waited = write_waited(ask)
    counted = write_business_waited(ask, ask.params.holidays) if ask.params.days == "business" else waited
    late = f"{counted} > {ask.params.within // timedelta(microseconds=1)}"
    return {
        "n": Measure("count", where=f"{waited} >= 0 AND ({write_routed(ask)} OR {late})"),
        "late": Measure("count", where=late),
    }


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing is settled, or nothing could have been late."""
    import polars as pl

    shares = find_shares(current, "late", "no_settled_signals")
    start, end = current.window or (None, None)
    if start is None or end is None or _measure(ask.params, start, end) > ask.params.within:
        return shares
    return shares.with_columns(value=pl.lit(None, pl.Float64), reason=pl.lit("window_too_short"))


def _measure(params: Parameters, start: datetime, end: datetime) -> timedelta:
    return measure_business_time(start, end, params.holidays) if params.days == "business" else end - start


def _wait(ask: Ask) -> timedelta:
    """Tell how long a window may be in which nothing is late, wherever it begins: five business days take a week."""
    within: timedelta = ask.params.within
    return within + within // (5 * DAY) * 2 * DAY if ask.params.days == "business" else within


METRIC = Metric(
    name="late_share",
    title="Share of signals that were not routed in time",
    roles=("feedback",),
    fields=("time", "routed_at"),
    class_role="rows",
    unit="rows",
    leaves_out=True,
    lacking="unsettled",
    low=0.0,
    high=1.0,
    params=Parameters,
    interval="proportion",
    at_end=True,
    waits=_wait,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
