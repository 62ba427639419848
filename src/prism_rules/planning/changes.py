"""Changes: what is new, worse, better, cleared or lost since the plan before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prism_rules.model.plan import Change, Cleared, Finding, Plan

SEVERITY = {"pass": 0, "no_data": 1, "insufficient": 2, "unsure": 3, "warn": 4, "fail": 5}
NOT_EVALUATED = ("no_data", "insufficient")
FURTHER = 0.10
"""A finding of the same status is worse when it moved away from its bound by more than this share of the bound."""


def compare_findings(findings: Sequence[Finding], previous: Plan | None, today: str) -> list[Finding]:
    """Give every finding its `change` and the day since when it has not passed."""
    before = {f.id: f for f in previous.findings} if previous else {}
    return [_compare(finding, before, today) for finding in findings]


def list_cleared(findings: Sequence[Finding], previous: Plan | None) -> tuple[Cleared, ...]:
    """List the findings of the previous plan that were evaluated and hold now."""
    if previous is None:
        return ()
    now = {f.id: f for f in findings if f.status == "pass"}
    return tuple(
        Cleared(id=f.id, rule=f.rule, scope=f.scope, was=f.value, value=now[f.id].value, since=f.since)
        for f in previous.findings if f.id in now and f.status not in NOT_EVALUATED
    )


def rank_status(finding: Finding) -> int:
    """Rank a finding's status, the hidden one where it is waived."""
    return SEVERITY[finding.hides or "pass"] if finding.status == "waived" else SEVERITY[finding.status]


def _compare(finding: Finding, before: Mapping[str, Finding], today: str) -> Finding:
    old = before.get(finding.id)
    if old is None or finding.status == "pass":
        return finding.model_copy(update={"since": today})
    return finding.model_copy(update={"since": old.since, "change": _name_change(finding, old)})


def _name_change(finding: Finding, old: Finding) -> Change:
    if finding.status in NOT_EVALUATED and old.status not in NOT_EVALUATED:
        return "lost"
    now, then = rank_status(finding), rank_status(old)
    if now != then:
        return "worse" if now > then else "better"
    far, was = _measure_distance(finding), _measure_distance(old)
    if far is None or was is None or abs(far - was) <= FURTHER * max(was, 1e-9):
        return "same"
    return "worse" if far > was else "better"


def _measure_distance(finding: Finding) -> float | None:
    """Measure how far a value lies from the bound that it crosses."""
    if finding.bound is None or finding.value is None or isinstance(finding.bound.value, tuple):
        return None
    value = finding.value
    if finding.bound.kind in ("drop", "rise", "change"):
        if finding.baseline is None or finding.baseline.value is None:
            return None
        value = abs(value - finding.baseline.value)
        limit = finding.bound.value * (abs(finding.baseline.value) if finding.bound.relative else 1)
        return abs(value - limit)
    return abs(value - finding.bound.value)
