"""A recorded plan is as good as its plan.json: what changed, since when, and which places are expected."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prism_rules.ledger import Ledger, list_recorded
from prism_rules.ledger.canonical import decode_entry, encode_entry, hash_bytes
from prism_rules.ledger.graph import order_entries
from prism_rules.model.ledger import Entry, Found, InputUsed, RulesetUsed
from prism_rules.model.plan import Plan
from prism_rules.planning import read_plan_before
from prism_rules.planning.before import carry_plan, read_recorded_before
from prism_rules.planning.needs import list_expected
from prism_rules.planning.records import list_found
from prism_rules.render.json import read_plan, write_plan_json

from .case import Story, build_ruleset, read_finding, write_name

PARTS: dict[str, Any] = {
    "classes": {"ding": {}, "scratch": {}},
    "rules": {
        "low": {"by": ["class", "site"]},
        "drop": {"warn": None, "fail": {"drop": "10%"}, "baseline": {"window": "28d"}},
    },
    "causes": {"weak": {"by": ["class"], "when": {"all": ["low"]}}},
    "actions": {"review": {"for": ["weak"], "by": ["class"], "done_when": ["low"]}},
    "waivers": {"known": {"rule": "low", "match": {"class": "scratch", "site": "q"}, "until": "2026-03-20"}},
}
RENAMED: dict[str, Any] = {
    **PARTS,
    "metadata": {"name": "trial-two", "renamed_from": ["trial"]},
    "classes": {"dent": {"renamed_from": ["ding"]}, "scratch": {}},
    "rules": {"sure": {**PARTS["rules"]["low"], "renamed_from": ["low"]}, "drop": PARTS["rules"]["drop"]},
    "causes": {"weak": {"by": ["class"], "when": {"all": ["sure"]}}},
    "actions": {"review": {"for": ["weak"], "by": ["class"], "done_when": ["sure"]}},
    "waivers": {"known": {**PARTS["waivers"]["known"], "rule": "sure"}},
}
RULES = build_ruleset(PARTS)
PLACES = [f"class={name} site={site}" for name in ("ding", "scratch") for site in ("p", "q", "Älvsjö, 2")]
FIRST = date(2026, 3, 1)

judged = st.one_of(
    st.none(),  # nothing judges it
    st.sampled_from(["no_data n=0", "insufficient 0.5 n=3"]),
    st.builds(
        "{0} {1:.6f}".format,
        st.sampled_from(["pass", "warn", "fail", "unsure/fail"]),
        st.floats(0.1, 0.9, allow_nan=False),
    ),
)
weeks = st.lists(st.lists(judged, min_size=len(PLACES) + 1, max_size=len(PLACES) + 1), min_size=2, max_size=4)


def write_findings(week: list[str | None], rule: str = "low") -> list[str]:
    """Write what a week found, in the words of a story."""
    *placed, bare = week
    told = [f"{rule} {text} {place}" for place, text in zip(PLACES, placed, strict=True) if text]
    return [*told, *([f"drop {bare} base=0.9"] if bare else [])]


def list_places(expected: dict[str, list[dict[str, str]]]) -> set[str]:
    return {write_name(rule, scope) for rule, scopes in expected.items() for scope in scopes}


def compare_both(story: Story, findings: list[str], day: date) -> tuple[Plan, Plan]:
    """Plan against the saved plan, then against the ledger's, and record; expected places must be the same."""
    model = story.resolved.model
    recorded = read_recorded_before(model, story.read(), f"{day}T00:00:00Z")
    known = story.previous and carry_plan(model, story.previous)
    assert list_places(list_expected(model, known, ())) == list_places(list_expected(model, recorded, ()))
    saved = story.plan(findings, as_of=day, record=False)
    remembered = story.plan(findings, as_of=day, remember=True)
    # What is saved has been through plan.json.
    story.previous = read_plan_before(read_plan(write_plan_json(remembered)), "sha256:00")
    return saved, remembered


