"""Kolmogorov-Smirnov statistic: the greatest distance between the distribution of a number and that of a reference.

**Definition.** The share of the scope's n numbers that are at or below x, less the share of the reference's m numbers
that are, taken at the x where the two lie farthest apart, without its sign: 0 for the same distribution, 1 where all
numbers of one side lie below all of the other. It is taken over the numbers as they are, never over bins, which give
no more than a lower bound. Counted in whole numbers, and divided once. Several columns, or `features` for all of
them, are measured one by one.

**Class role.** `rows`: rows with that class. **Support.** Rows of the current side with a value; the others are left
out.

**How sure.** Where nothing has moved, the value times the root of n m / (n + m) follows Kolmogorov's distribution, of
which 1.3581 is exceeded once in 20: divided by that root it is the critical value. A rule is `unsure` until the value
lies above its bound and above that. It holds for large samples, errs on the safe side where values repeat, and takes
rows as independent. `confidence` is refused.

**When it misleads.** It is blind to how far the numbers moved: a shift of all by one unit and by a thousand have the
same value once they no longer overlap; see `wasserstein_distance`. It sees the middle of a distribution better than
its ends. Of very many rows even an idle difference is beyond chance, so it is the bound that decides.

**Usual bounds.** `above: 0.1`, a convention: at some value, a tenth of the rows has moved past it.

**Degenerate cases.** No number in the scope: null, `no_values`. None in the reference's scope: null, `no_baseline`.
Null, NaN, infinite numbers and those beyond 10^12 are left out and counted by intake. With three numbers on each side,
or fewer, the critical value lies beyond 1, and nothing is beyond chance.

**Source.** Smirnov (1939), Estimate of Deviation between Empirical Distribution Functions in Two Independent Samples,
Bulletin of Moscow University 2, 3-16; Conover (1999), Practical Nonparametric Statistics, section 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from prism_rules.inference import find_kolmogorov_point
from prism_rules.metrics.metric import CHANCE, ROLES, Ask, Measure, Metric, Table, build_results

if TYPE_CHECKING:
    import polars as pl


@cache
def _find_point() -> float:
    return find_kolmogorov_point(CHANCE)


def find_critical(n: int, m: int) -> float:
    """Find the statistic that chance alone exceeds once in 20, of `n` numbers and `m` others."""
    return _find_point() * math.sqrt((n + m) / (n * m))


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Numbers of both sides, and the greatest distance of their functions times both."""
    return {name: Measure("greatest", of=f"_{name}") for name in ("n", "m", "gap")}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where a side has no numbers."""
    results: list[dict[str, object]] = []
    for row in current.frame.iter_rows(named=True):
        n, m = row["n"], row["m"]
        result: dict[str, object] = {
            "value": row["gap"] / (n * m) if n and m else None,
            "n": n,
            "reason": None if n and m else "no_baseline" if n else "no_values",
            "critical": find_critical(n, m) if n and m else None,
        }
        results.append({**{name: row[name] for name in current.by}, **result})
    return build_results(current.by, results, "critical")


METRIC = Metric(
    name="ks_statistic",
    title="Greatest distance of a number's distribution from a reference (Kolmogorov-Smirnov)",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    of="column",
    relation="ecdf",
    compares=True,
    guarded=True,
    measures=name_measures,
    finish=finish,
    subject="drift",
)
