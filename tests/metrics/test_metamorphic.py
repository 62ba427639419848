"""Every metric of the catalogue under changes of its data that must not matter, or must matter in a known way.

Each metric has one rule, made from what it says of itself, and each change one evaluation of all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
import pytest

from prism_rules.metrics import METRICS, Metric

Rows = dict[str, list[dict[str, Any]]]
Findings = dict[tuple[str, tuple[tuple[str, str], ...]], Any]

CLASSES = ("dent", "ok", "pit")
RENAMED = {"dent": "zinc", "ok": "moss", "pit": "ash"}
"""In the reverse order, so that no order of names can be meant."""
ADDED = "flake"

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "late_share": {"within": "2d"},
    "low_confidence_share": {"below": 0.6},
    "other_share": {"classes": ["pit"]},
    "quantile": {"q": 0.9},
    "routing_latency": {"q": 0.5},
    "segment_gap": {"min_rows": 3},
    "cohen_kappa": {"min_shared": 3},
}
"""What must be given, and what lets a metric see small samples."""

COUNTS = {"volume", "backlog"}
"""What is twice as much of twice the data."""
OF_SIZE = {
    "covered_share", "dawid_skene_accuracy", "kl_divergence", "krippendorff_alpha", "psi", "quantile",
    "underrepresented_share",
}  # fmt: skip
"""What corrects for small samples, or asks how many rows there are. All else is the same of twice the data."""
OF_ALL = {"dawid_skene_accuracy"}
"""What is of a class's own rows by its class role, and yet sees how many rows other classes have."""


def write_rule(metric: Metric) -> dict[str, Any]:
    """Write a rule by site, and by class where the metric can tell classes apart."""
    source = next(role for role in ("predictions", "annotations", "feedback") if role in metric.roles)
    classed = metric.class_role != "across"
    by = [] if metric.unit == "columns" else ["class", "site", *metric.sure_by] if classed else ["site"]
    of = {
        "none": {}, "column": {"of": "brightness"}, "field": {"of": "lighting"}, "category": {"of": "lighting"},
        "fields": {"of": ["lighting", "brightness"]}, "dimensions": {"of": ["lighting"]},
        "grouped": {"of": "site"},
        "expression": {"of": "count(*) FILTER (WHERE confidence < 0.5) / count(*)"},
    }[metric.of]  # fmt: skip
    rule = {"source": source, "metric": metric.name, "by": by, "min_n": 0, "fail": {"above": metric.low or 0}, **of}
    rule |= {"with": PARAMETERS[metric.name]} if metric.name in PARAMETERS else {}
    rule |= {"baseline": {"source": "reference"} | ({"by": by} if by else {})} if metric.compares else {}
    return rule | ({"confidence": 0.9} if metric.interval else {})


def draw_rows() -> Rows:
    draw = random.Random(11)
    sites, lights = ("p", "q"), ("glare", "diffuse", "dark", None)

    def draw_prediction(number: int) -> dict[str, Any]:
        own = draw.choice(CLASSES)
        return {
            "id": f"row-{number}", "time": f"2026-02-{draw.randint(22, 28)}", "class": own, "site": draw.choice(sites),
            "lighting": draw.choice(lights), "confidence": draw.choice((None, round(draw.random(), 3))),
            "brightness": draw.choice((None, round(draw.gauss(0, 3), 1))),
            "label": draw.choice((None, own, own, draw.choice(CLASSES))),
            "overridden": draw.choice((None, True, False)),
        }  # fmt: skip

    labels = []
    for unit in range(160):
        truth, site = draw.choice(CLASSES), draw.choice(sites)
        for annotator in "abcd"[: draw.choice((1, 2, 4, 4))]:
            for hour in range(draw.choice((1, 1, 1, 2))):
                labels.append(
                    {
                        "unit": f"unit-{unit}", "annotator": annotator, "site": site, "gold": truth,
                        "class": draw.choice((truth, truth, draw.choice(CLASSES))),
                        "time": f"2026-02-27T{hour:02}:00:00",
                    }
                )  # fmt: skip
    signals = [
        {
            "id": f"signal-{number}", "time": f"2026-02-{draw.randint(22, 28)}", "site": draw.choice(sites),
            "class": draw.choice(CLASSES), "channel": "qa",
            "routed_at": draw.choice((None, f"2026-02-28T{draw.randint(0, 23):02}:30:00")),
        }
        for number in range(80)
    ]  # fmt: skip
    return {
        "predictions": [draw_prediction(number) for number in range(400)],
        "reference": [draw_prediction(number) for number in range(300)],
        "annotations": labels,
        "feedback": signals,
    }


