"""Confusion: labelled rows by predicted class and by label, and the scores of classes that follow from them.

The score of a class is a ratio: its right rows over its predictions (precision) or over its labels (recall), or twice
its right rows over both together (f1). A family is scored as if its classes were one, but what is right is the class.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from prism_rules.metrics.metric import (
    Ask,
    ClassRole,
    Interval,
    Measure,
    Metric,
    Table,
    Taxonomy,
    Whole,
    build_results,
    name_columns,
)
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl

ADDED = 2.0
"""Rows that are right, and as many that are not, which an error is estimated with beside those that were counted."""


class Parameters(Frozen):
    """How the scores of classes become one."""

    average: Literal["macro", "micro", "weighted"] = "macro"
    """macro: each class counts alike; micro: each row; weighted: each class by the rows that it truly has."""


class Cell(NamedTuple):
    """What some labelled rows have in common; two classes outside of the taxonomy have one name, and are not right."""

    predicted: str
    label: str
    right: bool


@dataclass(slots=True)
class Score:
    """A ratio of counts."""

    top: int = 0
    bottom: int = 0

    @property
    def value(self) -> float:
        """The ratio, where some row counts."""
        return self.top / self.bottom


@dataclass(frozen=True, slots=True)
class Sides:
    """How often a row counts for the class that is predicted, and for the one that is its label."""

    predicted: int
    label: int

    def share_out(self, cell: Cell) -> list[tuple[str, int, int]]:
        """Give what one row of the cell adds: (class, to the top, to the bottom)."""
        if cell.predicted == cell.label:
            both = self.predicted + self.label
            return [(cell.label, both if cell.right else 0, both)]
        return [(cell.predicted, 0, self.predicted), (cell.label, 0, self.label)]

    def score(self, cells: Cells) -> dict[str, Score]:
        """Score every class that is predicted or a label; one for which no row counts has the bottom 0."""
        scores: defaultdict[str, Score] = defaultdict(Score)
        for cell, rows in cells:
            for name, top, bottom in self.share_out(cell):
                score = scores[name]
                score.top += top * rows
                score.bottom += bottom * rows
        return dict(scores)


Cells = Collection[tuple[Cell, int]]
"""Each with its rows."""


PRECISION, RECALL, F1 = Sides(1, 0), Sides(0, 1), Sides(1, 1)


def name_keys(_: Ask) -> dict[str, str]:
    """The predicted class and the label."""
    return name_columns("class", "label")


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Rows with a label, and those of them whose label is the prediction."""
    return {"n": Measure("count", where="label IS NOT NULL"), "right": Measure("count", where="label = class")}


def count_cells(table: Table, taxonomy: Taxonomy) -> list[tuple[dict[str, str], Counter[Cell]]]:
    """Count the cells at each value of all dimensions but class and family, in order. A class that is predicted of rows
    without a label alone has a cell without rows."""
    places = [name for name in table.by if name not in ("class", "family")]
    found: dict[tuple[str, ...], Counter[Cell]] = {}
    for row in table.frame.iter_rows(named=True):
        cells = found.setdefault(tuple(row[name] for name in places), Counter())
        predicted = row["class"]
        label = taxonomy.place(row["label"]) if row["n"] else predicted
        cells[Cell(predicted, label, False)] += row["n"] - row["right"]
        cells[Cell(predicted, predicted, True)] += row["right"]
    return [
        (dict(zip(places, values, strict=True)), Counter(dict(sorted(cells.items()))))
        for values, cells in sorted(found.items())
    ]


def regroup(cells: Mapping[Cell, int], group: Callable[[str], str]) -> Counter[Cell]:
    """Pool the classes of each group; what was right stays so, and nothing else becomes it."""
    found: Counter[Cell] = Counter()
    for cell, rows in cells.items():
        found[Cell(group(cell.predicted), group(cell.label), cell.right)] += rows
    return found


def find_controlled(scores: Mapping[str, Score], taxonomy: Taxonomy) -> list[str]:
    """Find the classes over which scores are averaged: those under control for which a row counts, in order."""
    known = taxonomy.classes or scores.keys() - {"(none)", "(unknown)"}
    return sorted(name for name, score in scores.items() if score.bottom and name in known)


def average(scores: Mapping[str, Score], weights: Mapping[str, float]) -> float:
    """Average the scores of the classes that have a weight; at least one."""
    total = math.fsum(weight * scores[name].value for name, weight in weights.items())
    return total / math.fsum(weights.values())


