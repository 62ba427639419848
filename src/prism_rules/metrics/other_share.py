"""Other share: the part of the rows that lie in the catch-all classes.

**Definition.** Rows with one of the classes that the parameter `classes` lists, such as `[other, misc]` / all rows of
the scope, among them those without a class and those with one that is not declared. The classes listed must be
declared; without a `classes` section of the ruleset any name may stand there.

**Class role.** `across`: it is about the classes of a place together, so `by` has neither class nor family.
**Support.** All rows of the scope. Of annotations a row is one label.

**How sure.** With `confidence`, the interval of Wilson (1927), for rows that are independent.

**When it misleads.** A catch-all that grows says that the classes no longer fit what is seen, or that nobody wants to
decide: read the rows. One that stays small says little where the guideline forbids its use, or where the model never
learnt it. After a class is split from it the share falls by itself: start a new baseline.

**Usual bounds.** `above: 0.05`. For growth a `rise` of 0.02 against `baseline: {window: 28d}`.

**Degenerate cases.** A scope without a row is not measured (`no_rows`).

**Source.** A plain count. Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference,
Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from prism_rules.metrics.metric import ROLES, Ask, Metric, Table, build_results, name_columns
from prism_rules.metrics.slices import count_slices, name_counts
from prism_rules.model.frozen import Frozen, Many

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """Which classes are catch-alls."""

    classes: Annotated[Many[str], Field(min_length=1)]
    """Classes for what fits nowhere else, such as other or misc."""


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide the rows of the catch-alls by all of each scope."""
    results: list[dict[str, object]] = []
    for values, counts in sorted(count_slices(current, ("class",)).items()):
        scope, n = dict(zip(current.by, values, strict=True)), counts.total()
        other = sum(counts[name,] for name in {*ask.params.classes})
        results.append({**scope, "value": other / n, "n": n, "reason": None})
    return build_results(current.by, results)


METRIC = Metric(
    name="other_share",
    title="Share of rows in catch-all classes",
    roles=ROLES,
    fields=("class",),
    class_role="across",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    interval="proportion",
    keys=lambda _: name_columns("class"),
    measures=name_counts,
    finish=finish,
    subject="taxonomy",
)
