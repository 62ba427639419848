"""What is asked of git: files as they were, and refusals that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.revisions import find_revision
from tests.conftest import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository: `main` went on to "two" after a branch left it at "one"."""
    git(tmp_path, "init", "-q", "-b", "main")
    for text, branch in (("one", "work"), ("two", None)):
        (tmp_path / "rules.yaml").write_text(text, "utf-8")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", text)
        if branch:
            git(tmp_path, "branch", branch)
    git(tmp_path, "checkout", "-q", "work")
    return tmp_path


def test_a_file_is_read_as_it_was(root: Path) -> None:
    (root / "rules.yaml").write_text("now", "utf-8")
    (root / "inner").mkdir()
    main = find_revision("main", root / "inner")
    assert main.top.samefile(root)
    assert main.read(root / "rules.yaml") == b"two"
    assert find_revision("work", root).read(root / "inner" / ".." / "rules.yaml") == b"one"
    assert main.read(root / "other.yaml") is None
    assert main.read(Path("/etc/hostname")) is None


def test_a_yaml_file_is_read_with_the_name_that_it_is_given(root: Path) -> None:
    (root / "rules.yaml").write_text("kind: Ruleset\n", "utf-8")
    git(root, "commit", "-q", "-a", "-m", "three")
    then = find_revision("HEAD", root).read_source(root / "rules.yaml", name="HEAD:rules.yaml")
    assert (then.name, then.path, then.data) == ("HEAD:rules.yaml", root / "rules.yaml", {"kind": "Ruleset"})
    with pytest.raises(Refused, match=r"missing-file: there was no file `gone\.yaml` at `main`"):
        find_revision("main", root).read_source(root / "gone.yaml", name="gone.yaml")


def test_the_base_is_where_the_branch_left(root: Path) -> None:
    left = find_revision("main", root, base=True)
    assert left.commit == git(root, "rev-parse", "work")
    assert left.read(root / "rules.yaml") == b"one"


@pytest.mark.parametrize(
    "ref", ["gone", "--output=hacked", "-h", "", "main:rules.yaml", "HEAD^{tree}", "HEAD\0", "a b"]
)
def test_what_is_no_commit_is_refused_and_never_an_option(root: Path, ref: str) -> None:
    with pytest.raises(Refused) as refused:
        find_revision(ref, root)
    assert [(d.code, bool(d.help)) for d in refused.value.diagnostics] == [("unknown-ref", True)]
    assert not (root / "hacked").exists()


def test_histories_without_a_common_commit_are_told(root: Path) -> None:
    git(root, "checkout", "-q", "--orphan", "other")
    git(root, "commit", "-q", "--allow-empty", "-m", "other")
    with pytest.raises(Refused, match="unknown-ref: HEAD and `main` have no commit in common"):
        find_revision("main", root, base=True)


def test_no_repository_and_no_git_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="no-repository"):
        find_revision("main", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="no-repository: there is no program `git`"):
        find_revision("main", tmp_path)


def test_no_program_that_the_repository_names_is_run(root: Path) -> None:
    (root / ".gitattributes").write_text("*.yaml diff=hack filter=hack\n", "utf-8")
    for key in ("diff.hack.textconv", "diff.external", "filter.hack.smudge", "core.fsmonitor", "core.pager"):
        git(root, "config", key, f"touch {root / 'hacked'}; cat")
    assert find_revision("main", root).read(root / "rules.yaml") == b"two"
    assert not (root / "hacked").exists()