@settings(max_examples=25, deadline=None)
@given(weeks, st.booleans())
@example([["fail 0.6", None, "fail 0.6", *[None] * 4], ["fail 0.6"] * 7, ["pass 0.9"] * 7], True)
def test_the_ledger_and_the_saved_plan_tell_the_same(weeks: list[list[str | None]], renames: bool) -> None:
    with TemporaryDirectory() as folder:
        story = Story(RULES, Path(folder) / "ledger")
        for number, week in enumerate(weeks):
            findings = write_findings(week)
            if renames and number == len(weeks) - 1:
                story.resolved = build_ruleset(RENAMED)
                findings = [text.replace("class=ding", "class=dent") for text in write_findings(week, "sure")]
            saved, remembered = compare_both(story, findings, FIRST + timedelta(weeks=number))
            # What a ledger has of actions a plan needs not keep.
            before = saved.previous and saved.previous.model_copy(update={"actions": None})
            assert remembered.model_copy(update={"history": saved.history}) == saved.model_copy(
                update={"previous": before}
            )
            # The ledger knows of every window that a chain of saved plans knows of, and of those before a pass.
            for finding, points in saved.history.items():
                assert remembered.history[finding][-len(points) :] == points
            assert (remembered.previous is None) == (number == 0)


@settings(max_examples=25, deadline=None)
@given(st.lists(judged, min_size=2, max_size=12))
def test_history_has_the_last_eight_windows_of_what_does_not_pass(said: list[str | None]) -> None:
    with TemporaryDirectory() as folder:
        story, seen = Story(RULES, Path(folder) / "ledger"), dict[str, tuple[float | None, int, str]]()
        for number, text in enumerate(said):
            day = FIRST + timedelta(weeks=number)
            texts = [f"low {text} class=ding site=p"] if text else []
            plan = story.plan(texts, as_of=day, remember=True)
            for finding in plan.findings:
                points = {p.to[:10]: (p.value, p.n, p.status) for p in plan.history.get(finding.id, ())}
                earlier = [str(FIRST + timedelta(weeks=week)) for week in range(max(0, number - 8), number)]
                assert points == {to: seen[to] for to in earlier if to in seen}
            for f in plan.findings:
                seen[str(day)] = (f.value, f.n, f.status)
            for passing in plan.passes:
                seen[str(day)] = (passing.value, passing.n, "pass")


