"""Cost-weighted error: how much is missed of each class, where a miss of a risky class counts for more.

**Definition.** The miss rate of a class is one minus its `recall`: of the rows with that `label`, those with another
`class`. The value is the mean of the miss rates of the classes, each weighted by its declared `risk`: `weights`, by
default low 1, medium 2, high 5, critical 10; one that you leave out keeps its default. A class without a risk counts
as medium. How many rows a class has does not matter, so what is rare and critical is not averaged away: where one of
a thousand rows is a crack and it is missed, `error_rate` is 0.001; with crack critical and one other class of low
risk, all right, this is 10/11.

**Class role.** `across`: it is one number over all classes, those of the *labels*, so class and family cannot stand in
`by`; by class, use `recall`. **Support.** Rows with the label of a class under control: one of the
ruleset, or any where it has none.

**How sure.** With `confidence`, Student's interval with the standard error of Price and Bonett (2004): of K classes,
each with a share w of the weight and x missed rows of n, 2 missed rows and 2 others are shared out, so that one with a
single row is not taken as certain. With `p = (x + 2/K) / (n + 4/K)` the squared error is the sum of
`V = w^2 p (1 - p) / (n + 4/K)`. Of one class alone it is the interval of Wilson (1927).

The degrees of freedom are Satterthwaite's, `(sum of V)^2 / sum of (V^2 / (m - 1))`, where V is as above and m is
`n + 4/K`: few where a rare class decides.

**When it misleads.** The weights are a choice: the value is a cost in units of nobody's money, to be compared with
itself. A miss costs the same whatever was predicted in its place; a false alarm costs the class that it hid. With few
rows of a critical class it jumps: ask for `confidence`. It needs labels that were not chosen by the prediction, as
`recall` does. A class without a labelled row is left out, so two windows may average over different classes.

**Usual bounds.** What the model was accepted with, as `above`; a `rise` against the validation run.

**Degenerate cases.** No row has the label of a class under control: null, `no_labels`. Labels outside of the taxonomy
have no risk, and are left out.

**Source.** Elkan (2001), The Foundations of Cost-Sensitive Learning, IJCAI, with one cost per true class. Error: Price
and Bonett (2004), An Improved Confidence Interval for a Linear Function of Binomial Proportions, Computational
Statistics and Data Analysis 45, 449-456.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from prism_rules.metrics.confusion import (
    OF_TRUTH,
    RECALL,
    count_cells,
    describe_average,
    find_controlled,
    name_keys,
    name_measures,
)
from prism_rules.metrics.metric import Ask, Metric, Table, build_results
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl

Weight = Annotated[float, Field(gt=0, le=1_000_000)]


class Weights(Frozen):
    """What a miss counts, by the risk of the class."""

    low: Weight = 1.0
    medium: Weight = 2.0
    """Also of a class without a risk."""
    high: Weight = 5.0
    critical: Weight = 10.0


class Parameters(Frozen):
    """What a miss counts."""

    weights: Weights = Weights()
    """By risk: `{low: 1, medium: 2, high: 5, critical: 10}`; only their ratios matter."""


def weigh_class(ask: Ask, name: str) -> float:
    """Weigh a class by its risk."""
    entry = ask.taxonomy.classes.get(name)
    weight: float = getattr(ask.params.weights, (entry and entry.risk) or "medium")
    return weight


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Average the miss rates of each place."""
    results: list[dict[str, Any]] = []
    for place, counted in count_cells(current, ask.taxonomy):
        cells = [*counted.items()]
        scores = RECALL.score(cells)
        weights = {name: weigh_class(ask, name) for name in find_controlled(scores, ask.taxonomy)}
        found: dict[str, Any] = describe_average(ask, RECALL, cells, scores, weights)
        missed = None if found["value"] is None else 1 - found["value"]
        results.append({**place, **found, "value": missed})
    return build_results(current.by, results, *(["error", "df"] if ask.doubted else []))


METRIC = Metric(
    name="cost_weighted_error",
    title="Miss rate of the classes, weighted by their risk",
    roles=("predictions",),
    fields=("label", "class"),
    class_role="across",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="error",
    params=Parameters,
    keys=name_keys,
    measures=name_measures,
    whole=OF_TRUTH,
    finish=finish,
    subject="outcome",
)
