"""What others run in their CI: an action, hooks, a template, two workflows. None of it trusts what it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from prism_rules import __version__
from prism_rules.cli import COMMANDS
from prism_rules.starter import write_texts

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
COMMENT = ROOT / "docs/ci/prism-rules-comment.yml"
TEMPLATE = ROOT / "templates/prism-rules.gitlab-ci.yml"
PLANNING = write_texts("quality", __version__, None, "github")[".github/workflows/prism-rules.yml"].decode()


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def list_steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """List every step that we ship, with where it stands."""
    yield from (("action", step) for step in read(ACTION.read_text("utf-8"))["runs"]["steps"])
    for name, text in (("planning", PLANNING), ("comment", COMMENT.read_text("utf-8"))):
        yield from ((name, step) for job in read(text)["jobs"].values() for step in job["steps"])


@pytest.mark.parametrize(("where", "step"), [*list_steps()])
def test_no_expression_is_part_of_a_script(where: str, step: dict[str, Any]) -> None:
    assert "${{" not in step.get("run", "")
    if where == "action" and "run" in step:
        assert step["shell"] == "bash"


def test_what_others_wrote_is_pinned() -> None:
    used = [(where, step["uses"]) for where, step in list_steps() if "uses" in step]
    assert {where for where, _ in used} == {"action", "planning"}
    for where, uses in used:
        assert re.fullmatch(r"actions/[a-z-]+@" + (r"[0-9a-f]{40}" if where == "action" else r"v\d+"), uses)


def test_every_input_of_the_action_is_used_and_every_use_is_an_input() -> None:
    text = ACTION.read_text("utf-8")
    action = read(text)
    assert {*re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)} == action["inputs"].keys()
    assert {*re.findall(r"\$\{\{ steps\.plan\.outputs\.([a-z-]+) \}\}", text)} == action["outputs"].keys()
    assert "secrets" not in text and "token" not in text


def test_planning_needs_no_more_than_to_read() -> None:
    workflow = read(PLANNING)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request" in workflow["on"] and "pull_request_target" not in workflow["on"]
    assert "secrets" not in PLANNING and "token" not in PLANNING


def test_the_comment_runs_nothing_of_the_pull_request() -> None:
    workflow, text = read(COMMENT.read_text("utf-8")), COMMENT.read_text("utf-8")
    (job,) = workflow["jobs"].values()
    assert [step for step in job["steps"] if "uses" in step] == []
    assert workflow["permissions"] == {}
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not re.search(r"git (clone|checkout|fetch)|gh (pr|repo|run)|report\.md.*unzip|unzip.*report\.md", text)
    assert f"prism-rules=={__version__}" in text


def test_the_comment_follows_the_workflow_and_the_artifact_that_init_writes() -> None:
    planning, comment = read(PLANNING), read(COMMENT.read_text("utf-8"))
    assert comment["on"]["workflow_run"]["workflows"] == [planning["name"]]
    (upload,) = [step for step in planning["jobs"]["plan"]["steps"] if "upload-artifact" in step.get("uses", "")]
    script = next(step["run"] for step in comment["jobs"]["comment"]["steps"] if step["name"] == "comment")
    assert f'.name == "{upload["with"]["name"]}"' in script


def test_the_template_is_what_init_writes() -> None:
    assert TEMPLATE.read_bytes() == write_texts("quality", __version__, None, "gitlab")[".gitlab-ci.yml"]
    (job,) = read(TEMPLATE.read_text("utf-8")).values()
    assert job["artifacts"]["reports"].keys() == {"junit", "codequality"}


def test_hooks_are_commands_of_ours() -> None:
    hooks = read((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in hooks] == ["prism-rules-fmt", "prism-rules-check", "prism-rules-test"]
    for hook in hooks:
        program, command = hook["entry"].split()
        assert program == "prism-rules" and command in COMMANDS
        assert (hook["language"], hook["types"], hook["pass_filenames"]) == ("python", ["yaml"], False)


def test_the_page_names_the_version_that_it_is_about() -> None:
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    assert {*re.findall(r"\bv(\d+\.\d+\.\d+)", page)} == {__version__}
