"""Effective classes: how many equally large classes would be as diverse as those that are there.

**Definition.** exp(H), where H = -(sum of p_c ln p_c) is the entropy of Shannon over the parts p_c of the rows that
the declared classes have. From 1, where one class has all rows, to the number of declared classes, where all have the
same. Without a `classes` section the classes that the scope met are all there are.

**Class role.** `across`: it is about all classes of a place together, so `by` has neither class nor family.
**Support.** Rows with a declared class; rows without a class, and those of classes that are not declared, are left
out and counted. Of annotations a row is one label.

**When it misleads.** It says the same as `class_entropy`, in classes: four classes of which one has 90 % of the rows
are worth about 1.5. Unlike that it does not fall when a class without rows is declared. It is blind to which class
has much, and a small class hardly counts. For values of dimensions there is `diversity`, the same number.

**Usual bounds.** A `drop` of `10%` against the training data or `baseline: {window: 28d}`; as `below`, half of the
declared classes where the task should use them all.

**Degenerate cases.** No row of a declared class: null, `no_classes`. One class alone: 1. No interval is known, so
`confidence` is refused.

**Source.** Hill (1973), Diversity and Evenness: A Unifying Notation and Its Consequences, Ecology 54, 427-432: the
number of order 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from prism_rules.metrics.balance import compute_entropy, find_balance
from prism_rules.metrics.metric import ROLES, Ask, Metric, Table, name_columns
from prism_rules.metrics.slices import name_counts

if TYPE_CHECKING:
    import polars as pl


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Count the classes of each scope by their weight."""
    return find_balance(ask, current, lambda counts: math.exp(compute_entropy(counts)))


METRIC = Metric(
    name="effective_classes",
    title="Number of classes, counted by their weight",
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
