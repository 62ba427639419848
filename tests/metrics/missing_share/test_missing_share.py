"""Missing values of every kind of column through the whole program, and what becomes of them on the way."""

from __future__ import annotations

import math
from typing import Any

import pytest

ROWS = [
    {"class": "dent", "site": "a", "lighting": "glare", "confidence": 0.5, "brightness": 1.0, "overridden": True},
    {"class": "ok", "site": None, "lighting": "", "confidence": 1.5, "brightness": math.inf, "overridden": False},
    {"class": None, "site": "a", "lighting": None, "confidence": math.nan, "brightness": math.nan, "label": "dent"},
    {"class": "new", "site": "(none)", "lighting": None, "confidence": None, "brightness": 2e12, "label": "(none)"},
]


@pytest.mark.parametrize(
    ("column", "share"),
    [
        ("id", 0),
        ("time", 0),
        ("class", 0.25),  # one that is not declared is there
        ("site", 0.25),  # a word is a value, also the one that stands for null elsewhere
        ("lighting", 0.5),  # an empty text is a value
        ("confidence", 0.75),  # no confidence is 1.5 or NaN
        ("brightness", 0.75),  # no number is infinite, NaN or beyond 10^12
        ("overridden", 0.5),
        ("label", 0.5),
    ],
)
def test_what_counts_as_missing(column: str, share: float, world: Any) -> None:
    rule = {"source": "predictions", "metric": "missing_share", "of": column, "min_n": 0, "fail": {"above": 0.9}}
    resolved = world.load(classes={"dent": {}, "ok": {}}, rules={"missing": rule})
    rows = [{"time": "2026-02-28", **row} for row in ROWS]
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01")
    assert [(finding.value, finding.n) for finding in evaluation.findings] == [(share, 4)]


def test_what_is_looked_up_is_missing_where_nothing_matches(world: Any) -> None:
    rule = {"source": "annotations", "metric": "missing_share", "min_n": 0, "fail": {"above": 0.9}}
    columns = ["lighting", "confidence"]
    resolved = world.load(
        sources={"predictions": {}, "annotations": {"lookup": {"predictions": columns}}},
        rules={"missing": {**rule, "of": columns}},
    )
    labels = [
        {"unit": unit, "annotator": "x", "class": "dent", "site": "a", "time": "2026-02-28"} for unit in ("p1", "p2")
    ]
    predictions = [{"id": "p1", "time": "2026-02-28", **ROWS[0]}]
    data = world.write_all(resolved, {"predictions": predictions, "annotations": labels})
    evaluation = world.evaluate(resolved, data, "2026-03-01")
    told = {finding.scope["of"]: (finding.value, finding.n) for finding in evaluation.findings}
    assert told == {"lighting": (0.5, 2), "confidence": (0.5, 2)}


def miss(missing: int, of: int, **row: Any) -> list[dict[str, Any]]:
    """Rows of which some lack a number and a text."""
    filled = {"class": "dent", "site": "a", "lighting": "glare", "brightness": 1.0, **row}
    return [{**filled, "x": of - missing}, {**filled, "lighting": None, "brightness": math.nan, "x": missing}]


@pytest.mark.parametrize(
    ("missing", "of", "status", "reason"),
    [
        (20, 100, "fail", None),
        (5, 100, "pass", None),
        (2, 10, "unsure", "the interval reaches the bound"),
    ],
)
@pytest.mark.parametrize("kind", ["window", "source"])
def test_how_the_null_rate_changed(missing: int, of: int, status: str, reason: Any, kind: str, world: Any) -> None:
    baseline = {"window": "28d"} if kind == "window" else {"source": "validation-run", "by": ["site"]}
    rule = {
        "source": "predictions", "metric": "missing_share", "of": ["brightness", "lighting"], "by": ["site"],
        "min_n": 0, "baseline": baseline, "confidence": 0.95, "fail": {"rise": 0.02},
    }  # fmt: skip
    resolved = world.load(rules={"nulls": rule}, sources={"validation-run": {"features": ["brightness"]}})
    before = miss(20, 400, time="2026-02-10")
    rows = {
        "predictions": miss(missing, of, time="2026-02-27") + (before if kind == "window" else []),
        "validation-run": before,
    }
    evaluation = world.evaluate(resolved, world.write_all(resolved, rows), "2026-03-01")
    assert {finding.scope["of"] for finding in evaluation.findings} == {"brightness", "lighting"}
    for finding in evaluation.findings:
        assert (finding.status, finding.reason) == (status, reason)
        assert (finding.value, finding.n) == (missing / of, of)
        assert (finding.baseline.value, finding.baseline.n) == (0.05, 400)
        assert finding.baseline.source == ("predictions" if kind == "window" else "validation-run")


def test_a_fall_of_the_null_rate_is_a_change(world: Any) -> None:
    rule = {
        "source": "predictions", "metric": "missing_share", "of": "brightness", "min_n": 0,
        "baseline": {"window": "28d"}, "warn": {"change": 0.1}, "fail": {"rise": 0.02},
    }  # fmt: skip
    resolved = world.load(rules={"nulls": rule})
    rows = miss(0, 50, time="2026-02-27") + miss(20, 100, time="2026-02-10")
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01")
    assert [(finding.status, finding.value, finding.baseline.value) for finding in evaluation.findings] == [
        ("warn", 0, 0.2)
    ]
