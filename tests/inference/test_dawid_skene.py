"""The consensus of labels against what Dawid and Skene (1979) published, and against the sums written out."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from prism_rules.inference.dawid_skene import Consensus, Pattern, find_consensus

PAPER = YAML(typ="safe").load(Path(__file__).parent / "dawid_skene_1979.yaml")
CLASSES = ("1", "2", "3", "4")


def read_patients(*, repeated: bool) -> list[Pattern]:
    """The labels of each patient; without `repeated` only the first of observer 1."""
    patients = []
    for text in (text for row in PAPER["patients"] for text in row):
        labels = Counter(
            (str(observer), label)
            for observer, given in enumerate(text.split(), 1)
            for label in (given if repeated else given[0])
        )
        patients.append(tuple(sorted((who, label, times) for (who, label), times in labels.items())))
    return patients


def list_likely(found: Consensus, patients: Sequence[Pattern]) -> str:
    return "".join(max(zip(found.posteriors[one], found.classes, strict=True))[1] for one in patients)


def test_three_labels_by_one_observer_as_published() -> None:
    patients, expected = read_patients(repeated=True), PAPER["all_labels"]
    found = find_consensus(Counter(patients), 0)
    assert found.classes == CLASSES
    assert [round(prior, 2) for prior in found.priors] == [0.40, 0.42, 0.11, 0.07]
    assert found.priors == pytest.approx(expected["priors"], abs=1e-6)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-6)
    for row, given in zip(found.confusions["1"], expected["observer_1"], strict=True):
        assert row == pytest.approx(given, abs=1e-6)
    assert list_likely(found, patients) == PAPER["most_likely"]


def test_one_label_by_each_observer() -> None:
    patients, expected = read_patients(repeated=False), PAPER["first_label_of_observer_1"]
    found = find_consensus(Counter(patients), 0)
    assert found.priors == pytest.approx(expected["priors"], abs=1e-6)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-4)
    assert found.posteriors[patients[3]] == pytest.approx(expected["patient_4"], abs=1e-6)
    assert found.posteriors[patients[11]] == pytest.approx(expected["patient_12"], abs=1e-6)
    assert list_likely(found, patients) == PAPER["most_likely"]


def step_plainly(units: list[Pattern], posteriors: list[list[float]], smoothing: float) -> tuple[Any, Any, float]:
    """One step with products in place of logarithms, unit by unit."""
    who = sorted({annotator for unit in units for annotator, _, _ in unit})
    names = sorted({name for unit in units for _, name, _ in unit})
    k = len(names)
    counts = {a: [[smoothing] * k for _ in names] for a in who}
    for unit, posterior in zip(units, posteriors, strict=True):
        for annotator, name, times in unit:
            for true in range(k):
                counts[annotator][true][names.index(name)] += posterior[true] * times
    confusions = {a: [[cell / sum(row) for cell in row] for row in rows] for a, rows in counts.items()}
    priors = [sum(posterior[true] for posterior in posteriors) / len(units) for true in range(k)]
    expected, likelihood = [], 0.0
    for unit in units:
        products = [
            priors[true] * math.prod(confusions[a][true][names.index(name)] ** times for a, name, times in unit)
            for true in range(k)
        ]
        expected.append([product / sum(products) for product in products])
        likelihood += math.log(sum(products))
    return expected, (priors, confusions), likelihood


@pytest.mark.parametrize("seed", range(20))
def test_sums_written_out_give_the_same(seed: int) -> None:
    draw = random.Random(seed)
    units: list[Pattern] = []
    for _ in range(draw.randrange(20, 60)):
        true = draw.choice("xyz")
        labels = Counter((a, true if draw.random() < 0.7 else draw.choice("xyz")) for a in draw.choices("abcd", k=4))
        units.append(tuple(sorted((a, name, times) for (a, name), times in labels.items())))
    names = sorted({name for unit in units for _, name, _ in unit})
    posteriors = []
    for unit in units:
        given = Counter[str]()
        for _, name, times in unit:
            given[name] += times
        posteriors.append([given[name] / given.total() for name in names])
    likelihood = -math.inf
    for _ in range(200):
        before = likelihood
        posteriors, (priors, confusions), likelihood = step_plainly(units, posteriors, 0.01)
        if abs(likelihood - before) < 1e-9:
            break
    found = find_consensus(Counter(units), 0.01)
    assert found.log_likelihood == pytest.approx(likelihood, abs=1e-7)
    assert found.priors == pytest.approx(priors, abs=1e-6)
    for annotator, rows in confusions.items():
        for row, given_row in zip(found.confusions[annotator], rows, strict=True):
            assert row == pytest.approx(given_row, abs=1e-6)


def test_neither_order_nor_equal_units_change_anything() -> None:
    patients = read_patients(repeated=False)
    found = find_consensus(Counter(patients), 0.01)
    assert find_consensus(Counter(reversed(patients)), 0.01) == found
    assert found.posteriors.keys() == {*patients}
