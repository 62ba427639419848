"""Plans over a ledger whose branches did not see each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.ledger import DECISIONS

from .case import Story, build_ruleset, tell_actions, tell_events

PARTS = {
    "rules": {"agreement": {"by": ["class"]}},
    "causes": {"split": {"by": ["class"], "when": {"all": ["agreement"]}}},
    "actions": {"guide": {"for": ["split"], "by": ["class"]}},
}
FAILS, HOLDS = ["agreement fail class=a 0.6"], ["agreement pass class=a 0.9"]


@pytest.fixture(params=[False, True], ids=["as written", "sides swapped"])
def branches(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Story, Story]:
    """Two ledgers that begin alike."""
    ours, theirs = (Story(build_ruleset(PARTS), tmp_path / name) for name in ("ours", "theirs"))
    return (theirs, ours) if request.param else (ours, theirs)


def merge(story: Story, other: Story) -> None:
    shutil.copytree(other.ledger, story.ledger, dirs_exist_ok=True)


def test_what_a_branch_approved_does_not_lapse_though_another_proposed_it_again(
    branches: tuple[Story, Story],
) -> None:
    ours, theirs = branches
    ours.plan(FAILS)
    ours.decide("approved guide class=a 2026-03-02")
    theirs.plan(FAILS, as_of="2026-03-02")
    merge(ours, theirs)
    plan = ours.plan(HOLDS, as_of="2026-03-08")
    assert tell_actions(plan)["guide class=a"]["state"] != "closed"
    assert tell_events(ours.events) == []


def test_of_two_ends_that_did_not_see_each_other_the_later_one_is_asked_for_newer_data(
    branches: tuple[Story, Story],
) -> None:
    ours, theirs = branches
    ours.plan(FAILS)
    shutil.copytree(ours.ledger, theirs.ledger)
    ours.decide("done guide class=a 2026-03-05T00:00:00Z")
    theirs.decide("done guide class=a 2026-03-10T00:00:00Z")
    merge(ours, theirs)
    told = [
        tell_actions(ours.plan(FAILS, as_of=day, record=False))["guide class=a"]["state"]
        for day in ("2026-03-14", "2026-03-17")
    ]
    assert told == ["closed", "open"]


ACCEPTED = {**PARTS, "actions": {"guide": {"for": ["split"], "by": ["class"], "done_when": ["agreement"]}}}


def test_what_another_branch_let_lapse_is_verified_without_a_conflict(branches: tuple[Story, Story]) -> None:
    ours, theirs = branches
    for story in branches:
        story.resolved = build_ruleset(ACCEPTED)
    ours.plan(FAILS)
    shutil.copytree(ours.ledger, theirs.ledger)
    ours.decide("approved guide class=a 2026-03-02")
    ours.decide("done guide class=a 2026-03-03")
    theirs.plan(HOLDS, as_of="2026-03-04")
    assert tell_events(theirs.events) == ["closed guide class=a"]
    merge(ours, theirs)
    (action,) = ours.plan(HOLDS, as_of="2026-03-08", again=["agreement class=a 0.9"]).actions
    assert (action.state, action.conflict) == ("verified", ())
    assert tell_events(ours.events) == ["verified guide class=a"]


def test_no_plan_ends_a_conflict(branches: tuple[Story, Story]) -> None:
    ours, theirs = branches
    for story in branches:
        story.resolved = build_ruleset(ACCEPTED)
    ours.plan(FAILS)
    shutil.copytree(ours.ledger, theirs.ledger)
    ours.decide("done guide class=a 2026-03-03")
    ours.plan(HOLDS, as_of="2026-03-08", again=["agreement class=a 0.9"])
    theirs.decide("approved guide class=a 2026-03-04")
    merge(ours, theirs)
    for day in ("2026-03-09", "2026-03-20"):
        (action,) = ours.plan(HOLDS, as_of=day, again=["agreement class=a 0.9"]).actions
        assert (action.state, [one.event for one in action.conflict]) == ("open", ["approved", "done"])
        assert tell_events(ours.events) == []


def test_done_without_anything_left_to_verify_is_closed_by_the_next_plan(tmp_path: Path) -> None:
    story = Story(build_ruleset(ACCEPTED), tmp_path)
    story.plan(FAILS)
    story.decide("done guide class=a 2026-03-02")
    story.resolved = build_ruleset(PARTS)
    (action,) = story.plan(FAILS, as_of="2026-03-03").actions
    assert (action.state, tell_events(story.events)) == ("closed", ["closed guide class=a"])
    # What was done and is needed again was approved once: it is open.
    (action,) = story.plan(FAILS, as_of="2026-03-10").actions
    assert (action.state, action.episode) == ("open", 2)


def test_an_end_that_counts_beside_a_later_episode_is_asked_for_newer_data(tmp_path: Path) -> None:
    """One branch ends the second episode by `done` alone; the other verifies it, and is done with the third."""
    accepted = build_ruleset({**PARTS, "actions": {"guide": {**PARTS["actions"]["guide"], "done_when": ["agreement"]}}})
    told = []
    for number in range(8):  # it must not hang on a hash which of two that are done counts
        ours, theirs = (Story(build_ruleset(PARTS), tmp_path / f"{name}-{number}") for name in ("ours", "theirs"))
        ours.plan(FAILS)
        ours.decide("done guide class=a 2026-03-02T00:00:00Z")
        shutil.copytree(ours.ledger, theirs.ledger)
        ours.plan(FAILS, as_of="2026-03-10")
        ours.decide(f"done guide class=a 2026-03-12T00:00:0{number}Z")
        theirs.resolved = accepted
        theirs.plan(FAILS, as_of="2026-03-10")
        theirs.decide("done guide class=a 2026-03-11T00:00:00Z")
        theirs.plan(HOLDS, as_of="2026-03-13", again=["agreement class=a 0.9"])
        theirs.plan(FAILS, as_of="2026-03-20")
        theirs.decide("done guide class=a 2026-03-22T00:00:00Z")
        merge(ours, theirs)
        ours.resolved = accepted
        found = [
            tell_actions(ours.plan([f"{FAILS[0]} from={day}"], as_of="2026-03-20", record=False))["guide class=a"]
            for day in ("2026-03-12", "2026-03-13")
        ]
        told.append([(one["state"], one["episode"]) for one in found])
    assert told == [[("done", 3), ("done", 3)]] * 8


def list_taken(story: Story, folder: Path) -> tuple[str, ...]:
    """Try every decision on a copy of the ledger."""
    taken = []
    for event in DECISIONS:
        copy = Story(story.resolved, folder / event)
        merge(copy, story)
        try:
            copy.decide(f"{event} guide class=a 2026-03-20")
            taken.append(event)
        except Refused:
            pass
    return tuple(taken)


@pytest.mark.parametrize("decided", [[], ["approved"], ["rejected"], ["done"], ["approved", "done"]], ids="-".join)
def test_what_a_plan_says_can_be_decided_is_what_the_ledger_takes(tmp_path: Path, decided: list[str]) -> None:
    parts = PARTS | {"actions": {"guide": {"for": ["split"], "by": ["class"], "done_when": ["agreement"]}}}
    story = Story(build_ruleset(parts), tmp_path / "ledger")
    story.plan(FAILS)
    for event in decided:
        story.decide(f"{event} guide class=a 2026-03-02")
    (action,) = story.plan(FAILS, as_of="2026-03-08").actions
    assert action.decidable
    assert action.decidable == list_taken(story, tmp_path)


def test_what_a_conflict_leaves_to_decide_is_what_the_ledger_takes(branches: tuple[Story, Story]) -> None:
    ours, theirs = branches
    ours.plan(FAILS)
    shutil.copytree(ours.ledger, theirs.ledger)
    ours.decide("approved guide class=a 2026-03-05")
    theirs.decide("rejected guide class=a 2026-03-06")
    merge(ours, theirs)
    (action,) = ours.plan(FAILS, as_of="2026-03-08").actions
    assert action.conflict and {"approved", "rejected"} <= {*action.decidable}
    assert action.decidable == list_taken(ours, ours.ledger.parent)


def test_a_rejection_that_a_settled_conflict_takes_back_has_a_new_due_date(branches: tuple[Story, Story]) -> None:
    ours, theirs = branches
    for story in branches:
        story.resolved = build_ruleset({**PARTS, "actions": {"guide": {**ACCEPTED["actions"]["guide"], "due": "3d"}}})
    assert ours.plan(FAILS).actions[0].due == "2026-03-04"
    shutil.copytree(ours.ledger, theirs.ledger)
    ours.decide("rejected guide class=a 2026-03-02")
    theirs.decide("done guide class=a 2026-03-02")
    merge(ours, theirs)
    ours.decide("approved guide class=a 2026-03-10")
    (action,) = ours.plan(FAILS, as_of="2026-03-11").actions
    assert (action.state, action.due) == ("open", "2026-03-14")
