"""Moments: how a time is read that a person or a file gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY = 86_400_000_000
"""In microseconds."""


def parse_moment(text: str) -> datetime:
    """Read a date or an ISO time, in UTC where it names no zone. Raises ValueError, and OverflowError for one that its
    zone takes off the calendar."""
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def check_moment(moment: datetime) -> datetime:
    """Let a moment pass that a person may ask for. Raises ValueError. Times of data know no such limits."""
    if moment.microsecond or not 1900 <= moment.year < 2200:
        # Windows reach back from it, and due dates ahead: neither may leave the calendar.
        raise ValueError("a moment is a whole second of the years 1900 to 2199")
    return moment


def read_moment(text: str) -> datetime:
    """Read a moment that a person asks for. Raises ValueError that says what to write."""
    try:
        moment = parse_moment(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time; write 2026-03-01 or 2026-03-01T06:00:00Z") from None
    try:
        return check_moment(moment)
    except ValueError as error:
        raise ValueError(f"{text!r} is out of reach: {error}") from None


def count_microseconds(moment: datetime) -> int:
    """Count the microseconds from 1970 to a moment, as DuckDB's `epoch_us` does."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
