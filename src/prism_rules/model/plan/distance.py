"""Distance: how far a finding's value lies from the bound that it crosses."""

from __future__ import annotations

from prism_rules.model.plan.findings import COMPARED, Finding


def measure_distance(finding: Finding) -> float:
    """Measure how far a value lies from the bound that it crosses, in the bound's unit; 0 without either."""
    amount, limit = find_limit(finding)
    return round(abs(amount - limit), 9)


def find_limit(finding: Finding) -> tuple[float, float]:
    """Find what a finding's bound is about, the value or its way from the baseline, and the end that it crosses."""
    bound, value = finding.bound, finding.value
    if bound is None or value is None:
        return 0.0, 0.0
    if isinstance(bound.value, tuple):
        return value, min(bound.value, key=lambda end: abs(end - value))
    if bound.kind not in COMPARED:
        return value, bound.value
    if finding.baseline is None or finding.baseline.value is None:
        return 0.0, 0.0
    base = finding.baseline.value
    return abs(value - base), bound.value * (abs(base) if bound.relative else 1)
