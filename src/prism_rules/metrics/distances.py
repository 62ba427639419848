"""Distances: the bins or categories of a column, counted in each scope beside those of its reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Subject, Table, build_results, name_columns
from prism_rules.metrics.slices import Values, pair_scopes
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl

MOST_NAMED = 10
"""Bins or categories that are named of a scope."""
HALF = 0.5
"""Rows that every bin or category has beside those that were counted, so that no share is 0."""
FLOOR = 1e-4
"""The share of one without rows, under the other policy."""

HowMany = Annotated[int, Field(ge=2, le=50)]
Zeros = Literal["half", "floor"]
Shares = list[tuple[float, float]]
"""(here, in the reference)"""
Named = tuple[int, str]
"""(place of a bin or category in a mix, the kind of slice that it is told as)"""
Found = Mapping[str, Any]


class Bins(Frozen):
    """How a column of numbers is binned."""

    bins: HowMany = 10
    """how many bins a column of numbers has, each with the same part of the reference: 2 to 50"""


class SmoothedBins(Frozen):
    """How a column of numbers is binned, and what an empty bin or category counts as."""

    bins: HowMany = 10
    """how many bins a column of numbers has, each with the same part of the reference: 2 to 50"""
    zeros: Zeros = "half"
    """`half`: each bin or category has half a row more; `floor`: an empty one has the share 0.0001"""


@dataclass(frozen=True, slots=True)
class Mix:
    """The rows of a scope and of its reference in each bin or category, in the order of their names or edges."""

    names: tuple[str, ...]
    current: tuple[int, ...]
    reference: tuple[int, ...]

    @property
    def n(self) -> int:
        """Rows of the scope."""
        return sum(self.current)

    @property
    def m(self) -> int:
        """Rows of the reference."""
        return sum(self.reference)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(rows here, rows in the reference) of each."""
        return [*zip(self.current, self.reference, strict=True)]

    def list_shares(self) -> Shares:
        """List the shares as they were counted."""
        n, m = self.n, self.m
        return [(c / n, r / m) for c, r in self.pairs]

    def smooth_shares(self, zeros: Zeros) -> Shares:
        """List shares of which none is 0."""
        if zeros == "floor":
            return [(p or FLOOR, q or FLOOR) for p, q in self.list_shares()]
        n, m = (side + HALF * len(self.names) for side in (self.n, self.m))
        return [((c + HALF) / n, (r + HALF) / m) for c, r in self.pairs]

    def list_distances(self) -> list[int]:
        """List how much larger each share is here than in the reference, times n m: whole numbers are exact."""
        n, m = self.n, self.m
        return [c * m - r * n for c, r in self.pairs]


def compute_moved(mix: Mix) -> tuple[int, int]:
    """Compute the total variation of two mixes as an exact fraction."""
    return sum(map(abs, mix.list_distances())), 2 * mix.n * mix.m


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Rows of each category; of a number those with a value, and how many of them lie up to each edge."""
    if not ask.numeric:
        return {"n": Measure("count")}
    [column] = name_columns(*ask.of).values()
    reached = {str(k): Measure("cumulative", of=column, at=k) for k in range(1, ask.params.bins)}
    return {"n": Measure("count", of=column), **reached}


def pair_mixes(ask: Ask, current: Table, reference: Table) -> Iterator[tuple[Values, Mix]]:
    """Pair the counts of each scope with those of the reference's scope that contains it, in the order of scopes."""
    return _pair_bins(current, reference) if ask.numeric else _pair_categories(ask, current, reference)


def _pair_categories(ask: Ask, current: Table, reference: Table) -> Iterator[tuple[Values, Mix]]:
    for values, here, there in pair_scopes(current, reference, ask.of):
        met = sorted({*here, *there})
        counts = (tuple(side[category] for category in met) for side in (here, there))
        yield values, Mix(tuple(name for (name,) in met), *counts)


