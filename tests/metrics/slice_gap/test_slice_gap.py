"""The gap through the whole program, with the interval that Newcombe (1998), Statistics in Medicine 17, 873, table II,
prints for his method 10."""

from __future__ import annotations

from typing import Any

import pytest

RULE = {"source": "predictions", "metric": "slice_gap", "of": "lighting", "min_n": 0, "confidence": 0.95}


def label(lighting: str | None, wrong: int, rows: int, **more: Any) -> list[dict[str, Any]]:
    row = {"class": "dent", "site": "plant-1", "lighting": lighting, "time": "2026-02-28", **more}
    return [{**row, "label": "ok", "x": wrong}, {**row, "label": "dent", "x": rows - wrong}]


@pytest.mark.parametrize(
    ("slice_", "rest", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_interval(slice_: tuple[int, int], rest: tuple[int, int], low: float, high: float, world: Any) -> None:
    resolved = world.load(rules={"glare": {**RULE, "by": ["class", "lighting"], "fail": {"above": 0.05}}})
    seen = [
        *label("glare", *slice_),
        *label("diffuse", rest[0], rest[1] - 1),
        *label("direct", 0, 1),
        {"class": "dent", "label": None, "lighting": "direct", "time": "2026-02-28", "x": 9},
        *label("glare", 5, 5, **{"class": "scratch"}),
    ]
    data = world.write_all(resolved, {"predictions": seen})
    findings = {tuple(f.scope.values()): f for f in world.evaluate(resolved, data, "2026-03-01").findings}
    found = findings["dent", "glare"]
    assert (found.value, found.n) == (round(slice_[0] / slice_[1] - rest[0] / rest[1], 6), slice_[1])
    assert found.interval == pytest.approx((low, high), rel=0, abs=0.00006)
    assert found.status == "fail"
    assert findings["scratch", "glare"].reason == "no_rest"


def test_a_gap_is_compared_with_that_of_the_window_before(world: Any) -> None:
    rule = {key: value for key, value in RULE.items() if key != "confidence"}
    asked = {**rule, "by": ["lighting", "site"], "baseline": {"window": "7d"}, "fail": {"rise": 0.2}}
    resolved = world.load(rules={"glare": asked})
    seen = [*label("glare", 6, 10), *label(None, 1, 10)]
    seen += [*label("glare", 3, 10, time="2026-02-20"), *label(None, 1, 10, time="2026-02-20")]
    data = world.write_all(resolved, {"predictions": seen})
    [finding] = world.evaluate(resolved, data, "2026-03-01").findings
    assert (finding.value, finding.status) == (0.5, "fail")
    assert finding.baseline is not None
    assert (finding.baseline.value, finding.baseline.n) == (0.2, 10)
