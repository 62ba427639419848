"""Which scopes of a rule its settings tell apart, known before data: each declared class, and what overrides name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.model.scopes import OUTSIDE, add_family
from prism_rules.ruleset.globs import ANYTHING, is_glob, list_common, matches
from prism_rules.ruleset.grain import OF, list_measured, list_scope
from prism_rules.ruleset.judgement import Setting, Settings, index_settings

MOST = 1_000
"""Segments of one rule that are told apart. Overrides that all meet one another make more than anybody reads."""
MOST_TRIED = 500_000
"""Places times settings that are tried to tell them apart."""

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
    """False when there are more than were asked for, or than can be looked for."""


def list_segments(model: Ruleset, rule_id: str, *, most: int = MOST) -> Segments:
    """List the segments of a rule, up to so many. Every scope that it may meet is in one of them."""
    rule = model.rules[rule_id]
    settings = index_settings(rule_id, rule)
    kinds = list_kinds(model, rule)
    axis = next((name for name in ("class", "family") if name in kinds[0]), None)
    values = tuple(kind[axis] for kind in kinds) if axis else ()
    opened = [dimension for dimension in list_scope(rule) if dimension not in kinds[0]]
    columns = [str(of) for of in list_measured(model, rule)] if any(OF in s.match for s in settings.all) else []
    found: dict[tuple[int, ...], tuple[dict[str, str], tuple[Setting, ...], list[tuple[str, ...]]]] = {}
    met: dict[tuple[frozenset[tuple[str, str]], ...], list[Place]] = {}
    complete, spent = True, 0
    for group, matched in _group_kinds(kinds, settings, axis):
        if len(found) > most or spent > MOST_TRIED:
            complete = False
            break
        if matched not in met:
            met[matched] = _list_places(matched)
        places, names = met[matched], tuple(kind[axis] for kind in group) if axis else ()
        complete = complete and len(places) <= MOST
        spent += len(places) * (1 + len(matched) + len(columns))
        for place in places:
            scope = group[0] | {name: place.get(name, "*").replace("*", ANYTHING) for name in opened}
            measured = [{OF: of} for of in columns if matches(place.get(OF, "*"), of)] if columns else [{}]
            for each in (scope | of for of in measured):
                fitting = tuple(settings.rank_fitting(add_family(model, each)))
                entry = found.setdefault(tuple(map(id, fitting)), (each, fitting, []))
                if names not in entry[2][-1:]:
                    entry[2].append(names)
    order = {value: index for index, value in enumerate(values)}
    segments = [
        Segment(_join_names(names, order), _find_patterns(fitting, opened), scope, fitting)
        for scope, fitting, names in [*found.values()][:most]
    ]
    return Segments(tuple(segments), axis, values, complete and len(found) <= most)


def list_kinds(model: Ruleset, rule: Rule, also: Container[str] = ()) -> list[dict[str, str]]:
    """List what is declared of a rule's scopes: its classes with their families, or the families; a single {} of none.

    `also` are dimensions that are asked for beside its `by`.
    """
    undeclared = OUTSIDE if rule.unknown else ()
    if model.classes and ("class" in rule.by or "class" in also):
        return [add_family(model, {"class": name}) for name in (*model.classes, *undeclared)]
    families = dict.fromkeys(entry.family for entry in model.classes.values() if entry.family)
    if families and ("family" in rule.by or "family" in also):
        return [{"family": name} for name in (*families, *undeclared[1:])]  # a class that is not declared has none
    return [{}]


def _group_kinds(
    kinds: Iterable[dict[str, str]], settings: Settings, axis: str | None
) -> Iterable[tuple[list[dict[str, str]], tuple[frozenset[tuple[str, str]], ...]]]:
    """List kinds for which the same is set, each group with what it asks of the other dimensions."""
    # Settings of one class alone are looked at for that class alone.
    named: dict[str | None, list[Setting]] = {}
    for setting in settings.all:
        pattern = setting.match.get(axis) if axis else None
        named.setdefault(None if pattern is None or is_glob(pattern) else pattern, []).append(setting)
    groups: dict[tuple[int, ...], tuple[list[dict[str, str]], list[Setting]]] = {}
    for kind in kinds:
        inside = [
            setting for setting in (*named.get(None, ()), *(named.get(kind[axis], ()) if axis else ()))
            if all(matches(pattern, kind[name]) for name, pattern in setting.match.items() if name in kind)
        ]  # fmt: skip
        groups.setdefault(tuple(map(id, inside)), ([], inside))[0].append(kind)
    for group, inside in groups.values():
        asked = (frozenset((n, p) for n, p in setting.match.items() if n not in group[0]) for setting in inside)
        yield group, tuple(dict.fromkeys(asked))


def _join_names(groups: Sequence[tuple[str, ...]], order: Mapping[str, int]) -> tuple[str, ...]:
    if len(groups) == 1:
        return groups[0]
    return tuple(sorted({name for group in groups for name in group}, key=order.__getitem__))


def _list_places(matched: Iterable[frozenset[tuple[str, str]]]) -> list[Place]:
    """List where matches hold, alone and together: the whole, then each match with every place found before it.

    More than `MOST` are as good as all of them.
    """
    places: dict[frozenset[tuple[str, str]], Place] = {frozenset(): {}}
    for match in map(dict, matched):
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
    met = list_common(one, other) if is_glob(one) and is_glob(other) else ()
    return [common.replace(ANYTHING, "*") for common in met]


def _find_patterns(fitting: Sequence[Setting], dimensions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Find what is asked of each dimension, without what something narrower says already."""
    found = {}
    for name in dimensions:
        patterns = dict.fromkeys(s.match[name] for s in fitting if s.match.get(name, "*").strip("*"))
        found[name] = tuple(p for p in patterns if not any(q != p and matches(p, q) for q in patterns))
    return {name: patterns for name, patterns in found.items() if patterns}
