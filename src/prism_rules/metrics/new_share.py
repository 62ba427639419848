"""New share: the part of the rows whose category the reference does not have.

**Definition.** Rows of the scope with a value of the column in `of` that no row of the reference has, at the
reference's own grain / all rows of the scope. A missing value is the category `(none)`. Any column but numbers;
several are measured one by one. New categories are named, the largest first, at most ten.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side.

**How sure.** With `confidence`, the interval of Wilson (1927), given the reference: what it lacks is taken as known.

**When it misleads.** One row in the reference makes a category known. A reference that is short lacks what is rare:
let it be longer than the window. A category that was renamed is new, and its old name has vanished; see
`vanished_share`. Combinations of columns are what `absent_share` is for.

**Usual bounds.** `above: 0.01`; `above: 0` for columns whose values are agreed, such as `class` or a camera's name.

**Degenerate cases.** The reference has no row for the scope: null, `no_baseline` (everything would be new).

**Source.** A plain count.
"""

from __future__ import annotations

from dataclasses import replace

from prism_rules.metrics.distances import MOST_NAMED, Found, Mix, make_distance
from prism_rules.metrics.metric import NoParameters


def measure(_: NoParameters, mix: Mix) -> Found:
    """Count the rows of new categories, and name those."""
    new = sorted((-c, at) for at, (c, r) in enumerate(mix.pairs) if not r)
    value = -sum(c for c, _ in new) / mix.n
    return {"value": value + 0.0, "named": [(at, "absent") for _, at in new[:MOST_NAMED]]}


METRIC = replace(
    make_distance("new_share", "Share of rows in categories that the reference lacks", measure, high=1.0),
    of="category",
    params=NoParameters,
    interval="proportion",
)
