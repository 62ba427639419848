"""`fmt` and `migrate`: which files they look at, what they say, and that nothing is written that should not be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prism_rules.cli import run

RULES = "apiVersion: prism-rules/v1\nkind: Ruleset   # as ever\nrules: {}\n"
FORMATTED = "apiVersion: prism-rules/v1\nkind: Ruleset   # as ever\nrules: {}\n"
LOOSE = RULES.replace("rules: {}", "rules:   { }")
PROJECT = "apiVersion: prism-rules/v1\nkind: Project\nruleset: rules/a.yaml\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a formatted and a loose ruleset, a loose test, and YAML of others."""
    files = {
        "prism.yaml": PROJECT,
        "rules/a.yaml": LOOSE,
        "rules/b.yml": FORMATTED,
        "rules/a.test.yaml": "kind:  RulesetTest\napiVersion: prism-rules/v1\n",
        "workflow.yaml": "on:   {push: &x }\n",
        ".hidden/c.yaml": LOOSE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read_all(folder: Path) -> dict[str, str]:
    return {path.as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.y*ml"))}


def test_the_project_is_formatted_and_then_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.chmod(folder / "rules/a.yaml", 0o600)
    assert run(["fmt", "--check"]) == 1
    out, err = capsys.readouterr()
    assert out == "would be formatted: rules/a.test.yaml\nwould be formatted: rules/a.yaml\n"
    assert err == "2 files would be formatted, 2 left as they are\nexit 1: 2 files would be formatted\n"
    assert run(["fmt"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (
        "formatted: rules/a.test.yaml\nformatted: rules/a.yaml\n",
        "2 files formatted, 2 left as they are\n",
    )
    assert (folder / "rules/a.yaml").read_text("utf-8") == FORMATTED
    assert os.name == "nt" or (folder / "rules/a.yaml").stat().st_mode & 0o777 == 0o600
    assert (folder / "rules/a.test.yaml").read_text("utf-8") == "apiVersion: prism-rules/v1\nkind: RulesetTest\n"
    assert (folder / "workflow.yaml").read_text("utf-8") == "on:   {push: &x }\n"
    assert (folder / ".hidden/c.yaml").read_text("utf-8") == LOOSE
    assert run(["fmt", "--check", "."]) == 0


def test_a_difference_is_shown_and_nothing_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_all(folder)
    assert run(["fmt", "--diff", "rules/a.yaml", "rules/b.yml"]) == 0
    out, _ = capsys.readouterr()
    assert out == (
        "--- rules/a.yaml\n+++ rules/a.yaml\n@@ -1,3 +1,3 @@\n apiVersion: prism-rules/v1\n"
        " kind: Ruleset   # as ever\n-rules:   { }\n+rules: {}\n"
    )
    assert run(["fmt", "--diff", "--check", "rules/a.yaml", "--color", "always"]) == 1
    assert "\x1b[31m-rules:   { }\x1b[0m\n" in capsys.readouterr().out
    assert read_all(folder) == before


def test_a_file_that_is_no_yaml_is_refused_and_the_others_are_formatted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fmt", "workflow.yaml", "nowhere.yaml", "rules/a.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == "formatted: rules/a.yaml\n"
    assert "error[anchor]" in err
    assert "error[missing-file]" in err
    assert (folder / "workflow.yaml").read_text("utf-8") == "on:   {push: &x }\n"


def test_line_ends_stay(folder: Path) -> None:
    path = folder / "rules/a.yaml"
    path.write_bytes(LOOSE.encode().replace(b"\n", b"\r\n"))
    assert run(["fmt", "-q", "rules/a.yaml"]) == 0
    assert path.read_bytes() == FORMATTED.encode().replace(b"\n", b"\r\n")


def test_an_invalid_ruleset_is_formatted_all_the_same(folder: Path) -> None:
    (folder / "rules/a.yaml").write_text("rulez:   1\nkind: Ruleset\n", "utf-8")
    assert run(["fmt", "rules/a.yaml"]) == 0
    assert (folder / "rules/a.yaml").read_text("utf-8") == "kind: Ruleset\nrulez: 1\n"


@pytest.mark.parametrize("command", ["fmt", "migrate"])
def test_only_yaml_is_rewritten(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "plan.json").write_text("{}", "utf-8")
    assert run([command, "rules/a.yaml", "plan.json"]) == 2
    assert "`plan.json` is no YAML file" in capsys.readouterr().err
    assert (folder / "rules/a.yaml").read_text("utf-8") == LOOSE
    (folder / "prism.yaml").unlink()
    assert run([command]) == 2
    assert "error[no-ruleset]" in capsys.readouterr().err


def test_what_is_of_this_version_is_not_migrated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_all(folder)
    assert run(["migrate", "--check"]) == 0
    assert run(["migrate"]) == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", "0 files migrated, 4 already prism-rules/v1")
    assert read_all(folder) == before


def test_a_version_that_is_not_known_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "rules/a.yaml"
    path.write_text(RULES.replace("/v1", "/v7"), "utf-8")
    assert run(["migrate", "rules"]) == 2
    err = capsys.readouterr().err
    assert "error[unknown-value]: `prism-rules/v7` is no version of the language that is known" in err
    assert "rules/a.yaml:1:13" in err
    assert "help: known: `prism-rules/v1`;" in err
    assert "/v7" in path.read_text("utf-8")


def test_an_older_version_is_migrated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from prism_rules.formatting import migrating

    step = migrating.Migration("prism-rules/v0-for-tests", "prism-rules/v1", lambda _: ())
    monkeypatch.setattr(migrating.migrate_source, "__defaults__", ((step,),))
    path = folder / "rules/a.yaml"
    path.write_text(RULES.replace("/v1", "/v0-for-tests"), "utf-8")
    assert run(["migrate", "--check"]) == 1
    assert "/v0-for-tests" in path.read_text("utf-8")
    assert run(["migrate", "--diff"]) == 0
    assert run(["migrate"]) == 0
    assert "+apiVersion: prism-rules/v1\n" in capsys.readouterr().out
    assert path.read_text("utf-8") == RULES
