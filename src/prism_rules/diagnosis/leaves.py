"""Leaves: what the findings of a rule say to a cause that asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prism_rules.diagnosis.truth import Truth, either
from prism_rules.model.plan import UNEVALUATED, Finding, Scope
from prism_rules.model.ruleset import Leaf
from prism_rules.model.scopes import Located
from prism_rules.ruleset.terms import read_leaf

NOT_KNOWN = (*UNEVALUATED, "unsure")


class Reading(NamedTuple):
    """Whether a leaf is true at a scope, and the findings that make it so."""

    scope: Scope
    truth: Truth
    findings: frozenset[str]


class Leaves:
    """The findings of one evaluation, each with the scope that is compared, read once per way of asking for them."""

    def __init__(self, findings: Iterable[tuple[Scope, Finding]]) -> None:
        self._findings: dict[str, list[tuple[Scope, Finding]]] = {}
        for scope, finding in findings:
            self._findings.setdefault(finding.rule, []).append((scope, finding))
        self._read: dict[tuple[str, tuple[str, ...], bool], Located[Reading]] = {}

    def read(self, term: str | Leaf) -> Located[Reading]:
        """Read a leaf at each scope of its rule; `anywhere` makes one reading of all, which agrees with every scope."""
        leaf = read_leaf(term)
        asked = (leaf.rule, leaf.statuses, leaf.anywhere)
        if asked not in self._read:
            self._read[asked] = Located((reading.scope, reading) for reading in self._list_readings(leaf))
        return self._read[asked]

    def _list_readings(self, leaf: Leaf) -> Iterator[Reading]:
        readings = [
            Reading(scope, judge(leaf, finding), frozenset((finding.id,)))
            for scope, finding in self._findings.get(leaf.rule, ())
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
