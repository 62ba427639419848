"""Share: the part that each value of a dimension has of the rows of its place.

**Definition.** `of` is one dimension, which stands in `by` as well; the others of `by` are the place. With `of:
channel` and `by: [channel, site]`: rows of the channel at the site / all rows at the site. So the shares of a place
add up to 1. With `of: class` and `by: [class]` they are the class shares; on feedback by channel or class, the mix of
what is reported. Values of a place without a row have no share, but a declared class has the share 0 in every place
that was met.

**Class role.** `rows`: of `class`, rows with that class against all of the place, among them those of `(none)` and
`(unknown)`, whose own shares are shown with `unknown: true`. **Support.** All rows of the place: the trials, and the
same for each value.

**How sure.** With `confidence`, the interval of Wilson (1927) for each share by itself. The shares of a place are not
independent: one rises as others fall. Rows are taken as independent: bursts make it too narrow.

**When it misleads.** A share moves when the others do: it can rise while its own rows fall, see `volume`. A value
other than a class that has vanished altogether is no 0: it is not measured (`no_rows`), also where a baseline had it.
On annotations a row is one label.

**Usual bounds.** A `change` of 0.05 to 0.10 against `baseline: {window: 28d}`; `below` for a class that must be
there; a `rise` for a channel or an error category that grows.

**Degenerate cases.** A place without a row is not measured (`no_rows`).

**Source.** A plain count. Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference,
Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Metric, Table, build_results, name_columns
from prism_rules.metrics.slices import count_slices, name_counts

if TYPE_CHECKING:
    import polars as pl


def list_declared(ask: Ask, place: Mapping[str, str]) -> set[str]:
    """List the classes that have a share of a place with or without rows; where it is a family, those of the family."""
    if ask.of != ("class",):
        return set()
    family = ask.taxonomy.find_family
    return {name for name in ask.taxonomy.classes if family(name) == place.get("family", family(name))}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Divide the rows of each value by those of its place."""
    [of] = ask.of
    places = Table(current.frame, tuple(name for name in current.by if name != of))
    results: list[dict[str, object]] = []
    for values, counts in sorted(count_slices(places, ask.of).items()):
        place, n = dict(zip(places.by, values, strict=True)), counts.total()
        for value in sorted({value for (value,) in counts} | list_declared(ask, place)):
            results.append({**place, of: value, "value": counts[value,] / n, "n": n, "reason": None})
    return build_results(current.by, results)


METRIC = Metric(
    name="share",
    title="Share that a value has of the rows of its place",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    of="grouped",
    keys=lambda ask: name_columns(*ask.of),
    measures=name_counts,
    finish=finish,
    subject="values",
)
