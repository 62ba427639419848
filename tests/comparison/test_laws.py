"""Laws of comparing judgement, on rulesets that are made up: what is told is so at every place, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.comparison import Changes, compare
from prism_rules.diagnostics import Refused
from prism_rules.ruleset import Resolved, resolve_judgement
from prism_rules.ruleset.globs import matches
from prism_rules.ruleset.judgement import crossed

from .case import load

CLASSES = ("dent", "chip", "ok")
SITES = ("plant-1", "plant-2", "yard")
PLACES = [{"class": name, "site": site} for name in CLASSES for site in SITES]
VALUES = [step / 10 + 0.05 for step in range(-1, 10)]
SOURCES = {
    "seen": {
        "role": "predictions", "dimensions": ["site"],
        "fields": {"id": "id", "time": "time", "class": "class", "confidence": "confidence"},
    }
}  # fmt: skip

bounds = st.sampled_from([step / 10 for step in range(1, 10)])
conditions = st.one_of(
    st.fixed_dictionaries({"below": bounds}, optional={"per_class": st.dictionaries(st.sampled_from(CLASSES), bounds)}),
    st.fixed_dictionaries({"above": bounds}),
    st.tuples(bounds, bounds)
    .map(lambda ends: {"outside": sorted(ends)})
    .filter(lambda one: len({*one["outside"]}) == 2),
)
matched = st.fixed_dictionaries(
    {}, optional={"class": st.sampled_from([*CLASSES, "*"]), "site": st.sampled_from([*SITES, "plant-*"])}
).filter(bool)
judged = st.fixed_dictionaries(
    {}, optional={"fail": conditions, "min_n": st.integers(0, 3), "enabled": st.booleans(), "streak": st.integers(1, 3)}
).filter(bool)
overrides = st.tuples(matched, judged).map(lambda parts: {"match": parts[0], **parts[1]})
one_rule = st.fixed_dictionaries(
    {"fail": conditions, "overrides": st.dictionaries(st.sampled_from("pqr"), overrides, min_size=1)},
    optional={"min_n": st.integers(0, 3)},
)
pairs = st.one_of(
    st.tuples(one_rule, one_rule),
    # Most changes are small: one override more, and one bound.
    st.tuples(one_rule, overrides).map(lambda p: (p[0], {**p[0], "overrides": {**p[0]["overrides"], "s": p[1]}})),
    st.tuples(one_rule, conditions).map(lambda p: (p[0], {**p[0], "fail": p[1]})),
)


def build(rule: Mapping[str, Any], closed: bool) -> Resolved | None:
    """Load a ruleset of one rule, with a taxonomy or without; None for one that says two things of one place."""
    declared = {"source": "seen", "metric": "mean_confidence", "by": ["class", "site"], "window": "7d", **rule}
    document = {
        "apiVersion": "prism-rules/v1", "kind": "Ruleset",
        "metadata": {"name": "laws", "version": "1.0.0", "owners": ["@org/all"]},
        "sources": SOURCES, "classes": {name: {} for name in CLASSES} if closed else {}, "rules": {"one": declared},
    }  # fmt: skip
    try:
        return load(document)
    except Refused:
        return None


def is_about(changes: Changes, kind: str, place: Mapping[str, str]) -> bool:
    """Whether a change of a kind is told of a place."""

    def fits(scope: Mapping[str, str]) -> bool:
        return all(matches(pattern, place[name]) for name, pattern in scope.items())

    return any(
        one.kind == kind and (not one.scopes or any(map(fits, one.scopes))) and not any(map(fits, one.excepted))
        for one in changes.changes
    )


def find_verdicts(resolved: Resolved, place: Mapping[str, str]) -> set[tuple[float, int, int]]:
    """Find at which values, with how many rows and after how many windows a rule fails at a place."""
    judgement = resolve_judgement(resolved.model, "one", place)
    return {
        (value, n, windows)
        for value in VALUES for n in range(5) for windows in range(1, 4)
        if judgement.enabled and n >= judgement.min_n and windows >= judgement.streak
        and any(crossed(bound, value, None) for bound in judgement.fail)
    }  # fmt: skip


@settings(max_examples=100)
@given(pairs, st.booleans())
def test_what_is_told_of_a_place_is_what_changes_there(pair: Any, closed: bool) -> None:
    before, after = (build(rule, closed) for rule in pair)
    if before is None or after is None:
        return
    changes = compare(before, after)
    for place in PLACES:
        was, now = find_verdicts(before, place), find_verdicts(after, place)
        if now - was:
            assert is_about(changes, "stricter", place), (place, changes.changes)
        if was - now:
            assert is_about(changes, "looser", place), (place, changes.changes)
        same = resolve_judgement(before.model, "one", place) == resolve_judgement(after.model, "one", place)
        if same and closed:
            assert not any(is_about(changes, kind, place) for kind in ("stricter", "looser")), (place, changes.changes)


@settings(max_examples=100)
@given(pairs, st.booleans())
def test_the_way_back_is_the_other_way(pair: Any, closed: bool) -> None:
    before, after = (build(rule, closed) for rule in pair)
    if before is None or after is None:
        return
    other = {"stricter": "looser", "looser": "stricter"}
    there, back = compare(before, after).changes, compare(after, before).changes
    said = [(other[one.kind], str(one.scopes), str(one.excepted)) for one in there]
    assert sorted(said) == sorted((one.kind, str(one.scopes), str(one.excepted)) for one in back)
    assert not compare(before, before).changes


@cache
def build_large(below: float) -> Resolved:
    overrides = {f"o{n}": {"match": {"site": f"s{n}"}, "fail": {"below": 0.1 if n else below}} for n in range(2000)}
    made = build({"fail": {"below": 0.5}, "overrides": overrides}, closed=True)
    assert made is not None
    return made


def test_thousands_of_overrides_are_compared() -> None:
    (one,) = compare(build_large(0.2), build_large(0.3)).changes
    assert one.kind == "stricter" and one.scopes == ({"site": "s0"},)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({"below": 0.5}, {"outside": [0.5, 0.9]}, "stricter"),
        ({"outside": [0.2, 0.9]}, {"below": 0.2}, "looser"),
        ({"above": 0.9}, {"above": 0.8}, "stricter"),
        ({"outside": [0.2, 0.8]}, {"outside": [0.1, 0.8]}, "looser"),
    ],
)
def test_directions(before: Any, after: Any, kind: str) -> None:
    sides = build({"fail": before}, closed=True), build({"fail": after}, closed=True)
    assert sides[0] and sides[1]
    assert [one.kind for one in compare(sides[0], sides[1]).changes] == [kind]
