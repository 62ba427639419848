"""Balance: how evenly rows are spread over the declared classes, and over any values."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Table, build_results
from prism_rules.metrics.slices import count_slices

if TYPE_CHECKING:
    import polars as pl

NONE = "(none)"


def compute_entropy(counts: Collection[int]) -> float:
    """Shannon's entropy of counts in nats; 0 ln 0 is 0. At least one count is not 0."""
    total = sum(counts)
    return -math.fsum(count / total * math.log(count / total) for count in counts if count) + 0.0


def find_balance(ask: Ask, table: Table, compute: Callable[[list[int]], float | str]) -> pl.DataFrame:
    """What `compute` makes of the rows of each declared class, 0 where a class has none: a value, or why there is no
    value. With an open taxonomy those are the classes that the scope met. Rows without a class, or with one that is not
    declared, are left out; null, `no_classes`, where no other is there."""
    results: list[dict[str, object]] = []
    for values, met in sorted(count_slices(table, ("class",)).items()):
        declared = ask.taxonomy.classes or [name for (name,) in met if name != NONE]
        counts = [met[name,] for name in declared]
        found = compute(counts) if any(counts) else "no_classes"
        value, reason = (None, found) if isinstance(found, str) else (found, None)
        scope = dict(zip(table.by, values, strict=True))
        results.append({**scope, "value": value, "n": sum(counts), "reason": reason})
    return build_results(table.by, results)