def estimate_error(
    sides: Sides, cells: Cells, scores: Mapping[str, Score], weights: Mapping[str, float], drawn: float | None
) -> tuple[float, float]:
    """Estimate the standard error of an average, and its degrees of freedom.

    The error is how far each row moves the average, squared and added up (delta method). As Price and Bonett (2004) do
    for shares, a few rows are added to each class, half of them right: one whose rows are all right is not known for
    sure. The degrees of freedom are Satterthwaite's, of the rows of each class: few where a rare class decides.
    `drawn`: the average, where the weights are the rows of each label and as such drawn too.
    """
    total, added = math.fsum(weights.values()), ADDED / len(weights)
    both = sides.predicted + sides.label
    shares, reach = {}, {}
    for name, weight in weights.items():
        bottom = scores[name].bottom + (both + 1) * added
        shares[name] = (scores[name].top + both * added) / bottom
        reach[name] = weight / total / bottom
    variances = {
        name: added * reach[name] ** 2 * ((both * (1 - share)) ** 2 + share**2) for name, share in shares.items()
    }
    rows_of = dict.fromkeys(weights, 2 * added)
    variance = math.fsum(variances.values())
    for cell, rows in cells:
        move = 0.0
        for name, top, bottom in sides.share_out(cell):
            if name in weights and bottom:
                own = (top - shares[name] * bottom) * reach[name]
                variances[name] += rows * own**2
                rows_of[name] += rows
                move += own
        if drawn is not None and cell.label in weights:
            move += (scores[cell.label].value - drawn) / total
        variance += rows * move**2
    whole = math.fsum(variances.values())
    parts = math.fsum((of / whole) ** 2 / (rows_of[name] - 1) for name, of in variances.items())
    return math.sqrt(variance), 1 / parts


def describe_average(
    ask: Ask,
    sides: Sides,
    cells: Cells,
    scores: Mapping[str, Score],
    weights: Mapping[str, float],
    *,
    drawn: bool = False,
) -> dict[str, object]:
    """Give the average of the classes that have a weight, of the rows that count for any of them; null, `no_labels`,
    where there is none. When doubted also `error` and `df`, of which a plain share of its rows has none. `drawn`: the
    weights are the rows of each label."""
    n = sum(rows for cell, rows in cells if any(of in weights and bottom for of, _, bottom in sides.share_out(cell)))
    if not weights:
        return {"value": None, "n": n, "reason": "no_labels"}
    value = average(scores, weights)
    found: dict[str, object] = {"value": value, "n": n, "reason": None}
    if ask.doubted and not (len(weights) == 1 and sides.predicted + sides.label == 1):
        found["error"], found["df"] = estimate_error(sides, cells, scores, weights, value if drawn else None)
    return found


def average_classes(ask: Ask, sides: Sides, counted: Mapping[Cell, int]) -> dict[str, object]:
    """Average the scores of all classes as `average` says."""
    how = ask.params.average
    if how == "micro":
        cells = [*regroup(counted, lambda _: "").items()]
        scores = sides.score(cells)
        return describe_average(ask, sides, cells, scores, {name: 1.0 for name in scores if scores[name].bottom})
    cells = [*counted.items()]
    scores = sides.score(cells)
    weights = dict.fromkeys(find_controlled(scores, ask.taxonomy), 1.0)
    if how == "weighted":
        labels = RECALL.score(cells)
        weights = {name: float(labels[name].bottom) for name in weights if labels[name].bottom}
    return describe_average(ask, sides, cells, scores, weights, drawn=how == "weighted")


def score_each(
    ask: Ask, sides: Sides, counted: Mapping[Cell, int], told: str
) -> Iterator[tuple[dict[str, str], dict[str, object]]]:
    """Score each class or family that is met, in order: (its part of the scope, what it has)."""
    find_family = ask.taxonomy.find_family
    cells = [*(regroup(counted, find_family) if told == "family" else counted).items()]
    scores = sides.score(cells)
    own: defaultdict[str, list[tuple[Cell, int]]] = defaultdict(list)
    for cell, rows in cells:
        for name in {cell.predicted, cell.label}:
            own[name].append((cell, rows))
    for name, score in sorted(scores.items()):
        scope = {"class": name, "family": find_family(name)} if told == "class" else {"family": name}
        yield scope, describe_average(ask, sides, own[name], scores, {name: 1.0} if score.bottom else {})


def find_scores(ask: Ask, table: Table, sides: Sides) -> pl.DataFrame:
    """Score each class, or each family, of every place; where `by` has neither, their average."""
    told = next((name for name in ("class", "family") if name in table.by), None)
    results: list[dict[str, object]] = []
    for place, counted in count_cells(table, ask.taxonomy):
        if told is None:
            results.append({**place, **average_classes(ask, sides, counted)})
            continue
        for scope, found in score_each(ask, sides, counted, told):
            results.append({**place, **{name: scope[name] for name in scope if name in table.by}, **found})
    return build_results(table.by, results, *(["error", "df"] if ask.doubted else []))


OF_TRUTH = Whole(frozenset({"class"}), "counts the rows of a label whatever was predicted")


def make_score(
    name: str, title: str, sides: Sides, *, class_role: ClassRole, interval: Interval, whole: Whole
) -> Metric:
    """Make the metric of a score of classes."""
    return Metric(
        name=name,
        title=title,
        roles=("predictions",),
        fields=("label", "class"),
        class_role=class_role,
        unit="rows",
        low=0.0,
        high=1.0,
        interval=interval,
        whole=whole,
        params=Parameters,
        keys=name_keys,
        measures=name_measures,
        finish=lambda ask, current, _: find_scores(ask, current, sides),
        subject="outcome",
    )
