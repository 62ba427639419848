"""Completeness: the part of the rows that have a value in every one of some columns.

**Definition.** Rows in which no column of `of` is missing / all rows of the scope. The columns are taken together: a
row that lacks two counts once. Any columns of the source are allowed: fields, dimensions, features, and what it looks
up. Missing is null; in a number also NaN, an infinite number, one beyond 10^12, and a confidence outside of 0 to 1;
in a text also one of blanks alone, `(none)`, and what the parameter `sentinels` lists: the words and numbers by which
your pipeline says "unknown", such as `["n/a", "-", -1]`. Words are compared as they are written, without the blanks
around them; a number meets the same number in a column of numbers and in one of texts.

**Class role.** `rows`: rows with that class. **Support.** All rows of the scope.

**How sure.** With `confidence`, the interval of Wilson (1927). Gaps come in runs, a sensor that is off or a join that
broke, and then it is too narrow.

**When it misleads.** A filled column may be filled with a default, and present is not right. The more columns are
listed the lower it is, so name those that a decision needs. Which column is to blame `missing_share` says, which
counts one column, and null alone. A row without a `time` lies in no window and is not here.

**Usual bounds.** `below: 0.95`; `below: 1` for what a gate rests on; a `drop` of 0.02 against `baseline: {window:
28d}`.

**Degenerate cases.** A scope without a row is not measured (`no_rows`).

**Source.** A plain count. Completeness as a dimension of data quality: ISO/IEC 25012:2008.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares
from prism_rules.model.frozen import Frozen, Many

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as missing beside null and blanks."""

    sentinels: Many[str | float] = ()
    """Words and numbers that stand for "unknown" in the data."""


def write_present(column: str, sentinels: tuple[str | float, ...]) -> str:
    """Write the condition that a row has a value in a column, of which `+column` is the data's own and of any type."""
    text = f"""trim(CAST("+{column}" AS VARCHAR), E' \\t\\r\\n')"""
    words = ["", "(none)", *(word.strip() for word in sentinels if isinstance(word, str))]
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    present = [f'"{column}" IS NOT NULL', f'"+{column}" IS NOT NULL', f"{text} NOT IN ({listed})"]
    if numbers := [number for number in sentinels if not isinstance(number, str)]:
        present.append(f"coalesce(TRY_CAST({text} AS DOUBLE) NOT IN ({', '.join(map(repr, numbers))}), true)")
    return " AND ".join(present)


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """All rows, and those with all of the columns."""
    complete = " AND ".join(write_present(column, ask.params.sentinels) for column in ask.of)
    return {"n": Measure("count"), "complete": Measure("count", where=complete)}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide."""
    return find_shares(current, "complete", "no_rows")


METRIC = Metric(
    name="completeness",
    title="Share of rows that have a value in all of some columns",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    interval="proportion",
    of="fields",
    measures=name_measures,
    finish=finish,
    subject="coverage",
)
