"""The estimate through the whole program, on the labels of Dawid and Skene (1979), and its bound on work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ruamel.yaml import YAML

from prism_rules.inference.dawid_skene import find_consensus
from prism_rules.metrics import METRICS, Table, dawid_skene_accuracy

METRIC = METRICS["dawid_skene_accuracy"]
PAPER = YAML(typ="safe").load(Path(__file__).parents[2] / "inference" / "dawid_skene_1979.yaml")
PATIENTS = [text for row in PAPER["patients"] for text in row]
RULE = {
    "source": "annotations", "metric": METRIC.name, "with": {"smoothing": 0}, "min_n": 0, "fail": {"below": 0.01}
}  # fmt: skip


def count_true(labels: list[tuple[str, str]]) -> list[float]:
    """How often each class is given where it is the most likely one, per class of the paper."""
    shares = []
    for kind in "1234":
        given = [label for label, likely in labels if likely == kind]
        shares.append(given.count(kind) / len(given))
    return shares


def test_the_anaesthetists(world: Any) -> None:
    """Nearly all posteriors are 0 or 1, so that the estimate lies near what the most likely classes count."""
    likely = PAPER["most_likely"]
    labels = [
        {"unit": f"{i}", "annotator": f"o{o}", "class": given[0], "time": "2026-02-28", "site": "p"}
        for i, text in enumerate(PATIENTS) for o, given in enumerate(text.split(), 1)
    ]  # fmt: skip
    # Two labels of a patient are too few, and so are nineteen by one observer; other sites are other places.
    labels += [{**labels[0], "unit": "few", "annotator": o, "class": "4"} for o in ("o1", "o2")]
    labels += [{**labels[0], "unit": f"{i}", "annotator": "o9", "class": "4"} for i in range(19)]
    rules = {"all": RULE, "each": {**RULE, "by": ["annotator"]}, "class": {**RULE, "by": ["class"]}}
    rules |= {"both": {**RULE, "by": ["annotator", "class"]}, "at": {**RULE, "by": ["site"], "where": "site = 'p'"}}
    resolved = world.load(rules=rules)
    data = world.write_all(resolved, {"annotations": labels})
    found: dict[str, dict[Any, Any]] = {rule: {} for rule in rules}
    for f in world.evaluate(resolved, data, "2026-03-01").findings:
        found[f.rule][tuple(f.scope[d] for d in sorted(f.scope))] = f
    priors, expected = PAPER["first_label_of_observer_1"]["priors"], []
    for o in range(5):
        given = [text.split()[o][0] for text in PATIENTS]
        shares = count_true([*zip(given, likely, strict=True)])
        expected.append(sum(prior * share for prior, share in zip(priors, shares, strict=True)))
    known = {scope: f for scope, f in found["each"].items() if f.value is not None}
    assert sorted(f.value for f in known.values()) == pytest.approx(sorted(expected), abs=0.02)
    assert [f.n for f in known.values()] == [45] * 5
    assert [(f.reason, f.n) for scope, f in found["each"].items() if scope not in known] == [("few_labels", 0)]
    assert found["all"][()].value == pytest.approx(sum(expected) / 5, abs=0.02)
    assert (found["all"][()].n, found["at"]["p",].value) == (225, found["all"][()].value)
    assert [found["class"][kind,].n for kind in "1234"] == [5 * likely.count(kind) for kind in "1234"]
    for kind in "1234":
        cells = [f for (_, one), f in found["both"].items() if one == kind and f.n]
        assert [f.n for f in cells] == [likely.count(kind)] * 5
        assert found["class"][kind,].value == pytest.approx(sum(f.value for f in cells) / 5, abs=1e-6)
    for letter, f in ((letter, f) for (letter,), f in known.items()):
        cells = [found["both"][letter, kind].value for kind in "1234"]
        assert f.value == pytest.approx(sum(p * c for p, c in zip(priors, cells, strict=True)), abs=1e-5)


def test_more_work_than_is_done_has_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"annotator": who, "site": site, "class": kind, "_pattern": kind, "units": 20}
        for site in "pq" for kind in "xy" for who in "abc"
    ]  # fmt: skip
    table, ask = Table(pl.DataFrame(rows), ("site",)), METRIC.ask({}, None, ("site",))
    # Two places of six labels each, with two classes.
    monkeypatch.setattr(dawid_skene_accuracy, "MOST_CELLS", 24)
    assert [row["n"] for row in METRIC.finish(ask, table, None).to_dicts()] == [120, 120]
    monkeypatch.setattr(dawid_skene_accuracy, "MOST_CELLS", 23)
    refused = [{"site": site, "value": None, "n": 0, "reason": "too_many_labels"} for site in "pq"]
    assert METRIC.finish(ask, table, None).to_dicts() == refused


def test_labels_are_told_apart_by_annotator_and_class_alone(world: Any) -> None:
    """Names that would run into one another, and a class that the taxonomy lacks."""
    labels = [
        {"unit": f"{kind}-{i}", "annotator": who, "class": kind, "time": "2026-02-28"}
        for i in range(20) for kind in ("1", "11", None) for who in ("a", "a1", "a11", "1:a")
    ]  # fmt: skip
    resolved = world.load(rules={"each": {**RULE, "by": ["annotator"]}}, classes={"1": {}, "2": {}})
    data = world.write_all(resolved, {"annotations": labels})
    found = world.evaluate(resolved, data, "2026-03-01").findings
    assert [(f.scope["annotator"], f.value, f.n) for f in found] == [(letter, 1.0, 60) for letter in "ABCD"]


def test_rules_of_the_same_labels_share_one_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    estimated = []

    def count_estimates(*asked: Any) -> Any:
        estimated.append(asked)
        return find_consensus(*asked)

    monkeypatch.setattr(dawid_skene_accuracy, "find_consensus", count_estimates)
    dawid_skene_accuracy._rate_places.cache_clear()
    rows = [{"annotator": who, "class": "x", "_pattern": "p", "units": 20} for who in "abc"]
    for smoothing in (0.01, 0.5):
        for by in ((), ("annotator",), ("class",), ("annotator", "class")):
            ask = METRIC.ask({"smoothing": smoothing}, None, by)
            assert METRIC.finish(ask, Table(pl.DataFrame(rows), by), None)["n"].sum() == 60
    assert [smoothing for _, smoothing in estimated] == [0.01, 0.5]
    # Labels that were counted otherwise are other labels.
    METRIC.finish(ask, Table(pl.DataFrame([{**row, "units": 21} for row in rows]), by), None)
    assert len(estimated) == 3
