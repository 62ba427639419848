"""Cohen's kappa against scikit-learn, and through the whole program, where no name of an annotator leaves."""

from __future__ import annotations

import random
import warnings
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

Units = list[list[str | None]]
GRADES = ["low", "mid", "high"]
UNITS = st.lists(st.lists(st.sampled_from([*GRADES, None]), min_size=3, max_size=3), min_size=1, max_size=8)


def ask_the_oracle(units: Units, weights: str, least: int) -> list[float]:
    """The kappa of each pair of annotators that share enough and for which it is defined."""
    found = []
    for one, other in combinations(range(3), 2):
        shared = [(u[one], u[other]) for u in units if u[one] is not None and u[other] is not None]
        if len(shared) >= least:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # where chance cannot disagree
                kappa = cohen_kappa_score(
                    *zip(*shared, strict=True), labels=GRADES, weights=None if weights == "none" else weights
                )
            if np.isfinite(kappa):
                found.append(float(kappa))
    return found


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
@settings(max_examples=60)
@given(units=UNITS)
def test_equals_scikit_learn(weights: str, units: Units, measure_units: Any) -> None:
    listed = [{"labels": labels} for labels in units if any(labels)]
    if not listed:
        return
    found = measure_units("cohen_kappa", listed, weights=weights, min_shared=2, classes=GRADES)[()]
    kappas = ask_the_oracle(units, weights, 2)
    assert found["n"] == sum(labels.count(None) < 2 for labels in units)
    assert found["value"] == (pytest.approx(np.mean(kappas), rel=0, abs=1e-9) if kappas else None)


def test_through_the_whole_program(world: Any) -> None:
    draw = random.Random(20260301)
    units: Units = [[draw.choice([*GRADES[:2], "high", None]) for _ in range(3)] for _ in range(80)]
    people = ["zoe@example.org", "ann@example.org", "(none)"]
    labels = [
        {
            "unit": f"u{i}",
            "annotator": people[place],
            "class": label,
            "site": "a" if i % 2 else "b",
            "time": "2026-02-27",
        }
        for i, row in enumerate(units)
        for place, label in enumerate(row)
        if label is not None
    ]
    # An annotator who changed their mind counts once, and a unit whose labels are of two sites is of neither.
    labels += [{**labels[0], "class": "high" if labels[0]["class"] == "low" else "low", "time": "2026-02-26"}]
    rule = {
        "source": "annotations",
        "metric": "cohen_kappa",
        "min_n": 0,
        "with": {"min_shared": 5},
        "fail": {"below": 0},
    }
    resolved = world.load(
        classes={name: {} for name in GRADES},
        rules={
            "all": rule,
            "weighted": {**rule, "with": {"min_shared": 5, "weights": "quadratic"}},
            "site": {**rule, "by": ["site"]},
        },
    )
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), "2026-03-01")
    found = {(f.rule, f.scope.get("site")): (f.value, f.n) for f in evaluation.findings}
    halves = {"a": units[1::2], "b": units[0::2]}

    def expect(of: Units, weights: str) -> Any:
        pairable = sum(labels.count(None) < 2 for labels in of)
        return pytest.approx(np.mean(ask_the_oracle(of, weights, 5)), abs=1e-6), pairable

    assert found == {
        ("all", None): expect(units, "none"),
        ("weighted", None): expect(units, "quadratic"),
        ("site", "a"): expect(halves["a"], "none"),
        ("site", "b"): expect(halves["b"], "none"),
    }
    assert "example.org" not in repr(evaluation)


def test_one_annotator_is_told_from_two_who_never_met(world: Any) -> None:
    label = {"annotator": "r1", "class": "low", "time": "2026-02-27"}
    labels = [
        {**label, "unit": "u1", "site": "a"},
        {**label, "unit": "u2", "site": "a"},
        {**label, "unit": "u3", "site": "b"},
        {**label, "unit": "u4", "site": "b", "annotator": "r2"},
    ]
    rule = {"source": "annotations", "metric": "cohen_kappa", "by": ["site"], "min_n": 0, "fail": {"below": 0.4}}
    resolved = world.load(rules={"agree": rule})
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), "2026-03-01")
    found = {f.scope["site"]: (f.value, f.n, f.reason) for f in evaluation.findings}
    assert found == {"a": (None, 0, "single_annotator"), "b": (None, 0, "no_overlap")}
