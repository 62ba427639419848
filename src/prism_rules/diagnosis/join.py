"""Joining: the ways in which findings can be chosen that satisfy a `when` and agree with one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from prism_rules.diagnosis.leaves import Leaves
from prism_rules.diagnosis.truth import Truth, both, either, negate
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Leaf, When
from prism_rules.model.scopes import Located

MOST_WAYS = 200_000
"""Ways that one cause may have on its way to a diagnosis: rules that share little meet in very many places."""


class TooManyWays(Exception):
    """A cause's rules meet in more than `MOST_WAYS` places."""


class Way(NamedTuple):
    """Findings chosen together: where they meet, whether they satisfy the `when`, and which of them speak for it."""

    scope: Scope
    truth: Truth
    evidence: frozenset[str] = frozenset()
    unless: tuple[Located[Way], ...] = ()
    """Terms of `none`. They wait for the whole choice: what rules a place out is known when all dimensions are."""


def find_ways(when: When, leaves: Leaves) -> list[Way]:
    """Find the ways that are true or unknown, with nothing left in `unless`. Raises TooManyWays."""
    ways = _combine(when, leaves)
    settled = (way._replace(truth=_settle(way, way.scope), unless=()) if way.unless else way for way in ways)
    return [way for way in settled if way.truth is not False]


def _combine(when: When, leaves: Leaves) -> list[Way]:
    parts = [_read_term(term, leaves) for term in when.all]
    if when.any:
        parts.append(_complete(_merge(way for term in when.any for way in _read_term(term, leaves))))
    unless = tuple(_locate(_read_term(term, leaves)) for term in when.none)
    ways = _join(parts)
    return [way._replace(unless=way.unless + unless) for way in ways] if unless else ways


def _read_term(term: str | Leaf | When, leaves: Leaves) -> list[Way]:
    if isinstance(term, When):
        return _combine(term, leaves)
    readings = (reading for reading in leaves.read(term).things if reading.truth is not False)
    return [Way(scope, truth, findings if truth else frozenset()) for scope, truth, findings in readings]


def _join(parts: Iterable[list[Way]]) -> list[Way]:
    """Join what shares a dimension with what is joined already, the smallest first: the rest would only multiply."""
    ways, rest, met = [Way({}, True)], [_locate(part) for part in parts], frozenset[str]()
    while rest:
        part = min(rest, key=lambda part: (bool(part.things), met.isdisjoint(part.dimensions), len(part.things)))
        rest.remove(part)
        joined: list[Way] = []
        for way in ways:
            joined += [_meet(way, other) for other in part.find_agreeing(way.scope)]
            if len(joined) > MOST_WAYS:
                raise TooManyWays
        ways = _merge(joined) if met else joined
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
        merged[key] = way._replace(evidence=same.evidence | way.evidence) if same else way
    return list(merged.values())


def _complete(alternatives: list[Way]) -> list[Way]:
    """Let alternatives that are true in a wider place speak in the narrower ones too: there they are true together."""
    wide = _locate(way for way in alternatives if way.truth and not way.unless)
    if len({frozenset(way.scope) for way in alternatives}) < 2:
        return alternatives
    completed = []
    for way in alternatives:
        for other in wide.find_agreeing(way.scope) if way.truth else ():
            if other.scope.items() <= way.scope.items():
                way = way._replace(evidence=way.evidence | other.evidence)
        completed.append(way)
    return completed


def _settle(way: Way, scope: Scope) -> Truth:
    """Say whether a way holds at the scope of the whole choice, once what it excludes is looked for there."""
    truth = way.truth
    for others in way.unless:
        found = either(_settle(other, {**scope, **other.scope}) for other in others.find_agreeing(scope))
        truth = both(truth, negate(found))
    return truth


def _locate(ways: Iterable[Way]) -> Located[Way]:
    return Located((way.scope, way) for way in ways)
