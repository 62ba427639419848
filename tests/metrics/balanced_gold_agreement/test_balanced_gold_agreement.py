"""The mean of the recalls against scikit-learn's balanced accuracy."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from typing import Any

import polars as pl
import pytest
from sklearn.metrics import balanced_accuracy_score

from prism_rules.metrics import METRICS, Table

METRIC = METRICS["balanced_gold_agreement"]


@pytest.mark.parametrize("seed", range(200))
def test_it_is_balanced_accuracy(seed: int) -> None:
    draw = random.Random(seed)
    classes = "abcde"[: draw.randrange(1, 6)]
    golds = draw.choices(classes, [draw.random() + 0.01 for _ in classes], k=draw.randrange(1, 40))
    labels = [gold if draw.random() < 0.6 else draw.choice("abcde") for gold in golds]
    counted = Counter(golds)
    right = Counter(gold for gold, label in zip(golds, labels, strict=True) if gold == label)
    rows: list[Any] = [{"gold": gold, "n": n, "right": right[gold]} for gold, n in counted.items()]
    [found] = METRIC.finish(METRIC.ask({}, None, ()), Table(pl.DataFrame(rows), ()), None).to_dicts()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels of classes that no gold has
        expected = balanced_accuracy_score(golds, labels)
    assert found == {"value": pytest.approx(expected, abs=1e-12), "n": len(golds), "reason": None}