def test_a_saved_plan_gives_the_history_that_it_has(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    for number, text in enumerate(["fail 0.6", "fail 0.7", "pass 0.9", "fail 0.5", "warn 0.78"]):
        plan = story.plan([f"low {text} class=ding site=p"], as_of=FIRST + timedelta(weeks=number))
    # What cleared keeps its history for that plan.
    (points,) = plan.history.values()
    assert [point.value for point in points] == [0.6, 0.7, 0.9, 0.5]
    for number, text in enumerate(["pass 0.9", "pass 0.8", "fail 0.4", "warn 0.78"], 5):
        plan = story.plan([f"low {text} class=ding site=p"], as_of=FIRST + timedelta(weeks=number))
    # It knows of the second week in which the place passed, and of none before.
    (points,) = plan.history.values()
    assert [(point.to[:10], point.value, point.status) for point in points] == [
        ("2026-04-12", 0.8, "pass"), ("2026-04-19", 0.4, "fail"),
    ]  # fmt: skip


@pytest.mark.parametrize("remember", [False, True])
def test_what_cleared_has_its_history_and_its_baseline(tmp_path: Path, remember: bool) -> None:
    story = Story(RULES, tmp_path)
    for number, text in enumerate(["fail 0.6", "fail 0.7", "pass 0.9"]):
        plan = story.plan([f"drop {text} base=0.95"], as_of=FIRST + timedelta(weeks=number), remember=remember)
    (cleared,) = plan.cleared
    assert [(point.to[:10], point.value) for point in plan.history[cleared.id]] == [
        ("2026-03-01", 0.6), ("2026-03-08", 0.7)]  # fmt: skip
    assert (cleared.was, cleared.value, cleared.baseline and cleared.baseline.value) == (0.7, 0.9, 0.95)


def test_a_late_plan_is_compared_with_what_came_before_it_and_changes_nothing_later(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    told = {}
    for day, text in (("01", "fail 0.6"), ("15", "fail 0.6"), ("08", "pass 0.9"), ("22", "fail 0.6")):
        plan = story.plan([f"low {text} class=ding site=p"], as_of=f"2026-03-{day}", remember=True)
        told[day] = (plan.previous and plan.previous.as_of[:10], [(f.change, f.since) for f in plan.findings])
    assert told == {
        "01": (None, [("new", "2026-03-01")]),
        "15": ("2026-03-01", [("same", "2026-03-01")]),
        "08": ("2026-03-01", []),
        "22": ("2026-03-15", [("same", "2026-03-01")]),
    }


def test_a_plan_for_the_same_moment_is_told_against_the_one_before(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    story.plan(["low pass class=ding site=p 0.9"], as_of="2026-03-01", remember=True)
    first, again = (story.plan(["low fail class=ding site=p 0.6"], as_of="2026-03-08", remember=True) for _ in range(2))
    assert [f.change for f in first.findings] == [f.change for f in again.findings] == ["new"]


def write_entry(parents: tuple[str, ...], as_of: str, name: str = "trial", **more: Any) -> Entry:
    used = RulesetUsed(name=name, version="1.0.0", digest="sha256:1")
    return Entry(parents=parents, events=(), ruleset=used, plan="sha256:2", as_of=as_of, tool="1", **more)


def join(*entries: Entry) -> Ledger:
    return order_entries({hash_bytes(encode_entry(entry)): entry for entry in entries})


def name_entry(entry: Entry) -> str:
    return hash_bytes(encode_entry(entry))


def test_of_plans_for_one_moment_the_last_counts_and_of_concurrent_ones_the_higher_hash() -> None:
    day = "2026-03-01T00:00:00Z"
    first = write_entry((), day, found=())
    sides = sorted(
        (write_entry((name_entry(first),), day, found=(), inputs=(InputUsed(source=s, digest="1"),)) for s in "ab"),
        key=name_entry,
    )
    assert list_recorded(join(first, *sides), ["trial"])[day] == sides[1]
    # A branch that knew of less is not newer for its hash.
    assert list_recorded(join(first, sides[0]), ["trial"])[day] == sides[0]
    later = write_entry(tuple(map(name_entry, sides)), day, found=())
    assert list_recorded(join(first, *sides, later), ["trial"])[day] == later


def test_decisions_other_rulesets_and_entries_that_kept_nothing_are_no_plans() -> None:
    entries = (
        write_entry((), "2026-03-01T00:00:00Z"),
        write_entry((), "2026-03-08T00:00:00Z", "other", found=()),
        write_entry((), "2026-03-15T00:00:00Z", found=()),
    )
    assert [*list_recorded(join(*entries), ["trial"])] == ["2026-03-15T00:00:00Z"]
    assert [*list_recorded(join(*entries), ["trial", "other"])] == ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]


@pytest.mark.parametrize("wrong", [{"scope": {"a": ("x",)}}, {"value": ("1",)}, {"distance": ("1", "1", "1")}])
def test_columns_are_of_one_length(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one length"):
        Found.model_validate({"rule": "low", "status": "pass", "scope": {}, "n": (1, 2), **wrong})


def test_ten_thousand_findings_stay_small_and_are_read_fast(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    moment = story.plan([], record=False)
    one = read_finding(RULES, "low fail class=ding site=p 0.612345 n=118", datetime(2026, 3, 1, tzinfo=UTC))
    many = tuple(
        one.model_copy(update={"scope": {"class": f"surface-scratch-{n % 100}", "site": f"plant-{n // 100}"}})
        for n in range(10_000)
    )
    found = list_found(moment.model_copy(update={"findings": many}))
    data = encode_entry(write_entry((), "2026-03-01T00:00:00Z", found=found))
    assert len(data) < 65 * 10_000
    assert decode_entry(data).found == found


def test_history_goes_on_under_another_name_also_where_the_last_plan_met_nothing(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    story.plan(["low fail class=ding site=p 0.6"], as_of="2026-03-01", remember=True)
    story.plan([], as_of="2026-03-08", remember=True)
    story.plan([], as_of="2026-03-15", remember=True)
    story.resolved = build_ruleset(RENAMED)
    plan = story.plan(["sure fail class=dent site=p 0.5"], as_of="2026-03-22", remember=True)
    (points,) = plan.history.values()
    assert [(p.to[:10], p.value, p.status) for p in points] == [
        ("2026-03-01", 0.6, "fail"), ("2026-03-08", None, "no_data"),
    ]  # fmt: skip
