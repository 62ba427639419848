"""The same rows give the same findings, to the last bit: whatever their order, their files and the threads."""

from __future__ import annotations

import math
import random
from typing import Any

import polars as pl
import pytest

RULES = {
    "mean": {
        "source": "predictions", "metric": "mean_confidence", "by": ["class", "site"], "fail": {"drop": 0.01},
        "baseline": {"window": "7d"},
    },
    "sql": {"source": "predictions", "metric": "sql", "of": "sum(brightness) / count(*)", "fail": {"above": 1}},
    "absent": {
        "source": "predictions", "metric": "absent_share", "of": ["lighting"], "by": ["class"],
        "baseline": {"source": "training"}, "fail": {"above": 0.1},
    },
    "alpha": {"source": "annotations", "metric": "krippendorff_alpha", "by": ["class", "site"], "fail": {"below": 0.8}},
}  # fmt: skip


def draw_rows() -> dict[str, list[dict[str, Any]]]:
    draw = random.Random(7)
    classes, sites, lights = ("dent", "ok", "pit"), ("p", "q"), ("glare", "diffuse", None)
    numbers = (math.nan, None, 1e-9, 0.1, 0.7)
    return {
        "predictions": [
            {
                "time": f"2026-02-{draw.randint(15, 28)}", "class": draw.choice(classes), "site": draw.choice(sites),
                "lighting": draw.choice(lights), "confidence": draw.choice((draw.random(), *numbers)),
                "brightness": draw.uniform(-1e6, 1e6) * 10 ** draw.randint(-9, 3),
            }
            for _ in range(6000)
        ],
        "training": [{"class": draw.choice(classes), "site": "p", "lighting": "diffuse"} for _ in range(20)],
        # Few moments, so that labels of one annotator, unit and moment differ in class and site.
        "annotations": [
            {
                "time": f"2026-02-{draw.randint(26, 28)}", "unit": f"u{draw.randint(1, 400)}",
                "annotator": draw.choice("abc"), "class": draw.choice(classes), "site": draw.choice("ppppq"),
            }
            for _ in range(1500)
        ],
    }  # fmt: skip


def evaluate_split(world: Any, order: int, parts: int, threads: int) -> tuple[Any, ...]:
    resolved = world.load(classes={"dent": {}, "ok": {}}, rules=RULES)
    data = world.write_all(resolved, draw_rows())
    for name in data:
        frame = pl.read_parquet(world.folder / f"{name}.parquet")
        frame = frame.sample(fraction=1.0, shuffle=True, seed=order) if order else frame
        (world.folder / f"{name}.parquet").unlink()
        for part in range(parts):
            frame[part::parts].write_parquet(world.folder / f"{name}-{part}.parquet", row_group_size=700)
        data[name] = f"{name}-*.parquet"
    evaluation = world.evaluate(resolved, data, "2026-03-01", threads=threads)
    return evaluation.findings, evaluation.notes, [(i.rows, i.from_, i.to) for i in evaluation.inputs]


@pytest.fixture(scope="module")
def first(make_world: Any) -> Any:
    return evaluate_split(make_world(), 0, 1, 1)


@pytest.mark.parametrize(("order", "parts", "threads"), [(0, 1, 2), (1, 1, 1), (2, 5, 2), (3, 40, 4), (4, 2, 1)])
def test_neither_order_nor_files_nor_threads_are_seen(
    world: Any, first: tuple[Any, ...], order: int, parts: int, threads: int
) -> None:
    assert evaluate_split(world, order, parts, threads) == first


def test_the_rows_are_worth_the_trouble(first: tuple[Any, ...]) -> None:
    findings, notes, _ = first
    assert {finding.status for finding in findings} >= {"pass", "fail"}
    assert {finding.rule for finding in findings if finding.value is not None} == {*RULES}
    assert {"duplicates", "mixed_dimensions", "not_finite", "unknown_class"} <= {note.code for note in notes}
