"""What commands say under GitHub Actions where no --format is given, and that nothing they print forges a command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prism_rules.cli.actions import MAX_SUMMARY
from tests.render.runner import read_commands

from .conftest import AS_OF, Project

FORGED = "::error::forged ##[error]forged"
TEST = """\
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: rules.yaml
tests:
  - name: sure enough
    as_of: 2026-03-01
    data: {predictions: {generate: [{rows: 20, with: {class: dent, confidence: 0.5}, from: 2026-02-24}]}}
    expect: {findings: []}
"""


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run as a step of a workflow does; gives the file of its summary."""
    place = tmp_path / "summary.md"
    place.touch()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place))
    return place


def test_a_plan_is_annotated_told_and_summed_up(project: Project, summary: Path) -> None:
    done = project.call("plan", "--as-of", AS_OF, "--ledger", "none")
    assert done.returncode == 1
    (error,) = [one for one in read_commands(done.stdout) if one.name == "error"]
    line = (project.root / "rules.yaml").read_text("utf-8").splitlines().index("    fail: {below: 0.80}") + 1
    assert (error.properties["file"], error.properties["line"]) == ("rules.yaml", str(line))
    assert error.properties["title"] == "low-confidence: scratch"
    assert done.stdout.index("::error ") < done.stdout.index("press-shop 2.1.0 as of 2026-03-01: FAIL")
    assert summary.read_text("utf-8").startswith("# Action plan: press-shop")
    rendered = project.call("render", "plans/2026-03-01").stdout
    assert summary.read_text("utf-8").splitlines() == rendered.splitlines()


def test_a_format_that_is_asked_for_is_all_that_is_said(project: Project, summary: Path) -> None:
    done = project.call("plan", "--as-of", AS_OF, "--format", "json")
    assert done.stdout == (project.root / "plans/2026-03-01/plan.json").read_text("utf-8")
    text = project.call("plan", "--as-of", AS_OF, "--format", "text").stdout
    assert read_commands(text) == []
    assert text.startswith("press-shop")
    assert summary.read_bytes() == b""


def test_elsewhere_a_plan_is_told_as_text(project: Project, summary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert project.call("plan", "--as-of", AS_OF).stdout.startswith("press-shop")
    assert summary.read_bytes() == b""


def find_warning(stdout: str) -> str:
    """Find what is said of the summary: the first annotation, since GitHub drops the last."""
    first = read_commands(stdout)[0]
    assert (first.name, first.properties["title"]) == ("warning", "no report in the summary")
    return first.message


def test_a_summary_is_appended_whole_or_not_at_all(project: Project, summary: Path) -> None:
    summary.write_text("# Before\n", "utf-8")
    assert project.call("plan", "--as-of", AS_OF).returncode == 1
    assert summary.read_text("utf-8").startswith("# Before\n\n# Action plan: press-shop")
    full = b"x" * (MAX_SUMMARY - 100)
    summary.write_bytes(full)
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 1
    assert find_warning(done.stdout).startswith(f"the report is not in the step's summary, {summary} (GITHUB_STEP_SUMM")
    assert summary.read_bytes() == full


@pytest.mark.parametrize("place", ["nowhere/summary.md", "."])
def test_a_summary_that_cannot_be_written_is_a_warning(
    place: str, project: Project, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary.parent / place))
    done = project.call("plan", "--as-of", AS_OF, "-q")
    assert done.returncode == 1
    assert f"{summary.parent / place} (GITHUB_STEP_SUMMARY): " in find_warning(done.stdout)
    assert "help: the plan is made" in find_warning(done.stdout)
    assert not (summary.parent / "nowhere").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.usefixtures("summary")
def test_a_full_disk_is_a_warning(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/dev/full")
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 1
    assert "(GITHUB_STEP_SUMMARY): No space left" in find_warning(done.stdout)


def test_check_is_annotated_and_told_from_the_top_of_the_repository(project: Project, summary: Path) -> None:
    (project.root.parent / ".git").mkdir()
    project.edit("fail: {below: 0.80}", "fail: {below: 8}")
    done = project.call("check")
    assert done.returncode == 2
    (error,) = read_commands(done.stdout)
    assert error.properties["file"] == "project/rules.yaml"
    assert "\nerror[bound-out-of-range]: " in done.stdout
    assert read_commands(project.call("check", "--format", "text").stdout) == []
    assert summary.read_bytes() == b""


def test_what_a_plan_cannot_be_made_of_is_annotated_as_well(project: Project, summary: Path) -> None:
    project.edit("fail: {below: 0.80}", "fail: {below: 8}")
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 2
    (error,) = read_commands(done.stderr)
    assert (error.name, error.properties["file"]) == ("error", "rules.yaml")
    assert done.stderr.splitlines()[-1].startswith("exit 2: ")
    assert summary.read_bytes() == b""


@pytest.mark.usefixtures("summary")
def test_a_failing_test_is_annotated_at_its_expectation(project: Project) -> None:
    (project.root / "rules.test.yaml").write_text(TEST, "utf-8")
    done = project.call("test")
    assert done.returncode == 1, done.stderr
    (error,) = read_commands(done.stdout)
    assert error.properties["title"] == "test failed: sure enough"
    assert (error.properties["file"], error.properties["line"]) == ("rules.test.yaml", "8")
    assert "finding is not expected" in error.message
    assert "FAILED  sure enough" in done.stdout
    assert project.call("test", "--format", "text").stdout == done.stdout.split("\n", 1)[1]


@pytest.mark.usefixtures("summary")
@pytest.mark.parametrize("arguments", [["plan", "--as-of", AS_OF], ["check"], ["test"], ["diff", "rules.yaml"]])
def test_no_name_and_no_data_is_a_command(arguments: list[str], project: Project) -> None:
    project.edit("title: The model is sure enough", f'title: "{FORGED}"')
    project.edit('title: "Review {{ scope.class }}"', f'title: "{FORGED}"')
    project.edit('title: "Relabel {{ scope.class }}"', f'title: "{FORGED}"')
    (project.root / "rules.test.yaml").write_text(TEST.replace("sure enough", f'"{FORGED}"'), "utf-8")
    if arguments[0] == "check":
        project.edit("when: {all: [low-confidence]}", f'when: {{all: ["{FORGED}"]}}')
    if arguments[0] == "diff":
        old = (project.root / "rules.yaml").read_text("utf-8").replace(FORGED, "before")
        (project.root / "old.yaml").write_text(old, "utf-8")
        arguments = ["diff", "old.yaml", *arguments[1:]]
    done = project.call(*arguments)
    assert "forged" in done.stdout
    for one in read_commands(done.stdout) + read_commands(done.stderr):
        assert one.name in ("error", "warning", "notice")
        assert not one.message.startswith("forged")


@pytest.mark.usefixtures("summary")
def test_what_is_typed_is_no_command_either(project: Project) -> None:
    done = project.call("plan", "##[error]forged")
    assert done.returncode == 2
    assert [one.properties.get("title") for one in read_commands(done.stderr)] == ["missing-file"]
