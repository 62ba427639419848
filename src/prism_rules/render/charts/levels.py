"""Levels: the heights that the bounds of a place amount to, of which some are told from its baseline."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from prism_rules.model.plan import COMPARED, Bound, Cleared, Finding, Passing, Plan, ResolvedBound
from prism_rules.render.bounds import find_bounds, list_families
from prism_rules.ruleset.judgement import find_limits


@dataclass(frozen=True, slots=True)
class Level:
    """A height that a value must not cross, and which side of it is beyond."""

    name: Literal["warn", "fail"]
    value: float
    above: bool
    """True where what is higher is beyond."""


def list_bounds(entry: Finding | Cleared, plan: Plan) -> list[Bound | ResolvedBound]:
    """List the bounds that count at a place, failures first; of a level that only the family of its class would tell,
    which a plan does not say, none."""
    probe = entry if isinstance(entry, Finding) else Passing(
        id=entry.id, rule=entry.rule, scope=entry.scope, value=entry.value, n=0)  # fmt: skip
    unclear = {bound.level for bound in list_families(plan, probe)}
    decided = [bound for bound in (entry.bound, entry.doubted) if bound] if isinstance(entry, Finding) else []
    bounds: list[Bound | ResolvedBound] = []
    for level, settings in find_bounds(plan, probe).items():
        if level not in unclear:
            bounds += settings[0] if settings else [bound for bound in decided if bound.level == level][:1]
    return bounds


def list_levels(entry: Finding | Cleared, plan: Plan, baseline: float | None) -> Sequence[Level]:
    """List the heights of the bounds of a place; of those on the distance from a baseline none without one."""
    return [
        Level(bound.level, end, above)
        for bound in list_bounds(entry, plan)
        for end, above in _list_ends(bound, baseline)
        if math.isfinite(end)
    ]


def _list_ends(bound: Bound | ResolvedBound, baseline: float | None) -> Iterator[tuple[float, bool]]:
    if bound.kind not in COMPARED:
        low, high = find_limits(bound, baseline)
    elif baseline is None:
        return
    else:
        low, high = (baseline + limit for limit in find_limits(bound, baseline))
    yield low, False
    yield high, True


def find_whisker(finding: Finding, baseline: float | None) -> tuple[float, float] | None:
    """Find the interval of a finding as heights; one of the distance from the baseline is told from there."""
    if finding.interval is None or finding.bound is None or finding.bound.kind not in COMPARED:
        return finding.interval
    return None if baseline is None else (baseline + finding.interval[0], baseline + finding.interval[1])
