"""Precision, recall and f1 against scikit-learn, their errors against derivatives taken by small steps, and the rules
over them through the whole program."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import t
from sklearn.metrics import precision_recall_fscore_support

from prism_rules.inference import Estimate, find_interval
from prism_rules.metrics import METRICS, Metric, Table

CLASSES = ["dent", "ok", "pore", "scratch"]
ROWS = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=30)
NAMES = ["precision", "recall", "f1"]


def measure(metric: Metric, rows: list[tuple[str, str]], by: tuple[str, ...], **params: Any) -> list[dict[str, Any]]:
    counted = [{"class": c, "label": label, "n": 1, "right": int(c == label)} for c, label in rows]
    return metric.finish(metric.ask(params, None, by), Table(pl.DataFrame(counted), by), None).to_dicts()


@settings(max_examples=40)
@given(ROWS)
def test_a_class_has_the_score_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    predicted, labels = zip(*rows, strict=True)
    met = sorted({*predicted, *labels})
    theirs = precision_recall_fscore_support(labels, predicted, labels=met, zero_division=np.nan)
    for place, name in enumerate(NAMES):
        ours = {row["class"]: row["value"] for row in measure(METRICS[name], rows, ("class",))}
        assert list(ours) == met
        for own, other in zip(ours.values(), theirs[place], strict=True):
            assert own == (None if np.isnan(other) else pytest.approx(float(other), rel=1e-12))


@pytest.mark.parametrize("how", ["macro", "micro", "weighted"])
@settings(max_examples=40)
@given(rows=ROWS)
def test_an_average_is_that_of_scikit_learn_which_leaves_out_what_is_undefined(
    how: str, rows: list[tuple[str, str]]
) -> None:
    predicted, labels = zip(*rows, strict=True)
    # What no row is labelled weighs nothing, and theirs is 0 where that is all that there is.
    assume(how != "weighted" or {*predicted} & {*labels})
    theirs = precision_recall_fscore_support(labels, predicted, average=how, zero_division=np.nan)
    for place, name in enumerate(NAMES):
        [row] = measure(METRICS[name], rows, (), average=how)
        assert row["value"] == pytest.approx(float(theirs[place]), rel=1e-12)
        assert row["reason"] is None


def score(name: str, how: str, counts: Any) -> float:
    """The average from the matrix of counts, predicted by label."""
    right, called, labelled = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    scores = {"precision": right / called, "recall": right / labelled, "f1": 2 * right / (called + labelled)}[name]
    weights = labelled if how == "weighted" else np.ones(len(right))
    return float((weights * scores).sum() / weights.sum())


def follow_the_page(name: str, how: str, rows: list[tuple[str, str]]) -> tuple[float, float]:
    """The squared error and the degrees of freedom as the pages give them, row by row."""
    [value] = [row["value"] for row in measure(METRICS[name], rows, (), average=how)]
    own = {row["class"]: row["value"] for row in measure(METRICS[name], rows, ("class",))}
    labelled = {k: sum(label == k for _, label in rows) for k in CLASSES}
    weights = {k: float(labelled[k]) if how == "weighted" else 1.0 for k, score in own.items() if score is not None}
    weights = {k: weight for k, weight in weights.items() if weight}
    added, total, both = 2 / len(weights), sum(weights.values()), 2 if name == "f1" else 1
    moves, squares, support = [0.0] * len(rows), {}, {}
    for k, weight in weights.items():
        called, truly = ([pair[side] == k for pair in rows] for side in (0, 1))
        counts = [(name != "recall") * c + (name != "precision") * t for c, t in zip(called, truly, strict=True)]
        right = sum(c and t for c, t in zip(called, truly, strict=True))
        bottom = sum(counts) + added * (both + 1)
        share = (both * right + both * added) / bottom
        reach = weight / total / bottom
        steps = [
            both * (1 - share) * reach if c and t else -share * reach * count
            for c, t, count in zip(called, truly, counts, strict=True)
        ]
        shared_out = added * (both * (1 - share) * reach) ** 2 + added * (share * reach) ** 2
        squares[k] = sum(step**2 for step in steps) + shared_out, shared_out
        support[k] = sum(count > 0 for count in counts) + 2 * added
        moves = [move + step for move, step in zip(moves, steps, strict=True)]
    if how == "weighted":
        drawn = {k: (own[k] - value) / total for k in weights}
        moves = [move + drawn.get(label, 0.0) for move, (_, label) in zip(moves, rows, strict=True)]
    whole = sum(v for v, _ in squares.values())
    df = whole**2 / sum(v**2 / (support[k] - 1) for k, (v, _) in squares.items())
    return sum(move**2 for move in moves) + sum(out for _, out in squares.values()), df


@pytest.mark.parametrize("how", ["macro", "weighted"])
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(rows=ROWS)
def test_the_error_is_what_the_page_says(name: str, how: str, rows: list[tuple[str, str]]) -> None:
    counted = [{"class": c, "label": label, "n": 1, "right": int(c == label)} for c, label in rows]
    ask = METRICS[name].ask({"average": how}, None, (), doubted=True)
    [row] = METRICS[name].finish(ask, Table(pl.DataFrame(counted), ()), None).to_dicts()
    assume(row["error"] is not None)
    squared, df = follow_the_page(name, how, rows)
    assert (row["error"] ** 2, row["df"]) == (pytest.approx(squared, rel=1e-9), pytest.approx(df, rel=1e-9))


@pytest.mark.parametrize("how", ["macro", "weighted"])
@pytest.mark.parametrize("name", NAMES)
def test_of_many_rows_the_error_is_that_of_the_delta_method(name: str, how: str) -> None:
    counts = np.random.default_rng(7).integers(1, 20, (4, 4)) * 100_000.0
    step = 1000.0
    variance = 0.0
    for place in np.ndindex(4, 4):
        more, less = counts.copy(), counts.copy()
        more[place] += step
        less[place] -= step
        variance += counts[place] * ((score(name, how, more) - score(name, how, less)) / (2 * step)) ** 2

    whole = [(c, label, int(counts[i, j])) for i, c in enumerate(CLASSES) for j, label in enumerate(CLASSES)]
    frame = pl.DataFrame([{"class": c, "label": label, "n": n, "right": n * (c == label)} for c, label, n in whole])
    ask = METRICS[name].ask({"average": how}, None, (), doubted=True)
    [row] = METRICS[name].finish(ask, Table(frame, ()), None).to_dicts()
    assert row["value"] == pytest.approx(score(name, how, counts), rel=1e-12)
    assert row["error"] ** 2 == pytest.approx(variance, rel=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_an_interval_of_few_rows_holds_the_truth_about_as_often_as_it_says(name: str) -> None:
    draw = np.random.default_rng(20260301)
    chances = np.array([[0.60, 0.02, 0.01], [0.05, 0.20, 0.01], [0.03, 0.02, 0.06]])
    truth, cells = score(name, "macro", chances), [*np.ndindex(3, 3)]
    held = 0
    for _ in range(400):
        drawn = draw.multinomial(60, chances.ravel())
        counted = [
            {"class": CLASSES[i], "label": CLASSES[j], "n": int(n), "right": int(n) * (i == j)}
            for (i, j), n in zip(cells, drawn, strict=True)
            if n
        ]
        ask = METRICS[name].ask({}, None, (), doubted=True)
        [row] = METRICS[name].finish(ask, Table(pl.DataFrame(counted), ()), None).to_dicts()
        low, high = find_interval(Estimate(row["value"], row["n"], row["error"], row["df"]), 0.95)
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.99


def predict(predicted: str, label: str | None, count: int = 1, **more: Any) -> dict[str, Any]:
    return {"class": predicted, "label": label, "x": count, "site": "plant-1", "time": "2026-02-28", **more}


def find(findings: Any, rule: str) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Scope -> value, support, the baseline's value and support."""
    return {
        tuple(f.scope.values()): (f.value, f.n, f.baseline and f.baseline.value, f.baseline and f.baseline.n)
        for f in findings
        if f.rule == rule
    }


