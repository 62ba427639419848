"""Slice gap: by how much the error rate of a slice lies above that of the rest.

**Definition.** `of` is a dimension that stands in `by`. The error rate (rows with `label` other than `class` / rows
with a `label`) of each scope minus that of the rest: the rows that agree with the scope on all other dimensions and
have another value of `of`. With `by: [class, lighting]` and `of: lighting` it is, for each class, glare against all
other lighting. Positive where the slice is worse.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Rows with a label in the slice.

**How sure.** With `confidence`, Newcombe's interval of a difference of two shares; rows are taken as independent. A
rule fails when the whole interval lies beyond its bound, which is stricter than that it leaves out 0: for that alone
give the bound 0 with `confidence`, and the least gap that matters as `warn`.

**When it misleads.** The rest is no standard: where most rows are of one slice, the others are compared with that one
alone, and where all slices are bad no gap is seen; bound `error_rate` too. A slice may be worse because harder classes
are met there: put `class` into `by`. Of many slices some differ by chance: give `false_discovery_rate`, or a
`confidence` near 1. Rows are seldom labelled at random; a slice in which only doubtful rows are labelled looks worse
than it is.

**Usual bounds.** `above: 0.05`, with `confidence: 0.95` and `min_n: 30`.

**Degenerate cases.** No labelled row in the slice: null, `no_labels`. None in the rest: null, `no_rest`, as where the
dimension has one value. A missing value is the slice `(none)`: it is part of the rest, and a scope of its own only
under `unknown: true`.

**Source.** A plain difference, with the interval (method 10) of Newcombe (1998), Interval Estimation for the Difference
Between Independent Proportions, Statistics in Medicine 17, 873-890.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prism_rules.metrics.errors import name_errors
from prism_rules.metrics.metric import SHARES, Ask, Metric, Table, build_results

if TYPE_CHECKING:
    import polars as pl


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Take each scope out of all that agree with it on the other dimensions, and compare it with what is left."""
    others = [name for name in current.by if name not in ask.of]
    rows = current.frame.sort(*current.by).to_dicts()
    labelled, wrong = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for row in rows:
        place = tuple(row[name] for name in others)
        labelled[place] += row["n"]
        wrong[place] += row["wrong"]
    results: list[dict[str, object]] = []
    for row in rows:
        place = tuple(row[name] for name in others)
        n, rest = row["n"], labelled[place] - row["n"]
        result: dict[str, object] = {**{name: row[name] for name in current.by}, "n": n}
        if n and rest:
            share, other = row["wrong"] / n, (wrong[place] - row["wrong"]) / rest
            result |= {"value": share - other, **dict(zip(SHARES, (share, n, other, rest), strict=True))}
        else:
            result["reason"] = "no_rest" if n else "no_labels"
        results.append(result)
    return build_results(current.by, results, *SHARES)


METRIC = Metric(
    name="slice_gap",
    title="Error rate of a slice above that of the rest",
    roles=("predictions",),
    fields=("label", "class"),
    class_role="rows",
    unit="rows",
    low=-1.0,
    high=1.0,
    interval="difference",
    of="grouped",
    measures=name_errors,
    finish=finish,
    subject="outcome",
)
