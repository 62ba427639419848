"""Slices: the combinations of some dimensions' values in each scope, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Table, build_results

if TYPE_CHECKING:
    import polars as pl

Values = tuple[str, ...]
"""What a row has in some dimensions, in their order."""

MOST_NAMED = 20
"""Slices that are named where every one may differ."""


def name_counts(_: Ask) -> Mapping[str, Measure]:
    """Rows of each slice."""
    return {"n": Measure("count")}


def count_slices(table: Table, of: Values) -> dict[Values, Counter[Values]]:
    """Rows of each slice (its values of `of`) in each scope (its values of `by`), by the measure `n`."""
    scopes: dict[Values, Counter[Values]] = {}
    for row in table.frame.iter_rows(named=True):
        slices = scopes.setdefault(tuple(row[name] for name in table.by), Counter())
        slices[tuple(row[name] for name in of)] += row["n"]
    return scopes


def pair_scopes(current: Table, reference: Table, of: Values) -> list[tuple[Values, Counter[Values], Counter[Values]]]:
    """Count each scope's slices beside those of the reference's scope that contains it; empty where there is none."""
    known = count_slices(reference, of)
    pairs = []
    for values, slices in sorted(count_slices(current, of).items()):
        scope = dict(zip(current.by, values, strict=True))
        pairs.append((values, slices, known.get(tuple(scope[name] for name in reference.by), Counter())))
    return pairs


def name_slice(of: Values, values: Values, n: int, reference: int, kind: str) -> dict[str, object]:
    """Name a slice, with its rows here and in the reference."""
    return {"of": json.dumps(dict(zip(of, values, strict=True))), "n": n, "reference": reference, "kind": kind}


Judge = Callable[[Counter[Values], Counter[Values]], Mapping[Values, str]]
"""(slices of a scope, slices of its reference) -> those that are named, each with its kind."""


def find_slice_shares(
    ask: Ask, current: Table, reference: Table, judge: Judge, *, others: bool = False
) -> pl.DataFrame:
    """The part of each scope's rows in the slices that `judge` names, or in the `others`. The named ones are listed,
    the largest first. Null, `no_baseline`, where the reference has no row for the scope."""
    results: list[dict[str, object]] = []
    for values, here, there in pair_scopes(current, reference, ask.of):
        kinds = judge(here, there) if there else {}
        named = sorted(kinds, key=lambda slice_: (-here[slice_], slice_))
        part = sum(here[slice_] for slice_ in named)
        result: dict[str, object] = {
            "value": (here.total() - part if others else part) / here.total() if there else None,
            "n": here.total(),
            "reason": None if there else "no_baseline",
            "slices": [name_slice(ask.of, one, here[one], there[one], kinds[one]) for one in named],
        }
        results.append({**dict(zip(current.by, values, strict=True)), **result})
    return build_results(current.by, results, "slices")


def list_absent(of: Values, absent: Mapping[Values, int]) -> list[dict[str, object]]:
    """List the slices that the reference lacks, each with its rows here, as findings have them: the largest first."""
    largest_first = sorted(absent.items(), key=lambda item: (-item[1], item[0]))
    return [name_slice(of, values, n, 0, "absent") for values, n in largest_first]
