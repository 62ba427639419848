"""Alpha against the worked examples of its literature, the krippendorff package, and its own laws."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from prism_rules.metrics import METRICS, Ask, NoParameters, Table

Units = list[list[str]]
"""The labels of each unit."""

PUBLISHED = YAML(typ="safe").load(Path(__file__).with_name("published.yaml"))
METRIC = METRICS["krippendorff_alpha"]
UNITS = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=5), min_size=1, max_size=9)


def measure(sites: dict[str, Units], *by: str) -> dict[tuple[str, ...], tuple[float | None, int]]:
    votes: Counter[tuple[Any, ...]] = Counter()
    for site, units in sites.items():
        for labels in units:
            for label, n_uc in Counter(labels).items():
                values = {"site": site, "class": label}
                votes[*(values[name] for name in by), label, n_uc, len(labels)] += 1
    types = dict.fromkeys([*by, "class"], pl.String) | dict.fromkeys(["n_uc", "m_u", "units"], pl.Int64)
    by_class = "class" in by
    rows = [(*key[: len(by)], *key[len(by) + by_class :], units) for key, units in votes.items()]
    table = Table(pl.DataFrame(rows, schema=types, orient="row"), by)
    result = METRIC.finish(Ask(NoParameters(), (), by), table, None)
    return {tuple(row[name] for name in by): (row["value"], row["n"]) for row in result.iter_rows(named=True)}


def read_units(example: dict[str, Any]) -> Units:
    if "table" in example:
        counts = [(a, b, n) for a, row in enumerate(example["table"]) for b, n in enumerate(row)]
        units = [[a, b] for a, b, n in counts for _ in range(n)]
    else:
        units = example["units"] if "units" in example else list(zip(*example["coders"], strict=True))
    return [[str(label) for label in labels if label is not None] for labels in units]


@pytest.mark.parametrize("example", PUBLISHED, ids=lambda example: example["id"])
def test_published(example: dict[str, Any]) -> None:
    sites = {"here": read_units(example)}
    value, n = measure(sites)[()]
    assert value == pytest.approx(example["overall"], rel=0, abs=example["within"])
    assert n == example["units_used"]
    if example["printed"] is not None:
        decimals = len(str(example["printed"]).split(".")[1])
        assert round(value, decimals) == example["printed"]
    if "one_vs_rest" in example:
        found = {name: value for (name,), (value, _) in measure(sites, "class").items()}
        wanted = {str(name): value for name, value in example["one_vs_rest"].items()}
        assert found == pytest.approx(wanted, rel=0, abs=example["within"])


def ask_the_oracle(units: Units, names: list[str]) -> Any:
    """Alpha as the krippendorff package has it, to 1e-9; None where fewer than two classes are left to tell apart."""
    counts = np.array([[labels.count(name) for name in names] for labels in units if len(labels) > 1])
    counts = counts[:, counts.any(axis=0)] if len(counts) else counts
    if counts.ndim < 2 or counts.shape[1] < 2:
        return None
    alpha = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    return pytest.approx(float(alpha), rel=0, abs=1e-9)


@settings(max_examples=300)
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
