"""The second measurement, from an action's anchor on: at most a window, beside the ordinary finding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prism_rules.program import Anchor

RULES = {
    "sure": {"source": "predictions", "metric": "mean_confidence", "by": ["class"], "min_n": 1, "fail": {"below": 0.5}},
    "agree": {"source": "annotations", "metric": "krippendorff_alpha", "min_n": 1, "fail": {"below": 0.5}},
    "apart": {"source": "predictions", "metric": "mean", "of": ["confidence"], "min_n": 1, "fail": {"below": 0.5}},
    "then": {"source": "validation-run", "metric": "mean_confidence", "min_n": 1, "fail": {"below": 0.5}},
}
ROWS = {
    "predictions": [
        {"time": "2026-01-01", "class": "dent", "confidence": 0.0},
        {"time": "2026-02-23", "class": "dent", "confidence": 0.2},
        {"time": "2026-02-26", "class": "dent", "confidence": 0.6},
        {"time": "2026-02-28", "class": "dent", "confidence": 0.7},
        {"time": "2026-02-23", "class": "ok", "confidence": 0.9},
    ],
    # Before the anchor of the 26th a and b differ on u1 and agree on nothing; from then on they agree on both.
    "annotations": [
        {"time": "2026-02-23", "unit": "u1", "annotator": "a", "class": "dent"},
        {"time": "2026-02-23", "unit": "u1", "annotator": "b", "class": "ok"},
        {"time": "2026-02-27", "unit": "u1", "annotator": "a", "class": "ok"},
        {"time": "2026-02-27", "unit": "u1", "annotator": "c", "class": "ok"},
        {"time": "2026-02-28", "unit": "u2", "annotator": "a", "class": "dent"},
        {"time": "2026-02-28", "unit": "u2", "annotator": "b", "class": "dent"},
        {"time": "2026-02-25", "unit": "u2", "annotator": "d", "class": "ok"},
    ],
    "validation-run": [{"time": "2026-01-01", "class": "dent", "confidence": 0.5}],
}


START = datetime(2026, 1, 30, tzinfo=UTC)
LABELS = {"unit": "unit", "annotator": "annotator", "class": "class"}


@pytest.mark.parametrize("fields", [LABELS, {**LABELS, "time": "time"}])
def test_labels_that_are_a_collection_are_measured_whole(world: Any, fields: dict[str, str]) -> None:
    resolved = world.load(rules={"agree": RULES["agree"]}, sources={"annotations": {"window": "all", "fields": fields}})
    data = world.write_all(resolved, {"annotations": ROWS["annotations"]})
    moment = datetime(2026, 2, 26, tzinfo=UTC)
    evaluation = world.evaluate(resolved, data, "2026-03-01", anchors=[Anchor("agree", moment)])
    [measured] = evaluation.acceptance["agree", moment].values()
    [finding] = evaluation.findings
    assert (measured.value, measured.n) == (finding.value, finding.n)
    assert measured.value is not None


@pytest.mark.parametrize(
    ("rule", "anchor", "found"),
    [
        ("sure", "2026-02-26", {(("class", "dent"),): (0.65, 2)}),
        ("sure", "2026-02-26T00:00:00.000001", {(("class", "dent"),): (0.7, 1)}),
        # Never further back than the rule's own window.
        ("sure", "2026-01-01", {(("class", "dent"),): (0.5, 3), (("class", "ok"),): (0.9, 1)}),
        ("sure", "2026-03-01", {}),
        ("apart", "2026-02-26", {(("of", "confidence"),): (0.65, 2)}),
        ("agree", "2026-02-26", {(): (1.0, 2)}),
        # A collection has no window to cut.
        ("then", "2026-02-26", {(): (0.5, 1)}),
    ],
)
def test_acceptance_is_measured_from_the_anchor_on(
    world: Any, rule: str, anchor: str, found: dict[tuple[Any, ...], tuple[float, int]]
) -> None:
    resolved = world.load(rules=RULES)
    data = world.write_all(resolved, ROWS)
    moment = datetime.fromisoformat(anchor).replace(tzinfo=UTC)
    plain = world.evaluate(resolved, data, "2026-03-01")
    evaluation = world.evaluate(resolved, data, "2026-03-01", anchors=[Anchor(rule, moment)])
    assert {key: (m.value, m.n) for key, m in evaluation.acceptance[rule, moment].items()} == found
    assert [*evaluation.acceptance] == [(rule, moment)]
    assert evaluation.findings == plain.findings, "it never replaces the finding"


@pytest.mark.parametrize(
    ("anchor", "value", "n", "short"),
    [
        # From the 12th on the level is one sigma above its reference, of which a cusum takes a half per step.
        ("2026-02-01", 8.5, 27, None),
        ("2026-02-12", 8.5, 17, None),
        ("2026-02-21", 4.0, 8, None),
        # The day on which it was done began before, and is no whole step.
        ("2026-02-20T00:00:01", 4.0, 8, None),
        ("2026-02-21T00:00:01", None, 7, "7 of the 8 points that a series needs"),
        ("2026-03-01", None, 0, "0 of the 8 points that a series needs"),
    ],
)
def test_of_a_series_whole_steps_count_from_the_anchor_on(
    world: Any, anchor: str, value: float | None, n: int, short: str | None
) -> None:
    series = {"every": "1d", "over": "27d", "test": "cusum", "reference": "3d"}
    rule = {"source": "predictions", "metric": "mean_confidence", "series": series, "fail": {"above": 5}}
    resolved = world.load(rules={"drift": rule})
    levels = [0.4, 0.5, 0.6, *[0.5] * 10, *[0.6] * 17]
    rows = [{"time": START + timedelta(days=day), "class": "ok", "confidence": c} for day, c in enumerate(levels)]
    data = world.write_all(resolved, {"predictions": [{**row, "time": str(row["time"])} for row in rows]})
    moment = datetime.fromisoformat(anchor).replace(tzinfo=UTC)
    evaluation = world.evaluate(resolved, data, "2026-03-01", anchors=[Anchor("drift", moment)])
    [m] = evaluation.acceptance["drift", moment].values()
    assert (m.value, m.n, m.short) == (value, n, short)
    assert [f.value for f in evaluation.findings] == [8.5], "it never replaces the finding"
