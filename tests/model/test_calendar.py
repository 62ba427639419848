"""Days that count between two: worked out by hand, and by walking from day to day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.model.calendar import Calendar

# 2026-03-06 is a Friday; the holidays are a Monday and a Sunday.
BUSINESS = Calendar(business=True, holidays=frozenset({"2026-03-09", "2026-03-15"}))


@pytest.mark.parametrize(
    ("calendar", "since", "today", "days"),
    [
        (Calendar(), "2026-03-06", "2026-03-09", 3),
        (Calendar(), "2026-03-09", "2026-03-06", 0),
        (Calendar(), "0001-01-01", "9999-12-31", 3_652_058),
        (BUSINESS, "2026-03-06", "2026-03-09", 0),  # the weekend and a holiday
        (BUSINESS, "2026-03-06", "2026-03-10", 1),
        (BUSINESS, "2026-03-07", "2026-03-13", 4),
        (BUSINESS, "2026-03-13", "2026-03-16", 1),  # a holiday on a Sunday takes nothing
        (BUSINESS, "2026-03-10", "2026-03-10", 0),
        (BUSINESS, "2026-03-10", "2026-03-09", 0),
        (BUSINESS, "9999-12-24", "9999-12-31", 5),  # the last day that there is, a Friday
    ],
)
def test_days_that_count(calendar: Calendar, since: str, today: str, days: int) -> None:
    assert calendar.count(since, today) == days


near = st.dates(date(2026, 2, 20), date(2026, 3, 25))


@given(near, st.integers(-3, 20), st.frozensets(near.map(str), max_size=6))
def test_every_day_after_the_first_is_asked(since: date, length: int, holidays: frozenset[str]) -> None:
    calendar = Calendar(business=True, holidays=holidays)
    walked = sum(calendar.counts(since + timedelta(days=n)) for n in range(1, length + 1))
    assert calendar.count(str(since), str(since + timedelta(days=length))) == walked


def test_a_day_long_gone_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []
    monkeypatch.setattr(Calendar, "counts", lambda _, day: not asked.append(day))
    BUSINESS.count("0001-01-01", "2026-03-01")
    assert len(asked) <= 2
