"""Alpha against the krippendorff package, and its own laws."""

from __future__ import annotations

from collections import Counter
from typing import Any

import krippendorff
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.inference import Estimate, find_interval
from prism_rules.metrics import METRICS, Ask, Table

Units = list[list[str]]
"""The labels of each unit."""

METRIC = METRICS["krippendorff_alpha"]
UNITS = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=5), min_size=1, max_size=9)


def tabulate(sites: dict[str, Units], by: tuple[str, ...], *, doubted: bool = False) -> dict[tuple[str, ...], Any]:
    """What the metric gives for each scope, of labels that are counted here as the relation would."""
    ask = Ask(METRIC.params(), (), by, doubted)
    keys = list(dict.fromkeys([*by, *METRIC.keys(ask)]))
    votes: Counter[tuple[Any, ...]] = Counter()
    for site, units in sites.items():
        for labels in units:
            for label, n_uc in Counter(labels).items():
                values = {"site": site, "class": label, "family": label, "n_uc": n_uc, "m_u": len(labels)}
                values |= {"composition": "".join(sorted(labels))}
                votes[tuple(values[key] for key in keys)] += 1
    types = dict.fromkeys(keys, pl.String) | dict.fromkeys(["n_uc", "m_u", "units"], pl.Int64)
    frame = pl.DataFrame([(*key, units) for key, units in votes.items()], schema=types, orient="row")
    result = METRIC.finish(ask, Table(frame, by), None)
    return {tuple(row[name] for name in by): row for row in result.iter_rows(named=True)}


def measure(sites: dict[str, Units], *by: str) -> dict[tuple[str, ...], tuple[float | None, int]]:
    return {scope: (row["value"], row["n"]) for scope, row in tabulate(sites, by).items()}


def ask_the_oracle(units: Units, names: list[str]) -> Any:
    """Alpha as the krippendorff package has it, to 1e-9; None where fewer than two classes are left to tell apart."""
    counts = np.array([[labels.count(name) for name in names] for labels in units if len(labels) > 1])
    counts = counts[:, counts.any(axis=0)] if len(counts) else counts
    if counts.ndim < 2 or counts.shape[1] < 2:
        return None
    alpha = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    return pytest.approx(float(alpha), rel=0, abs=1e-9)


@settings(max_examples=150)
@given(st.fixed_dictionaries({"plant-1": UNITS, "plant-2": UNITS}))
def test_equals_the_krippendorff_package(sites: dict[str, Units]) -> None:
    everywhere = [labels for units in sites.values() for labels in units]
    places = {(): everywhere} | {(site,): units for site, units in sites.items()}
    found = measure(sites) | measure(sites, "site")
    found_per_class = {
        key: value for by in (("class",), ("site", "class")) for key, value in measure(sites, *by).items()
    }

    for place, units in places.items():
        pairable = [labels for labels in units if len(labels) > 1]
        value, n = found[place]
        assert n == len(pairable)
        assert value == ask_the_oracle(units, list("abcd"))
        for name in {label for labels in units for label in labels}:
            value, n = found_per_class[*place, name]
            recoded = [["one" if label == name else "rest" for label in labels] for labels in units]
            assert n == sum(name in labels for labels in pairable)
            assert value == ask_the_oracle(recoded, ["one", "rest"])
            assert value is None or -1 <= value <= 1


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=2, max_size=4), min_size=1, max_size=9))
def test_two_classes_have_one_alpha(units: Units) -> None:
    overall = measure({"here": units})[()][0]
    assert {value for value, _ in measure({"here": units}, "class").values()} == {overall}


def test_a_family_is_one_label() -> None:
    units = [list("aab"), list("bbc"), list("cc")]
    by_family = {family: row for (family,), row in tabulate({"here": units}, ("family",), doubted=True).items()}
    by_class = {name: row for (name,), row in tabulate({"here": units}, ("class",), doubted=True).items()}
    assert by_family.keys() == by_class.keys() == {"a", "b", "c"}
    for name, row in by_family.items():
        assert {**row, "class": name} == {**by_class[name], "family": name}


def leave_out(units: Units, names: list[str]) -> Any:
    """The standard error from alphas of the krippendorff package over all pairable units but one; None where one of
    them is undefined."""
    pairable = [labels for labels in units if len(labels) > 1]
    counts = np.array([[labels.count(name) for name in names] for labels in pairable])
    alphas = []
    for place in range(len(pairable)):
        rest = np.delete(counts, place, axis=0)
        rest = rest[:, rest.any(axis=0)]
        if rest.shape[1] < 2:
            return None
        alphas.append(krippendorff.alpha(value_counts=rest, level_of_measurement="nominal"))
    return pytest.approx(float(np.std(alphas) * np.sqrt(len(alphas) - 1)), rel=1e-7, abs=1e-9)


