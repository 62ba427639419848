"""`check`: all that can be known without data, in words and as JSON."""

from __future__ import annotations

import json
import shutil

import pytest

from .conftest import Project


def test_a_ruleset_in_order_has_no_problems(project: Project) -> None:
    shutil.rmtree(project.root / "data")
    for arguments in ((), ("rules.yaml",), ("rules.yaml", "rules.yaml")):
        done = project.call("check", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "no problems\n", "")


def test_warnings_end_with_1_unless_only_errors_count(project: Project) -> None:
    project.edit("    done_when: [class-agreement]\n", "")
    done = project.call("check")
    assert done.returncode == 1
    assert "warning[gate-without-key]" in done.stdout
    assert done.stderr.startswith("exit 1: 1 warning; `prism-rules explain ")
    assert project.call("check", "--fail-on", "error").returncode == 0


def test_problems_of_all_files_are_told_together(project: Project) -> None:
    shutil.copy(project.root / "rules.yaml", project.root / "other.yaml")
    project.edit("mean_confidence", "mean_confidnce")
    done = project.call("check", "rules.yaml", "other.yaml", "nowhere.yaml", "--format", "json")
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert (told["apiVersion"], told["kind"]) == ("prism-rules/v1", "Diagnostics")
    assert sorted(diagnostic["code"] for diagnostic in told["diagnostics"]) == ["missing-file", "unknown-metric"]
    assert done.stderr.startswith("exit 2: 2 errors; `prism-rules explain ")


@pytest.mark.parametrize(
    ("condition", "code", "column"),
    [
        ("scroe > 0.5", "sql-unknown-column", 13),
        ("confidence > (SELECT 1)", "sql-forbidden", 26),
        ("class >", "sql-syntax", 13),
    ],
)
def test_a_mistake_in_sql_is_told_where_it_stands_in_it(
    condition: str, code: str, column: int, project: Project
) -> None:
    project.edit("    metric: mean_confidence\n", f'    metric: mean_confidence\n    where: "{condition}"\n')
    done = project.call("check", "--format", "json")
    assert done.returncode == 2
    (diagnostic,) = json.loads(done.stdout)["diagnostics"]
    label = diagnostic["labels"][0]
    assert (diagnostic["code"], label["file"], label["line"]) == (code, "rules.yaml", 22)
    assert label["col"] >= column


@pytest.mark.parametrize("arguments", [("check",), ("check", "prism.yaml"), ("check", "."), ("show",), ("plan",)])
def test_a_ruleset_that_is_not_there_is_told_where_it_is_named(project: Project, arguments: tuple[str, ...]) -> None:
    (project.root / "rules.yaml").rename(project.root / "rulse.yaml")
    (project.root / "rules.test.yaml").write_text(
        "apiVersion: prism-rules/v1\nkind: RulesetTest\nruleset: rules.yaml\ntests: []\n", "utf-8"
    )
    if arguments[-1] == ".":
        (project.root / "rules.test.yaml").unlink()
    done = project.call(*arguments)
    assert done.returncode == 2
    told = done.stdout + done.stderr
    line = (project.root / "prism.yaml").read_text("utf-8").splitlines().index("ruleset: rules.yaml") + 1
    assert told.count("error[missing-file]: there is no file `rules.yaml`") == 1
    assert f"--> prism.yaml:{line}:10" in told and "help: did you mean `rulse.yaml`?" in told


def test_a_project_file_is_checked_as_one(project: Project) -> None:
    assert project.call("check", "prism.yaml").returncode == 0
    path = project.root / "prism.yaml"
    path.write_text(path.read_text("utf-8").replace("  predictions:", "  predictons:"), "utf-8")
    done = project.call("check", "prism.yaml")
    assert (done.returncode, done.stdout.count("error[")) == (2, 1), done.stdout
    assert "error[unknown-source]" in done.stdout
    assert "did you mean `predictions`?" in done.stdout
