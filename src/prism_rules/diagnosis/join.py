"""Joining: the ways in which findings can be chosen that satisfy a `when` and agree with one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from prism_rules.diagnosis.agreement import Located
from prism_rules.diagnosis.leaves import Findings, read_findings
from prism_rules.diagnosis.truth import Truth, both, either, negate
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Leaf, When
from prism_rules.ruleset.terms import read_leaf

MOST_WAYS = 200_000
"""Ways that one cause may have on its way to a diagnosis: rules that share little meet in very many places."""


class TooManyWays(Exception):
    """A cause's rules meet in more than `MOST_WAYS` places."""


@dataclass(frozen=True, slots=True)
class Way:
    """Findings chosen together: where they meet, whether they satisfy the `when`, and which of them speak for it."""

    scope: Scope
    truth: Truth
    evidence: frozenset[str] = frozenset()
    unless: tuple[Located[Way], ...] = ()
    """Terms of `none`. They wait for the whole choice: what rules a place out is known when all dimensions are."""


def find_ways(when: When, findings: Findings) -> list[Way]:
    """Find the ways that are true or unknown, one per scope and truth. Raises TooManyWays."""
    settled = [replace(way, truth=_settle(way, way.scope), unless=()) for way in _combine(when, findings)]
    return _merge(way for way in settled if way.truth is not False)


def _combine(when: When, findings: Findings) -> list[Way]:
    parts = [_read_term(term, findings) for term in when.all]
    if when.any:
        parts.append(_merge(way for term in when.any for way in _read_term(term, findings)))
    unless = tuple(_locate(_read_term(term, findings)) for term in when.none)
    if not parts and not unless:
        return []
    return [replace(way, unless=way.unless + unless) if unless else way for way in _join(parts)]


def _read_term(term: str | Leaf | When, findings: Findings) -> list[Way]:
    if isinstance(term, When):
        return _combine(term, findings)
    readings = (reading for reading in read_findings(read_leaf(term), findings) if reading.truth is not False)
    return [Way(r.scope, r.truth, r.findings if r.truth else frozenset()) for r in readings]


def _join(parts: Iterable[list[Way]]) -> list[Way]:
    """Join what shares a dimension with what is joined already, the smallest first: the rest would only multiply."""
    ways, rest, met = [Way({}, True)], [_locate(part) for part in parts], frozenset[str]()
    while rest:
        part = min(rest, key=lambda part: (part.size > 0, met.isdisjoint(part.dimensions), part.size))
        rest.remove(part)
        joined: list[Way] = []
        for way in ways:
            joined += (_meet(way, other) for other in part.find_agreeing(way.scope))
            if len(joined) > MOST_WAYS:
                raise TooManyWays
        ways = _merge(joined)
        met |= part.dimensions
    return ways


def _meet(one: Way, other: Way) -> Way:
    scope, evidence = {**one.scope, **other.scope}, one.evidence | other.evidence
    return Way(scope, both(one.truth, other.truth), evidence, one.unless + other.unless)


def _merge(ways: Iterable[Way]) -> list[Way]:
    """Make one of the ways that differ in their evidence alone, so that alternatives add up and do not multiply."""
    merged: dict[tuple[frozenset[tuple[str, str]], Truth, tuple[Located[Way], ...]], Way] = {}
    for way in ways:
        key = (frozenset(way.scope.items()), way.truth, way.unless)
        same = merged.get(key)
        merged[key] = replace(way, evidence=same.evidence | way.evidence) if same else way
    return list(merged.values())


def _settle(way: Way, scope: Scope) -> Truth:
    """Say whether a way holds at the scope of the whole choice, once what it excludes is looked for there."""
    truth = way.truth
    for others in way.unless:
        found = either(_settle(other, {**scope, **other.scope}) for other in others.find_agreeing(scope))
        truth = both(truth, negate(found))
    return truth


def _locate(ways: Iterable[Way]) -> Located[Way]:
    return Located((way.scope, way) for way in ways)
