"""Coefficient: agreement as a function of sums over units and labels, and its error without each unit in turn.

All is exact, and whole until the last division: what a unit would add as a fraction is multiplied by `common`, a
multiple of m_u (m_u - 1) for all units of a group.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.metrics.jackknife import estimate_error
from prism_rules.metrics.metric import Ask, Table, build_results
from prism_rules.metrics.votes import Group, list_groups

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Sums:
    """What the units of a group add up to."""

    terms: tuple[int, ...]
    squares: int
    """Of the weights of the labels."""
    classes: int
    """How many labels there are to choose from."""
    common: int


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement."""

    terms: Callable[[str, int, int, int], tuple[int, ...]]
    """(label, n_uc, m_u, common) -> what a unit's votes for a label add to each sum."""
    value: Callable[[Sums], Fraction | None]
    """None where it is undefined."""
    weight: Callable[[int, int, int], int] = lambda _, __, ___: 0
    """(n_uc, m_u, common) -> what a unit adds to the weight of a label, for chance."""
    least: int = 2
    """The fewest labels of a unit that counts for anything."""

    def measure(self, ask: Ask, table: Table) -> pl.DataFrame:
        """Give each scope its value; when doubted, also `error` by the jackknife, and df = n - 1."""
        results: list[dict[str, object]] = []
        for group in list_groups(ask, table):
            sums, weights = self._add_up(group)
            value = self.value(sums) if group.n else None
            result: dict[str, object] = {
                **group.scope,
                "value": None if value is None else float(value),
                "n": group.n,
                "reason": group.explain_null() if value is None else None,
            }
            if ask.doubted:
                known = value is not None
                result["error"] = estimate_error(self._list_without(group, sums, weights)) if known else None
                result["df"] = group.n - 1.0
            results.append(result)
        return build_results(table.by, results, *(["error", "df"] if ask.doubted else []))

    def _add_up(self, group: Group) -> tuple[Sums, dict[str, int]]:
        common = math.lcm(*{m_u * (m_u - 1) for _, _, m_u in group.counts if m_u > 1})
        weights: defaultdict[str, int] = defaultdict(int)
        added: list[int] = []
        for (label, n_uc, m_u), units in group.counts.items():
            if m_u >= self.least:
                weights[label] += units * self.weight(n_uc, m_u, common)
                own = self.terms(label, n_uc, m_u, common)
                added = [a + units * b for a, b in zip(added, own, strict=True)] if added else [units * b for b in own]
        squares = sum(weight * weight for weight in weights.values())
        return Sums(tuple(added), squares, group.classes, common), weights

    def _list_without(self, group: Group, sums: Sums, weights: dict[str, int]) -> Iterator[tuple[Fraction | None, int]]:
        for (m_u, votes), units in group.composed.items():
            if m_u < self.least:
                continue
            terms, squares = sums.terms, sums.squares
            for label, n_uc in votes:
                weight = self.weight(n_uc, m_u, sums.common)
                squares -= (2 * weights[label] - weight) * weight
                own = self.terms(label, n_uc, m_u, sums.common)
                terms = tuple(a - b for a, b in zip(terms, own, strict=True))
            yield self.value(replace(sums, terms=terms, squares=squares)), units
