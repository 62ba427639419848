"""Routing: what is known at the end of a window of the way that a signal takes to a queue, and of nothing later."""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.metrics.metric import Ask
from prism_rules.model.calendar import MONDAY, list_free_days
from prism_rules.model.moments import DAY, count_microseconds


def write_routed(ask: Ask) -> str:
    """Write that a signal was routed before the window's end; null where it never was."""
    return f"epoch_us(routed_at) < {count_microseconds(ask.until)}"


def write_open(ask: Ask) -> str:
    """Write that a signal waits at the window's end: it was not routed, or is going to be later."""
    return f"({write_routed(ask)}) IS NOT TRUE"


def write_waited(ask: Ask) -> str:
    """Write how long a signal waited, in microseconds: until it was routed, else until the window's end.

    Negative where the data says that it was routed before it was raised.
    """
    # `least` passes over null.
    return f'(least(epoch_us(routed_at), {count_microseconds(ask.until)}) - epoch_us("time"))'


def write_business_waited(ask: Ask, holidays: Iterable[str]) -> str:
    """Write how much of the time that a signal waited was on business days, in microseconds; never negative."""
    end = count_microseconds(ask.until)
    # Data may say anything: a time in the window's future is taken for its end, so that no sum runs over.
    raised, left = f'least(epoch_us("time"), {end})', f"least(epoch_us(routed_at), {end})"
    weeks = f"{_write_weeks(left)} - {_write_weeks(raised)}"
    free = [count_microseconds(day) for day in list_free_days(holidays)]
    if free:
        off = f"greatest(0, least({left}, day + {DAY}) - greatest({raised}, day))"
        weeks += f" - list_sum([{off} FOR day IN {free}])"
    return f"greatest(0, {weeks})"


def _write_weeks(moment: str) -> str:
    """Write the time on Mondays to Fridays before a moment, since the first day of the calendar."""
    since = f"({moment} + {-count_microseconds(MONDAY)})"
    return f"({since} // {7 * DAY} * {5 * DAY} + least({since} % {7 * DAY}, {5 * DAY}))"
