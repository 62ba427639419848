"""Waivers and the status of rules, on files: how a run ends, and what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import AS_OF, Project, unwrap

PLAN = ("plan", "--as-of", AS_OF)
WAIVER = """\
waivers:
  new-lights:
    rule: {rule}
    match: {{class: "{match}"}}
    until: {until}
    by: "@org/reliability"
    because: {because}
"""


def waive(
    project: Project, *, rule: str = "low-confidence", match: str = "scratch", until: str = "2026-03-15",
    because: str = "Lights are exchanged, DQ-112",
) -> None:  # fmt: skip
    """Put one waiver at the end of the project's ruleset."""
    path = project.root / "rules.yaml"
    text = path.read_text("utf-8").partition("waivers:\n")[0]
    path.write_text(text + WAIVER.format(rule=rule, match=match, until=until, because=because), "utf-8")


def read_plan(project: Project) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((project.root / "plans" / AS_OF / "plan.json").read_bytes())
    return plan


def test_a_waived_failure_is_no_failure_and_is_told(project: Project) -> None:
    assert project.call(*PLAN).returncode == 1
    waive(project)
    done = project.call(*PLAN)
    assert (done.returncode, "exit" in done.stderr) == (0, False)
    lines = unwrap(done.stdout).splitlines()
    assert lines[0] == "press-shop 2.1.0 as of 2026-03-01: PASS (3 pass, 1 waived; first plan)"
    assert "waived (fail)" in done.stdout
    assert "note: waiver new-lights: until 2026-03-15, 14 days left, hides 1 finding (by @org/reliability)" in lines
    plan = read_plan(project)
    [finding] = plan["findings"]
    assert (finding["status"], finding["hides"], finding["waiver"]) == ("waived", "fail", "new-lights")
    assert (plan["status"], plan["actions"], plan["unexplained"]) == ("pass", [], [])
    # It is evidence still.
    assert [(d["cause"], d["verdict"], d["evidence"]) for d in plan["diagnoses"]] == [
        ("unsure-model", "waived", [finding["id"]])
    ]
    assert plan["waivers"] == [
        {
            "id": "new-lights", "rule": "low-confidence", "match": {"class": "scratch"}, "until": "2026-03-15",
            "by": "@org/reliability", "because": "Lights are exchanged, DQ-112", "days_left": 14, "expired": False,
            "findings": [finding["id"]],
        }
    ]  # fmt: skip
    report = (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")
    assert (
        "\n## Waived\n\n- `new-lights`, until 2026-03-15, 14 days left, hides The model is sure enough: "
        "scratch (fail at 0.60). By `@org/reliability`: Lights are exchanged, DQ-112\n"
    ) in report


def test_an_expired_waiver_hides_nothing_and_says_so(project: Project) -> None:
    waive(project, until="2026-03-01")
    done = project.call(*PLAN)
    assert done.returncode == 1
    note = "note: waiver new-lights: expired on 2026-03-01, today, no longer hides 1 finding (by @org/reliability)"
    assert note in unwrap(done.stdout).splitlines()
    plan = read_plan(project)
    assert [(f["status"], f["hides"], f["waiver"]) for f in plan["findings"]] == [("fail", None, None)]
    assert [(w["expired"], w["days_left"], len(w["findings"])) for w in plan["waivers"]] == [(True, 0, 1)]
    assert len(plan["actions"]) == 2
    report = (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")
    assert "\n- `new-lights`, expired on 2026-03-01, today, and no longer hides The model is sure enough: " in report


def test_a_waiver_of_something_else_hides_nothing_and_is_not_mentioned(project: Project) -> None:
    waive(project, match="dent")
    done = project.call(*PLAN)
    assert done.returncode == 1
    assert "new-lights" not in done.stdout
    assert [w["findings"] for w in read_plan(project)["waivers"]] == [[]]


# What is edited in the ruleset, the waiver, the options, how it ends without the waiver and with it.
ENDS: dict[str, tuple[tuple[str, str], dict[str, str], tuple[str, ...], int, int]] = {
    "a failure": (("below: 0.80", "below: 0.80"), {}, (), 1, 0),
    "a failure of everything": (("below: 0.80", "below: 0.95"), {"match": "*"}, (), 1, 0),
    "one of two failures": (("below: 0.80", "below: 0.95"), {}, (), 1, 1),
    "a warning that counts": (("fail: {below: 0.80}", "warn: {below: 0.80}"), {}, ("--fail-on", "warn"), 1, 0),
    "a new failure": (("below: 0.80", "below: 0.80"), {}, ("--fail-on-new",), 1, 0),
    "too few": (("min_n: 10", "min_n: 21"), {"match": "*"}, ("--fail-on-unevaluated",), 3, 3),
    "too few for one rule": (
        ("title: The model", "min_n: 21\n    title: The model"), {"match": "*"}, ("--fail-on-unevaluated",), 3, 0,
    ),
    "too few for half of a rule": (
        ("title: The model", "min_n: 21\n    title: The model"), {}, ("--fail-on-unevaluated",), 3, 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS)
def test_waived_findings_do_not_count(case: str, project: Project) -> None:
    (old, new), waiver, options, without, with_it = ENDS[case]
    project.edit(old, new)
    assert project.call(*PLAN, *options).returncode == without
    waive(project, **waiver)
    done = project.call(*PLAN, *options)
    assert done.returncode == with_it, done.stdout + done.stderr


def test_a_failure_whose_waiver_ended_is_seen_and_is_no_news(project: Project) -> None:
    waive(project)
    assert project.call(*PLAN, "--out", "before").returncode == 0
    waive(project, until="2026-02-28")
    assert project.call(*PLAN, "--baseline", "before/plan.json").returncode == 1
    assert project.call(*PLAN, "--baseline", "before/plan.json", "--fail-on-new").returncode == 0
    assert [f["change"] for f in read_plan(project)["findings"]] == ["same"]


def test_texts_of_a_waiver_are_plain_text(project: Project) -> None:
    waive(project, because='"**bold** <b>x</b> @org/labels #77 [a](http://b.example)\\nnext | line"')
    project.call(*PLAN)
    report = (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")
    [line] = [line for line in report.splitlines() if "`new-lights`" in line]
    assert "next" in line and "bold" in line
    for markup in ("**bold**", "<b>", "@org/labels", "#77", "](", "http://"):
        assert markup not in line
    assert read_plan(project)["waivers"][0]["because"].startswith("**bold** <b>x</b>")


# The status of the rule, the options, how a run ends whose rule fails, and how one ends that has too few rows.
STATUSES = [
    ("stable", (), 1, 0),
    ("deprecated", (), 1, 0),
    ("experimental", (), 0, 0),
    ("stable", ("--fail-on", "warn"), 1, 0),
    ("deprecated", ("--fail-on", "warn"), 1, 0),
    ("experimental", ("--fail-on", "warn"), 0, 0),
    ("stable", ("--fail-on-new", "--fail-on-unevaluated"), 1, 3),
    ("deprecated", ("--fail-on-new", "--fail-on-unevaluated"), 1, 3),
    ("experimental", ("--fail-on-new", "--fail-on-unevaluated"), 0, 0),
]


@pytest.mark.parametrize(("status", "options", "failing", "short"), STATUSES)
def test_the_status_of_a_rule_decides_whether_it_fails_a_run(
    status: str, options: tuple[str, ...], failing: int, short: int, project: Project
) -> None:
    project.edit("title: The model", f"status: {status}\n    title: The model")
    assert project.call(*PLAN, *options).returncode == failing
    # Evidence it is in any case; on its own an experimental one opens nothing.
    plan = read_plan(project)
    assert [d["verdict"] for d in plan["diagnoses"]] == ["diagnosed"]
    assert len(plan["actions"]) == (0 if status == "experimental" else 2)
    project.edit("title: The model", "min_n: 21\n    title: The model")
    assert project.call(*PLAN, *options).returncode == short


def test_a_deprecated_rule_is_marked(project: Project) -> None:
    project.edit("title: The model", "status: deprecated\n    title: The model")
    assert "\nfail, deprecated " in project.call(*PLAN).stdout
    report = (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")
    assert "| **fail**, deprecated | The model is sure enough | scratch |" in report


def test_a_gate_of_an_experimental_rule_is_open_and_check_says_so(project: Project) -> None:
    # Nobody agrees with the threshold, so that the gate would be shut.
    project.edit("title: Reviewers agree", "status: experimental\n    min_n: 50\n    title: Reviewers agree")
    done = project.call("check", "rules.yaml")
    assert (done.returncode, "idle-gate" in done.stdout + done.stderr) == (1, True)
    project.call(*PLAN)
    states = {action["action"]: action["state"] for action in read_plan(project)["actions"]}
    assert states == {"review-set": "proposed", "relabel": "proposed"}
    project.edit("status: experimental", "status: stable")
    assert project.call("check", "rules.yaml").returncode == 0
    project.call(*PLAN)
    assert {a["action"]: a["state"] for a in read_plan(project)["actions"]}["relabel"] == "blocked"


def test_a_waiver_that_is_wrong_is_told_without_data(project: Project) -> None:
    waive(project, match="scrach", until="2026-02-30")
    done = project.call("check", "rules.yaml")
    assert done.returncode == 2
    told = done.stdout + done.stderr
    assert "error[unknown-class]" in told and "did you mean `scratch`?" in told
    assert "error[bad-date]" in told and "the calendar has no such day" in told
