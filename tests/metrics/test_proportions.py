"""Each share of rows through the whole program, with the interval that Newcombe (1998), Statistics in Medicine 17, 857,
table I, prints for Wilson's score method."""

from __future__ import annotations

from typing import Any

import pytest

from prism_rules.metrics import METRICS

RULES: dict[str, dict[str, Any]] = {
    "absent_share": {"of": ["lighting"], "baseline": {"source": "training", "by": []}},
    "confident_wrong_share": {"with": {"at_least": 0.9}},
    "error_rate": {},
    "low_confidence_share": {"with": {"below": 0.95}},
    "missing_share": {"of": "brightness"},
    "new_share": {"of": "lighting", "baseline": {"source": "training", "by": []}},
    "override_rate": {},
}
HIT = {"lighting": "glare", "confidence": 0.9, "label": "ok", "overridden": True, "brightness": float("nan")}
MISS = {"lighting": "diffuse", "confidence": 0.95, "label": "dent", "overridden": False, "brightness": 1.0}


def test_every_proportion_is_here() -> None:
    assert {name for name, metric in METRICS.items() if metric.interval == "proportion"} == {*RULES}


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_share_and_interval(hits: int, rows: int, low: float, high: float, world: Any) -> None:
    rule = {"source": "predictions", "confidence": 0.95, "min_n": 0, "fail": {"above": 0.9}}
    resolved = world.load(
        rules={name.replace("_", "-"): {**rule, "metric": name, **own} for name, own in RULES.items()}
    )
    seen = [
        {"class": "dent", "time": "2026-02-28", **kind, "x": count}
        for kind, count in ((HIT, hits), (MISS, rows - hits))
        if count
    ]
    data = world.write_all(resolved, {"predictions": seen, "training": [{"class": "dent", "lighting": "diffuse"}]})
    findings = {f.rule.replace("-", "_"): f for f in world.evaluate(resolved, data, "2026-03-01").findings}
    assert {*findings} == {*RULES}
    for name, finding in findings.items():
        assert (finding.value, finding.n) == (round(hits / rows, 6), rows), name
        assert finding.interval == pytest.approx((low, high), rel=0, abs=0.00006), name