def evaluate(world: Any, rows: Rows, classes: Iterable[str] = CLASSES, *, parts: int = 1, threads: int = 1) -> Any:
    """Evaluate all rules on rows that lie in some files; other than the one file they are out of order as well."""
    fields = {name: name for name in ("id", "time", "class", "confidence", "label", "overridden")}
    shape = {"fields": fields, "dimensions": ["site", "lighting"], "features": ["brightness"]}
    resolved = world.load(
        classes={name: {"family": "soft" if name in ("dent", RENAMED["dent"]) else "hard"} for name in classes},
        sources={
            "predictions": shape,
            "reference": {"role": "predictions", "window": "all", **shape},
            "annotations": {"fields": {name: name for name in ("unit", "annotator", "class", "time", "gold")}},
        },
        rules={name.replace("_", "-"): write_rule(metric) for name, metric in METRICS.items()},
    )
    data = world.write_all(resolved, rows)
    for name, path in data.items() if parts > 1 else ():
        frame = pl.read_parquet(world.folder / path).sample(fraction=1.0, shuffle=True, seed=parts)
        for part in range(parts):
            frame[part::parts].write_parquet(world.folder / f"{name}-{part}.parquet", row_group_size=50)
        data[name] = f"{name}-*.parquet"
    return world.evaluate(resolved, data, "2026-03-01", threads=threads)


def read_findings(evaluation: Any) -> Findings:
    return {(f.rule.replace("-", "_"), tuple(sorted(f.scope.items()))): f for f in evaluation.findings}


@pytest.fixture(scope="module")
def rows() -> Rows:
    return draw_rows()


@pytest.fixture(scope="module")
def plain(rows: Rows, make_world: Any) -> Any:
    return evaluate(make_world(), rows)


def test_every_metric_has_values(plain: Any) -> None:
    assert {metric for (metric, _), finding in read_findings(plain).items() if finding.value is not None} == {*METRICS}


def test_neither_order_nor_files_nor_threads_are_seen(rows: Rows, plain: Any, make_world: Any) -> None:
    other = evaluate(make_world(), rows, parts=7, threads=4)
    assert [f.model_dump_json() for f in other.findings] == [f.model_dump_json() for f in plain.findings]


def change(rows: Rows, make: Callable[[dict[str, Any]], Iterable[dict[str, Any]]]) -> Rows:
    return {source: [new for row in listed for new in make(row)] for source, listed in rows.items()}


def test_findings_are_renamed_as_their_classes_are(rows: Rows, plain: Any, make_world: Any, monkeypatch: Any) -> None:
    named = {"class", "label", "gold"}
    renamed = change(rows, lambda row: [{k: RENAMED.get(v, v) if k in named else v for k, v in row.items()}])
    monkeypatch.setitem(PARAMETERS, "other_share", {"classes": [RENAMED["pit"]]})
    found = read_findings(evaluate(make_world(), renamed, RENAMED.values()))
    for (metric, scope), before in read_findings(plain).items():
        after = found.pop((metric, tuple((d, RENAMED.get(value, value)) for d, value in scope)))
        told = ("value", "n", "status", "reason", "interval", "excluded")
        assert [getattr(after, key) for key in told] == [getattr(before, key) for key in told], (metric, scope)
        assert len(after.slices) == len(before.slices), (metric, scope)
    assert found == {}


def test_a_class_added_beside_the_others_changes_only_what_sees_them_all(
    rows: Rows, plain: Any, make_world: Any
) -> None:
    def add(row: dict[str, Any]) -> Iterable[dict[str, Any]]:
        own = {key: ADDED for key in ("class", "label", "gold") if row.get(key) is not None}
        apart = {key: f"{row[key]}+" for key in ("id", "unit") if key in row}
        yield row
        if {row[key] for key in own} == {"pit"}:
            yield {**row, **own, **apart}

    found = read_findings(evaluate(make_world(), change(rows, add), (*CLASSES, ADDED)))
    compared = set()
    for (metric, scope), before in read_findings(plain).items():
        apart = "class" in dict(scope) and METRICS[metric].class_role in ("rows", "truth") and metric not in OF_ALL
        after = found[metric, scope]
        if apart:
            compared.add(metric)
            assert (after.value, after.n, after.reason) == (before.value, before.n, before.reason), (metric, scope)
    assert len(compared) > 30
    moved = {metric for (metric, scope), f in read_findings(plain).items() if found[metric, scope].value != f.value}
    assert moved >= OF_ALL | {"class_entropy", "effective_classes", "krippendorff_alpha", "other_share"}


def test_twice_the_data_is_twice_the_count_and_the_same_share(rows: Rows, plain: Any, make_world: Any) -> None:
    def double(row: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return [row, {**row, **{key: f"{row[key]}+" for key in ("id", "unit") if key in row}}]

    found = read_findings(evaluate(make_world(), change(rows, double)))
    moved = set()
    for (metric, scope), before in read_findings(plain).items():
        after = found[metric, scope]
        assert after.n == (1 if METRICS[metric].unit == "columns" else 2) * before.n, (metric, scope)
        if metric in OF_SIZE:
            moved |= {metric} if after.value != before.value else set()
        elif before.value is not None:
            assert after.value == (2 if metric in COUNTS else 1) * before.value, (metric, scope)
        else:
            assert (after.value, after.reason) == (None, before.reason), (metric, scope)
    assert moved == OF_SIZE
