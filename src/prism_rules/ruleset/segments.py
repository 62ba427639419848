"""Which scopes of a rule its settings tell apart, known before data: each declared class, and what overrides name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset.globs import ANYTHING, is_glob, list_common, matches
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.judgement import Setting, Settings, index_settings

MOST = 1_000
"""Segments of one rule that are told apart. Overrides that all meet one another make more than anybody reads."""
UNDECLARED = ("(unknown)", "(none)")
"""Scopes beside the declared ones, under a rule with `unknown: true`."""

Place = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Segment:
    """Scopes that the same settings fit, and that are therefore judged alike, each field set in the same place."""

    values: tuple[str, ...]
    """The declared classes, or families, whose scopes they are; empty where the rule tells none apart, or where any
    class that is met is one."""
    match: Mapping[str, tuple[str, ...]]
    """Other dimension -> the patterns that its value fits; empty for whatever no narrower segment is about."""
    scope: Mapping[str, str]
    """One of them; it stands for all."""
    fitting: tuple[Setting, ...]
    """What is set for them, the most specific first."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a rule, what is set for more scopes before what is set for fewer."""

    all: tuple[Segment, ...]
    axis: str | None
    """`class` or `family`, where their declared values are listed."""
    values: tuple[str, ...]
    """Every value of the axis."""
    complete: bool
    """False when there are more than `MOST`."""


def list_segments(model: Ruleset, rule_id: str) -> Segments:
    """List the segments of a rule. Every scope that it may meet is in one of them."""
    rule = model.rules[rule_id]
    settings = index_settings(rule_id, rule)
    axis, values = _find_axis(model, rule)
    closed = {"class": ("class", "family"), "family": ("family",)}.get(axis or "", ())
    opened = [dimension for dimension in list_scope(rule) if dimension not in closed]
    found: dict[tuple[int, ...], tuple[dict[str, str], tuple[Setting, ...], list[str]]] = {}
    complete = True
    for base, places in _list_bases(model, settings, axis, values):
        complete = complete and len(places) <= MOST
        for place in places:
            scope = base | {name: place.get(name, "*").replace("*", ANYTHING) for name in opened}
            fitting = tuple(settings.rank_fitting(add_family(model, scope)))
            entry = found.setdefault(tuple(map(id, fitting)), (scope, fitting, []))
            if axis and base[axis] not in entry[2][-1:]:
                entry[2].append(base[axis])
    segments = [
        Segment(tuple(names), _find_patterns(fitting, opened), scope, fitting)
        for scope, fitting, names in found.values()
    ]
    return Segments(tuple(segments[:MOST]), axis, tuple(values), complete and len(segments) <= MOST)


def _find_axis(model: Ruleset, rule: Rule) -> tuple[str | None, list[str]]:
    undeclared = UNDECLARED if rule.unknown else ()
    families = dict.fromkeys(entry.family for entry in model.classes.values() if entry.family)
    for axis, declared in (("class", [*model.classes]), ("family", [*families])):
        if axis in rule.by and declared:
            return axis, [*declared, *undeclared]
    return None, []


def _list_bases(
    model: Ruleset, settings: Settings, axis: str | None, values: Sequence[str]
) -> Iterator[tuple[dict[str, str], list[Place]]]:
    """List each value of the axis, with the places inside it that settings tell apart."""
    if axis is None:
        yield {}, _list_places([setting.match for setting in settings.all])
        return
    # Those of one class alone are looked at for that class alone.
    named: dict[str | None, list[Setting]] = {}
    for setting in settings.all:
        pattern = setting.match.get(axis)
        named.setdefault(None if pattern is None or is_glob(pattern) else pattern, []).append(setting)
    for value in values:
        base = {axis: value}
        known = add_family(model, base)
        inside = [
            {name: pattern for name, pattern in setting.match.items() if name not in known}
            for setting in (*named.get(None, ()), *named.get(value, ()))
            if all(matches(pattern, known[name]) for name, pattern in setting.match.items() if name in known)
        ]
        yield base, _list_places(inside)


def _list_places(matched: Iterable[Place]) -> list[Place]:
    """List where matches hold, alone and together: the whole, then each match with every place found before it.

    More than `MOST` are as good as all of them.
    """
    places: dict[frozenset[tuple[str, str]], Place] = {frozenset(): {}}
    for match in {frozenset(match.items()): match for match in matched}.values():
        for place in [*places.values()]:
            for met in _meet(place, match):
                places.setdefault(frozenset(met.items()), met)
            if len(places) > MOST:
                return [*places.values()]
    return [*places.values()]


def _meet(one: Place, other: Place) -> Iterator[Place]:
    shared = [name for name in other if name in one]
    for patterns in product(*(_intersect(one[name], other[name]) for name in shared)):
        yield {**one, **other, **dict(zip(shared, patterns, strict=True))}


def _intersect(one: str, other: str) -> list[str]:
    """List patterns of what fits two others: the narrower one, or what their ends have in common."""
    if matches(one, other):
        return [other]
    if matches(other, one):
        return [one]
    return [common.replace(ANYTHING, "*") for common in list_common(one, other)]


def _find_patterns(fitting: Sequence[Setting], dimensions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Find what is asked of each dimension, without what something narrower says already."""
    found = {}
    for name in dimensions:
        patterns = dict.fromkeys(s.match[name] for s in fitting if s.match.get(name, "*").strip("*"))
        found[name] = tuple(p for p in patterns if not any(q != p and matches(p, q) for q in patterns))
    return {name: patterns for name, patterns in found.items() if patterns}
