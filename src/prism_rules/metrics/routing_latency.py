"""Routing latency: within how many days a given part of the signals is routed to a queue.

**Definition.** The quantile `q` (0.5 the median) of the time from `time` to `routed_at`, where signals that are not
routed at the end of the window count as what they are: their time is *at least* as long as they have waited
(Kaplan-Meier). Let d of the r signals that have waited that long be routed at t; the part S that waits longer falls by
the factor (r - d) / r. The value is the first t at which S is 1 - q or less. Nothing after the end of a window is
looked at. Time is looked at once an hour, counted from each signal's own `time`: one that was routed after 3.2 hours
counts as 4 hours, one that has been open for 3.2 hours is known to be open at 3. A bound of whole hours is therefore
exact for the signals that are routed, and no value is below an hour, or 0.041667, unless a signal was routed at once.

**Class role.** `rows`: signals with that class. **Support.** All signals, routed or open.

**When it misleads.** A plain quantile over the routed signals alone would be too low, as the slow ones are still open.
This one takes it that open signals go on as the others did; where a channel was given up, its old signals never will,
see `backlog_age`. A far quantile needs a window long enough to see it: p90 of 20 days cannot be known from 7. Ask for
`min_n` of at least 20 / (1 - q). Routed says that a signal reached a queue, not that anybody worked on it.

**Usual bounds.** With `q: 0.5` two days, with `q: 0.9` the promised turnaround, such as `above: 7`; a `rise` of `50%`
against `baseline: {window: 28d}` under a window of as many days.

**Degenerate cases.** So many signals are open that the quantile lies beyond what was seen: null, `censored`; the bound
may be crossed, so watch `late_share` or `backlog_age` beside it. No signal: null, `no_signals`. A `routed_at` before
`time` is an error in the data: the signal is left out. `q: 0` is the shortest time, `q: 1` the longest, known only when
the signal that waited longest was routed. A series is refused: the state at the end is none of its steps'.

**Source.** Kaplan and Meier (1958), Nonparametric Estimation from Incomplete Observations, Journal of the American
Statistical Association 53, 457-481. No interval is given, so `confidence` is refused.
"""

from __future__ import annotations

import fractions
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from prism_rules.metrics.metric import Ask, Measure, Metric, Table, build_results
from prism_rules.metrics.routing import write_routed, write_waited
from prism_rules.model.frozen import Fraction, Frozen
from prism_rules.model.moments import DAY

if TYPE_CHECKING:
    import polars as pl

HOUR = DAY // 24


class Parameters(Frozen):
    """Which quantile."""

    q: Fraction
    """The part of the signals that is routed by then, such as 0.5 for the median."""


class Step(NamedTuple):
    """Signals that waited alike."""

    hours: int
    signals: int
    routed: int
    """Those of them that were routed then; of the others no more is known."""


def name_keys(ask: Ask) -> dict[str, str]:
    """Whole hours: the first at which a signal was seen routed, or the last at which it was seen open."""
    waited = write_waited(ask)
    hours = f"CASE WHEN {write_routed(ask)} THEN ({waited} + {HOUR - 1}) // {HOUR} ELSE {waited} // {HOUR} END"
    return {"hours": f"CASE WHEN {waited} >= 0 THEN {hours} ELSE -1 END"}


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Signals that waited as long, and those of them that were routed."""
    return {"signals": Measure("count"), "routed": Measure("count", where=write_routed(ask))}


def find_quantile(steps: Iterable[Step], q: float) -> int | None:
    """Find after how many hours the part `q` of the signals is routed; None where that was not seen."""
    steps = sorted(steps)
    # As it is written: the float 0.9 is a little more.
    left, limit = fractions.Fraction(1), 1 - fractions.Fraction(str(q))
    waiting = sum(step.signals for step in steps)
    for step in steps:
        left *= fractions.Fraction(waiting - step.routed, waiting)
        if step.routed and left <= limit:
            return step.hours
        waiting -= step.signals
    return None


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Find the quantile of each scope, in days; null with a reason where it was not seen."""
    scopes: defaultdict[tuple[str, ...], list[Step]] = defaultdict(list)
    for row in current.frame.iter_rows(named=True):
        steps = scopes[tuple(row[name] for name in current.by)]
        if row["hours"] >= 0:
            steps.append(Step(row["hours"], row["signals"], row["routed"]))
    results: list[dict[str, object]] = []
    for scope, steps in sorted(scopes.items()):
        hours = find_quantile(steps, ask.params.q)
        value = None if hours is None else hours / 24
        reason = None if hours is not None else "censored" if steps else "no_signals"
        n = sum(step.signals for step in steps)
        results.append({**dict(zip(current.by, scope, strict=True)), "value": value, "n": n, "reason": reason})
    return build_results(current.by, results)


METRIC = Metric(
    name="routing_latency",
    title="Days within which a part of the signals is routed",
    roles=("feedback",),
    fields=("time", "routed_at"),
    class_role="rows",
    unit="rows",
    leaves_out=True,
    low=0.0,
    high=None,
    params=Parameters,
    at_end=True,
    keys=name_keys,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
