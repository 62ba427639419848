"""Measures of agreement against the worked examples of their literature, and against their definitions pair by pair."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from prism_rules.inference import Estimate, find_interval
from prism_rules.metrics import METRICS

PUBLISHED = YAML(typ="safe").load(Path(__file__).with_name("agreement.yaml"))
Units = Sequence[Sequence[str]]
"""The labels of each unit."""
UNITS = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=7)
CLASSES = {"gwet_ac1": list("abc")}


def read_units(example: dict[str, Any]) -> list[dict[str, Any]]:
    if "table" in example:
        counts = [(a, b, n) for a, row in enumerate(example["table"]) for b, n in enumerate(row)]
        return [{"labels": [a, b], "x": n} for a, b, n in counts if n]
    if "counts" in example:
        return [{"labels": [c for c, n in enumerate(row) for _ in range(n)]} for row in example["counts"]]
    return [{"labels": u} for u in example.get("units") or zip(*example["coders"], strict=True)]


def read_asked(text: str) -> tuple[str, dict[str, Any]]:
    name, *given = text.split()
    pairs = [pair.split("=") for pair in given]
    return name, {key: int(value) if value.isdigit() else value for key, value in pairs}


@pytest.mark.parametrize("example", PUBLISHED, ids=lambda example: example["id"])
def test_published(example: dict[str, Any], measure_units: Any) -> None:
    units, within = read_units(example), example["within"]
    assert example["printed"].keys() <= example["expect"].keys()
    for asked, value in example["expect"].items():
        name, params = read_asked(asked)
        found = measure_units(name, units, **params)[()]
        assert found["value"] == pytest.approx(value, rel=0, abs=within), asked
        assert found["n"] == example["units_used"]
        if asked in example["printed"]:
            printed = example["printed"][asked]
            assert abs(found["value"] - printed) <= 0.51 * 10 ** -len(str(printed).split(".")[1]), asked
    for name, values in example.get("by_class", {}).items():
        rows = {label: row["value"] for (label,), row in measure_units(name, units, "class").items()}
        assert rows == pytest.approx({str(k): value for k, value in values.items()}, rel=0, abs=within), name


def test_errors_are_near_those_of_the_literature(measure_units: Any) -> None:
    """The analytic standard errors of Gwet's package, of which the jackknife is an approximation."""
    examples = {example["id"]: read_units(example) for example in PUBLISHED}
    for example, name, error in (
        ("gwet-abstractors", "gwet_ac1", 0.04344),
        ("gwet-abstractors", "fleiss_kappa", 0.05935),
        ("gwet-six-raters", "gwet_ac1", 0.08419),
        ("gwet-six-raters", "fleiss_kappa", 0.08119),
        ("gwet-2002", "gwet_ac1", 0.02306),
    ):
        found = measure_units(name, examples[example], doubted=True)[()]
        assert found["error"] == pytest.approx(error, rel=0.05), (example, name)
    # Computed over 11 and 30 units, leaving out each by itself.
    for example, error in (("krippendorff-4x12", 0.14632665), ("fleiss-psychiatric", 0.05473831)):
        found = measure_units("krippendorff_alpha", examples[example], doubted=True)[()]
        assert found["error"] == pytest.approx(error, rel=0, abs=1e-8)


def share_equal(labels: Sequence[str]) -> Fraction:
    pairs = list(permutations(labels, 2))
    return Fraction(sum(a == b for a, b in pairs), len(pairs))


def average_units(units: Units) -> Fraction | None:
    pairable = [share_equal(labels) for labels in units if len(labels) > 1]
    return sum(pairable, Fraction(0)) / len(pairable) if pairable else None


def average_pairs(units: Units) -> Fraction | None:
    pairs = [pair for labels in units for pair in permutations(labels, 2)]
    return Fraction(sum(a == b for a, b in pairs), len(pairs)) if pairs else None


def find_parts(units: Units) -> dict[str, Fraction]:
    parts: Counter[str] = Counter()
    for labels in units:
        for label in labels:
            parts[label] += Fraction(1, len(labels))  # type: ignore[assignment]
    return {label: Fraction(part, len(units)) for label, part in parts.items()}


def correct(units: Units, chance: Fraction) -> Fraction | None:
    agreed = average_units(units)
    return None if agreed is None or chance == 1 else (agreed - chance) / (1 - chance)


def fleiss(units: Units) -> Fraction | None:
    return correct(units, sum((p * p for p in find_parts(units).values()), Fraction(0)))


def gwet(classes: int) -> Callable[[Units], Fraction | None]:
    return lambda units: correct(
        units, sum((p * (1 - p) for p in find_parts(units).values()), Fraction(0)) / (classes - 1)
    )


def specific(units: Units) -> Fraction | None:
    pairs = [b for labels in units for a, b in permutations(labels, 2) if a == "one"]
    return Fraction(sum(b == "one" for b in pairs), len(pairs)) if pairs else None


def find_error(units: Units, compute: Callable[[Units], Fraction | None], least: int) -> float | None:
    kept = [labels for labels in units if len(labels) >= least]
    without = [compute([*kept[:i], *kept[i + 1 :]]) if len(kept) > 1 else None for i in range(len(kept))]
    if None in without:
        return None
    values = [float(value) for value in without if value is not None]
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) * (len(values) - 1) / len(values))


DEFINED: list[tuple[str, dict[str, Any], Callable[[Units], Any] | None, Callable[[Units], Any], int]] = [
    ("percent_agreement", {}, average_units, average_units, 2),
    ("percent_agreement", {"average": "pairs"}, average_pairs, average_pairs, 2),
    ("fleiss_kappa", {}, fleiss, fleiss, 1),
    ("gwet_ac1", {}, gwet(3), gwet(2), 1),
    ("specific_agreement", {}, None, specific, 2),
]
"""Name, parameters, the definition over all classes and of "one" against the rest, the least labels that count."""


