"""A measurement: a metric at a scope and window, the number that is judged, stored and printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from prism_rules.inference import Difference, Estimate
from prism_rules.model.plan import BaselineValue, Pair, Scope, Slice

ScopeKey = tuple[tuple[str, str], ...]
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric at a scope and window, and what it is compared with."""

    scope: Scope
    window: tuple[str | None, str]
    value: float | None
    n: int
    reason: str | None = None
    """Why there is no value."""
    short: str | None = None
    """What it has too few of to be judged, whatever `min_n` says."""
    slices: tuple[Slice, ...] = ()
    pairs: tuple[Pair, ...] = ()
    excluded: int = 0
    """Rows of the scope that have nothing to measure."""
    estimate: Estimate | Difference | None = None
    """How sure the value is."""
    critical: float | None = None
    """A value up to here is no evidence, whatever the bound."""
    changed_at: str | None = None
    """Of a series: since when it has been leaving its place."""
    slope: float | None = None
    """Of a series: the change per step, where the test estimates one."""
    baseline: BaselineValue | None = None
    reference: Estimate | None = None
    """How sure the baseline is."""


def key_scope(scope: Mapping[str, str]) -> ScopeKey:
    """Turn a scope into something to look it up by."""
    return tuple(sorted(scope.items()))


def write_moment(moment: datetime) -> str:
    """Write a UTC time as ISO 8601 with `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def round_value(value: float | None) -> float | None:
    """Round half-even to 6 decimals, once: this number is judged, stored and printed. Non-finite is null."""
    if value is None or not -1e300 < value < 1e300:
        return None
    return round(value, DECIMALS) + 0.0
