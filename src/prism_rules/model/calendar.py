"""The calendar of a ruleset: which days count when something is due, late, or to be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from prism_rules.model.ruleset.governance import Governance

DAY = timedelta(days=1)
MONDAY = datetime(1, 1, 1, tzinfo=UTC)
"""Where weeks are counted from: the first day of the calendar is a Monday."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that count: every one of them, or Monday to Friday without holidays."""

    business: bool = False
    holidays: frozenset[str] = frozenset()

    def counts(self, day: date) -> bool:
        """Whether a day counts."""
        return not self.business or (day.weekday() < 5 and day.isoformat() not in self.holidays)

    def add(self, today: str, length: timedelta) -> str:
        """Add a duration to a day: the day on which so many have passed that count. A part of a day is a whole one."""
        day, left = date.fromisoformat(today), count_days(length)
        if not self.business:
            return (day + left * DAY).isoformat()
        while left:
            day += DAY
            left -= self.counts(day)
        return day.isoformat()

    def count(self, since: str, today: str) -> int:
        """Count the days that count after one day, up to another; none where that is not later."""
        first, last = date.fromisoformat(since), date.fromisoformat(today)
        if not self.business or last <= first:
            return max((last - first).days, 0)
        start, end = (datetime.combine(day, time(), UTC) for day in (first, last))
        passed = measure_business_time(start, end, self.holidays) // DAY
        return passed + self.counts(last) - self.counts(first)


def read_calendar(governance: Governance | None) -> Calendar:
    """Read which days count by a ruleset's governance: all of them if nothing is said."""
    if governance is None or governance.days != "business":
        return Calendar()
    return Calendar(business=True, holidays=frozenset(governance.holidays))


def count_days(length: timedelta) -> int:
    """Count the days of a duration; a part of a day is a whole one."""
    return -(-length // DAY)


def measure_business_time(start: datetime, end: datetime, holidays: Iterable[str]) -> timedelta:
    """Measure how much of a stretch of time is on business days, each of 24 hours in UTC."""
    off = (max(timedelta(), min(end, day + DAY) - max(start, day)) for day in list_free_days(holidays))
    return _measure_weeks(end) - _measure_weeks(start) - sum(off, timedelta())


def _measure_weeks(moment: datetime) -> timedelta:
    weeks, rest = divmod(moment - MONDAY, 7 * DAY)
    return weeks * 5 * DAY + min(rest, 5 * DAY)


def list_free_days(holidays: Iterable[str]) -> Iterator[datetime]:
    """List the midnights, in UTC, at which holidays begin that would be business days otherwise, in order."""
    for day in map(date.fromisoformat, sorted(set(holidays))):
        if day.weekday() < 5:
            yield datetime.combine(day, time(), UTC)
