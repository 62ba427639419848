"""What is told of every kind of change, in which words, and that no key of the language can change unseen."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ruamel.yaml import YAML

from prism_rules.comparison import KINDS, compare
from prism_rules.comparison.kinds import find_bump
from prism_rules.comparison.writing import split_sql, write_step
from prism_rules.model.frozen import Frozen
from prism_rules.model.ruleset import Ruleset

from .case import BASE, HERE, change, flip, load, tell

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((HERE / "cases.yaml").read_text("utf-8"))
NAMES = [case["case"] for case in CASES]
CONSTANT = {"Ruleset.apiVersion", "Ruleset.kind"}
TOLD_ELSEWHERE = {
    # Compared beside the changes, and held against what they call for.
    "Metadata.version",
    # What is taken over counts where it takes effect.
    "Ruleset.extends",
    "Extended.from",
    "Extended.digest",
    # Their own keys are what changes.
    "Ruleset.defaults",
    # How a percentage is kept; it is written as a bound.
    "Share.of_baseline",
}


@pytest.fixture(scope="module")
def base() -> Any:
    return load(BASE)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_changes_are_told(case: dict[str, Any], base: Any) -> None:
    changes = compare(base, load(change(case["edits"])))
    if case["told"] is not None:
        assert tell(changes) == case["told"]
    else:
        assert Counter(one.kind for one in changes.changes) == case["kinds"], tell(changes)
    assert changes.bump == case.get("bump", "none")


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_stricter_one_way_is_looser_the_other(case: dict[str, Any], base: Any) -> None:
    other = load(change(case["edits"]))
    if other.model.metadata.name == "second":
        return  # only the newer of two versions knows former names
    there, back = (compare(*sides).changes for sides in ((base, other), (other, base)))
    flipped = [flip(one) for one in there if one.kind in ("stricter", "looser")]
    assert sorted(flipped) == sorted((one.kind, *flip(one)[1:]) for one in back if one.kind in ("stricter", "looser"))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_nothing_differs_from_itself(case: dict[str, Any]) -> None:
    data = change(case["edits"])
    backwards = {
        key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in data.items()
    }
    assert compare(load(data), load(backwards)).changes == ()


def test_places_are_those_of_both_files(base: Any) -> None:
    other = load({"question": {}, **change({"rules.agreement.fail.below": 0.77})}, "later.yaml")
    (one,) = (one for one in compare(base, other).changes if one.kind == "stricter")
    for place, resolved in ((one.before, base), (one.after, other)):
        assert place is not None and place.file == resolved.source.name
        assert '"below"' in resolved.source.text.splitlines()[place.line - 1]


def test_what_lives_and_is_gone_is_lost_history(base: Any) -> None:
    gone = load(
        change({"actions.dispute": "<nothing>", "classes.ok": "<nothing>", "rules.sure.overrides.quiet": "<nothing>"})
    )
    live = {("actions", "dispute"): ("dispute-1", "dispute-2"), ("actions", "train"): ("train-1",)}
    assert tell(compare(base, gone, live)) == [
        "removed: class ok: gone",
        "lost-history: action dispute: gone, and what it began is still live: dispute-1, dispute-2",
    ]
    named = compare(base, load(change({"metadata.name": "other"})), {("metadata", "name"): ("a", "b", "c", "d")})
    assert tell(named) == [
        "lost-history: metadata: trial -> other, and what it began is still live: a, b, c and 1 more"
    ]


def test_sql_that_is_measured_is_told_as_an_expression() -> None:
    rule = {"source": "seen", "metric": "sql", "fail": {"above": 1}}
    ways = ("max(blur) FILTER (WHERE blur > 0)", "MAX( blur )filter(where blur>0)", "min(blur)")
    here, spaced, other = (load(change({"rules.more": {**rule, "of": of}})) for of in ways)
    assert compare(here, spaced).changes == ()
    assert tell(compare(here, other)) == ['measured: rule more: of "max(blur) FILTER (WHERE blur > 0)" -> min(blur)']


def test_sql_is_read_as_words_and_signs() -> None:
    assert split_sql("A AND b NOT IN ('x  y','AND')") == [
        "A",
        "and",
        "b",
        "not",
        "in",
        "(",
        "'x  y'",
        ",",
        "'AND'",
        ")",
    ]
    assert split_sql("a < 0.5") == split_sql("a<0.5") != split_sql("a < 0 . 5")
    assert split_sql('"and"') == ['"and"'] and split_sql("Blur") != split_sql("blur") and split_sql(None) is None


def test_long_texts_are_shown_where_they_differ() -> None:
    text = "Reviewers met on Monday and agreed on what a dent is; {} The guideline says so since then, with pictures."
    old, new = text.format("no chip was seen."), text.format("one chip was seen.")
    assert write_step(old, new) == (
        '"… on what a dent is; no chip was seen. The …" -> "… on what a dent is; one chip was seen. The …"'
    )
    assert write_step("Short", "x" * 100) == f"Short -> {'x' * 60}…"
    assert write_step("a" * 70, "a" * 71) == f"…{'a' * 20} -> …{'a' * 21}"


def list_keys() -> set[str]:
    """List every key of the language, as "Rule.metric"."""
    schema = Ruleset.model_json_schema(by_alias=True)
    models = {"Ruleset": schema, **schema["$defs"]}
    return {f"{name}.{key}" for name, part in models.items() for key in part.get("properties", {})}


def test_no_key_changes_unseen() -> None:
    tried = [key for case in CASES for key in case.get("keys", ()) if case["told"] != []]
    assert sorted({*tried}) == sorted(list_keys() - CONSTANT - TOLD_ELSEWHERE)


def test_every_kind_is_tried() -> None:
    told = {line.split(":")[0] for case in CASES for line in case["told"] or ()} | {
        kind for case in CASES for kind in case.get("kinds", ())
    }
    assert {*KINDS} - told == {"lost-history", "names-hidden"}


def test_names_are_hidden_again(base: Any) -> None:
    named = load(change({"governance.annotators": "named"}))
    assert tell(compare(named, base)) == ["names-hidden: governance: have pseudonyms"]


def test_the_weightiest_change_decides() -> None:
    assert [find_bump(kinds) for kinds in ([], ["text"], ["text", "stricter"], ["stricter", "removed", "text"])] == [
        "none", "patch", "minor", "major",
    ]  # fmt: skip
    assert issubclass(Ruleset, Frozen)


def test_a_place_inside_one_that_is_told_is_not_told_again() -> None:
    corner = {"match": {"site": "plant-*", "camera": "1"}, "streak": 4}
    before = change({"rules.sure.by": ["class", "site", "camera"], "rules.sure.overrides.corner": corner})
    after = change({"rules.sure.overrides.plant.min_n": 5}, before)
    assert tell(compare(load(before), load(after))) == [
        "stricter: rule sure for site plant-* except for ok: min_n 10 -> 5, stricter"
    ]
