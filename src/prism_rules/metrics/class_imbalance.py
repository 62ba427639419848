"""Class imbalance: how many times as many rows the largest class has as the smallest.

**Definition.** Rows of the declared class with most rows / rows of the declared class with fewest. 1 is perfect
balance; there is no upper end. Without a `classes` section the classes that the scope met are all there are.

**Class role.** `across`: it is about all classes of a place together, so `by` has neither class nor family.
**Support.** Rows with a declared class; rows without a class, and those of classes that are not declared, are left
out and counted. Of annotations a row is one label.

**When it misleads.** Two classes decide, whatever the others do: read it beside `class_entropy`. With a rare class
the ratio jumps by chance: 3 rows more or less of 10 move it by about a third. What is balanced need not be what
production has: compare with `coverage_imbalance`. On predictions it is the balance of what the model says.

**Usual bounds.** `above: 10` as a warning, `above: 100` as severe: rules of thumb, not results.

**Degenerate cases.** A declared class without a row: null, `class_absent`, which never passes. One class alone: null,
`single_class`. No row of a declared class: null, `no_classes`. No interval is known, so `confidence` is refused.

**Source.** The imbalance ratio of He and Garcia (2009), Learning from Imbalanced Data, IEEE Transactions on Knowledge
and Data Engineering 21, 1263-1284.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.metrics.balance import find_balance
from prism_rules.metrics.metric import ROLES, Ask, Metric, Table, name_columns
from prism_rules.metrics.slices import name_counts

if TYPE_CHECKING:
    import polars as pl


def compare_extremes(counts: list[int]) -> float | str:
    """Divide the largest by the smallest, where there are two or more and none is 0."""
    if len(counts) < 2:
        return "single_class"
    return max(counts) / min(counts) if all(counts) else "class_absent"


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Compare the classes of each scope."""
    return find_balance(ask, current, compare_extremes)


METRIC = Metric(
    name="class_imbalance",
    title="Rows of the largest class for each row of the smallest",
    roles=ROLES,
    fields=("class",),
    class_role="across",
    unit="rows",
    low=1.0,
    high=None,
    leaves_out=True,
    keys=lambda _: name_columns("class"),
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
