"""Class entropy: how evenly the rows are spread over the declared classes, from 0 to 1.

**Definition.** H / ln K, where p_c is the part of the rows that class c has, H = -(sum of p_c ln p_c) is the entropy
of Shannon, and K counts the declared classes, with or without rows. 1: all have the same; 0: one has all. Without a
`classes` section the classes that the scope met are all there are.

**Class role.** `across`: it is about all classes of a place together, so `by` has neither class nor family.
**Support.** Rows with a declared class; rows without a class, and those of classes that are not declared, are left
out and counted. Of annotations a row is one label.

**When it misleads.** It is blind to which class has much: two mixes that swap classes have the same value. A small
class hardly counts, so that one can vanish unseen among many; `class_imbalance` and `share` see that. The value moves
with K: declaring a class that has no rows lowers it. With few rows it is too low by about (K - 1) / (2 n ln K).
Without a `classes` section places that met different classes do not compare.

**Usual bounds.** A `drop` of 0.05 to 0.10 against the training data, or against `baseline: {window: 28d}`. As a fixed
`below` it depends on what the task has: defects are rare.

**Degenerate cases.** One class alone is declared, or met: null, `single_class`, since ln 1 is 0. No row of a declared
class: null, `no_classes`. No interval is known, so `confidence` is refused.

**Source.** Shannon (1948), A Mathematical Theory of Communication; as evenness Pielou (1966), Journal of Theoretical
Biology 13, 131-144.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from prism_rules.metrics.balance import compute_entropy, find_balance
from prism_rules.metrics.metric import ROLES, Ask, Metric, Table, name_columns
from prism_rules.metrics.slices import name_counts

if TYPE_CHECKING:
    import polars as pl


def normalise_entropy(counts: list[int]) -> float | str:
    """Divide by what an even spread has; rounding takes nothing beyond it."""
    return min(1.0, compute_entropy(counts) / math.log(len(counts))) if len(counts) > 1 else "single_class"


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Spread the rows of each scope over its classes."""
    return find_balance(ask, current, normalise_entropy)


METRIC = Metric(
    name="class_entropy",
    title="Evenness of the classes (normalised entropy)",
    roles=ROLES,
    fields=("class",),
    class_role="across",
    unit="rows",
    low=0.0,
    high=1.0,
    leaves_out=True,
    keys=lambda _: name_columns("class"),
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
