"""Everything is renamed between two plans, and nothing begins anew: findings keep their days, actions their ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prism_rules.planning.before import carry_plan, read_recorded
from prism_rules.planning.needs import list_expected
from prism_rules.ruleset.renames import list_renames

from .case import SOURCES, FiveRows, Story, build_ruleset, name_action, tell_actions, tell_events

BEFORE: dict[str, Any] = {
    "classes": {"ding": {"family": "metal"}, "scratch": {"family": "metal"}},
    "rules": {"agreement": {"by": ["class"]}, "sureness": {"by": ["class"], "source": "untimed-run"}},
    "sources": {"untimed-run": SOURCES["run"]},
    "causes": {"split": {"by": ["class"], "when": {"all": ["agreement"]}}},
    "actions": {
        "train": {"for": ["split"], "by": ["class"], "done_when": ["agreement"], "due": "3d"},
        "relabel": {
            "for": ["split"], "by": ["class"], "requires": ["agreement"], "after": ["train"], "done_when": ["sureness"],
            "queue": {"from": "seen", "size": 5},
        },
    },
}  # fmt: skip


def rename() -> dict[str, Any]:
    """The same ruleset, in which every name is another one."""

    def entry(section: str, old: str, **changed: Any) -> dict[str, Any]:
        return {**BEFORE[section][old], **changed, "renamed_from": [old]}

    return {
        "metadata": {"name": "trial-two", "renamed_from": ["trial"]},
        "classes": {"dent": entry("classes", "ding"), "scratch": BEFORE["classes"]["scratch"]},
        "rules": {"alike": entry("rules", "agreement"), "sure": entry("rules", "sureness", source="past-run")},
        "sources": {"past-run": entry("sources", "untimed-run")},
        "causes": {"torn": entry("causes", "split", when={"all": ["alike"]})},
        "actions": {
            "teach": entry("actions", "train", **{"for": ["torn"]}, done_when=["alike"]),
            "label-again": entry(
                "actions", "relabel", **{"for": ["torn"]}, requires=["alike"], after=["teach"], done_when=["sure"]
            ),
        },
        # Decided before, and still said by the old names.
        "waivers": {"known": {"rule": "agreement", "match": {"class": "ding"}, "until": "2026-03-10"}},
    }


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A plan is recorded under the old names, and somebody has trained; then everything is renamed."""
    told = Story(build_ruleset(BEFORE), tmp_path / "ledger", engine=FiveRows())
    told.plan(
        ["agreement fail class=ding 0.6", "agreement pass class=scratch 0.9", "sureness pass class=ding 0.9"],
        as_of="2026-03-01", inputs={"untimed-run": "first"},
    )  # fmt: skip
    told.decide("approved train class=ding 2026-03-02")
    told.resolved = build_ruleset(rename())
    return told


def test_findings_go_on_under_their_new_names(story: Story) -> None:
    plan = story.plan(["alike fail class=dent 0.6", "alike pass class=scratch 0.9"], as_of="2026-03-15")
    told = {(f.rule, f.scope["class"]): (f.change, f.since) for f in plan.findings}
    assert told == {("alike", "dent"): ("same", "2026-03-01")}
    assert plan.counts.changes["lost"] == 0
    again = story.plan(["alike pass class=dent 0.9"], as_of="2026-03-22")
    assert [(one.rule, one.scope, one.since) for one in again.cleared] == [("alike", {"class": "dent"}, "2026-03-01")]


def test_actions_keep_the_ids_that_people_hold(story: Story) -> None:
    plan = story.plan(["alike fail class=dent 0.6"], as_of="2026-03-15")
    train, relabel = name_action("train class=ding"), name_action("relabel class=ding")
    assert {entry.id: entry.action for entry in plan.actions} == {train: "teach", relabel: "label-again"}
    found = tell_actions(plan)
    assert (found["teach class=dent"]["state"], found["teach class=dent"]["due"]) == ("open", "2026-03-04")
    assert found["teach class=dent"]["overdue"]
    assert found["label-again class=dent"]["blocked"] == ["teach class=dent: awaiting"]
    assert found["teach class=dent"]["accept"] == {"alike class=dent": [0.6, None, "not_yet_measured"]}
    assert story.events == ()


def test_decisions_follow_and_acceptance_is_measured_under_the_new_names(story: Story) -> None:
    story.plan(["alike fail class=dent 0.6"], as_of="2026-03-08")
    story.decide("done teach class=dent 2026-03-09")
    plan = story.plan(["alike pass class=dent 0.9"], as_of="2026-03-16", again=["alike class=dent 0.9"])
    assert tell_actions(plan)["teach class=dent"]["state"] == "verified"
    assert tell_events(story.events) == ["verified teach class=dent", "closed label-again class=dent"]
    # And by the names of before, nothing is recorded twice.
    recorded = read_recorded(story.resolved.model, story.read())
    assert {state.name for state in recorded.values()} == {"teach", "label-again"}