@pytest.mark.parametrize(("name", "params", "overall", "apart", "least"), DEFINED)
@settings(max_examples=60)
@given(units=UNITS)
def test_equals_its_definition(
    name: str,
    params: dict[str, Any],
    overall: Callable[[Units], Fraction | None] | None,
    apart: Callable[[Units], Fraction | None],
    least: int,
    units: Units,
    measure_units: Any,
) -> None:
    told: dict[str, Any] = {"doubted": True, "classes": CLASSES.get(name, ()), **params}
    listed = [{"labels": labels} for labels in units]
    groups = [((), overall, units)] if overall else []
    found = measure_units(name, listed, **told) if overall else {}
    found |= measure_units(name, listed, "class", **told)
    for label in {label for labels in units for label in labels}:
        groups.append(((label,), apart, [["one" if one == label else "rest" for one in labels] for labels in units]))
    for scope, compute, labelled in groups:
        row = found[scope]
        n = sum(len(labels) > 1 and (not scope or "one" in labels) for labels in labelled)
        value = compute(labelled) if n else None
        assert (row["n"], row["df"]) == (n, n - 1)
        assert row["value"] == (None if value is None else float(value))
        error = None if value is None else find_error(labelled, compute, least)
        assert row["error"] == (None if error is None else pytest.approx(error, rel=1e-9, abs=1e-12))


def test_through_the_whole_program(world: Any, measure_units: Any) -> None:
    """Labels in files give what their counts give, with the taxonomy that the ruleset declares."""
    draw = random.Random(20260301)
    names = ["1", "2", "3", "7"]
    units = [{"labels": draw.choices(names, (8, 4, 2, 1), k=draw.randint(1, 4)), "site": site} for site in "pq" * 40]
    labels = [
        {"unit": f"u{i}", "annotator": f"r{place}", "class": name, "site": unit["site"], "time": "2026-02-28"}
        for i, unit in enumerate(units)
        for place, name in enumerate(unit["labels"])
    ]
    asked: dict[str, tuple[str, dict[str, Any], list[str]]] = {
        "pairs": ("percent_agreement", {"average": "pairs"}, ["site"]),
        "percent": ("percent_agreement", {}, ["class"]),
        "fleiss": ("fleiss_kappa", {}, []),
        "gwet": ("gwet_ac1", {}, ["site"]),
        "specific": ("specific_agreement", {}, ["class", "site"]),
        "disputed": ("disputed_share", {}, ["class"]),
        "ordinal": ("krippendorff_alpha", {"level": "ordinal"}, ["site"]),
        "interval": ("krippendorff_alpha", {"level": "interval"}, []),
    }
    rule = {"source": "annotations", "min_n": 0, "confidence": 0.9, "fail": {"below": 0.5}}
    # 5 is declared and never met: it is one more class to choose, and no grade between those that are.
    classes = ["1", "2", "3", "5", "7"]
    resolved = world.load(
        classes={name: {} for name in classes},
        rules={id: {**rule, "metric": name, "with": params, "by": by} for id, (name, params, by) in asked.items()},
    )
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), "2026-03-01")
    for id, (name, params, by) in asked.items():
        found = {tuple(f.scope[d] for d in by): f for f in evaluation.findings if f.rule == id and f.n}
        rows = measure_units(name, units, *by, doubted=True, classes=classes, **params)
        assert {scope: (f.value, f.n) for scope, f in found.items()} == {
            scope: (round(row["value"], 6), row["n"]) for scope, row in rows.items()
        }, id
        for scope, row in rows.items():
            error = row["error"] if METRICS[name].interval == "error" else None
            interval = find_interval(Estimate(row["value"], row["n"], error, row.get("df")), 0.9)
            assert found[scope].interval == pytest.approx(interval, rel=0, abs=1.1e-6), (id, scope)


def test_families_and_their_boundaries_through_the_whole_program(world: Any) -> None:
    units = [["a", "b"]] * 3 + [["a", "c"]] * 6 + [["a", "a"]] * 30 + [["c", "strange"]]
    labels = [
        {"unit": f"u{i}", "annotator": f"r{place}", "class": name, "time": "2026-02-28"}
        for i, of in enumerate(units)
        for place, name in enumerate(of)
    ]
    rule = {"source": "annotations", "min_n": 0, "fail": {"above": 0.5}}
    resolved = world.load(
        classes={"a": {"family": "metal"}, "b": {"family": "metal"}, "c": {"family": "paint"}},
        rules={
            "boundary": {**rule, "metric": "boundary_share", "confidence": 0.9},
            "inside": {**rule, "metric": "boundary_share", "by": ["class"]},
            "specific": {**rule, "metric": "specific_agreement", "by": ["family"]},
        },
    )
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), "2026-03-01")
    found = {(f.rule, *f.scope.values()): (f.value, f.n) for f in evaluation.findings}
    assert found == {
        ("boundary",): (0.7, 10),
        ("inside", "a"): (round(6 / 9, 6), 9),
        ("inside", "b"): (0.0, 3),
        ("inside", "c"): (1.0, 7),
        ("specific", "metal"): (round(66 / 72, 6), 39),
        ("specific", "paint"): (0.0, 7),
    }
    [finding] = [f for f in evaluation.findings if f.rule == "boundary"]
    low, high = finding.interval
    assert low < 0.7 < high
