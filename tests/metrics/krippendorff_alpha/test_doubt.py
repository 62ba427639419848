"""How sure alpha is, and alpha of families, through the whole program."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import krippendorff
import numpy as np
import pytest

from prism_rules.inference import Estimate, find_interval

FAMILIES = {"a": "metal", "b": "metal", "a,b": "paint", "2:a": "paint", "c": None}
"""Names that would be taken for several labels if they were only put side by side."""
ALPHA = {"source": "annotations", "metric": "krippendorff_alpha", "min_n": 0, "fail": {"below": 0.5}}
AS_OF = "2026-03-01"

Units = list[list[str]]


def draw_units(draw: random.Random) -> Units:
    classes = [*FAMILIES]
    units = []
    for _ in range(30):
        truth = draw.choice(classes)
        units.append([truth if draw.random() < 0.6 else draw.choice(classes) for _ in range(draw.randint(1, 4))])
    return units


def compute_alphas(units: Units) -> tuple[float, list[float]]:
    """Alpha by the krippendorff package, of all pairable units and without each."""
    names = sorted({label for labels in units for label in labels})
    counts = np.array([[labels.count(name) for name in names] for labels in units if len(labels) > 1])

    def ask(rows: Any) -> float:
        return float(krippendorff.alpha(value_counts=rows[:, rows.any(axis=0)], level_of_measurement="nominal"))

    return ask(counts), [ask(np.delete(counts, place, axis=0)) for place in range(len(counts))]


def expect(units: Units, n: int) -> Any:
    value, without = compute_alphas(units)
    error = float(np.std(without) * np.sqrt(len(without) - 1))
    interval = find_interval(Estimate(value, n, error, n - 1), 0.9)
    near = [pytest.approx(number, rel=0, abs=1.1e-6) for number in (value, *interval)]
    return near[0], n, tuple(near[1:])


def test_values_and_intervals(world: Any) -> None:
    draw = random.Random(20260301)
    sites = {site: draw_units(draw) for site in ("plant-1", "plant-2", "plant-3")}
    asked = {"all": [], "site": ["site"], "class": ["class"], "family": ["family"], "both": ["site", "family"]}
    rules: dict[str, Any] = {name: {**ALPHA, "by": by, "confidence": 0.9} for name, by in asked.items()}
    rules["sure"] = {**ALPHA, "by": ["class"]}
    resolved = world.load(classes={name: {"family": family} for name, family in FAMILIES.items()}, rules=rules)
    labels = [
        {"unit": f"{site}-{u}", "annotator": f"r{i}", "class": label, "site": site, "time": "2026-02-28"}
        for site, units in sites.items()
        for u, labels in enumerate(units)
        for i, label in enumerate(labels)
    ]
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), AS_OF)
    found: dict[str, dict[Any, Any]] = defaultdict(dict)
    for f in evaluation.findings:
        found[f.rule][tuple(f.scope[name] for name in rules[f.rule]["by"])] = (f.value, f.n, f.interval)

    everywhere = [labels for units in sites.values() for labels in units]
    pooled = [[FAMILIES[label] or "(none)" for label in labels] for labels in everywhere]

    def set_apart(units: Units, name: str) -> Any:
        carriers = sum(name in labels for labels in units if len(labels) > 1)
        return expect([["one" if label == name else "rest" for label in labels] for labels in units], carriers)

    def count(units: Units) -> int:
        return sum(len(labels) > 1 for labels in units)

    assert found["all"] == {(): expect(everywhere, count(everywhere))}
    assert found["site"] == {(site,): expect(units, count(units)) for site, units in sites.items()}
    assert found["class"] == {(name,): set_apart(everywhere, name) for name in FAMILIES}
    assert found["family"] == {(name,): set_apart(pooled, name) for name in ("metal", "paint")}
    by_site = {site: [[FAMILIES[label] or "(none)" for label in labels] for labels in of] for site, of in sites.items()}
    assert found["both"] == {
        (site, name): set_apart(units, name) for site, units in by_site.items() for name in ("metal", "paint")
    }
    assert {scope: (*rest, None) for scope, (*rest, _) in found["class"].items()} == found["sure"]


def test_a_drop_is_judged_with_the_doubt_of_both_sides(world: Any) -> None:
    """The baseline is coarser: all classes of the site, for which it needs what units have together."""
    agreed = [["a", "a", "a"]] * 30 + [["b", "b", "b"]] * 30 + [["a", "a", "b"]] * 3
    split = [["a", "b", "b"], ["a", "a", "b"], ["b", "a", "a"], ["b", "b", "b"], ["a", "a", "a"]] * 12
    labels = [
        {"unit": f"{day}-{u}", "annotator": f"r{i}", "class": label, "site": "p", "time": day}
        for day, units in (("2026-02-18", agreed), ("2026-02-26", split))
        for u, labels in enumerate(units)
        for i, label in enumerate(labels)
    ]
    rule = {**ALPHA, "by": ["site", "class"], "baseline": {"window": "7d", "by": ["site"]}, "confidence": 0.95}
    resolved = world.load(
        classes={"a": {"family": "f"}, "b": {"family": "g"}},
        rules={
            "class": {**rule, "fail": {"drop": 0.2}},
            "family": {**rule, "by": ["site", "family"], "fail": {"drop": 0.2}},
        },
    )
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), AS_OF)
    was, now = compute_alphas(agreed)[0], compute_alphas(split)[0]
    assert {(f.rule, f.scope.get("class"), f.scope.get("family")) for f in evaluation.findings} == {
        ("class", "a", None), ("class", "b", None), ("family", None, "f"), ("family", None, "g"),
    }  # fmt: skip
    for finding in evaluation.findings:
        assert finding.status == "fail"
        assert finding.baseline.value == pytest.approx(was, abs=1e-6)
        low, high = finding.interval
        assert low < now - was < high < -0.2
