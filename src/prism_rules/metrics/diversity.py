"""Diversity: how many values, or combinations of values, the rows effectively come from.

**Definition.** exp(H), where H = -(sum of p_v ln p_v) is the entropy of Shannon over the parts p_v of the rows of the
scope that have the values v of the dimensions in `of`, taken together. Ten cameras that give the same number of
images each count as 10; one that gives nearly all of them makes it 1 with nine others. It is the number of order 1 of
Hill, as `effective_classes` is for the declared classes, and `class_entropy` is its logarithm over ln K.

**Class role.** `rows`: rows with that class. **Support.** All rows of the scope.

**When it misleads.** It counts values that have names of their own, not how different they are: two cameras on one
mount are two. A missing value is the value `(none)`, so that a filled gap lowers it. It cannot exceed the number of
rows, and with few rows of many values it is too low. Two dimensions that go together add nothing, which is right; two
that are free multiply.

**Usual bounds.** `below` what the data set was planned with, such as 5 sites; a `drop` of `20%` against the training
data or `baseline: {window: 28d}`.

**Degenerate cases.** One value: 1. A scope without a row is not measured (`no_rows`). No interval is known, so
`confidence` is refused.

**Source.** Hill (1973), Diversity and Evenness: A Unifying Notation and Its Consequences, Ecology 54, 427-432.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from prism_rules.metrics.balance import compute_entropy
from prism_rules.metrics.metric import ROLES, Ask, Metric, Table, build_results, name_columns
from prism_rules.metrics.slices import count_slices, name_counts

if TYPE_CHECKING:
    import polars as pl


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Count the values of each scope by their weight."""
    results: list[dict[str, object]] = []
    for values, slices in sorted(count_slices(current, ask.of).items()):
        scope = dict(zip(current.by, values, strict=True))
        value = math.exp(compute_entropy(slices.values()))
        results.append({**scope, "value": value, "n": slices.total(), "reason": None})
    return build_results(current.by, results)


METRIC = Metric(
    name="diversity",
    title="Number of values that rows come from, counted by their weight",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=1.0,
    high=None,
    of="dimensions",
    mixes=True,
    keys=lambda ask: name_columns(*ask.of),
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
