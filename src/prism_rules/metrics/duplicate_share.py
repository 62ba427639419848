"""Duplicate share: the part of the rows that the scope has already.

**Definition.** (Rows - different ids) / rows, over rows with an id: of three rows with one id, two are duplicates. Of
annotations a row is one label, told apart by unit and annotator together, and all labels count, before `duplicates`
settles which of them stands.

**Class role.** `rows`: rows with that class. **Support.** Rows with an id (annotations: with a unit); the others are
left out.

**When it misleads.** Only ids are compared: the same image under two names is no duplicate. Duplicates are looked for
inside of a scope and a window: an id that comes again under another class, at another site or a week later is new
there; ask without `by`, or over `window: all`. Reviewers who correct themselves give a unit two labels, which is
ordinary. The exact number of different ids is counted in memory: over hundreds of millions of rows ask for a shorter
window.

**Usual bounds.** `above: 0` where every row has an id of its own, or `above: 0.01` for a feed that may send a row
twice; of annotations a `rise` of 0.05 against `baseline: {window: 28d}`.

**Degenerate cases.** No row with an id: null, `no_ids`. One row is no duplicate: 0.

**Source.** A plain count. It is known exactly, and whether a row is a duplicate depends on the others, so there is no
interval, and `confidence` is refused. Consistency as a dimension of data quality: ISO/IEC 25012:2008.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Rows with an id, and how many different ones there are."""
    columns = [f'"{column}"' for column in ask.identity]
    # A tuple is never null, whatever it holds.
    return {
        "n": Measure("count", of=columns[0]),
        "ids": Measure("distinct", of=f"({', '.join(columns)})", where=f"{columns[0]} IS NOT NULL"),
    }


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide what is left of the rows without the different ids; null with a reason where no row has one."""
    import polars as pl

    n = pl.col("n")
    return current.frame.select(
        *current.by,
        value=pl.when(n > 0).then((n - pl.col("ids")) / n),
        n=n,
        reason=pl.when(n == 0).then(pl.lit("no_ids")),
    )


METRIC = Metric(
    name="duplicate_share",
    title="Share of rows whose id the scope has already",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    leaves_out=True,
    low=0.0,
    high=1.0,
    identifies=True,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
