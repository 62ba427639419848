"""Requests: which queue to draw for one action, and from where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from prism_rules.diagnostics import Route
from prism_rules.model.plan import Scope, Stratum
from prism_rules.model.ruleset import Queue
from prism_rules.ruleset.windows import Length

LEFTOVER = "*"
"""The stratum of all values that `weights` does not name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a diagnosis holds, and the name of its cause: rows there are eligible."""

    scope: Scope
    name: str


@dataclass(frozen=True, slots=True)
class Request:
    """A queue to draw for one action, or a sample of one class."""

    action: str
    """The action's id, or the sample's."""
    where: Route
    """Where the ruleset may have a condition on rows."""
    queue: Queue
    places: tuple[Place, ...]
    frozen: tuple[str, ...] = ()
    """Row ids that were recorded before, in queue order: they are repeated, never redrawn."""
    strata: tuple[Stratum, ...] = ()
    """How the frozen rows were drawn, in their order."""
    drawn: frozenset[str] = frozenset()
    """Row ids of earlier episodes: they are left out."""
    window: Length = None
    """How far back rows are looked at, if not as far as their source says."""
    rate: float | None = None
    """Of a sample: the share of what is eligible that is drawn, rounded up, but no more than the queue's size."""
    people: Mapping[str, str] = field(default_factory=dict)
    """What the engine calls an annotator -> the pseudonym in places and in what is shown; none where names are told."""

    def count_wanted(self, eligible: int) -> int:
        """Count the rows that are asked for, when so many are eligible."""
        return self.queue.size if self.rate is None else min(self.queue.size, count_share(self.rate, eligible))


def count_share(rate: float, eligible: int) -> int:
    """Count the rows that a rate asks for, rounded up."""
    # The rate counts as it is written: the binary fraction nearest to 0.07 makes 8 of 100.
    return math.ceil(Fraction(str(rate)) * eligible)


def list_shown(queue: Queue) -> list[str]:
    """List the columns that a queue shows, in order."""
    return [*dict.fromkeys(queue.show)]


def read_weights(queue: Queue) -> tuple[str | None, dict[str, float]]:
    """Read a queue's strata: the dimension that makes them, and their weights in order of name."""
    for dimension, weights in queue.weights.items():
        return dimension, dict(sorted(weights.items()))
    return None, {LEFTOVER: 1.0}