def average_two(*shares: tuple[int, int]) -> tuple[float, float]:
    """The interval at 95 % of the mean of two shares, with one row that is right and one that is not added to each."""
    parts = [((k + 1) / (n + 2) * (n + 1 - k) / (n + 2) / (n + 2) / 4, n + 1) for k, n in shares]
    variance = sum(part for part, _ in parts)
    half = t.ppf(0.975, variance**2 / sum(part**2 / df for part, df in parts)) * variance**0.5
    value = sum(k / n for k, n in shares) / 2
    return value - half, value + half


def test_a_class_that_is_never_predicted_has_its_recall(world: Any) -> None:
    rule = {"source": "predictions", "metric": "recall", "min_n": 0, "fail": {"below": 0.5}}
    drop = {**rule, "baseline": {"window": "7d"}, "fail": {"drop": 0.1}}
    resolved = world.load(
        rules={
            "whole": {**rule, "confidence": 0.95},
            "by-class": {**rule, "by": ["class"], "confidence": 0.95},
            "by-site": {**rule, "by": ["site", "class"]},
            "against-before": {**drop, "by": ["class", "site"]},
            "against-all": {**drop, "by": ["class", "site"], "baseline": {"window": "7d", "by": ["class"]}},
        }
    )
    before = {"time": "2026-02-20"}
    seen = [
        predict("ok", "ok", 30),
        predict("ok", "crack", 10),
        predict("ok", None, 5),
        predict("dent", "ok", 10),
        predict("ok", "crack", 4, site="plant-2"),
        predict("crack", "crack", 6, **before),
        predict("ok", "crack", 2, **before),
        predict("ok", "pore", 3, **before),
        predict("ok", "crack", 8, site="plant-2", **before),
    ]
    data = world.write_all(resolved, {"predictions": seen})
    findings = world.evaluate(resolved, data, "2026-03-01").findings

    assert find(findings, "whole") == {(): (pytest.approx(0.375), 54, None, None)}
    [whole] = [f for f in findings if f.rule == "whole"]
    assert whole.interval == pytest.approx(average_two((0, 14), (30, 40)), abs=1e-6)
    assert find(findings, "by-class") == {
        ("crack",): (0.0, 14, None, None),
        ("dent",): (None, 0, None, None),
        ("ok",): (0.75, 40, None, None),
    }
    [crack] = [f for f in findings if f.rule == "by-class" and f.scope["class"] == "crack"]
    assert crack.status == "fail"
    # Wilson's upper end of nothing in n is z^2 / (n + z^2).
    assert crack.interval == pytest.approx((0, 3.841459 / 17.841459), abs=1e-6)
    [dent] = [f for f in findings if f.rule == "by-class" and f.scope["class"] == "dent"]
    assert (dent.status, dent.reason) == ("no_data", "no_labels")
    sites = {("crack", "plant-1"): 10, ("crack", "plant-2"): 4}
    for scope, n in sites.items():
        assert find(findings, "by-site")[scope[::-1]] == (0.0, n, None, None)
    assert find(findings, "against-before") == {
        ("crack", "plant-1"): (0.0, 10, 0.75, 8),
        ("crack", "plant-2"): (0.0, 4, 0.0, 8),
        ("dent", "plant-1"): (None, 0, None, None),
        ("ok", "plant-1"): (0.75, 40, None, 0),
        ("ok", "plant-2"): (None, 0, None, 0),
        ("pore", "plant-1"): (None, 0, 0.0, 3),  # it was only in the baseline, and only as a label
    }
    assert find(findings, "against-all")["crack", "plant-2"] == (0.0, 4, 0.375, 16)