def test_waivers_that_say_old_names_still_apply(story: Story) -> None:
    plan = story.plan(["alike fail class=dent 0.6", "alike fail class=scratch 0.6"], as_of="2026-03-08")
    assert {f.scope["class"]: f.status for f in plan.findings} == {"dent": "waived", "scratch": "fail"}
    assert [d.code for d in story.resolved.warnings] == ["renamed-name", "renamed-name"]


def test_a_collection_is_as_it_was_whatever_its_source_is_called(story: Story) -> None:
    for action in ("relabel class=ding", "train class=ding"):
        story.resolved = build_ruleset(BEFORE)
        story.decide(f"done {action} 2026-03-09")
    story.resolved = build_ruleset(rename())
    again = ["sure class=dent 0.9", "alike class=dent 0.9"]
    holds = ["alike pass class=dent 0.9", "sure pass class=dent 0.9"]
    plan = story.plan(holds, as_of="2026-03-16", again=again, inputs={"past-run": "first"})
    assert tell_actions(plan)["label-again class=dent"]["state"] == "done"
    plan = story.plan(holds, as_of="2026-03-16", again=again, inputs={"past-run": "other"})
    assert tell_actions(plan)["label-again class=dent"]["state"] == "verified"


def test_frozen_rows_are_repeated(tmp_path: Path) -> None:
    parts = {**BEFORE, "actions": {"review": {"for": ["split"], "by": ["class"], "queue": {"from": "seen", "size": 5}}}}
    story = Story(build_ruleset(parts), tmp_path / "ledger", engine=FiveRows())
    story.plan(["agreement fail class=ding 0.6"])
    renamed = rename()
    entry = {**parts["actions"]["review"], "for": ["torn"], "renamed_from": ["review"]}
    story.resolved = build_ruleset({**renamed, "actions": {"look": entry}, "waivers": {}})
    story.engine = FiveRows()
    plan = story.plan(["alike fail class=dent 0.6"], as_of="2026-03-08")
    assert [(one.id, one.queue and one.queue.rows) for one in plan.actions] == [(name_action("review class=ding"), 5)]
    ((_, asked),) = story.engine.asked
    assert "'row-0'" in asked


def test_places_of_before_are_expected_under_their_new_names(story: Story) -> None:
    assert story.previous is not None
    model = story.resolved.model
    known = carry_plan(model, story.previous)
    expected = list_expected(model, known, read_recorded(model, story.read()).values())
    assert expected["alike"].count({"class": "dent"}) >= 2  # of the plan, and of what lives
    assert {"class": "scratch"} in expected["alike"]
    assert {*expected} == {"alike", "sure"}


def test_two_that_live_under_one_name_are_both_shown(story: Story) -> None:
    """A ruleset was renamed without a word, and the word came later: what began anew meanwhile is not swallowed."""
    parts = rename()
    for section in ("actions",):
        parts[section] = {
            name: {k: v for k, v in entry.items() if k != "renamed_from"} for name, entry in parts[section].items()
        }
    story.resolved = build_ruleset(parts)
    story.plan(["alike fail class=dent 0.6"], as_of="2026-03-12")
    story.resolved = build_ruleset(rename())
    plan = story.plan(["alike fail class=dent 0.6"], as_of="2026-03-15")
    taught = [entry.id for entry in plan.actions if entry.action == "teach"]
    assert len(taught) == 2 and name_action("train class=ding") in taught


def test_a_plan_of_another_ruleset_is_left_alone(story: Story) -> None:
    assert story.previous is not None
    stranger = replace(story.previous, ruleset="stranger")
    assert carry_plan(story.resolved.model, stranger) == stranger


def test_carrying_twice_is_carrying_once(story: Story) -> None:
    assert story.previous is not None
    once = carry_plan(story.resolved.model, story.previous)
    assert once.findings != story.previous.findings
    moved = replace(once, ruleset="trial-two")
    assert carry_plan(story.resolved.model, moved) == moved


def test_a_name_that_is_in_use_stands_for_itself() -> None:
    renames = list_renames(build_ruleset(rename()).model)
    assert renames.rulesets == ("trial-two", "trial")
    assert [renames.name("rules", name) for name in ("agreement", "alike", "other")] == ["alike", "alike", "other"]
    assert renames.place({"class": "ding", "site": "ding"}) == {"class": "dent", "site": "ding"}
    assert not list_renames(build_ruleset(BEFORE).model)
