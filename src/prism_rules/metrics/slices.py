"""Slices: the combinations of some dimensions' values in each scope, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from prism_rules.metrics.metric import Table

Values = tuple[str, ...]
"""What a row has in some dimensions, in their order."""


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


def list_absent(of: Values, absent: Mapping[Values, int]) -> list[dict[str, object]]:
    """List the slices that the reference lacks, each with its rows here, as findings have them: the largest first."""
    largest_first = sorted(absent.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"of": json.dumps(dict(zip(of, values, strict=True))), "n": n, "reference": 0, "kind": "absent"}
        for values, n in largest_first
    ]
