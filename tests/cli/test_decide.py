"""What people name on the command line: actions by the names of today, heads by their beginnings, and former names."""

from __future__ import annotations

import json

import polars as pl
import pytest

from .conftest import Project, make_predictions

PLAN = ("plan", "--as-of", "2026-03-01", "--record")
SAID = ("--by", "@org/labels", "--because", "agreed")


def test_heads_are_given_as_they_are_printed(project: Project) -> None:
    project.call(*PLAN, "--record")
    (entry,) = (project.root / "ledger").glob("??/*.json")
    for command in ("verify", "show"):
        for head, code in ((entry.stem[:12], 0), (entry.stem[:8].upper(), 0), ("zzzzzzzz", 2), (entry.stem[:7], 2)):
            done = project.call("ledger", command, "--since", head)
            assert done.returncode == code, (head, done.stderr)
        lost = "0" * 12 if not entry.stem.startswith("0") else "1" * 12
        done = project.call("ledger", command, "--since", lost)
        assert (done.returncode, "error[ledger-lost-head]" in done.stderr) == (7, True)


def list_ids(project: Project, name: str) -> list[str]:
    plan = json.loads((project.root / "plans/2026-03-01/plan.json").read_bytes())
    return [entry["id"] for entry in plan["actions"] if entry["action"] == name]


def rename(project: Project) -> None:
    project.edit("  review-set:\n", "  look:\n    renamed_from: [review-set]\n")
    project.edit("scratch: {risk: high}", "score: {risk: high, renamed_from: [scratch]}")


def test_an_action_is_known_by_its_name_of_today(project: Project) -> None:
    project.call(*PLAN)
    rename(project)
    (identity,) = list_ids(project, "review-set")
    done = project.call("decide", "look", "--as", "approved", *SAID)
    assert (done.returncode, done.stdout.split()[:3]) == (0, [identity, "is", "open;"]), done.stderr
    shown = project.call("ledger", "show").stdout
    assert [line.split()[:3] for line in shown.splitlines() if identity in line] == [["open", "look", "score"]]
    assert "scratch " not in shown
    # A ruleset that cannot be read takes nobody's decision away.
    project.edit("kind: Ruleset\n", "kind: Rules\n")
    done = project.call("decide", identity, "--as", "done", *SAID)
    assert done.returncode == 0, done.stderr


def test_elsewhere_a_plan_says_the_name_of_today(project: Project) -> None:
    project.call(*PLAN)
    rename(project)
    project.call("plan", "--as-of", "2026-03-02", "--baseline", "plans/2026-03-01")
    elsewhere = project.root.parent
    words = ("decide", "look", "--as", "approved", *SAID, "--ledger", "project/ledger")
    assert project.call(*words, cwd=elsewhere).returncode == 2
    done = project.call(*words, "--plan", "project/plans/2026-03-02", cwd=elsewhere)
    assert (done.returncode, " is open; " in done.stdout) == (0, True), done.stderr


def test_an_id_is_found_by_its_beginning(project: Project) -> None:
    project.write("predictions", make_predictions().with_columns(score=pl.lit(0.5)))
    project.call(*PLAN)
    ids = list_ids(project, "review-set")
    assert len(ids) == 2
    several = project.call("decide", "review-", "--as", "approved", *SAID)
    assert (several.returncode, "error[ambiguous-action]" in several.stderr) == (2, True)
    assert all(f"`{one}`" in several.stderr for one in ids)
    done = project.call("decide", "review-set-dent", "--as", "approved", *SAID)
    assert done.stdout.startswith("review-set-dent-"), done.stderr
    none = project.call("decide", "", "--as", "approved", *SAID)
    assert (none.returncode, "error[unrecorded-action]" in none.stderr) == (2, True)


@pytest.mark.parametrize(
    ("at", "code"), [("2026-02-28T23:59:59Z", 2), ("2026-03-01", 0), ("2026-03-02T10:00:00+01:00", 0)]
)
def test_nothing_is_decided_before_it_was_proposed(at: str, code: int, project: Project) -> None:
    project.call(*PLAN)
    done = project.call("decide", "review-set", "--as", "done", *SAID, "--at", at)
    assert (done.returncode, "error[impossible-event]" in done.stderr) == (code, code == 2), done.stderr


def test_nothing_is_done_before_it_was_approved(project: Project) -> None:
    project.call(*PLAN)
    project.call("decide", "review-set", "--as", "approved", *SAID, "--at", "2026-03-03")
    done = project.call("decide", "review-set", "--as", "done", *SAID, "--at", "2026-03-02")
    assert (done.returncode, "was approved at 2026-03-03T00:00:00Z" in done.stderr) == (2, True)


def test_a_plan_for_a_day_to_come_can_be_decided_upon_now(project: Project) -> None:
    project.call("plan", "--as-of", "2199-03-01", "--record")
    (line, *_) = [line for line in project.call("ledger", "show").stdout.splitlines() if "proposed" in line]
    action = line.split()[-1]
    # Up to the moment of the plan, which is the midnight after its newest row; what is later is in the future.
    long_ago = project.call("decide", action, "--as", "rejected", *SAID, "--at", "2020-01-01")
    assert (long_ago.returncode, "was opened by the plan for 2199-03-01" in long_ago.stderr) == (2, True)
    for at, code in (("2199-03-01T00:00:01Z", 2), ("2199-03-01", 0)):
        done = project.call("decide", action, "--as", "rejected", *SAID, "--at", at)
        assert (done.returncode, "is in the future" in done.stderr) == (code, code == 2), done.stderr
    done = project.call("decide", action, "--as", "reopened", *SAID)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "review-set"), "`review-set` was renamed to `look`"),
        (("explain", "actions.review-set"), "`review-set` was renamed to `look`"),
        (("show", "--class", "scratch"), "`scratch` was renamed to `score`"),
        (("show", "--rule", "low-confidence"), "`low-confidence` was renamed to `sureness`"),
        (("plan", "--select", "low-confidence"), "`low-confidence` was renamed to `sureness`"),
    ],
)
def test_an_old_name_is_answered_with_the_new_one(arguments: tuple[str, ...], said: str, project: Project) -> None:
    rename(project)
    project.edit("  low-confidence:\n", "  sureness:\n    renamed_from: [low-confidence]\n")
    project.edit("all: [low-confidence]", "all: [sureness]")
    done = project.call(*arguments)
    assert (done.returncode, f"help: {said}\n" in done.stderr) == (2, True), done.stderr


def test_override_is_kept_only_of_what_was_blocked(project: Project) -> None:
    project.call(*PLAN)
    done = project.call("decide", "review-set", "--as", "done", "--override", *SAID)
    assert done.returncode == 0, done.stderr
    told = json.loads(project.call("ledger", "show", "review-set", "--format", "json").stdout)
    (action,) = told["actions"]
    assert [(step["event"], step["override"]) for step in action["history"]] == [("opened", False), ("done", False)]


@pytest.mark.parametrize("who", ["prism-rules", " Prism-Rules"])
def test_nobody_decides_under_the_name_that_plans_have(who: str, project: Project) -> None:
    project.call(*PLAN)
    done = project.call("decide", "review-set", "--as", "approved", "--by", who, "--because", "agreed")
    assert (done.returncode, "error[usage]" in done.stderr) == (2, True), done.stderr
    assert len([*(project.root / "ledger").glob("??/*.json")]) == 1
