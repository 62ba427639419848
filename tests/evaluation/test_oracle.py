"""Random data, measured by the whole chain and by a few lines of plain Python: 250 small data sets, one per site."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import krippendorff
import numpy as np
import pytest

SETS = [f"set-{number:03}" for number in range(250)]
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
CLASSES, LIGHTS = ("dent", "ok", "scratch"), ("diffuse", "glare", "reflection", None)
HALF = 0.5e-6 + 1e-9
"""Values are rounded to six decimals; before that they are held to nine."""

MEAN: dict[str, Any] = {"source": "predictions", "metric": "mean_confidence", "min_n": 0, "fail": {"below": 0.5}}
ABSENT: dict[str, Any] = {
    "source": "predictions", "metric": "absent_share", "of": ["lighting"], "min_n": 0, "fail": {"above": 0.5},
}  # fmt: skip
WRONG: dict[str, Any] = {
    "source": "predictions", "metric": "confident_wrong_share", "with": {"at_least": 0.7}, "min_n": 0,
    "fail": {"above": 0.5},
}  # fmt: skip
ALPHA: dict[str, Any] = {"source": "annotations", "metric": "krippendorff_alpha", "min_n": 0, "fail": {"below": 0}}
RULES = {
    "mean": {**MEAN, "by": ["class", "site"]},
    "absent": {**ABSENT, "by": ["class", "site"], "baseline": {"source": "training", "by": ["site"]}},
    "wrong": {**WRONG, "by": ["site"]},
    "alpha": {**ALPHA, "by": ["site"]},
    "one": {**ALPHA, "by": ["class", "site"]},
}

Rows = list[dict[str, Any]]
Scope = tuple[str, ...]


def draw_predictions(draw: random.Random, site: str) -> Rows:
    numbers = [None, math.nan, 1.5, *(draw.random() for _ in range(12)), 0.7, 0.0, 1.0]
    return [
        {
            "time": draw_time(draw, days=9),
            "class": draw.choice(CLASSES),
            "site": site,
            "lighting": draw.choice(LIGHTS),
            "confidence": draw.choice(numbers),
            "label": draw.choice((*CLASSES, None)),
        }
        for _ in range(draw.randint(1, 40))
    ]


def draw_training(draw: random.Random, site: str) -> Rows:
    lights = LIGHTS[: draw.randint(1, 4)]
    return [
        {"class": draw.choice(CLASSES), "site": site, "lighting": draw.choice(lights)}
        for _ in range(draw.randint(0, 5))
    ]


def draw_labels(draw: random.Random, site: str) -> Rows:
    classes = CLASSES[: draw.choice((1, 2, 3, 3))]
    return [
        {
            "time": draw_time(draw, days=5),
            "unit": f"{site}-{draw.randint(1, 8)}",
            "annotator": draw.choice("abcd"),
            "class": draw.choice(classes),
            "site": site,
        }
        for _ in range(draw.randint(1, 30))
    ]


def draw_time(draw: random.Random, days: int) -> str:
    return (AS_OF - timedelta(microseconds=draw.randint(1, days * 86_400_000_000))).isoformat()


def is_seen(row: dict[str, Any]) -> bool:
    return datetime.fromisoformat(row["time"]) >= AS_OF - timedelta(days=7)


def group(rows: Iterable[dict[str, Any]], *by: str) -> dict[Scope, Rows]:
    groups: dict[Scope, Rows] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in by)].append(row)
    return groups


def is_share(number: float | None) -> bool:
    return number is not None and math.isfinite(number) and 0 <= number <= 1


def measure_mean(rows: Rows) -> tuple[float | None, int]:
    numbers = [row["confidence"] for row in rows if is_share(row["confidence"])]
    return (math.fsum(numbers) / len(numbers) if numbers else None), len(numbers)


def measure_wrong(rows: Rows) -> tuple[float | None, int]:
    reviewed = [row for row in rows if is_share(row["confidence"]) and row["label"] is not None]
    wrong = [row for row in reviewed if row["confidence"] >= 0.7 and row["label"] != row["class"]]
    return (len(wrong) / len(reviewed) if reviewed else None), len(reviewed)


def measure_absent(rows: Rows, reference: Rows) -> tuple[float | None, int]:
    known = {row["lighting"] for row in reference}
    absent = [row for row in rows if row["lighting"] not in known]
    return (len(absent) / len(rows) if reference else None), len(rows)


def settle(labels: Rows) -> dict[str, dict[str, str]]:
    """Unit -> annotator -> the latest class."""
    units: dict[str, dict[str, str]] = defaultdict(dict)
    for label in sorted(labels, key=lambda label: label["time"]):
        units[label["unit"]][label["annotator"]] = label["class"]
    return units


def measure_alpha(units: dict[str, dict[str, str]], one: str | None = None) -> tuple[float | None, int]:
    """Agreement by the krippendorff package; with `one`, of that class against all others."""
    codes = {name: (int(name == one) if one else number) for number, name in enumerate(CLASSES)}
    matrix = np.array(
        [[codes[unit[a]] if a in unit else np.nan for unit in units.values()] for a in "abcd"], dtype=float
    )
    pairable = matrix[:, (~np.isnan(matrix)).sum(axis=0) >= 2]
    n = int((pairable == 1).any(axis=0).sum()) if one else pairable.shape[1]
    if len({*pairable[~np.isnan(pairable)]}) < 2:
        return None, n
    return float(krippendorff.alpha(reliability_data=pairable, level_of_measurement="nominal")), n


@pytest.fixture(scope="module")
def drawn() -> dict[str, Rows]:
    draw = random.Random(20260301)
    makers = {"predictions": draw_predictions, "training": draw_training, "annotations": draw_labels}
    return {name: [row for site in SETS for row in make(draw, site)] for name, make in makers.items()}


def test_every_value_is_what_plain_python_makes_of_the_rows(drawn: dict[str, Rows], world: Any) -> None:
    resolved = world.load(rules=RULES)
    evaluation = world.evaluate(resolved, world.write_all(resolved, drawn), AS_OF.isoformat())
    measured = {(f.rule, *(f.scope[d] for d in sorted(f.scope))): (f.value, f.n) for f in evaluation.findings if f.n}

    seen = [row for row in drawn["predictions"] if is_seen(row)]
    training = group(drawn["training"], "site")
    expected = {("mean", *scope): measure_mean(rows) for scope, rows in group(seen, "class", "site").items()}
    expected |= {("wrong", *scope): measure_wrong(rows) for scope, rows in group(seen, "site").items()}
    expected |= {
        ("absent", *scope): measure_absent(rows, training.get(scope[1:], []))
        for scope, rows in group(seen, "class", "site").items()
    }
    for (site,), labels in group(drawn["annotations"], "site").items():
        units = settle(labels)
        expected["alpha", site] = measure_alpha(units)
        expected |= {("one", name, site): measure_alpha(units, name) for name in CLASSES}
    expected = {key: (value, n) for key, (value, n) in expected.items() if n}

    assert measured.keys() == expected.keys()
    assert {rule for rule, *_ in expected} == {*RULES} and len(expected) > 5 * len(SETS)
    for key, (value, n) in expected.items():
        found, counted = measured[key]
        assert (counted, found is None) == (n, value is None), key
        assert value is None or found == pytest.approx(value, abs=HALF, rel=0), key
