"""`render` and `plan --format`: a plan for services, whose files are named from the top of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

import pytest

from prism_rules.render import RENDERERS

from .conftest import AS_OF, Project


@pytest.fixture
def nested(project: Project) -> Project:
    """A project below the top of its repository, with its plan."""
    (project.root.parent / ".git").mkdir()
    planned = project.call("plan", "--as-of", AS_OF)
    assert planned.returncode == 1, planned.stderr
    return project


def list_files(form: str, text: str) -> set[str]:
    """List the files that a format names."""
    told: Any = json.loads(text)
    if form == "gitlab":
        return {entry["location"]["path"] for entry in told}
    return {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in told["runs"][0]["results"] for place in result["locations"]
    }  # fmt: skip


@pytest.mark.parametrize("form", ["gitlab", "sarif"])
def test_files_are_named_from_the_top_of_the_repository_wherever_it_runs(nested: Project, form: str) -> None:
    for cwd, place in ((nested.root, "plans/2026-03-01"), (nested.root.parent, "project/plans/2026-03-01/plan.json")):
        rendered = nested.call("render", place, "--to", form, cwd=cwd)
        assert (rendered.returncode, rendered.stderr) == (0, "")
        assert list_files(form, rendered.stdout) == {"project/rules.yaml"}
    planned = nested.call("plan", "--as-of", AS_OF, "--format", form)
    assert planned.stdout == rendered.stdout


def test_a_plan_that_was_carried_elsewhere_is_told_of_the_project_here(nested: Project, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (away / "plan.json").write_bytes((nested.root / "plans/2026-03-01/plan.json").read_bytes())
    there = nested.call("render", str(away), "--to", "gitlab", cwd=nested.root / "data")
    assert list_files("gitlab", there.stdout) == {"project/rules.yaml"}
    unknown = nested.call("render", str(away), "--to", "gitlab", cwd=away)
    assert list_files("gitlab", unknown.stdout) == {"rules.yaml"}, "no file of this name is here"


@pytest.mark.parametrize("form", [*RENDERERS])
def test_every_format_is_rendered_into_a_file_and_of_a_plan_that_is_made(nested: Project, form: str) -> None:
    written = nested.call("render", "plans/2026-03-01", "--to", form, "-o", "out")
    assert (written.returncode, written.stdout) == (0, "")
    text = (nested.root / "out").read_text("utf-8")
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert nested.call("plan", "--as-of", AS_OF, "--format", form).stdout == text


def test_a_template_of_ones_own_is_filled(nested: Project) -> None:
    (nested.root / "digest.txt.j2").write_text(
        "{{ status }} {{ as_of | date }}\n{% for a in actions %}\n{{ a.title }}: {{ a.state }}\n{% endfor %}\n", "utf-8"
    )
    filled = nested.call("render", "plans/2026-03-01", "--template", "digest.txt.j2")
    assert (filled.returncode, filled.stderr) == (0, "")
    assert filled.stdout.splitlines()[0] == "fail 2026-03-01"
    assert "Review scratch: proposed" in filled.stdout
    written = nested.call("render", "plans/2026-03-01", "--template", "digest.txt.j2", "-o", "out.txt")
    assert (written.returncode, written.stdout) == (0, "")
    assert (nested.root / "out.txt").read_text("utf-8") == filled.stdout
    kept = nested.call(
        "render", "plans/2026-03-01", "--template", "digest.txt.j2", "--only-changes", "--max-chars", "9"
    )
    assert kept.returncode == 6
    assert "error[template-output]: the template writes more than 9 bytes\n --> digest.txt.j2\n" in kept.stderr
    assert "or raise --max-chars\n" in kept.stderr


def test_what_is_wrong_with_a_template_is_told_at_its_place(nested: Project) -> None:
    (nested.root / "digest.md").write_text("# A\n{{ statsu }}\n{{ open('a') }}\n", "utf-8")
    refused = nested.call("render", "plans/2026-03-01", "--template", "digest.md", "-o", "out.md")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert " --> digest.md:2:4\n" in refused.stderr and " --> digest.md:3:8\n" in refused.stderr
    assert "did you mean `status`?" in refused.stderr
    assert not (nested.root / "out.md").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--template", "a.md", "--to", "markdown"), "leave --to out"),
        (("--template", "a.j2"), "one of a.md.j2, a.html.j2, a.txt.j2"),
        (("--template", "a.md", "--max-chars", "0"), "at least 1"),
        (("--template", "gone.md"), "missing-file"),
        (("--template", "link.md"), "irregular-file"),
        (("--template", "latin.md"), "not-utf8"),
    ],
)
def test_options_and_files_that_are_no_template_are_refused(
    nested: Project, options: tuple[str, ...], said: str
) -> None:
    (nested.root / "a.md").write_text("a")
    (nested.root / "link.md").symlink_to(nested.root / "a.md")
    (nested.root / "latin.md").write_bytes(b"\xe9")
    refused = nested.call("render", "plans/2026-03-01", *options)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr


def test_only_changes_are_shown_on_demand_and_are_no_baseline(nested: Project) -> None:
    assert nested.call("plan", "--as-of", AS_OF, "--record").returncode == 1
    assert nested.call("plan", "--as-of", "2026-03-01T01:00:00Z", "--out", "next").returncode == 1
    whole, kept = (
        Tree.fromstring(nested.call("render", "next", "--to", "junit", *options).stdout)
        for options in ((), ("--only-changes",))
    )
    assert len(whole.findall("*/testcase")) == 4
    assert [case.attrib["name"] for case in kept.findall("*/testcase")] == ["only changes"]
    nested.call("render", "next", "--to", "json", "--only-changes", "-o", "kept.json")
    refused = nested.call("plan", "--as-of", "2026-03-02", "--baseline", "kept.json")
    assert refused.returncode == 2
    assert "the baseline shows only what changed" in refused.stderr
