"""Leaves: what the findings of a rule say to a cause that asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prism_rules.diagnosis.truth import Truth, either
from prism_rules.model.plan import Finding, Scope
from prism_rules.model.ruleset import Leaf

NOT_KNOWN = ("insufficient", "no_data", "unsure")

Findings = Mapping[str, Sequence[tuple[Scope, Finding]]]
"""Rule -> its findings, each with the scope that is compared."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether a leaf is true at a scope, and the findings that make it so."""

    scope: Scope
    truth: Truth
    findings: frozenset[str]


def read_findings(leaf: Leaf, findings: Findings) -> Iterator[Reading]:
    """Read a leaf at every scope of its rule; `anywhere` makes one reading of all, which agrees with every scope."""
    readings = [
        Reading(scope, judge(leaf, finding), frozenset({finding.id})) for scope, finding in findings.get(leaf.rule, ())
    ]
    if not leaf.anywhere:
        yield from readings
    elif readings:
        truth = either(reading.truth for reading in readings)
        yield Reading({}, truth, frozenset().union(*(r.findings for r in readings if r.truth is truth)))


def judge(leaf: Leaf, finding: Finding) -> Truth:
    """Say whether a finding has a status that the leaf asks for; a waived one counts with what the waiver hides."""
    status = finding.hides or finding.status
    if status in leaf.statuses:
        return True
    return None if status in NOT_KNOWN else False
