"""`explain --plan`: why an entry of a saved plan is as it is, asked from the command line."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cli.conftest import AS_OF, Project

PLACE = f"plans/{AS_OF}"


@pytest.fixture
def planned(project: Project) -> Project:
    """The project after a plan, without its data and its ruleset: nothing but the plan is needed."""
    # 0.60 of 20 scratches is below 0.80, and there is a bound for scratches that lies lower.
    project.edit("    fail: {below: 0.80}", "    fail: {below: 0.80, per_class: {scratch: 0.70}}")
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 1, done.stderr
    (project.root / "rules.yaml").unlink()
    (project.root / "prism.yaml").unlink()
    for file in (project.root / "data").iterdir():
        file.unlink()
    return project


def read_plan(project: Project) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((project.root / PLACE / "plan.json").read_bytes())
    return plan


def find_id(project: Project, section: str, **said: str) -> str:
    [id_] = [entry["id"] for entry in read_plan(project)[section] if said.items() <= entry.items()]
    assert isinstance(id_, str)
    return id_


def test_a_finding_is_explained_from_its_plan_alone(planned: Project) -> None:
    id_ = find_id(planned, "findings", rule="low-confidence")
    done = planned.call("explain", id_, "--plan", PLACE)
    assert done.returncode == 0, done.stderr
    review, relabel = (find_id(planned, "actions", action=name) for name in ("review-set", "relabel"))
    diagnosis = find_id(planned, "diagnoses", cause="unsure-model")
    assert (
        done.stdout
        == f"""\
The model is sure enough (scratch): fail at 0.60
{id_}

Rule           low-confidence: mean_confidence of predictions, by class
Value          0.60, of 20 rows
Bound          must be at least 0.70
In force       - must be at least 0.70: per_class (rules.yaml:23)
                 - in place of the rule (rules.yaml:23): must be at least 0.80
Needed         at least 0.70 to pass
Window         2026-02-22 to 2026-03-01
Change         new in the first plan
Speaks for     - diagnosed: {diagnosis}
Actions        - proposed, rests on it: {review}
               - proposed, rests on it: {relabel}
SQL            {read_plan(planned)["rules"]["low-confidence"]["scan"]}; --sql shows it
"""
    )


def test_what_the_verdict_says_to_ask_is_answered(project: Project) -> None:
    told = project.call("plan", "--as-of", AS_OF).stdout
    [hint] = re.findall("^Why[?] prism-rules (.*)$", told, re.MULTILINE)
    assert hint == f"explain low-confidence --plan {PLACE}"
    done = project.call(*hint.split())
    # One place fails and the other passes: both are there to choose from.
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["STATE", "WHERE", "ID"]
    assert [row.split()[:4] for row in rows] == [["fail", "at", "0.60", "scratch"], ["pass", "at", "0.90", "dent"]]


def test_an_interval_is_told_with_its_confidence(project: Project) -> None:
    project.edit("    fail: {below: 0.80}", "    fail: {below: 0.80}\n    confidence: 0.9")
    project.call("plan", "--as-of", AS_OF)
    [finding] = read_plan(project)["findings"]
    assert (finding["confidence"], finding["interval"] is None) == (0.9, False)
    done = project.call("explain", finding["id"], "--plan", PLACE)
    assert re.search(r"^Value .*\(.* to .*\), at 90% confidence, of 20 rows$", done.stdout, re.MULTILINE)


def test_the_report_has_the_ids_of_its_actions(planned: Project) -> None:
    report = (planned.root / PLACE / "report.md").read_text("utf-8")
    ids = re.findall(r"^[*]{2}Id[*]{2}: `(.+)`$", report, re.MULTILINE)
    assert len(ids) == 2
    for id_ in ids:
        assert planned.call("explain", id_, "--plan", f"{PLACE}/plan.json").stdout.splitlines()[1] == id_


def test_the_sql_of_a_finding_is_printed(planned: Project) -> None:
    done = planned.call("explain", "low-confidence-scratch", "--plan", PLACE, "--sql")
    assert done.returncode == 0, done.stderr
    comment, query = re.split("^(?=SELECT)", done.stdout, flags=re.MULTILINE)
    assert all(line.startswith("-- ") for line in comment.splitlines())
    assert "for low-confidence." in comment.splitlines()[0]
    assert 'FROM "predictions"' in query
    assert query.endswith(";\n")
    both = planned.call("explain", "relabel", "--plan", PLACE, "--sql").stdout
    assert both.count(";\n") == both.count("SELECT\n  ") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "help"),
    [
        (("low-confidence-scrtch", "--plan", PLACE), "unknown-id", "did you mean `low-confidence-scratch`?"),
        (("low-confidnce", "--plan", PLACE), "unknown-id", "did you mean `low-confidence`?"),
        (("duplicate-key", "--plan", PLACE), "unknown-id", "`plan.json` has the ids"),
        (("x" * 10_000, "--plan", PLACE), "unknown-id", "`plan.json` has the ids"),
        (("\x1b[31mred", "--plan", PLACE), "unknown-id", r"`\x1b[31mred`"),
        (("relabel-scratch-0123456789ab",), "unknown-id", "name the plan as well: `--plan plans/2026-03-01`"),
        (("relabel", "--plan", PLACE, "--ruleset", "rules.yaml"), "usage", "an entry of a plan is told by the plan"),
        (("relabel", "--sql"), "usage", "--sql needs --plan"),
        (("relabel", "--plan", "nowhere"), "missing-file", "name a plan.json"),
    ],
)
def test_what_cannot_be_explained(planned: Project, arguments: tuple[str, ...], code: str, help: str) -> None:
    done = planned.call("explain", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"error[{code}]")
    assert help in done.stderr
    assert len(done.stderr) < 1_000
    assert "\x1b" not in done.stderr
