"""The program on public data sets, end to end, against numbers that other programs found on them: `expected.yaml`.

`PRISM_REAL_DATA` is a folder with `bluebirds`, `barzan_tweets`, `copyright_infringement` and `california_housing`, each
as its authors publish it; without it all is skipped. What no number of the program corresponds to is in NOT_OURS.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ruamel.yaml import YAML

from prism_rules.inference import find_interval
from prism_rules.inference.dawid_skene import find_consensus

GIVEN = os.environ.get("PRISM_REAL_DATA")
ROOT = Path(GIVEN or "")
pytestmark = pytest.mark.skipif(not GIVEN, reason="PRISM_REAL_DATA names no folder of public data sets")
EXPECTED = {entry["id"]: entry for entry in YAML(typ="safe").load(Path(__file__).with_name("expected.yaml"))}
START = datetime(2026, 2, 1, tzinfo=UTC)
NUMBERS = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
    "y_pred_proba",
)

NOT_OURS = {
    "majority_vote_correct": "how well votes find the gold is no metric; gold_agreement is about single labels",
    "items_with_gold": "a count of the data",
    "gold_positive": "a count of the data",
    "annotators": "a count of the data",
    "items": "a count of the data",
    "pairable_labels": "support is counted in units",
    "bins": "as asked for",
    "reference_rows": "a count of the data",
    "timestamp_reference": "a property of the data",
    "timestamp_analysis": "a property of the data",
}

Measure = Callable[..., Any]


def list_leaves(expected: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in expected.items():
        if isinstance(value, dict):
            yield from list_leaves(value, *above, key)
        else:
            yield (*above, key), value


def hold(name: str, found: Mapping[tuple[str, ...], Any], further: Mapping[str, float] | None = None) -> None:
    """Hold what was found to all that is expected; `further`: how far off some may be, by the end of their names."""
    entry = EXPECTED[name]
    leaves = {key: value for key, value in list_leaves(entry["expected"]) if key[-1] not in NOT_OURS}
    assert found.keys() == leaves.keys()
    wrong = {}
    for key, value in leaves.items():
        within = next((far for end, far in (further or {}).items() if key[-1].endswith(end)), entry["within"])
        if found[key] != pytest.approx(value, rel=0, abs=within):
            wrong[key] = found[key], value
    assert wrong == {}


# Labels


def measure_labels(world: Any, labels: pl.DataFrame, **source: Any) -> Measure:
    """Measure labels in the order of their rows; gives the measurement of (metric, class, with)."""
    asked: dict[str, dict[str, Any]] = {}
    for metric, params in (
        ("percent_agreement", {}), ("percent_agreement", {"average": "pairs"}), ("krippendorff_alpha", {}),
        ("gwet_ac1", {}), ("fleiss_kappa", {}), ("specific_agreement", {}), ("volume", {}), ("share", {}),
        ("gold_agreement", {}), ("duplicate_share", {}),
    ):  # fmt: skip
        for by in ([], ["class"], ["annotator"]):
            if (metric == "gold_agreement") != (by == ["annotator"]):
                continue
            if (by == [] and metric in ("specific_agreement", "share")) or (by and metric == "duplicate_share"):
                continue
            rule: dict[str, Any] = {"source": "annotations", "metric": metric, "by": by, "with": params}
            rule |= {"of": "class"} if metric == "share" else {}
            rule |= {"confidence": 0.95} if metric in ("krippendorff_alpha", "gwet_ac1", "fleiss_kappa") else {}
            asked[f"{metric.replace('_', '-')}-{len(params)}-{''.join(by) or 'all'}"] = rule
    fields = {name: name for name in ("unit", "annotator", "class", "time", "gold")}
    timed = labels.with_columns(time=START + pl.duration(milliseconds=pl.int_range(pl.len())))
    classes = {name: {} for name in sorted({*labels["class"]})}
    annotations = {"fields": fields, "dimensions": [], "window": "all", **source}
    found = world.measure({"annotations": timed}, rules=asked, classes=classes, sources={"annotations": annotations})

    def find(metric: str, label: str | None = None, **params: Any) -> Any:
        of = found[f"{metric.replace('_', '-')}-{len(params)}-{'all' if label is None else 'class'}"]
        return of[() if label is None else (("class", label),)]

    find.all = found  # type: ignore[attr-defined]
    return find


def read_labels(folder: str) -> pl.DataFrame:
    path = ROOT / folder / "labels.txt"
    names = ["annotator", "unit", "class"]
    read = pl.read_csv(path, separator="\t", has_header=False, new_columns=names, infer_schema=False)
    return read.with_columns(gold=pl.lit(None, pl.String))


def tell_block(find: Measure, *, labels: int) -> dict[tuple[str, ...], Any]:
    """Tell the block of agreement over all classes that all sets have."""
    return {
        ("labels",): labels,
        ("items_ge2",): find("krippendorff_alpha").n,
        ("percent_agreement_mean_of_items",): find("percent_agreement").value,
        ("percent_agreement_pooled_pairs",): find("percent_agreement", average="pairs").value,
        ("alpha_nominal",): find("krippendorff_alpha").value,
        ("gwet_ac1",): find("gwet_ac1").value,
    }


def tell_class(find: Measure, name: str) -> dict[tuple[str, ...], Any]:
    key = ("per_class", name)
    return {
        (*key, "percent_agreement_mean_of_items"): find("percent_agreement", name).value,
        (*key, "percent_agreement_pooled_pairs"): find("percent_agreement", name, average="pairs").value,
        (*key, "alpha_one_vs_rest"): find("krippendorff_alpha", name).value,
        (*key, "gwet_ac1_one_vs_rest"): find("gwet_ac1", name).value,
        (*key, "specific_agreement_pooled"): find("specific_agreement", name).value,
    }


def tell_interval(find: Measure, *label: str) -> list[float]:
    return [*find_interval(find("krippendorff_alpha", *label).estimate, 0.95)]


def test_bluebirds(world: Any) -> None:
    given = YAML(typ="safe").load(ROOT / "bluebirds" / "labels.yaml")
    gold = YAML(typ="safe").load(ROOT / "bluebirds" / "gt.yaml")
    rows = [
        {"annotator": f"{who}", "unit": f"{unit}", "class": f"{int(label)}", "gold": f"{int(gold[unit])}"}
        for who, units in given.items()
        for unit, label in units.items()
    ]
    find = measure_labels(world, pl.DataFrame(rows))
    patterns = {unit: tuple(sorted((f"{who}", f"{int(of[unit])}", 1) for who, of in given.items())) for unit in gold}
    consensus = find_consensus(Counter(patterns.values()), 0.0)
    likely = {unit: consensus.posteriors[pattern][1] > 0.5 for unit, pattern in patterns.items()}
    accuracies = sorted(m.value for m in find.all["gold-agreement-0-annotator"].values())  # type: ignore[attr-defined]
    hold(
        "bluebirds_39x108",
        {
            ("percent_agreement",): find("percent_agreement").value,
            ("fleiss_kappa",): find("fleiss_kappa").value,
            ("alpha_nominal",): find("krippendorff_alpha").value,
            ("gwet_ac1",): find("gwet_ac1").value,
            ("specific_agreement_1",): find("specific_agreement", "1").value,
            ("specific_agreement_0",): find("specific_agreement", "0").value,
            ("dawid_skene_correct",): sum(likely[unit] == gold[unit] for unit in gold),
            ("dawid_skene_positive_share",): consensus.priors[1],
            ("annotator_accuracy_vs_gold",): accuracies,
        },
    )


def test_tweets(world: Any) -> None:
    find = measure_labels(world, read_labels("barzan_tweets"))
    found = tell_block(find, labels=find("volume").value)
    found |= {("alpha_nominal_boot95",): tell_interval(find), ("fleiss_kappa",): find("fleiss_kappa").value}
    found |= {("gwet_ac1_se_irrCAC",): find("gwet_ac1").estimate.error}
    for name in "01":
        found |= tell_class(find, name)
        key = ("per_class", name)
        found |= {
            (*key, "labels"): find("volume", name).value,
            (*key, "items_with_label"): find("krippendorff_alpha", name).n,
            (*key, "share_of_labels"): find("share", name).value,
            (*key, "alpha_one_vs_rest_boot95"): tell_interval(find, name),
            (*key, "fleiss_kappa_one_vs_rest"): find("fleiss_kappa", name).value,
        }
    hold("dev_barzan_tweets_1000x5", found, {"boot95": 0.01, "irrCAC": 0.0002})


@pytest.mark.parametrize("policy", ["first", "latest"])
def test_copyright_infringement(policy: str, world: Any) -> None:
    rows = read_labels("copyright_infringement")
    find = measure_labels(world, rows, duplicates=policy)
    name = f"dev_copyright_infringement_{'first' if policy == 'first' else 'last'}"
    # What settling leaves is told as a share of what was read.
    left = round(find("volume").value * (1 - find("duplicate_share").value))
    found = tell_block(find, labels=left)
    settled = rows.unique(["annotator", "unit"], keep="first" if policy == "first" else "last", maintain_order=True)
    pairable = settled.filter(pl.len().over("unit") > 1)
    for label in ("no", "yes", "broken"):
        found |= tell_class(find, label)
        key, of = ("per_class", label), settled.filter(pl.col("class") == label)
        # Support counts pairable units; the figures count all, which the rows themselves tell.
        assert find("krippendorff_alpha", label).n == pairable.filter(pl.col("class") == label)["unit"].n_unique()
        found |= {(*key, "labels"): of.height, (*key, "items_with_label"): of["unit"].n_unique()}
        found |= {(*key, "share_of_labels"): of.height / left}
    if policy == "first":
        found |= {("alpha_nominal_boot95",): tell_interval(find)}
        found |= {("gwet_ac1_se_irrCAC",): find("gwet_ac1").estimate.error}
        for label in ("no", "yes", "broken"):
            found |= {("per_class", label, "alpha_one_vs_rest_boot95"): tell_interval(find, label)}
    hold(name, found, {"boot95": 0.01, "irrCAC": 0.0002})


# Predictions


def read_housing(part: str) -> pl.DataFrame:
    """Read a part of the log; `top` is the confidence of the likelier answer, which `called` is."""
    folder = ROOT / "california_housing"
    frame = pl.read_csv(folder / f"california_housing_{part}.csv")
    if "clf_target" not in frame.columns:
        frame = frame.join(pl.read_csv(folder / f"california_housing_{part}_gt.csv"), on="id")
    p = pl.col("y_pred_proba")
    return frame.with_columns(
        pl.col("timestamp").str.to_datetime(time_zone="UTC"),
        pl.col("id", "y_pred", "clf_target").cast(pl.String),
        top=pl.max_horizontal(p, (1 - p).round(2)),
        sure=p,
        positive=pl.lit("1"),
    )


def test_housing(world: Any) -> None:
    frames = {part: read_housing(part) for part in ("reference", "analysis")}
    base = {
        "role": "predictions",
        "features": [f"f{i}" for i in range(len(NUMBERS))],
        "window": "all",
        "dimensions": [],
    }
    named = {f"f{i}": name for i, name in enumerate(NUMBERS)}
    told = {"id": "id", "time": "timestamp", "label": "clf_target"}
    sources: dict[str, Any] = {}
    renamed = {name: logical for logical, name in named.items()}
    frames = {part: frame.rename(renamed) for part, frame in frames.items()}
    for part in frames:
        sources[part] = {**base, "fields": {**told, "class": "y_pred", "confidence": "top"}}
        sources[f"{part}-positive"] = {**base, "fields": {**told, "class": "positive", "confidence": "sure"}}
    distances = {
        "psi": ("psi", {"zeros": "floor"}), "js_distance_base2": ("js_distance", {}), "hellinger": ("hellinger", {}),
        "ks": ("ks_statistic", {}), "wasserstein": ("wasserstein_distance", {}),
        "wasserstein_over_ref_std_ddof0": ("wasserstein_distance", {"unit": "std"}),
    }  # fmt: skip
    rules: dict[str, dict[str, Any]] = {}
    for number, (metric, params) in enumerate(distances.values()):
        rules[f"distance-{number}"] = {
            "source": "analysis", "metric": metric, "with": params, "of": "features",
            "baseline": {"source": "reference", "by": []},
        }  # fmt: skip
    scores: dict[str, tuple[str, dict[str, Any], str]] = {
        "accuracy": ("error_rate", {}, ""), "mean_top_confidence": ("mean_confidence", {}, ""),
        "ece10_top": ("ece", {"bins": 10}, ""), "ece10_positive": ("ece", {"bins": 10}, "-positive"),
        "brier": ("brier", {}, "-positive"), "low_confidence_rate_lt_0_6": ("low_confidence_share", {"below": 0.6}, ""),
        "high_confidence_wrong_rate_ge_0_9": ("confident_wrong_share", {"at_least": 0.9}, ""),
    }  # fmt: skip
    for number, (metric, params, side) in enumerate(scores.values()):
        for part in frames:
            rules[f"score-{number}-{part}"] = {"source": f"{part}{side}", "metric": metric, "with": params}
    until = frames["analysis"]["timestamp"].max() + timedelta(seconds=1)
    rows = {name: frames[name.removesuffix("-positive")] for name in sources}
    found = world.measure(rows, rules=rules, as_of=until.replace(tzinfo=None).isoformat(), sources=sources)

    values: dict[tuple[str, ...], Any] = {("analysis_rows",): found["distance-0"][("of", "f0"),].n}
    for number, key in enumerate(distances):
        for scope, m in found[f"distance-{number}"].items():
            values["columns", named[dict(scope)["of"]], key] = m.value
    for number, key in enumerate(scores):
        for part in frames:
            [m] = found[f"score-{number}-{part}"].values()
            values[f"{part}_confidence", key] = 1 - m.value if key == "accuracy" else m.value
    hold("dev_california_housing_drift", values)
