"""Coverage: what rule tests have tried of a ruleset, in the ruleset's own terms.

What is to be tried is a list of points, each with its place in the file; what a run tried is read off its findings and
its plan. A point that nothing can reach is not on the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prism_rules.ruleset import Resolved
from prism_rules.ruletests.coverage.actions import find_gates, list_gates
from prism_rules.ruletests.coverage.causes import find_causes, list_causes
from prism_rules.ruletests.coverage.points import KINDS, Kind, Point, Run
from prism_rules.ruletests.coverage.rules import find_rules, list_rules

__all__ = ["KINDS", "Coverage", "Kind", "Point", "Run", "measure_coverage"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every point of a ruleset, by place, and which of them were tried."""

    ruleset: str
    points: tuple[Point, ...]
    tried: frozenset[str]
    """Ids of points."""

    @property
    def untried(self) -> tuple[Point, ...]:
        """What no run tried, by place."""
        return tuple(point for point in self.points if point.id not in self.tried)

    def count(self, kind: Kind | None = None) -> tuple[int, int]:
        """Count the points of a kind, or all: how many were tried, and how many there are."""
        asked = [point for point in self.points if kind in (None, point.kind)]
        return sum(point.id in self.tried for point in asked), len(asked)

    def falls_under(self, percent: float) -> bool:
        """Say whether less than `percent` of all points were tried. Where there is none to try, nothing is missing."""
        tried, total = self.count()
        return tried * 100 < percent * total


def measure_coverage(resolved: Resolved, runs: Iterable[Run]) -> Coverage:
    """Measure what runs of rule tests tried of a ruleset.

    A run has a plan, and every finding of its evaluation, passes too; rules may have been off in it.
    """
    points = [*list_rules(resolved), *list_causes(resolved), *list_gates(resolved)]
    known = {point.id for point in points}
    tried = {
        found for run in runs for find in (find_rules, find_causes, find_gates) for found in find(resolved.model, run)
    }
    ordered = sorted(points, key=lambda point: (point.origin.file, point.origin.line, point.origin.col))
    return Coverage(resolved.model.metadata.name, tuple(ordered), frozenset(tried & known))
