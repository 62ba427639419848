"""Judging: what a rule's bounds say of a measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from prism_rules.metrics import METRICS
from prism_rules.model.identity import make_id
from prism_rules.model.plan import BaselineValue, Bound, Finding, Scope, Slice
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.judgement import COMPARED, Judgement, crossed, resolve_judgement


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric at a scope and window."""

    rule: str
    scope: Scope
    window: tuple[str | None, str]
    value: float | None
    n: int
    reason: str | None = None
    slices: tuple[Slice, ...] = ()
    baseline: BaselineValue | None = None


def round_value(value: float | None) -> float | None:
    """Round half-even to 6 decimals, once: this number is judged, stored and printed. Non-finite is null."""
    if value is None or not math.isfinite(value):
        return None
    return round(value, 6) + 0.0


def judge(resolved: Resolved, name: str, m: Measurement) -> Finding | None:
    """Judge a measurement by what the ruleset sets for its scope; None where the rule is not enabled."""
    judgement = resolve_judgement(resolved.model, name, m.scope)
    if not judgement.enabled:
        return None
    baseline = m.baseline.value if m.baseline else None
    status, bound, reason = decide_status(judgement, m.value, baseline, m.n, m.reason)
    return Finding(
        id=make_id("finding", resolved.model.metadata.name, name, m.scope),
        rule=name,
        scope=m.scope,
        status=status,
        value=m.value,
        n=m.n,
        unit=METRICS[resolved.model.rules[name].metric].unit,
        bound=bound,
        baseline=m.baseline,
        window=m.window,
        reason=reason,
        since=m.window[1][:10],
        slices=m.slices,
    )


def decide_status(
    judgement: Judgement, value: float | None, baseline: float | None, n: int, reason: str | None
) -> tuple[Literal["fail", "warn", "pass", "insufficient", "no_data"], Bound | None, str | None]:
    """Judge a value: its status, the bound that decided (or would have), and the reason where there is no verdict."""
    if value is None or not math.isfinite(value):
        reason, value = reason or "undefined", None
    if baseline is not None and not math.isfinite(baseline):
        baseline = None
    bounds = (*judgement.fail, *judgement.warn)
    first = Bound(**bounds[0].model_dump(exclude={"match"})) if bounds else None
    if value is None:
        return "no_data", first, reason
    if n < judgement.min_n:
        return "insufficient", first, f"{n} of the {judgement.min_n} that the rule asks for"
    if baseline is None and any(bound.kind in COMPARED for bound in bounds):
        return "no_data", first, "no_baseline"
    for bound in bounds:
        if crossed(bound, value, baseline):
            return bound.level, Bound(**bound.model_dump(exclude={"match"})), None
    return "pass", first, None
