"""Coefficient: agreement as a function of sums over units and labels, and its error without each unit in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.metrics.jackknife import estimate_error
from prism_rules.metrics.metric import Ask, Table, build_results
from prism_rules.metrics.votes import Group, list_groups

if TYPE_CHECKING:
    import polars as pl

Number = Fraction | int


@dataclass(frozen=True, slots=True)
class Sums:
    """What the units of a group add up to."""

    terms: tuple[Number, ...]
    squares: Number
    """Of the weights of the labels."""
    classes: int
    """How many labels there are to choose from."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement. All is exact."""

    terms: Callable[[str, int, int], tuple[Number, ...]]
    """(label, n_uc, m_u) -> what a unit's votes for a label add to each sum."""
    value: Callable[[Sums], Number | None]
    """None where it is undefined."""
    weight: Callable[[int, int], Number] = lambda _, __: 0
    """(n_uc, m_u) -> what a unit adds to the weight of a label, for chance."""
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

    def _add_up(self, group: Group) -> tuple[Sums, dict[str, Number]]:
        weights: defaultdict[str, Number] = defaultdict(int)
        terms: tuple[Number, ...] = ()
        for (label, n_uc, m_u), units in group.counts.items():
            if m_u >= self.least:
                weights[label] += units * self.weight(n_uc, m_u)
                own = self.terms(label, n_uc, m_u)
                terms = tuple(a + units * b for a, b in zip(terms or (0,) * len(own), own, strict=True))
        return Sums(terms, sum(weight * weight for weight in weights.values()), group.classes), weights

    def _list_without(
        self, group: Group, sums: Sums, weights: dict[str, Number]
    ) -> Iterator[tuple[Number | None, int]]:
        for (m_u, votes), units in group.composed.items():
            if m_u < self.least:
                continue
            terms, squares = sums.terms, sums.squares
            for label, n_uc in votes:
                weight = self.weight(n_uc, m_u)
                squares -= (2 * weights[label] - weight) * weight
                own = self.terms(label, n_uc, m_u)
                terms = tuple(a - b for a, b in zip(terms, own, strict=True))
            yield self.value(Sums(terms, squares, sums.classes)), units
