"""Completeness over columns of every kind through the whole program, with sentinels and what is looked up."""

from __future__ import annotations

import math
from typing import Any

import pytest

ROWS = [
    {"class": "dent", "site": "a", "lighting": "glare", "confidence": 0.5, "brightness": 1.0, "overridden": True},
    {"class": "ok", "site": None, "lighting": " ", "confidence": 1.5, "brightness": math.inf, "overridden": False},
    {"class": None, "site": "a", "lighting": None, "confidence": math.nan, "brightness": -1.0, "label": "dent"},
    {"class": "new", "site": "n/a", "lighting": "x", "confidence": 0.0, "brightness": 2.0, "label": "(none)"},
]


@pytest.mark.parametrize(
    ("columns", "sentinels", "share"),
    [
        (["id", "time"], [], 1),
        (["class"], [], 0.75),  # one that is not declared is there
        (["class"], ["new"], 0.5),  # and told by its own name
        (["site"], [], 0.75),
        (["site"], ["n/a"], 0.5),
        (["lighting"], [], 0.5),
        (["confidence"], [], 0.5),
        (["confidence"], [0], 0.25),
        (["brightness"], [-1], 0.5),
        (["overridden"], ["false"], 0.25),
        (["label"], [], 0.25),
        (["class", "site"], [], 0.5),
        (["class", "site", "confidence", "brightness"], [-1, "n/a"], 0.25),
    ],
)
def test_what_counts_as_present(columns: list[str], sentinels: list[Any], share: float, world: Any) -> None:
    rule = {"source": "predictions", "metric": "completeness", "min_n": 0, "fail": {"below": 0.1}}
    rule |= {"of": columns, "with": {"sentinels": sentinels}}
    resolved = world.load(classes={"dent": {}, "ok": {}}, rules={"present": rule})
    rows = [{"time": "2026-02-28", **row} for row in ROWS]
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01")
    assert [(finding.value, finding.n, finding.scope) for finding in evaluation.findings] == [(share, 4, {})]


def test_what_is_looked_up_is_missing_where_nothing_or_null_is_found(world: Any) -> None:
    rule = {"source": "annotations", "metric": "completeness", "of": ["lighting", "unit"], "fail": {"below": 0.1}}
    resolved = world.load(
        sources={"predictions": {}, "annotations": {"lookup": {"predictions": ["lighting"]}}},
        rules={"present": {**rule, "min_n": 0}},
    )
    labels = [
        {"unit": unit, "annotator": "x", "class": "dent", "site": "a", "time": "2026-02-28"}
        for unit in ("p0", "p2", "p3", "nowhere")
    ]
    predictions = [{"id": f"p{number}", "time": "2026-02-28", **row} for number, row in enumerate(ROWS)]
    data = world.write_all(resolved, {"predictions": predictions, "annotations": labels})
    [finding] = world.evaluate(resolved, data, "2026-03-01").findings
    assert (finding.value, finding.n) == (0.5, 4)
