"""`plan --select` and `plan --estimate`: a part of the rules, and what would be read."""

from __future__ import annotations

import json
import textwrap
import threading
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules import pipeline
from prism_rules.cli import run
from prism_rules.intake import digests
from prism_rules.ruleset import load_ruleset, select_rules

from .conftest import AS_OF, Project, make_annotations, unwrap

PLAN = ("plan", "--as-of", AS_OF)
ONE = (*PLAN, "--select", "low-confidence")


def read_json(project: Project, *arguments: str) -> dict[str, Any]:
    done = project.call(*arguments, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def test_a_selection_judges_its_rules_and_opens_nothing(project: Project) -> None:
    whole, plan = read_json(project, *PLAN, "--out", "whole"), read_json(project, *ONE)
    assert (whole["selected"], plan["selected"]) == ([], ["low-confidence"])
    assert plan["findings"] == whole["findings"], "the only failure is one of confidence"
    assert plan["passes"] == [entry for entry in whole["passes"] if entry["rule"] == "low-confidence"]
    assert [*plan["rules"]] == ["low-confidence"]
    assert [d["cause"] for d in plan["diagnoses"]] == ["unsure-model"], "its only rule is selected"
    assert len(whole["actions"]) == 2
    assert (plan["actions"], plan["stuck"]) == ([], [])
    assert [entry["source"] for entry in plan["inputs"]] == ["predictions"]
    assert plan["ruleset"] == whole["ruleset"], "it is the same ruleset"
    assert plan["command"] == "prism-rules plan --select low-confidence --as-of 2026-03-01T00:00:00Z"
    assert len(plan["scans"]) == 1


def test_a_selection_of_all_rules_diagnoses_all_causes_and_still_opens_nothing(project: Project) -> None:
    plan = read_json(project, *PLAN, "--select", "class-agreement", "--select", "low-confidence")
    assert plan["selected"] == ["low-confidence", "class-agreement"], "in the order of the ruleset"
    assert plan["actions"] == []


@pytest.mark.parametrize("part", ["when: {any: [low-confidence, class-agreement]}",
                                  "when: {all: [low-confidence], none: [class-agreement]}",
                                  "when: {all: [low-confidence]}, against: [class-agreement]"])  # fmt: skip
def test_a_cause_that_asks_for_another_rule_is_not_looked_at(part: str, project: Project) -> None:
    project.edit("when: {all: [low-confidence]}", part)
    assert read_json(project, *ONE)["diagnoses"] == []


def test_only_data_of_selected_rules_is_needed(project: Project) -> None:
    (project.root / "data" / "annotations.parquet").unlink()
    assert project.call(*PLAN).returncode == 3
    assert project.call(*ONE).returncode == 1
    assert project.call(*PLAN, "--select", "class-agreement").returncode == 3
    done = project.call(*ONE, "--data", "predictons=data/predictions.parquet")
    assert (done.returncode, "did you mean `predictions`?" in done.stderr) == (2, True)


def test_report_and_terminal_say_that_it_is_a_selection(project: Project) -> None:
    assert "; selected: low-confidence)" in unwrap(project.call(*ONE).stdout).splitlines()[0]
    [said] = [
        line for line in project.call(*ONE, "--format", "markdown").stdout.splitlines()[:8] if "selection" in line
    ]
    assert "`low-confidence`" in said
    assert "selection" not in project.call(*PLAN, "--format", "markdown").stdout


def test_a_selection_is_written_only_where_it_is_told(project: Project) -> None:
    project.call(*PLAN)
    before = (project.root / "plans" / AS_OF / "plan.json").read_bytes()
    assert "Nothing was written" in project.call(*ONE).stdout
    assert (project.root / "plans" / AS_OF / "plan.json").read_bytes() == before
    project.call(*ONE, "--out", "looked")
    assert json.loads((project.root / "looked" / "plan.json").read_bytes())["selected"] == ["low-confidence"]


def test_other_rules_are_not_told_as_lost_or_new(project: Project) -> None:
    project.write("annotations", make_annotations().with_columns(label=pl.col("label").shuffle(seed=1)))
    project.call(*PLAN, "--out", "whole")
    failed = json.loads((project.root / "whole" / "plan.json").read_bytes())["findings"]
    assert {finding["rule"] for finding in failed} == {"low-confidence", "class-agreement"}
    plan = read_json(project, *ONE, "--baseline", "whole", "--out", "part")
    assert [(finding["rule"], finding["change"]) for finding in plan["findings"]] == [("low-confidence", "same")]
    assert project.call(*ONE, "--baseline", "part").returncode == 1
    refused = project.call(*PLAN, "--baseline", "part")
    assert (refused.returncode, "a selection that lacks rules" in refused.stderr) == (2, True)


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "what is not there": (("--select", "low-confidense", "--select", "odd"), "did you mean `low-confidence`?"),
    "all that is not there": (("--select", "low-confidense", "--select", "odd"), "does not exist: `odd`"),
    "to be recorded": (("--select", "low-confidence", "--record"), "--record goes with all rules"),
    "an estimate to be recorded": (("--estimate", "--record"), "--record would do nothing"),
    "an estimate with a gate": (("--estimate", "--fail-on", "warn", "--out", "x"), "--out, --fail-on would do nothing"),
    "an estimate as a report": (("--estimate", "--format", "markdown"), "as text or as JSON"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_go_together_is_refused(case: str, project: Project) -> None:
    options, said = REFUSED[case]
    done = project.call(*PLAN, *options)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert sorted(path.name for path in project.root.iterdir()) == ["data", "prism.yaml", "rules.yaml"]


def test_an_estimate_has_the_scans_of_the_plan_and_writes_nothing(project: Project) -> None:
    estimate = read_json(project, "plan", "--estimate")
    assert sorted(path.name for path in project.root.iterdir()) == ["data", "prism.yaml", "rules.yaml"]
    plan = read_json(project, "plan")
    assert estimate["as_of"] == plan["as_of"]
    assert {scan["id"]: scan["sql"] for scan in estimate["scans"]} == plan["scans"]
    assert {rule: scan["id"] for scan in estimate["scans"] for rule in scan["rules"]} == {
        name: rule["scan"] for name, rule in plan["rules"].items()
    }
    rows = {read["source"]: read["rows"] for scan in estimate["scans"] for read in scan["reads"]}
    assert rows == {entry["source"]: {"read": entry["rows"], "of": entry["rows"]} for entry in plan["inputs"]}
    assert [(queue["action"], queue["source"], queue["size"]) for queue in estimate["queues"]] == [
        ("review-set", "predictions", 5), ("relabel", "predictions", 3)
    ]  # fmt: skip
    # The labels are gone over twice at most: all are counted, and those of units with a duplicate are settled.
    totals = {"scans": 2, "rows": 200, "bytes": sum(scan["bytes"] for scan in estimate["scans"])}
    assert estimate["totals"] == totals


def test_acceptance_of_what_was_done_is_in_the_estimate(project: Project) -> None:
    project.edit("min_n: 10", "min_n: 30")
    recorded = read_json(project, "plan", "--as-of", "2026-02-28", "--record")
    [action] = [a["id"] for a in recorded["actions"] if a["action"] == "measure-agreement"][:1]
    said = ("--by", "@org/reliability", "--because", "all are labelled", "--at", "2026-02-28")
    assert project.call("decide", action, "--as", "done", *said).returncode == 0
    before = len(read_json(project, *PLAN, "--estimate", "--ledger", "none")["scans"])
    estimate = read_json(project, *PLAN, "--estimate")
    assert {scan["id"]: scan["sql"] for scan in estimate["scans"]} == read_json(project, *PLAN)["scans"]
    assert len(estimate["scans"]) == before + 1


def test_a_selection_is_estimated_alone(project: Project) -> None:
    estimate = read_json(project, *ONE, "--estimate")
    assert [(scan["source"], scan["rules"]) for scan in estimate["scans"]] == [("predictions", ["low-confidence"])]
    assert estimate["scans"][0]["reads"][0]["columns"] == ["label", "score", "taken_at"]
    assert estimate["queues"] == []


def test_an_estimate_for_people_fits_a_terminal(project: Project) -> None:
    done = project.call(*PLAN, "--estimate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("As of 2026-03-01T00:00:00Z: 2 scans of 200 rows, ")
    assert max(map(len, done.stdout.splitlines())) <= 80
    sql = read_json(project, *PLAN, "--estimate")["scans"][0]["sql"]
    assert sql not in done.stdout
    assert textwrap.indent(sql, "  ") in project.call(*PLAN, "--estimate", "-v").stdout


def test_an_estimate_waits_for_no_digest(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = threading.Event()

    def wait(_: str) -> str:
        done.wait(60)
        return "0"

    monkeypatch.setattr(digests, "_digest_file", wait)
    monkeypatch.chdir(project.root)
    try:
        assert run(["plan", "--estimate", "--format", "json"]) == 0
    finally:
        done.set()
    assert json.loads(capsys.readouterr().out)["totals"]["scans"] == 2


def test_a_selection_has_the_digest_and_the_places_of_the_whole(project: Project) -> None:
    whole = load_ruleset(project.root / "rules.yaml")
    part = select_rules(whole, ["low-confidence"])
    assert (part.digest, part.files) == (whole.digest, whole.files)
    assert part.origin("rules.low-confidence.fail.below") == whole.origin("rules.low-confidence.fail.below")
    assert (whole.selected, part.selected) == ((), ("low-confidence",))


def test_of_what_a_cause_leads_to_only_what_is_looked_at_is_left(project: Project) -> None:
    project.edit(
        "when: {all: [low-confidence]}}",
        "when: {all: [low-confidence]}, leads_to: [doubt, other]}\n"
        "  doubt: {kind: drift, by: [class], when: {all: [low-confidence]}}\n"
        "  other: {kind: drift, by: [class], when: {all: [class-agreement]}}",
    )
    part = select_rules(load_ruleset(project.root / "rules.yaml"), ["low-confidence"])
    assert {name: cause.leads_to for name, cause in part.model.causes.items()} == {
        "unsure-model": ("doubt",), "doubt": ()
    }  # fmt: skip
    data = {"predictions": Path("data/predictions.parquet").as_posix()}
    plan = pipeline.run(part, data, root=project.root).plan
    assert [[d.cause for d in plan.diagnoses if d.id in chain] for chain in plan.chain] == [["unsure-model", "doubt"]]


def test_a_waiver_of_another_rule_is_left_out(project: Project) -> None:
    text = (project.root / "rules.yaml").read_text("utf-8")
    waivers = "".join(
        f"  {name}: {{rule: {name}, match: {{class: '*'}}, until: 2026-04-01, by: '@org/labels', because: known}}\n"
        for name in ("low-confidence", "class-agreement")
    )
    (project.root / "rules.yaml").write_text(f"{text}waivers:\n{waivers}", "utf-8")
    plan = read_json(project, *ONE)
    assert [(waiver["id"], len(waiver["findings"])) for waiver in plan["waivers"]] == [("low-confidence", 1)]
