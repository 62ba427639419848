"""Shares of a place through the whole program: channels of feedback, classes with and without rows."""

from __future__ import annotations

from typing import Any

FEEDBACK = {
    "role": "feedback", "fields": {name: name for name in ("id", "time", "channel", "class")},
    "dimensions": ["site"], "window": "7d",
}  # fmt: skip


def measure(world: Any, rule: dict[str, Any], rows: list[dict[str, Any]]) -> dict[tuple[str, ...], Any]:
    resolved = world.load(
        sources={"feedback": FEEDBACK},
        classes={"dent": {}, "ok": {}, "chip": {}},
        rules={"mix": {"source": "feedback", "metric": "share", "min_n": 0, "fail": {"above": 0.9}, **rule}},
    )
    data = world.write_all(resolved, {"feedback": [{"time": "2026-02-28", **row} for row in rows]})
    found = world.evaluate(resolved, data, "2026-03-01").findings
    return {tuple(f.scope[name] for name in rule["by"]): (f.value, f.n, f.baseline and f.baseline.value) for f in found}


ROWS = [
    {"channel": "ticket", "class": "dent", "site": "a", "x": 3}, {"channel": "ticket", "class": "new", "site": "a"},
    {"channel": "override", "class": "ok", "site": "a", "x": 6}, {"channel": "override", "class": None, "site": "b"},
]  # fmt: skip


def test_shares_of_channels_at_a_site(world: Any) -> None:
    assert measure(world, {"of": "channel", "by": ["channel", "site"]}, ROWS) == {
        ("override", "a"): (0.6, 10, None),
        ("override", "b"): (1, 1, None),
        ("ticket", "a"): (0.4, 10, None),
    }


def test_a_declared_class_without_rows_has_the_share_0(world: Any) -> None:
    assert measure(world, {"of": "class", "by": ["class"]}, ROWS) == {
        ("chip",): (0, 11, None),
        ("dent",): (round(3 / 11, 6), 11, None),
        ("ok",): (round(6 / 11, 6), 11, None),
    }
    shown = measure(world, {"of": "class", "by": ["class"], "unknown": True}, ROWS)
    assert shown[("(unknown)",)] == shown[("(none)",)] == (round(1 / 11, 6), 11, None)


def test_a_class_that_vanished_or_is_new_is_compared_with_0(world: Any) -> None:
    before = [{"class": "dent", "site": "a", "time": "2026-02-10"}, {"class": "ok", "site": "a", "time": "2026-02-10"}]
    now = [{"class": "chip", "site": "a"}, {"class": "ok", "site": "a"}]
    rule = {"of": ["class"], "by": ["class", "site"], "baseline": {"window": "28d"}, "fail": {"change": 0.6}}
    rows = [{"channel": "ticket", **row} for row in before + now]
    assert measure(world, rule, rows) == {
        ("chip", "a"): (0.5, 2, 0),
        ("dent", "a"): (0, 2, 0.5),
        ("ok", "a"): (0.5, 2, 0.5),
    }


def test_a_channel_that_vanished_is_not_measured(world: Any) -> None:
    rows = [{"channel": "ticket"}, {"channel": "override", "time": "2026-02-10"}]
    rule = {"of": "channel", "by": ["channel"], "baseline": {"window": "28d"}, "fail": {"change": 0.6}}
    assert measure(world, rule, rows) == {("override",): (None, 0, 1), ("ticket",): (1, 1, None)}