def test_families_and_what_is_not_declared_come_from_labels_too(world: Any) -> None:
    classes = {"dent": {"family": "metal"}, "crack": {"family": "metal", "risk": "critical"}, "ok": {"risk": "low"}}
    rule = {"source": "predictions", "min_n": 0, "fail": {"below": 0.5}}
    resolved = world.load(
        classes=classes,
        rules={
            **{name: {**rule, "metric": name, "by": ["family"]} for name in NAMES},
            "each": {**rule, "metric": "recall", "by": ["class", "family"], "unknown": True},
            "macro": {**rule, "metric": "recall"},
            "cost": {**rule, "metric": "cost_weighted_error", "fail": {"above": 0.5}},
        },
    )
    seen = [
        predict("dent", "crack", 4),
        predict("dent", "dent", 3),
        predict("ok", "crack", 2),
        predict("lens", "lens", 5),
        predict("lens", "blur", 1),
        predict("ok", "ok", 1),
    ]
    data = world.write_all(resolved, {"predictions": seen})
    findings = world.evaluate(resolved, data, "2026-03-01").findings
    told = {name: {scope: found[:2] for scope, found in find(findings, name).items()} for name in resolved.model.rules}
    assert told["precision"] == {("metal",): (pytest.approx(3 / 7, abs=1e-6), 7)}
    assert told["recall"] == {("metal",): (pytest.approx(3 / 9, abs=1e-6), 9)}
    assert told["f1"] == {("metal",): (pytest.approx(6 / 16, abs=1e-6), 9)}
    assert told["each"] == {
        ("(unknown)", "(none)"): (pytest.approx(5 / 6, abs=1e-6), 6),
        ("crack", "metal"): (0.0, 6),
        ("dent", "metal"): (1.0, 3),
        ("ok", "(none)"): (1.0, 1),
    }
    assert told["cost"] == {(): (pytest.approx(10 / 13, abs=1e-6), 10)}  # critical 10 of it, medium 2 and low 1
    assert told["macro"] == {(): (pytest.approx(2 / 3, abs=1e-6), 10)}


def test_a_series_of_recall_has_the_class_of_labels(world: Any) -> None:
    series = {"every": "1d", "over": "10d", "test": "cusum", "reference": "10d"}
    rule = {"source": "predictions", "metric": "recall", "by": ["class"], "series": series, "fail": {"above": 5}}
    resolved = world.load(rules={"slow": {**rule, "min_n": 0}})
    seen = []
    for day in range(20):
        found = 8 + day % 2 if day < 10 else 3
        time = f"2026-02-{day + 1:02}"
        seen += [predict("crack", "crack", found, time=time), predict("ok", "crack", 10 - found, time=time)]
    data = world.write_all(resolved, {"predictions": seen})
    [crack] = [f for f in world.evaluate(resolved, data, "2026-02-21").findings if f.scope == {"class": "crack"}]
    # The reference is 0.8 and 0.9 in turn, with the sample deviation of (1 / 20) sqrt(10 / 9): z = (0.3 - 0.85) of it.
    z = 0.55 / (0.05 * (10 / 9) ** 0.5)
    assert (crack.status, crack.n) == ("fail", 100)
    assert crack.value == pytest.approx(10 * (z - 0.5), abs=1e-5)
