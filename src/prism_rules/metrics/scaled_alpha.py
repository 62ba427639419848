"""Scaled alpha: Krippendorff's alpha of labels that have an order or are numbers.

Labels disagree by the square of their distance. Over the pairable units, with m_u labels and the points x on the scale,
a unit disagrees by s_u = sum over pairs of its labels of (x - x')^2 / (m_u - 1), chance by e = n S2 - S1^2, where n, S1
and S2 are the sums of 1, x and x^2 over all labels; alpha = 1 - (n - 1) (sum of s_u) / e. In order alone, x is the
mid-rank of a label among all: those below it and half of those beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from prism_rules.metrics.jackknife import estimate_error
from prism_rules.metrics.metric import Ask, Table, build_results
from prism_rules.metrics.scale import place_labels
from prism_rules.metrics.votes import Composition, list_groups

if TYPE_CHECKING:
    import polars as pl

Level = Literal["ordinal", "interval"]

Places = tuple[tuple[int, int], ...]
"""Where the labels of a unit lie: each place with how many there are, in order."""

MOST_STEPS = 5_000_000
"""Without each unit ranks are others. What would take more steps than this, a second or two, is not known."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The labels and their pairs, of all units or of one."""

    labels: Counter[int]
    """Place -> labels there."""
    apart: Counter[tuple[int, int]]
    """Two places -> the pairs of labels of one unit there, each times `common` / (m_u - 1)."""

    def take(self, other: Pairs) -> Pairs:
        """Take a unit away."""
        labels, apart = Counter(self.labels), Counter(self.apart)
        labels.subtract(other.labels)
        apart.subtract(other.apart)
        return Pairs(labels, apart)

    def rank(self) -> dict[int, int]:
        """Give each place its mid-rank, twice, which is whole."""
        ranks, below = {}, 0
        for place in sorted(self.labels):
            ranks[place] = 2 * below + self.labels[place]
            below += self.labels[place]
        return ranks

    def add_up(self, points: Mapping[int, int]) -> tuple[int, int, int, int]:
        """Add up 1, x and x^2 over the labels, and `common` times s_u over the units."""
        n = s1 = s2 = split = 0
        for place, k in self.labels.items():
            x = points[place]
            n, s1, s2 = n + k, s1 + k * x, s2 + k * x * x
        for (a, b), k in self.apart.items():
            split += k * (points[a] - points[b]) ** 2
        return n, s1, s2, split


def measure_scaled(ask: Ask, table: Table, level: Level) -> pl.DataFrame:
    """Give each scope its alpha; when doubted, also `error` by the jackknife, and df = n - 1."""
    results: list[dict[str, object]] = []
    for group in list_groups(ask, table):
        places = place_labels((label for label, _, _ in group.counts), ask.taxonomy, by_value=level == "interval")
        units = place_units(group.composed, places or {})
        n = units.total()
        value, error = compute_alpha(units, level, doubted=ask.doubted) if n else (None, None)
        reason = "not_numbers" if places is None else "single_class" if n else "no_pairable_units"
        results.append(
            {
                **group.scope,
                "value": None if value is None else float(value),
                "n": n,
                "reason": reason if value is None else None,
                **({"error": error, "df": n - 1.0} if ask.doubted else {}),
            }
        )
    return build_results(table.by, results, *(["error", "df"] if ask.doubted else []))


def place_units(composed: Mapping[Composition, int], places: Mapping[str, int]) -> Counter[Places]:
    """Place the units on the scale: those with two labels on it or more."""
    units: Counter[Places] = Counter()
    for (_, votes), k in composed.items():
        at: Counter[int] = Counter()
        for label, n_uc in votes:
            if label in places:
                at[places[label]] += n_uc
        if at.total() > 1:
            units[tuple(sorted(at.items()))] += k
    return units


def compute_alpha(units: Counter[Places], level: Level, *, doubted: bool) -> tuple[Fraction | None, float | None]:
    """Alpha of at least one pairable unit, None where chance cannot disagree; and its error, None where unknown."""
    common = math.lcm(*(sum(k for _, k in unit) - 1 for unit in units))
    whole = Pairs(Counter(), Counter())
    for unit, k in units.items():
        own = pair_labels(unit, common)
        whole.labels.update({place: k * n for place, n in own.labels.items()})
        whole.apart.update({pair: k * n for pair, n in own.apart.items()})
    as_they_are = {place: place for place in whole.labels}

    def conclude(sums: tuple[int, int, int, int]) -> Fraction | None:
        n, s1, s2, split = sums
        chance = n * s2 - s1 * s1
        return 1 - Fraction((n - 1) * split, common * chance) if chance else None

    def list_without() -> Iterator[tuple[Fraction | None, int]]:
        sums = whole.add_up(as_they_are)
        for unit, k in units.items():
            own = pair_labels(unit, common)
            if level == "ordinal":
                rest = whole.take(own)
                yield conclude(rest.add_up(rest.rank())), k
            else:
                n, s1, s2, split = (a - b for a, b in zip(sums, own.add_up(as_they_are), strict=True))
                yield conclude((n, s1, s2, split)), k

    value = conclude(whole.add_up(whole.rank() if level == "ordinal" else as_they_are))
    steps = len(units) * (len(whole.apart) + len(whole.labels)) if level == "ordinal" else 0
    known = doubted and value is not None and steps <= MOST_STEPS
    return value, estimate_error(list_without()) if known else None


def pair_labels(unit: Places, common: int) -> Pairs:
    """Pair the labels of a unit that lie apart. `common`: a multiple of all m_u - 1."""
    weight = common // (sum(k for _, k in unit) - 1)
    return Pairs(Counter(dict(unit)), Counter({(a, b): k * j * weight for (a, k), (b, j) in combinations(unit, 2)}))
