"""One reading of times for what people type, what ledgers keep and what data says; limits are for people alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click
import pytest

from prism_rules.cli.values import Moment
from prism_rules.model.moments import check_moment, count_microseconds, parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (" 2026-03-01T06:00:00\n", datetime(2026, 3, 1, 6, tzinfo=UTC)),
        ("2026-03-01T06:00:00Z", datetime(2026, 3, 1, 6, tzinfo=UTC)),
        ("2026-03-01T06:00:00+02:00", datetime(2026, 3, 1, 4, tzinfo=UTC)),
        # The newest row of old data, and a time as fine as data has them.
        ("1850-03-01T06:00:00Z", datetime(1850, 3, 1, 6, tzinfo=UTC)),
        ("2026-03-01T06:00:00.000001Z", datetime(2026, 3, 1, 6, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_parse(text: str, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the machine stands is no part of it.
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    look_again = getattr(time, "tzset", lambda: None)
    look_again()
    try:
        found = parse_moment(text)
    finally:
        monkeypatch.undo()
        look_again()
    assert (found, found.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-03-01T25:00:00Z"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|out of range|must be in"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["1899-12-31T23:59:59Z", "2200-01-01", "2026-03-01T06:00:00.5Z"])
def test_what_nobody_may_ask_for(text: str) -> None:
    with pytest.raises(ValueError, match="a whole second of the years 1900 to 2199"):
        check_moment(parse_moment(text))


@pytest.mark.parametrize("text", ["1900-01-01", "2199-12-31T23:59:59Z"])
def test_what_anybody_may_ask_for(text: str) -> None:
    assert check_moment(parse_moment(text)) == parse_moment(text)


def test_microseconds_from_1970() -> None:
    assert count_microseconds(datetime(1970, 1, 2, 0, 0, 0, 5, tzinfo=UTC)) == 86_400_000_005
    assert count_microseconds(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000


def test_what_is_no_time_is_told_as_it_is_to_be_written() -> None:
    with pytest.raises(click.BadParameter) as bad:
        Moment().convert("yesterday", None, None)
    assert bad.value.message == "'yesterday' is no time; write 2026-03-01 or 2026-03-01T06:00:00Z"
