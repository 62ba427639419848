"""Which scopes settings tell apart, and that what is told of a segment is what judges its scopes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.manual.decisions import list_decisions, list_rows
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset import resolve_judgement
from prism_rules.ruleset.globs import matches
from prism_rules.ruleset.judgement import JUDGED, Settings, index_settings
from prism_rules.ruleset.segments import MOST, Segments, list_segments

CLASSES: dict[str, Any] = {
    "dent": {"family": "affected"}, "edge-chip": {"family": "affected"}, "edge-crack": {}, "ok": {},
}  # fmt: skip


def make_ruleset(rule: dict[str, Any], classes: dict[str, Any] | None = None) -> Ruleset:
    return Ruleset.model_validate(
        {
            "apiVersion": "prism-rules/v1",
            "kind": "Ruleset",
            "metadata": {"name": "told", "version": "1.0.0"},
            "classes": CLASSES if classes is None else classes,
            "rules": {"agreement": {"source": "annotations", "metric": "krippendorff_alpha", **rule}},
        }
    )


def list_places(segments: Segments) -> list[tuple[tuple[str, ...], dict[str, tuple[str, ...]]]]:
    return [(segment.values, dict(segment.match)) for segment in segments.all]


def override(**match: str) -> dict[str, Any]:
    return {"match": match, "min_n": 1 + len(str(match))}


# rule, what its settings tell apart: classes (or families), and the rest of the scope
TABLE = [
    ({"by": []}, [((), {})]),
    ({"by": ["site"]}, [((), {})]),
    ({"by": ["class"]}, [(("dent", "edge-chip", "edge-crack", "ok"), {})]),
    ({"by": ["family"]}, [(("affected",), {})]),
    # A class that is not declared has no family.
    ({"by": ["family"], "unknown": True}, [(("affected", "(none)"), {})]),
    (
        {"by": ["class"], "unknown": True, "overrides": {"any": override(**{"class": "(*"})}},
        [(("dent", "edge-chip", "edge-crack", "ok"), {}), (("(unknown)", "(none)"), {})],
    ),
    (
        {"by": ["class"], "fail": {"below": 0.7, "per_class": {"dent": 0.6}}},
        [(("dent",), {}), (("edge-chip", "edge-crack", "ok"), {})],
    ),
    (
        {"by": ["class"], "overrides": {"edges": override(**{"class": "edge-*"}), "affected": override(family="aff*")}},
        [(("dent",), {}), (("edge-chip",), {}), (("edge-crack",), {}), (("ok",), {})],
    ),
    # What is set for a site is told apart for the classes that it is set for, and for no others.
    (
        {"by": ["class", "site"], "overrides": {"there": override(**{"class": "edge-*", "site": "plant-2"})}},
        [
            (("dent", "edge-chip", "edge-crack", "ok"), {}),
            (("edge-chip", "edge-crack"), {"site": ("plant-2",)}),
        ],
    ),
    # One site is inside a pattern of sites; another pattern meets it halfway.
    (
        {"by": ["site"], "overrides": {
            "plants": override(site="plant-*"), "second": override(site="plant-2"), "north": override(site="*-north")}},
        [
            ((), {}),
            ((), {"site": ("plant-*",)}),
            ((), {"site": ("plant-2",)}),
            ((), {"site": ("*-north",)}),
            ((), {"site": ("plant-*", "*-north")}),
        ],
    ),
    # A site inside a pattern of sites, where the pattern is set for one camera alone.
    (
        {"by": ["site", "camera"], "overrides": {
            "plants": override(site="plant-*", camera="c1"), "second": override(site="plant-2")}},
        [
            ((), {}),
            ((), {"site": ("plant-*",), "camera": ("c1",)}),
            ((), {"site": ("plant-2",)}),
            ((), {"site": ("plant-2",), "camera": ("c1",)}),
        ],
    ),
    # Two dimensions are told apart where both are set, not as a product of all their values.
    (
        {"by": ["site", "camera"], "overrides": {
            "s1": override(site="s1", camera="c1"), "s2": override(site="s2", camera="c2")}},
        [((), {}), ((), {"site": ("s1",), "camera": ("c1",)}), ((), {"site": ("s2",), "camera": ("c2",)})],
    ),
    # Measured columns are all there is: none is left over for what is set for every column.
    (
        {"by": [], "metric": "mean", "of": ["blur", "glare"], "overrides": {
            "b": override(of="b*"), "g": override(of="glare")}},
        [((), {"of": ("b*",)}), ((), {"of": ("glare",)})],
    ),
    (
        {"by": ["site", "camera"], "overrides": {"s": override(site="s1"), "c": override(camera="c1")}},
        [((), {}), ((), {"site": ("s1",)}), ((), {"camera": ("c1",)}), ((), {"site": ("s1",), "camera": ("c1",)})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "expected"), TABLE)
def test_what_settings_tell_apart(rule: dict[str, Any], expected: list[Any]) -> None:
    found = list_segments(make_ruleset(rule), "agreement")
    assert sorted(list_places(found), key=str) == sorted(expected, key=str)
    assert found.complete


def test_without_a_taxonomy_classes_are_what_overrides_name() -> None:
    rule = {
        "by": ["class"],
        "fail": {"below": 0.7, "per_class": {"dent": 0.6}},
        "overrides": {"e": override(**{"class": "edge-*"})},
    }
    found = list_segments(make_ruleset(rule, {}), "agreement")
    assert (found.axis, found.values) == (None, ())
    assert list_places(found) == [((), {}), ((), {"class": ("dent",)}), ((), {"class": ("edge-*",)})]


def test_ten_thousand_settings_of_single_classes_cost_a_look_each() -> None:
    names = [f"class-{n}" for n in range(10_000)]
    rule = {"by": ["class"], "fail": {"below": 0.7, "per_class": dict.fromkeys(names, 0.6)}}
    found = list_segments(make_ruleset(rule, {name: {} for name in names}), "agreement")
    assert (len(found.all), found.complete) == (MOST, False)


def test_overrides_that_all_meet_are_told_up_to_a_limit() -> None:
    overrides = {f"o{n}-{d}": {"match": {d: f"*{n}*"}, "min_n": n} for n in range(12) for d in ("site", "camera")}
    found = list_segments(make_ruleset({"by": ["site", "camera"], "overrides": overrides}), "agreement")
    assert len(found.all) <= MOST and not found.complete


def test_places_are_looked_for_once_for_all_classes_that_have_the_same_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    # 41 sites times 25 cameras, told apart for each of 50 classes.
    asked = []
    rank = Settings.rank_fitting
    monkeypatch.setattr(Settings, "rank_fitting", lambda self, scope: asked.append(scope) or rank(self, scope))
    sites = {f"s{n}": {"match": {"site": f"s{n}"}, "fail": {"below": 0.5}} for n in range(40)}
    cameras = {f"c{n}": {"match": {"camera": f"c{n}"}, "min_n": n} for n in range(24)}
    rule = {"by": ["class", "site", "camera"], "fail": {"below": 0.7}, "overrides": sites | cameras}
    names = [f"class-{n}" for n in range(50)]
    model = make_ruleset(rule, {name: {} for name in names})
    segments = list_segments(model, "agreement")
    assert (len(segments.all), segments.complete) == (MOST, False)
    assert {segment.values for segment in segments.all} == {tuple(names)}
    assert len(asked) < 2 * MOST
    # A look at each of 50,000 cells for each field; one at each for each other would take minutes.
    [fifth] = [row for row in list_rows(model, "agreement", segments) if row.decision.winner.value == 5]
    assert fifth.where.count(" at ") == 1 + len(sites)


def test_the_search_ends_though_every_class_meets_other_places(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each class fits other patterns, and 400 sites are the same for all: few segments, but many ways to them.
    asked = []
    rank = Settings.rank_fitting
    monkeypatch.setattr(Settings, "rank_fitting", lambda self, scope: asked.append(scope) or rank(self, scope))
    patterns = {f"p{n}": override(**{"class": f"*{n}*", "site": f"p{n}"}) for n in range(10)}
    sites = {f"s{n}": override(site=f"s{n}") for n in range(400)}
    model = make_ruleset({"by": ["class", "site"], "overrides": patterns | sites}, {f"c{n}": {} for n in range(200)})
    assert not list_segments(model, "agreement").complete
    assert len(asked) < 5 * MOST


WORDS = st.sampled_from(["a", "ab", "abc", "b", "bc", "c"])
PATTERNS = st.one_of(WORDS, WORDS.map(lambda w: f"{w}*"), WORDS.map(lambda w: f"*{w}"), st.just("*"))
MATCHES = st.fixed_dictionaries(
    {}, optional={"class": PATTERNS, "family": PATTERNS, "site": PATTERNS, "camera": WORDS}
).filter(bool)
CONDITIONS = st.fixed_dictionaries({"below": st.sampled_from([0.1, 0.2, 0.3])})
OVERRIDES = st.lists(
    st.tuples(
        MATCHES,
        st.fixed_dictionaries(
            {},
            optional={
                "fail": CONDITIONS, "warn": CONDITIONS, "min_n": st.integers(0, 3), "streak": st.integers(1, 2),
                "confidence": st.sampled_from([0.9, 0.95]), "enabled": st.booleans(),
            },
        ),
    ),
    max_size=4,
)  # fmt: skip


@given(
    overrides=OVERRIDES,
    per_class=st.dictionaries(WORDS, st.sampled_from([0.4, 0.5]), max_size=3),
    families=st.lists(st.sampled_from(["a", "b", None]), max_size=4),
    unknown=st.booleans(),
    data=st.data(),
)
def test_every_scope_is_judged_as_its_segment_is_told(
    overrides: list[Any], per_class: dict[str, float], families: list[str | None], unknown: bool, data: st.DataObject
) -> None:
    classes = {
        name: {"family": family} if family else {}
        for name, family in zip(["a", "ab", "abc", "bc"], families, strict=False)
    }
    model = make_ruleset(
        {
            "by": ["class", "site", "camera"],
            "unknown": unknown,
            "fail": {"below": 0.6, "per_class": per_class},
            "overrides": {f"o{n}": {"match": match, **values} for n, (match, values) in enumerate(overrides)},
        },
        classes,
    )
    segments = list_segments(model, "agreement")
    met = [*classes, *(("(unknown)", "(none)") if unknown else ())] if classes else ["a", "ab", "zz"]
    scope = {
        "class": data.draw(st.sampled_from(met)),
        "site": data.draw(st.sampled_from(["a", "ab", "abc", "aabc", "c", "zz", "abzzbc"])),
        "camera": data.draw(st.sampled_from(["a", "b", "zz"])),
    }
    fitting = index_settings("agreement", model.rules["agreement"]).rank_fitting(add_family(model, scope))
    [segment] = [
        each for each in segments.all
        if list(map(id, each.fitting)) == list(map(id, fitting)) and (not each.values or scope["class"] in each.values)
    ]  # fmt: skip
    judged = resolve_judgement(model, "agreement", scope)
    decisions = list_decisions(model, "agreement", segment)
    assert {name: decisions[name].winner.value for name in JUDGED} == {name: getattr(judged, name) for name in JUDGED}
    assert all(matches(p, scope[name]) for name, patterns in segment.match.items() for p in patterns)


def test_the_property_meets_scopes_with_winners_and_losers() -> None:
    # The one above would hold of rules without overrides as well.
    rule = {"by": ["class"], "fail": {"below": 0.7, "per_class": {"dent": 0.6}}, "overrides": {
        "a": {"match": {"class": "d*"}, "fail": {"below": 0.5}}}}  # fmt: skip
    model = make_ruleset(rule)
    [dent] = [segment for segment in list_segments(model, "agreement").all if "dent" in segment.values]
    fail = list_decisions(model, "agreement", dent)["fail"]
    assert [said.route[2:] for said in (fail.winner, *fail.losers) if said.route] == [
        ("fail", "per_class", "dent"), ("overrides", "a", "fail", "below"), ("fail", "below"),
    ]  # fmt: skip
