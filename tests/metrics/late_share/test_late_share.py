"""Too little time is no proof: the second measurement of an action, soon after it was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from prism_rules.model.calendar import measure_business_time
from prism_rules.program import Anchor


def test_too_few_business_days_are_no_proof(world: Any) -> None:
    # From Wednesday to Tuesday are four business days, and from Tuesday to Tuesday five.
    asked = {"within": "4d", "days": "business"}
    rule = {"source": "feedback", "metric": "late_share", "with": asked, "window": "28d", "min_n": 1}
    resolved = world.load(rules={"late": {**rule, "fail": {"above": 0.9}}})
    rows = [{"time": "2026-02-17", "channel": "note"}, {"time": "2026-02-18", "channel": "note"}]
    data = world.write_all(resolved, {"feedback": rows})
    anchors = [Anchor("late", datetime(2026, 2, day, tzinfo=UTC)) for day in (17, 18)]
    evaluation = world.evaluate(resolved, data, "2026-02-24", anchors=anchors)
    told = [[(m.value, m.reason) for m in evaluation.acceptance["late", a.time].values()] for a in anchors]
    assert told == [[(1.0, None)], [(None, "window_too_short")]]


def test_business_time_is_what_counting_seconds_gives(world: Any) -> None:
    random = Random(7)
    until, holidays = datetime(2026, 3, 4, 15, tzinfo=UTC), ["2026-02-02", "2026-02-17", "2026-02-18", "2026-02-22"]
    minute = timedelta(minutes=1)
    start = until - 40 * 1440 * minute
    pairs = [tuple(sorted(start + random.randrange(40 * 1440) * minute for _ in range(2))) for _ in range(50)]

    def count(raised: datetime, routed: datetime) -> timedelta:
        """Count the minutes whose day is a business day."""
        minutes = (routed - raised) // minute
        days = ((raised + number * minute).date() for number in range(minutes))
        return sum(day.weekday() < 5 and day.isoformat() not in holidays for day in days) * minute

    rows = [{"time": f"{a:%FT%T}", "channel": "note", "routed_at": f"{b:%FT%T}"} for a, b in pairs]
    for raised, routed in pairs[:20]:
        assert measure_business_time(raised, routed, holidays) == count(raised, routed)
    waited = sorted(count(*pair) for pair in pairs)
    within = waited[25]
    asked = {"within": f"{within // minute}m", "days": "business", "holidays": holidays}
    rule = {"source": "feedback", "metric": "late_share", "with": asked, "window": "60d", "min_n": 1}
    resolved = world.load(rules={"late": {**rule, "fail": {"above": 0.9}}})
    [finding] = world.evaluate(resolved, world.write_all(resolved, {"feedback": rows}), f"{until:%FT%T}").findings
    assert (finding.value, finding.n) == (round(sum(one > within for one in waited) / 50, 6), 50)


@pytest.mark.parametrize(
    ("day", "told"),
    [(27, (None, 1, "window_too_short")), (24, (None, 1, "window_too_short")), (20, (0.5, 2, None))],
)
def test_acceptance_waits_until_something_could_be_late(
    world: Any, day: int, told: tuple[float | None, int, str | None]
) -> None:
    rule = {"source": "feedback", "metric": "late_share", "with": {"within": "5d"}, "window": "28d", "min_n": 1}
    resolved = world.load(rules={"late": {**rule, "fail": {"above": 0.9}}})
    rows = [
        {"time": "2026-02-10", "channel": "note"},
        {"time": "2026-02-20", "channel": "note"},
        {"time": "2026-02-27", "channel": "note", "routed_at": "2026-02-28"},
        {"time": "2026-02-28", "channel": "note"},
    ]
    moment = datetime(2026, 2, day, tzinfo=UTC)
    data = world.write_all(resolved, {"feedback": rows})
    evaluation = world.evaluate(resolved, data, "2026-03-01", anchors=[Anchor("late", moment)])
    [measured] = evaluation.acceptance["late", moment].values()
    assert (measured.value, measured.n, measured.reason) == told
    [finding] = evaluation.findings
    assert (finding.value, finding.n) == (0.666667, 3)
