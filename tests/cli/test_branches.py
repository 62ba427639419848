"""Two branches that both decide: git merges their ledgers, and what they decided differently is told until settled."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from .conftest import AS_OF, Project, unwrap

PLAN = ("plan", "--as-of", AS_OF)


def git(project: Project, *arguments: str) -> str:
    who = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=project.root, env={**os.environ, **who}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def commit(project: Project) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-qm", "decided")


def decide(project: Project, event: str, by: str, why: str) -> str:
    done = project.call("decide", "review-set", "--as", event, "--by", by, "--because", why, "--at", "2026-03-02")
    assert done.returncode == 0, done.stderr
    commit(project)
    return done.stdout.split()[-1]


def plan_action(project: Project) -> tuple[dict[str, Any], str, str]:
    """The action in a new plan, what the terminal said, and the report."""
    done = project.call(*PLAN)
    assert done.returncode == 1, done.stderr
    place = project.root / "plans/2026-03-01"
    plan = json.loads((place / "plan.json").read_bytes())
    (action,) = [entry for entry in plan["actions"] if entry["action"] == "review-set"]
    return action, done.stdout, (place / "report.md").read_text("utf-8")


@pytest.fixture
def merged(project: Project) -> tuple[Project, str, str]:
    """A project whose two branches said yes and no, merged; and the entries of both."""
    git(project, "init", "-q")
    project.call(*PLAN, "--record")
    commit(project)
    git(project, "switch", "-qc", "theirs")
    yes = decide(project, "approved", "@org/labels", "fits this week")
    git(project, "switch", "-q", "main")
    no = decide(project, "rejected", "@org/reliability", "lamps change on Monday")
    git(project, "merge", "-q", "-m", "both", "theirs")
    return project, yes, no


def test_branches_merge_without_a_conflict_in_git_and_the_next_append_joins_them(
    merged: tuple[Project, str, str],
) -> None:
    project, yes, no = merged
    assert git(project, "status", "--porcelain") == ""
    heads = project.call("ledger", "verify")
    assert (heads.returncode, {head[:12] for head in heads.stdout.split("head ")[1].strip().split(", ")}) == (
        0,
        {yes, no},
    )
    joined = decide(project, "approved", "@org/reliability", "the lamps wait")
    assert project.call("ledger", "verify").stdout.startswith(f"whole; head {joined}")
    for head in (yes, no):
        assert project.call("ledger", "verify", "--since", head).returncode == 0


def test_a_conflict_counts_as_the_more_cautious_and_names_both_until_it_is_settled(
    merged: tuple[Project, str, str],
) -> None:
    project, yes, no = merged
    action, told, report = plan_action(project)
    assert action["state"] == "rejected"
    assert [(one["event"], one["by"], one["entry"][:12]) for one in action["conflict"]] == [
        ("rejected", "@org/reliability", no),
        ("approved", "@org/labels", yes),
    ]
    settle = f"prism-rules decide {action['id']} --as DECISION --by WHO --because WHY"
    (warning,) = [line for line in unwrap(told).splitlines() if line.startswith("warning: ")]
    for words in ("review-set for scratch is in conflict", "2026-03-02 rejected by @org/reliability: lamps ",
                  "2026-03-02 approved by @org/labels: fits this week", settle):  # fmt: skip
        assert words in warning
    assert warning in project.call("ledger", "show").stdout
    (row,) = (line for line in project.call("ledger", "show").stdout.splitlines() if line.startswith("rejected, in"))
    # The one that counts, whichever the ledger has last.
    for words in ("rejected, in conflict  review-set", "rejected  2026-03-02T", "@org/reliability", "lamps change"):
        assert words in row
    assert f"{action['id']} is rejected, in conflict\n" in project.call("ledger", "show", "review-set").stdout
    assert "rejected; **in conflict**" in report
    assert f"`{settle}`" in report
    assert (
        "- 2026-03-02 **rejected** by `@org/reliability`: lamps change on Monday\n- 2026-03-02 **approved**" in report
    )

    decide(project, "approved", "@org/reliability", "the lamps wait")
    action, told, report = plan_action(project)
    assert (action["state"], action["conflict"]) == ("open", [])
    assert [one["event"] for one in action["history"]][::3] == ["opened", "approved"]
    assert {one["event"] for one in action["history"][1:3]} == {"approved", "rejected"}
    assert "in conflict" not in told + report


def test_a_conflict_is_told_when_nothing_opens_the_action_any_more(merged: tuple[Project, str, str]) -> None:
    project, *_ = merged
    project.edit("fail: {below: 0.80}", "fail: {below: 0.10}")
    done = project.call(*PLAN)
    assert "review-set for scratch is in conflict" in done.stdout
