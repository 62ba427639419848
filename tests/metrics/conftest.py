"""Units with their labels, counted as the relations of the program count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import polars as pl
import pytest

from prism_rules.metrics import METRICS, Ask, Metric, Table, Taxonomy
from prism_rules.model.ruleset import Class

Units = Sequence[Mapping[str, Any]]
"""Of each unit its `labels`, one per annotator, None for no label, or a text of labels of one letter; `x`: how many
units are like it; and its dimensions."""
NUMBERS = ("n_uc", "m_u", "units", "pairable", "one_annotator", "other_annotator")


def count_units(metric: Metric, ask: Ask, units: Units) -> pl.DataFrame:
    keys = list(dict.fromkeys([*ask.by, *metric.keys(ask)]))
    column = "class" if "class" in keys else "family"
    counted: Counter[tuple[Any, ...]] = Counter()
    pairable: Counter[tuple[Any, ...]] = Counter()
    for unit in units:
        for row in list_rows(unit, metric.relation, column, ask.taxonomy):
            key = tuple({**unit, **row}[name] for name in keys)
            counted[key] += unit.get("x", 1)
            pairable[key] += unit.get("x", 1) * (row.get("other_annotator") == 0 and row["m_u"] > 1)
    columns = [*keys, *metric.measures(ask)]
    types = {name: pl.Int64 if name in NUMBERS else pl.String for name in columns}
    rows = [(*key, n, pairable[key])[: len(columns)] for key, n in counted.items()]
    return pl.DataFrame(rows, schema=types, orient="row")


def list_rows(unit: Mapping[str, Any], relation: str, column: str, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    chosen = [(place, str(label)) for place, label in enumerate(unit["labels"], 1) if label is not None]
    if relation == "pairs":
        found = [(*one, *other) for one, other in combinations(chosen, 2)] + [(*last, 0, "") for last in chosen[-1:]]
        names = ("one_annotator", "one_class", "other_annotator", "other_class")
        return [{**dict(zip(names, row, strict=True)), "m_u": len(chosen)} for row in found]
    named = [taxonomy.find_family(label) if column == "family" and taxonomy.classes else label for _, label in chosen]
    shared = {"m_u": len(named), "composition": "|".join(sorted(named))}
    return [{column: label, "n_uc": n_uc, **shared} for label, n_uc in Counter(named).items()]


@pytest.fixture(scope="session", name="count_units")
def share_count_units() -> Callable[[Metric, Ask, Units], pl.DataFrame]:
    return count_units


@pytest.fixture(scope="session")
def measure_units() -> Callable[..., dict[tuple[str, ...], dict[str, Any]]]:
    def measure(
        name: str, units: Units, *by: str, doubted: bool = False, classes: Sequence[str] = (), **given: Any
    ) -> dict[tuple[str, ...], dict[str, Any]]:
        metric = METRICS[name]
        ask = Ask(metric.params(**given), (), by, doubted, taxonomy=Taxonomy({name: Class() for name in classes}))
        result = metric.finish(ask, Table(count_units(metric, ask, units), by), None)
        return {tuple(row[name] for name in by): row for row in result.iter_rows(named=True)}

    return measure
