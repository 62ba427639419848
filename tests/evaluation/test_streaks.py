"""A streak says what earlier plans would have said: the same rules without it, run once per window."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

WEEKS = 7
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
SHARE: dict[str, Any] = {"source": "predictions", "metric": "override_rate", "by": ["site"], "min_n": 12}
RULES: dict[str, dict[str, Any]] = {
    "value": {**SHARE, "warn": {"above": 0.2}, "fail": {"above": 0.3}},
    "sure": {**SHARE, "warn": {"above": 0.1}, "fail": {"above": 0.2}, "confidence": 0.8},
    "many": {**SHARE, "warn": {"above": 0.1}, "fail": {"above": 0.2}, "false_discovery_rate": 0.2},
    "moved": {**SHARE, "warn": {"change": 0.05}, "fail": {"rise": 0.1}, "baseline": {"window": "14d"}},
    "doubly": {
        **SHARE, "warn": {"rise": 0.02}, "fail": {"rise": 0.1}, "baseline": {"window": "7d"}, "confidence": 0.5,
        "false_discovery_rate": 0.5,
    },
}  # fmt: skip


def make_rows(seed: int) -> list[dict[str, Any]]:
    """Sixty sites, each with weeks of no, few or enough rows, and a share of its own in each."""
    draw = random.Random(seed)
    return [
        {"time": str(AS_OF - timedelta(weeks=week, hours=1 + row)), "class": "ok", "site": f"s{site}",
         "overridden": draw.random() < share}
        for site in range(60) for week in range(WEEKS)
        for share in [draw.choice((0.02, 0.15, 0.3, 0.5))] for row in range(draw.choice((0, 5, 20, 40, 40, 80)))
    ]  # fmt: skip


def read_run(said: list[tuple[str, str | None]], level: str, most: int) -> int:
    """Count the windows in a row that were at this level or beyond it, without those that have no verdict."""
    beyond = ("fail",) if level == "fail" else ("fail", "warn")
    run = 0
    for status, _ in said[:most]:
        if status in ("insufficient", "no_data"):
            continue
        if status not in beyond:
            break
        run += 1
    return run


@pytest.mark.parametrize("streak", [2, 3])
def test_a_streak_says_what_earlier_plans_would_have_said(world: Any, streak: int) -> None:
    rows = make_rows(streak)
    alone = world.load(rules=RULES)
    data = world.write_all(alone, {"predictions": rows})
    told: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for week in range(2 * streak):
        earlier = world.evaluate(alone, data, str(AS_OF - timedelta(weeks=week)))
        found = {(f.rule, f.scope["site"]): f for f in earlier.findings}
        for rule in RULES:
            for site in {row["site"] for row in rows}:
                f = found.get((rule, site))
                told.setdefault((rule, site), []).append((f.status, f.unsure_of) if f else ("no_data", None))
    together = world.load(rules={name: {**rule, "streak": streak} for name, rule in RULES.items()})
    met = set()
    for f in world.evaluate(together, data, str(AS_OF)).findings:
        said = told[f.rule, f.scope["site"]]
        status, unsure_of = said[0]
        if status in ("warn", "fail", "unsure"):
            # In the rules above whatever fails beyond doubt warns beyond doubt.
            sure = [level for level in ("fail", "warn") if read_run(said, level, 2 * streak) >= streak]
            highest = unsure_of or status
            expected = (highest, None) if highest in sure else (sure[0] if sure else "unsure", highest)
        else:
            expected = (status, unsure_of)
        assert (f.status, f.unsure_of) == expected, (f.rule, f.scope, said)
        met.add((f.rule, f.status, bool(f.reason and f.reason.startswith("streak"))))
    assert {("value", "fail", False), ("value", "unsure", True), ("value", "warn", True)} <= met
    assert {rule for rule, _, waits in met if waits} == {*RULES}
