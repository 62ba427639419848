"""Pressure on the taxonomy: what the classes do not name grows against the weeks before."""

from __future__ import annotations

from typing import Any

OLD, NEW = "2026-02-10", "2026-02-28"
PRESSURE = {
    "source": "predictions", "by": ["site"], "baseline": {"window": "28d"}, "confidence": 0.95,
    "warn": {"rise": 0.01}, "fail": {"rise": 0.05},
}  # fmt: skip


def test_growth_of_unknown_and_of_other_classes(world: Any) -> None:
    resolved = world.load(
        classes={"dent": {}, "ok": {}, "other": {}},
        rules={
            "unknown": {**PRESSURE, "metric": "unknown_share"},
            "other": {**PRESSURE, "metric": "other_share", "with": {"classes": ["other"]}},
        },
    )
    # a: unknown 1 % -> 12 %, other 2 % -> 2 %; b: unknown 0 -> 0, other 1 % -> 5 %.
    mix = {
        ("a", OLD): {"dent": 970, "burr": 10, "other": 20}, ("a", NEW): {"dent": 430, "burr": 60, "other": 10},
        ("b", OLD): {"ok": 990, "other": 10}, ("b", NEW): {"ok": 474, "other": 25, None: 1},
    }  # fmt: skip
    rows = [
        {"class": name, "site": site, "time": time, "x": count}
        for (site, time), counts in mix.items()
        for name, count in counts.items()
    ]
    found = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01").findings
    told = {(f.rule, f.scope["site"]): (f.status, f.value, f.baseline.value, f.n, f.baseline.n) for f in found}
    assert told == {
        ("unknown", "a"): ("fail", 0.12, 0.01, 500, 1000),
        ("unknown", "b"): ("pass", 0, 0, 500, 1000),
        ("other", "a"): ("pass", 0.02, 0.02, 500, 1000),
        ("other", "b"): ("warn", 0.05, 0.01, 500, 1000),
    }