def _pair_bins(current: Table, reference: Table) -> Iterator[tuple[Values, Mix]]:
    edges = current.edges[:-1]
    ends = [k for k, edge in enumerate(edges) if not k or edge > edges[k - 1]]
    names = name_bins([edges[k] for k in ends])
    known = {tuple(row[d] for d in reference.by): row for row in reference.frame.iter_rows(named=True)}
    found = {tuple(row[d] for d in current.by): row for row in current.frame.iter_rows(named=True)}
    for values, row in sorted(found.items()):
        scope = dict(zip(current.by, values, strict=True))
        other = known.get(tuple(scope[d] for d in reference.by))
        yield values, Mix(names, _count_bins(row, ends), _count_bins(other, ends) if other else (0,) * len(names))


def _count_bins(row: Mapping[str, Any], ends: list[int]) -> tuple[int, ...]:
    reached = [0, *(row[str(k + 1)] for k in ends), row["n"]]
    return tuple(more - less for less, more in pairwise(reached))


def name_bins(edges: list[float]) -> tuple[str, ...]:
    """Name the bins between edges: "(-inf, 10.9]", "(10.9, 20.8]", "(20.8, inf)"; with more digits where two edges
    would read alike."""
    digits = next((d for d in range(6, 17) if len({f"{edge:.{d}g}" for edge in edges}) == len(edges)), 17)
    ends = ["-inf", *(f"{edge:.{digits}g}" for edge in edges), "inf"]
    return tuple(f"({low}, {high}{')' if high == 'inf' else ']'}" for low, high in pairwise(ends))


def name_moved(mix: Mix) -> list[Named]:
    """Name the bins or categories whose share moved most, the furthest first."""
    moved = sorted((-abs(distance), at, distance) for at, distance in enumerate(mix.list_distances()) if distance)
    return [(at, "more" if distance > 0 else "less") for _, at, distance in moved[:MOST_NAMED]]


def compare_mixes(
    ask: Ask, current: Table, reference: Table | None, measure: Callable[[Any, Mix], Found], *further: str
) -> pl.DataFrame:
    """Measure every scope that has a reference, by the metric's parameters; the others are null with a reason.

    `measure` gives `value`, or `reason` where that is null, what is `further` told, and what is `named` unless that is
    what moved most.
    """
    assert reference is not None
    results: list[dict[str, object]] = []
    for values, mix in pair_mixes(ask, current, reference):
        reason = _find_lack(ask, current, mix)
        found: Found = {"reason": reason, "named": ()} if reason else measure(ask.params, mix)
        named: Iterable[Named] = found["named"] if "named" in found else name_moved(mix)
        slices = [
            {"of": json.dumps({ask.of[0]: mix.names[at]}), "n": mix.current[at], "reference": mix.reference[at],
             "kind": kind} for at, kind in named
        ]  # fmt: skip
        scope = dict(zip(current.by, values, strict=True))
        told = {name: found.get(name) for name in ("value", "reason", *further)}
        results.append({**scope, **told, "n": mix.n, "slices": slices})
    return build_results(current.by, results, "slices", *further)


def _find_lack(ask: Ask, current: Table, mix: Mix) -> str | None:
    if not mix.m:
        return "no_baseline"
    # Where the first edge is the greatest value already, all but the first bin's part of the reference is that value.
    if ask.numeric and (not current.edges or current.edges[0] == current.edges[-1]):
        return "constant_reference"
    return None if mix.n else "no_values"


def make_distance(
    name: str,
    title: str,
    measure: Callable[[Any, Mix], Found],
    *further: str,
    high: float | None,
    params: type[Frozen] = Bins,
    subject: Subject = "drift",
) -> Metric:
    """Make the metric of how far two mixes are apart, or how near; `high` is the end of its range."""
    return Metric(
        name=name,
        title=title,
        roles=ROLES,
        fields=(),
        class_role="rows",
        unit="rows",
        low=0.0,
        high=high,
        params=params,
        leaves_out=True,
        of="field",
        relation="binned",
        mixes=True,
        guarded="critical" in further,
        keys=lambda ask: {} if ask.numeric else name_columns(*ask.of),
        compares=True,
        measures=name_measures,
        finish=lambda ask, current, reference: compare_mixes(ask, current, reference, measure, *further),
        subject=subject,
    )
