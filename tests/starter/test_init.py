"""`init`: what it begins passes check, test and fmt and can be planned at once, and nothing is written over."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from prism_rules import __version__
from prism_rules.cli import run
from tests.conftest import git


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A project that was begun with the options that the test is about."""
    folder = tmp_path / "Scratch Watch"
    assert run(["init", str(folder), *request.param]) == 0
    monkeypatch.chdir(folder)
    return folder


def list_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("begun", [[], ["--from", "prism-core", "--ci", "gitlab"]], indirect=True, ids=["own", "pack"])
def test_a_project_passes_check_test_and_fmt_and_plans_at_once(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "."]) == 0
    assert run(["fmt", "--check"]) == 0
    assert run(["test"]) == 0
    tests = YAML(typ="safe").load((begun / "rulesets/reliability.test.yaml").read_text("utf-8"))["tests"]
    expected = {(each["action"], each["state"]) for test in tests for each in test["expect"]["actions"]}
    assert {("review-unsure", "proposed"), ("recalibrate", "proposed"), ("relabel", "blocked")} <= expected
    capsys.readouterr()
    assert run(["plan"]) == 1
    plan = json.loads((begun / "plans/2026-06-01/plan.json").read_text("utf-8"))
    assert plan["ruleset"]["name"] == "scratch-watch"
    failed = {(finding["rule"], finding["scope"].get("class")) for finding in plan["findings"]}
    assert ("class-agreement", "scratch") in failed
    states = {action["action"]: action["state"] for action in plan["actions"]}
    assert (states["recalibrate"], states["relabel"]) == ("proposed", "blocked")


@pytest.mark.parametrize("begun", [[]], indirect=True)
def test_files_say_where_their_schema_is(begun: Path) -> None:
    for path in sorted(begun.rglob("*.yaml")):
        first = path.read_text("utf-8").splitlines()[0]
        if path.name != ".pre-commit-config.yaml":
            assert (path.parent / first.removeprefix("# yaml-language-server: $schema=")).is_file()


@pytest.mark.parametrize(
    ("hosting", "place"),
    [("github", ".github/workflows/prism-rules.yml"), ("gitlab", ".gitlab-ci.yml"), ("none", None)],
)
def test_the_pipeline_is_that_of_the_host(hosting: str, place: str | None, tmp_path: Path) -> None:
    assert run(["init", str(tmp_path), "--ci", hosting]) == 0
    written = {name for name in list_files(tmp_path) if "workflows" in name or "gitlab" in name}
    assert written == ({place} if place else set())
    if place:
        text = (tmp_path / place).read_text("utf-8")
        assert f"prism-rules=={__version__}" in text
        for command in ("check", "fmt --check", "test", "diff", "plan"):
            assert f"prism-rules {command}" in text
        assert YAML(typ="safe").load(text)


def test_the_same_is_written_every_time(tmp_path: Path) -> None:
    for name in ("one/same", "two/same"):
        assert run(["init", str(tmp_path / name), "--from", "prism-core"]) == 0
    assert list_files(tmp_path / "one") == list_files(tmp_path / "two")


def test_the_next_step_can_be_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "Scratch Watch"]) == 0
    out = capsys.readouterr().out
    assert " files in 'Scratch Watch'. Next:\n  cd 'Scratch Watch' && prism-rules check " in out
    assert run(["init", "."]) == 0
    assert " files here. Next:\n  prism-rules check " in capsys.readouterr().out


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "prism.yaml").write_text("mine", "utf-8")
    assert run(["init", str(tmp_path)]) == 8
    assert "`prism.yaml` would be written over" in capsys.readouterr().err
    assert list_files(tmp_path) == {"prism.yaml": b"mine"}


def test_hooks_and_pipelines_that_are_there_are_left_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text("mine", "utf-8")
    assert run(["init", str(tmp_path)]) == 0
    assert (tmp_path / ".pre-commit-config.yaml").read_text("utf-8") == "mine"
    assert "left" in capsys.readouterr().err


def test_a_pack_that_does_not_ship_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(tmp_path), "--from", "prism-cor"]) == 2
    assert "did you mean `prism-core`?" in capsys.readouterr().err
    assert list_files(tmp_path) == {}


def read_plan_step(folder: Path, hosting: str) -> str:
    """Read what the pipeline runs to plan, as one script."""
    if hosting == "github":
        steps = YAML(typ="safe").load(folder / ".github/workflows/prism-rules.yml")["jobs"]["plan"]["steps"]
        return str(next(step["run"] for step in steps if step.get("name") == "plan"))
    lines = YAML(typ="safe").load(folder / ".gitlab-ci.yml")["prism-rules"]["script"]
    return "\n".join(line for line in lines if "plan" in line)


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("hosting", ["github", "gitlab"])
def test_a_pull_request_is_planned_against_its_base(hosting: str, first: bool, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    if first:
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "base")
    assert run(["init", str(tmp_path), "--ci", hosting]) == 0
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "begun")
    if not first:
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "more")
    base, head = (git(tmp_path, "rev-parse", ref) for ref in ("HEAD~1", "HEAD"))
    git(tmp_path, "update-ref", "refs/remotes/origin/main", base)
    # In place of the program: it tells where it was called with what, and fails where there is no project.
    program = tmp_path / ".git/prism-rules"
    told = 'echo "$(git rev-parse HEAD) $*" >> .git/log'
    program.write_text(f'#!/bin/sh\n[ "$1" = plan ] || exit 0\n{told}\n[ -f prism.yaml ] && mkdir "$3"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_BASE_REF": "main", "GITHUB_SHA": head, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head,
    }  # fmt: skip
    script = read_plan_step(tmp_path, hosting)
    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=tmp_path, env=environment, check=True)
    called = (tmp_path / ".git/log").read_text("utf-8").splitlines()
    # Of the plan before nothing is to be said beside the change.
    form = " --format text" if hosting == "github" else ""
    against = "" if first else " --baseline before --fail-on-new"
    assert called == [f"{base} plan --out before --no-cache{form}", f"{head} plan --out plan --no-cache{against}"]