@settings(max_examples=100)
@given(st.fixed_dictionaries({"plant-1": UNITS, "plant-2": UNITS}))
def test_error_is_that_of_the_jackknife(sites: dict[str, Units]) -> None:
    everywhere = [labels for units in sites.values() for labels in units]
    places = {(): everywhere} | {(site,): units for site, units in sites.items()}
    found = tabulate(sites, (), doubted=True) | tabulate(sites, ("site",), doubted=True)
    found_per_class = tabulate(sites, ("class",), doubted=True) | tabulate(sites, ("site", "class"), doubted=True)
    assert {scope: (row["value"], row["n"]) for scope, row in found.items()} == measure(sites) | measure(sites, "site")

    for place, units in places.items():
        row = found[place]
        assert row["df"] == row["n"] - 1
        if row["value"] is not None:
            assert row["error"] == leave_out(units, list("abcd"))
        for name in {label for labels in units for label in labels}:
            row = found_per_class[*place, name]
            recoded = [["one" if label == name else "rest" for label in labels] for labels in units]
            if row["value"] is not None:
                assert row["error"] == leave_out(recoded, ["one", "rest"])


@pytest.mark.parametrize("by", [(), ("class",)], ids=["over all classes", "one against the rest"])
def test_an_interval_covers_the_truth_as_often_as_it_says(by: tuple[str, ...]) -> None:
    draw = np.random.default_rng(20260301)

    def label(units: int) -> Units:
        """Three annotators who see the class of four in five units, and guess it otherwise."""
        truth = draw.choice(list("abc"), size=units, p=[0.2, 0.3, 0.5])
        guesses = draw.choice(list("abc"), size=(units, 3), p=[0.2, 0.3, 0.5])
        return [*np.where(draw.random((units, 3)) < 0.8, truth[:, None], guesses).tolist()]

    # Two annotators agree where both see the class, and by chance otherwise.
    truth, repeats = 0.8 * 0.8, 400
    covered = 0
    for _ in range(repeats):
        row = tabulate({"here": label(100)}, by, doubted=True)[("a",) if by else ()]
        low, high = find_interval(Estimate(row["value"], row["n"], row["error"], row["df"]), 0.95)
        covered += low <= truth <= high
    assert 0.92 <= covered / repeats <= 0.98


GRADES = ["7", "0", "30", "-1.5", "2"]
"""Numbers in an order that is not theirs."""
NUMBERED = st.lists(st.lists(st.sampled_from(GRADES), min_size=1, max_size=4), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("level", "classes", "values"),
    [
        ("interval", [], {name: float(name) for name in GRADES}),
        ("interval", GRADES, {name: float(name) for name in GRADES}),
        ("ordinal", [], {name: float(name) for name in GRADES}),
        ("ordinal", GRADES, {name: float(step) for step, name in enumerate(GRADES)}),
    ],
    ids=["numbers", "declared numbers", "grades by value", "declared grades"],
)
@settings(max_examples=60)
@given(units=NUMBERED)
def test_on_a_scale_it_equals_the_krippendorff_package(
    level: str, classes: list[str], values: dict[str, float], units: Units, measure_units: Any
) -> None:
    listed = [{"labels": labels} for labels in units]
    found = measure_units("krippendorff_alpha", listed, level=level, classes=classes, doubted=True)[()]
    domain = sorted(values.values())
    placed = [[values[label] for label in labels] for labels in units if len(labels) > 1]
    counts = np.array([[labels.count(v) for v in domain] for labels in placed])

    def ask(rows: Any) -> float | None:
        met = rows.any(axis=0)
        if np.sum(met) < 2:
            return None
        names = [v for v, seen in zip(domain, met, strict=True) if seen]
        return float(krippendorff.alpha(value_counts=rows[:, met], value_domain=names, level_of_measurement=level))

    value = ask(counts)
    assert found["n"] == len(counts)
    assert found["value"] == (None if value is None else pytest.approx(value, rel=0, abs=1e-9))
    if value is not None:
        without = [ask(np.delete(counts, place, axis=0)) for place in range(len(counts))]
        error = None if None in without else float(np.std(np.array(without)) * np.sqrt(len(without) - 1))
        assert found["error"] == (None if error is None else pytest.approx(error, rel=1e-7, abs=1e-9))


def test_ranks_are_not_made_anew_for_ever(measure_units: Any) -> None:
    units = [{"labels": [str(step), str(step + 1)]} for step in range(2500)]
    ordinal, interval = (
        measure_units("krippendorff_alpha", units, level=level, doubted=True)[()] for level in ("ordinal", "interval")
    )
    assert ordinal["value"] == pytest.approx(1, abs=1e-3)
    assert ordinal["error"] is None
    assert interval["error"] is not None
