"""The gap between segments through the whole program, with the interval that Newcombe (1998), Statistics in Medicine
17, 873, table II, example (a), method 10, prints: 56 of 70 against 48 of 80."""

from __future__ import annotations

from typing import Any

import pytest


def label_rows(site: str, wrong: int, right: int) -> list[dict[str, Any]]:
    row = {"class": "dent", "site": site, "time": "2026-02-28"}
    return [{**row, "label": "ok", "x": wrong}, {**row, "label": "dent", "x": right}, {**row, "x": 7}]


@pytest.mark.parametrize("first", ["plant-1", "plant-2"])
def test_gap_and_its_interval(first: str, world: Any) -> None:
    second = {"plant-1": "plant-2", "plant-2": "plant-1"}[first]
    rule = {"source": "predictions", "metric": "segment_gap", "of": "site", "by": ["class"], "confidence": 0.95}
    resolved = world.load(rules={"bias": {**rule, "warn": {"above": 0.05}, "fail": {"above": 0.06}}})
    rows = label_rows(first, 56, 14) + label_rows(second, 48, 32)
    [finding] = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01").findings
    assert (finding.value, finding.n, finding.status, finding.unsure_of) == (0.2, 150, "warn", "fail")
    assert finding.interval == pytest.approx((0.0524, 0.3339), rel=0, abs=0.00006)
    assert {(one.of["site"], one.n, one.reference, one.kind) for one in finding.slices} == {
        (first, 70, 80, "worse"),
        (second, 80, 70, "better"),
    }
