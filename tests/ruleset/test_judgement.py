"""Which bounds judge a scope: the most specific match wins, field by field."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.model.plan import ResolvedBound
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset import Judgement, crossed, effective_bounds, judgement, resolve_judgement
from prism_rules.ruleset.checks import overrides as overrides_check
from prism_rules.ruleset.judgement import Setting


def make_ruleset(rule: dict[str, Any], defaults: dict[str, Any] | None = None) -> Ruleset:
    return Ruleset.model_validate(
        {
            "apiVersion": "prism-rules/v1",
            "kind": "Ruleset",
            "metadata": {"name": "judged", "version": "1.0.0"},
            "classes": {
                "dent": {"family": "affected"},
                "edge-chip": {"family": "affected"},
                "edge-crack": {},
                "v1.2": {},
                "ok": {},
            },
            "defaults": defaults or {},
            "rules": {"agreement": {"source": "annotations", "metric": "krippendorff_alpha", **rule}},
        }
    )


RULE: dict[str, Any] = {
    "by": ["class", "site"],
    "min_n": 20,
    "warn": {"below": 0.8},
    "fail": {"below": 0.75, "per_class": {"dent": 0.7, "v1.2": 0.6}},
    "overrides": {
        "edges": {"match": {"class": "edge-*"}, "fail": {"below": 0.65}, "min_n": 10},
        "edge-chips": {"match": {"class": "edge-ch*"}, "min_n": 12},
        "affected": {"match": {"family": "affected"}, "warn": {"below": 0.85}, "min_n": 15},
        "plant-2-edges": {
            "match": {"class": "edge-*", "site": "plant-2"},
            "fail": {"below": 0.6, "outside": [0.3, 0.9]},
        },
        "dent-at-2": {"match": {"class": "dent", "site": "plant-2"}, "enabled": False},
        "far": {"match": {"class": "*", "site": "far-*"}, "warn": {"below": 0.5}},
    },
}

# scope, enabled, min_n, where warn is written, where fail is written
TABLE = [
    ({"class": "ok", "site": "plant-1"}, True, 20, "warn.below", "fail.below"),
    ({"class": "dent", "site": "plant-1"}, True, 15, "overrides.affected.warn.below", "fail.per_class.dent"),
    ({"class": "dent", "site": "plant-2"}, False, 15, "overrides.affected.warn.below", "fail.per_class.dent"),
    ({"class": "v1.2", "site": "plant-1"}, True, 20, "warn.below", "fail.per_class.v1.2"),
    ({"class": "edge-crack", "site": "plant-1"}, True, 10, "warn.below", "overrides.edges.fail.below"),
    # One exact dimension (the family) beats one glob; the longer prefix would have beaten the shorter.
    (
        {"class": "edge-chip", "site": "plant-1"},
        True,
        15,
        "overrides.affected.warn.below",
        "overrides.edges.fail.below",
    ),
    (
        {"class": "edge-chip", "site": "plant-2"},
        True,
        15,
        "overrides.affected.warn.below",
        "overrides.plant-2-edges.fail.below overrides.plant-2-edges.fail.outside",
    ),
    (
        {"class": "edge-check", "site": "plant-2"},
        True,
        12,
        "warn.below",
        "overrides.plant-2-edges.fail.below overrides.plant-2-edges.fail.outside",
    ),
    ({"class": "ok", "site": "far-north"}, True, 20, "overrides.far.warn.below", "fail.below"),
    ({"class": "dent", "site": "far-north"}, True, 15, "overrides.affected.warn.below", "fail.per_class.dent"),
    ({"class": "(unknown)", "site": "(none)"}, True, 20, "warn.below", "fail.below"),
    ({}, True, 20, "warn.below", "fail.below"),
]


@pytest.mark.parametrize(("scope", "enabled", "min_n", "warn", "fail"), TABLE, ids=lambda value: str(value)[:40])
def test_the_most_specific_match_wins(scope: dict[str, str], enabled: bool, min_n: int, warn: str, fail: str) -> None:
    judgement = resolve_judgement(make_ruleset(RULE), "agreement", scope)
    assert (judgement.enabled, judgement.min_n) == (enabled, min_n)
    assert [bound.origin for bound in judgement.warn] == [f"rules.agreement.{place}" for place in warn.split()]
    assert [bound.origin for bound in judgement.fail] == [f"rules.agreement.{place}" for place in fail.split()]


@pytest.mark.parametrize(
    ("rule", "defaults", "expected"),
    [({}, {}, 30), ({}, {"min_n": 7}, 7), ({"min_n": 0}, {"min_n": 7}, 0)],
)
def test_support_comes_from_the_rule_then_the_defaults(
    rule: dict[str, int], defaults: dict[str, int], expected: int
) -> None:
    assert (
        resolve_judgement(make_ruleset({"fail": {"below": 0.5}, **rule}, defaults), "agreement", {}).min_n == expected
    )


@pytest.mark.parametrize(("name", "min_n"), [("ok", 5), ("(unknown)", 5), ("(none)", 5), ("dent", 30)])
def test_a_class_without_a_family_is_matched_as_having_none(name: str, min_n: int) -> None:
    model = make_ruleset({"by": ["class"], "overrides": {"loose": {"match": {"family": "(none)"}, "min_n": 5}}})
    assert resolve_judgement(model, "agreement", {"class": name}).min_n == min_n


def test_a_rule_without_overrides_resolves_one_judgement_for_all_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_ruleset({"by": ["class"], "fail": {"below": 0.75}})
    made: list[Judgement] = []
    monkeypatch.setattr(judgement, "Judgement", lambda *parts: made.append(Judgement(*parts)) or made[-1])
    resolved = {id(resolve_judgement(model, "agreement", {"class": f"class {n}"})) for n in range(1000)}
    assert len(made) == 1
    assert resolved == {id(made[0])}


def test_equal_scopes_share_a_judgement() -> None:
    model = make_ruleset(RULE)
    one = resolve_judgement(model, "agreement", {"class": "ok", "site": "plant-1"})
    assert resolve_judgement(model, "agreement", {"class": "ok", "site": "plant-9"}) is one


def test_every_bound_is_listed_with_its_scopes() -> None:
    rule = {
        "by": ["class"],
        "baseline": {"window": "28d"},
        "warn": {"drop": "10%"},
        "fail": {"below": 0.75, "per_class": {"dent": 0.7}},
        "overrides": {"edges": {"match": {"class": "edge-*"}, "fail": {"outside": [0.2, 0.9]}}},
    }
    listed = [
        (bound.match, bound.level, bound.kind, bound.value, bound.relative, bound.origin)
        for bound in effective_bounds(make_ruleset(rule), "agreement")
    ]
    assert listed == [
        ({}, "warn", "drop", 0.1, True, "rules.agreement.warn.drop"),
        ({}, "fail", "below", 0.75, False, "rules.agreement.fail.below"),
        ({"class": "dent"}, "fail", "below", 0.7, False, "rules.agreement.fail.per_class.dent"),
        ({"class": "edge-*"}, "fail", "outside", (0.2, 0.9), False, "rules.agreement.overrides.edges.fail.outside"),
    ]


# Overrides by the thousand: of each kind one fits a scope, and the more specific decides.
KINDS = {
    "of one class": ({"class": "c{n}"}, {"class": "c{n}", "site": "s"}),
    "of a class at a site": ({"class": "c{n}", "site": "s"}, {"class": "c{n}", "site": "s"}),
    "of like classes": ({"class": "c{n}-*"}, {"class": "c{n}-x", "site": "s"}),
    "of like classes at like sites": ({"class": "c{n}-*", "site": "s{n}-*"}, {"class": "c{n}-x", "site": "s{n}-y"}),
    "of like classes at a site": ({"class": "c{n}-*", "site": "s"}, {"class": "c{n}-x", "site": "s"}),
    "of like endings": ({"class": "c{n}-*z"}, {"class": "c{n}-z", "site": "s"}),
}


@pytest.mark.parametrize(("match", "scope"), KINDS.values(), ids=KINDS)
def test_of_ten_thousand_overrides_a_scope_looks_at_few(
    match: dict[str, str], scope: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def number(written: dict[str, str], n: int) -> dict[str, str]:
        return {name: value.format(n=n) for name, value in written.items()}

    many = {f"o{n}": {"match": number(match, n), "min_n": n} for n in range(10_000)}
    anything = {"anything": {"match": {"class": "*"}, "min_n": 7}}
    model = make_ruleset({"by": ["class", "site"], "fail": {"below": 0.5}, "overrides": {**anything, **many}})
    looked = []
    fits = Setting.fits
    monkeypatch.setattr(Setting, "fits", lambda self, scope: looked.append(self) or fits(self, scope))
    for n in (0, 9, 10, 4_711, 9_999):
        assert resolve_judgement(model, "agreement", number(scope, n)).min_n == n
    assert resolve_judgement(model, "agreement", {"class": "another", "site": "s"}).min_n == 7
    # The rule itself, anything, and the one that fits.
    assert len(looked) <= 6 * 3


@pytest.mark.parametrize(("match", "_scope"), KINDS.values(), ids=KINDS)
def test_ten_thousand_overrides_are_not_held_against_one_another(
    match: dict[str, str], _scope: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    find = overrides_check._find_undecided
    monkeypatch.setattr(overrides_check, "_find_undecided", lambda *asked: compared.append(asked) or find(*asked))
    written = [{name: value.format(n=n) for name, value in match.items()} for n in range(10_000)]
    many = {f"o{n}": {"match": entry, "min_n": n} for n, entry in enumerate(written)}
    model = make_ruleset({"by": ["class", "site"], "fail": {"below": 0.5}, "overrides": many})
    draft: Any = SimpleNamespace(model=model)
    assert [*overrides_check.check_overrides(draft)] == []
    assert len(compared) <= 10_000


NAN = math.nan
CROSSED = [
    # kind, bound, relative, value, baseline, crossed
    ("below", 0.75, False, 0.74, None, True),
    ("below", 0.75, False, 0.75, None, False),
    ("above", 0.2, False, 0.2, None, False),
    ("above", 0.2, False, 0.200001, None, True),
    ("outside", (0.2, 0.8), False, 0.2, None, False),
    ("outside", (0.2, 0.8), False, 0.1, None, True),
    ("outside", (0.2, 0.8), False, 0.9, None, True),
    ("drop", 0.1, False, 0.7, 0.8, False),
    ("drop", 0.1, False, 0.699999, 0.8, True),
    ("drop", 0.1, False, 0.95, 0.8, False),
    ("drop", 0.1, True, 0.72, 0.8, False),
    ("drop", 0.1, True, 0.719999, 0.8, True),
    ("drop", 0.1, True, -0.89, -0.8, True),
    ("rise", 0.1, False, 0.9, 0.8, False),
    ("rise", 0.1, False, 0.91, 0.8, True),
    ("rise", 0.1, False, 0.5, 0.8, False),
    ("rise", 0.5, True, 3.01, 2.0, True),
    ("change", 0.1, False, 0.9, 0.8, False),
    ("change", 0.1, False, 0.69, 0.8, True),
    ("change", 0.1, False, 0.91, 0.8, True),
    ("drop", 0.0, False, 0.8, 0.8, False),
    ("below", 0.75, False, None, None, False),
    ("below", 0.75, False, NAN, None, False),
    ("above", 0.75, False, NAN, None, False),
    ("drop", 0.1, False, 0.1, None, False),
    ("drop", 0.1, False, 0.1, NAN, False),
    ("drop", 0.1, False, None, 0.8, False),
]


@pytest.mark.parametrize(("kind", "bound", "relative", "value", "baseline", "expected"), CROSSED)
def test_bounds_are_crossed_strictly(
    kind: Any, bound: Any, relative: bool, value: float | None, baseline: float | None, expected: bool
) -> None:
    resolved = ResolvedBound(level="fail", kind=kind, value=bound, relative=relative, origin="rules.x.fail")
    assert crossed(resolved, value, baseline) is expected


# The oracle says again, in the plainest way, what the language says; it knows neither index nor cache.
CLASSES = {"a": "f", "ab": "f", "b": "g", "ba": None}
patterns = st.sampled_from(["a", "ab", "b", "ba", "*", "a*", "*a", "b*a"])
sites = st.sampled_from(["s", "t", "*", "s*"])
matches = st.fixed_dictionaries(
    {}, optional={"class": patterns, "site": sites, "family": st.sampled_from(["f", "g", "(none)", "*"])}
).filter(bool)
overrides = st.lists(st.tuples(matches, st.integers(1, 9)), max_size=6)


def fits_plainly(pattern: str, value: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return pattern == value
    return len(value) >= len(head) + len(tail) and value.startswith(head) and value.endswith(tail)


def rank_plainly(match: dict[str, str]) -> tuple[int, int, int, bool]:
    globs = [p for p in match.values() if "*" in p]
    prefixes = sum(len(p.split("*")[0]) for p in globs)
    return len(match) - len(globs), len(globs), prefixes, "class" in match or "family" not in match


@given(overrides, st.sampled_from([*CLASSES, "zz"]), st.sampled_from(["s", "t", "st"]))
def test_judgement_is_that_of_the_plain_reading(
    written: list[tuple[dict[str, str], int]], name: str, site: str
) -> None:
    rule = {
        "source": "annotations",
        "metric": "sql",
        "by": ["class", "site"],
        "min_n": 0,
        "overrides": {f"o{i}": {"match": match, "min_n": n} for i, (match, n) in enumerate(written)},
    }
    model = Ruleset.model_validate(
        {
            "apiVersion": "prism-rules/v1",
            "kind": "Ruleset",
            "metadata": {"name": "judged", "version": "1.0.0"},
            "classes": {key: {"family": family} if family else {} for key, family in CLASSES.items()},
            "rules": {"agreement": rule},
        }
    )
    scope = {"class": name, "site": site}
    whole = {**scope, "family": CLASSES.get(name) or "(none)"}
    fitting = [
        (rank_plainly(match), n)
        for match, n in written
        if all(key in whole and fits_plainly(pattern, str(whole[key])) for key, pattern in match.items())
    ]
    best = max((rank for rank, _ in fitting), default=None)
    allowed = {n for rank, n in fitting if rank == best} or {0}
    assert resolve_judgement(model, "agreement", scope).min_n in allowed
