"""Too little time is no proof: the second measurement of an action, soon after it was done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from prism_rules.program import Anchor


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
