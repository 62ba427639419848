"""SQL: one aggregate expression of the author's own, for what the catalogue does not measure.

**Definition.** The value of the expression in `of` over the rows of a scope, for example `count(*) FILTER (WHERE
overridden) / nullif(count(*), 0)`. It is one aggregate expression in DuckDB's dialect over the fields and dimensions
of the source, made of allowed functions only; it is parsed, vetted, and written anew before it runs.

**Class role.** `rows`: rows with that class. **Support.** All rows of the scope. An expression that filters rests on
fewer rows than that: `min_n` does not see it, so let the expression be null where it counts too few.

**When it misleads.** Nothing is known of the expression but its value: no range, no interval, no manual page. It is
not additive, so it is computed anew at each grain. Where a metric of the catalogue says the same, prefer that.

**Usual bounds.** The author's.

**Degenerate cases.** The expression is null, or not finite (0/0): null, `undefined`. A scope without a row is not
measured at all (`no_rows`), also where a count would say 0.

**Source.** The author of the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """The expression as the gate wrote it anew, and the rows that it saw."""
    return {"value": Measure("value", of=ask.of[0]), "n": Measure("count")}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Pass the value on where there is one."""
    import polars as pl

    value = pl.col("value")
    defined = value.is_finite().fill_null(value=False)
    return current.frame.select(
        *current.by,
        value=pl.when(defined).then(value),
        n=pl.col("n"),
        reason=pl.when(~defined).then(pl.lit("undefined")),
    )


METRIC = Metric(
    name="sql",
    title="An aggregate expression of the author",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=None,
    high=None,
    of="expression",
    measures=name_measures,
    finish=finish,
    subject="values",
)
