"""Unknown share: the part of the rows whose class is not in the taxonomy.

**Definition.** Rows with a class that the `classes` section does not declare, which are placed in `(unknown)` / all
rows of the scope. A row without a class, `(none)`, is not unknown; it counts among all rows, see `missing_share`.

**Class role.** `across`: it is about the classes of a place together, so `by` has neither class nor family.
**Support.** All rows of the scope. Of annotations a row is one label.

**How sure.** With `confidence`, the interval of Wilson (1927), for rows that are independent.

**When it misleads.** Names are compared letter by letter: `Dent` beside `dent` is unknown, and so is a class that was
renamed in one system alone; intake lists the names that were met. A model that can only say declared classes never
says another, whatever it sees: there the pressure shows in `other_share`, in low confidence and in feedback. That the
share stays low says nothing about whether the classes fit.

**Usual bounds.** `above: 0` where the pipeline can only give declared classes; else `above: 0.01`. For growth a
`rise` of 0.01 against `baseline: {window: 28d}`: the taxonomy is under pressure before a fixed bound is crossed.

**Degenerate cases.** The ruleset has no `classes` section: null, `open_taxonomy`, since every class is known. A scope
without a row is not measured (`no_rows`).

**Source.** A plain count. Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference,
Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """All rows, and those of undeclared classes."""
    return {"n": Measure("count"), "unknown": Measure("count", where="class = '(unknown)'")}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide; null where no class is declared."""
    import polars as pl

    found = find_shares(current, "unknown", "no_rows")
    if ask.taxonomy.classes:
        return found
    return found.with_columns(value=pl.lit(None, pl.Float64), reason=pl.lit("open_taxonomy"))


def object_to(ask: Ask) -> str | None:
    """Let nothing be outside of a taxonomy that is open."""
    return None if ask.taxonomy.classes else "declare the classes of the taxonomy under `classes`"


METRIC = Metric(
    name="unknown_share",
    title="Share of rows whose class is not declared",
    roles=ROLES,
    fields=("class",),
    class_role="across",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    object_to=object_to,
    measures=name_measures,
    finish=finish,
    subject="taxonomy",
)
