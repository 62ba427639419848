"""What is asked of git: files as they were, and refusals that say what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from prism_rules.cli.git import find_commit, find_root, merge_base, read_file
from prism_rules.diagnostics import Refused

PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Tester"), ("EMAIL", "tester@example.org"), ("DATE", "2026-03-01T00:00:00Z"))
}


def git(root: Path, *words: str) -> str:
    environment = {**os.environ, **PERSON, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=root, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


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
    assert find_root(root / "inner").samefile(root)
    assert read_file(root, "main", root / "rules.yaml") == b"two"
    assert read_file(root, "work", root / "inner" / ".." / "rules.yaml") == b"one"
    assert read_file(root, "main", root / "other.yaml") is None


def test_the_merge_base_is_where_the_branch_left(root: Path) -> None:
    assert merge_base(root, "main") == git(root, "rev-parse", "work") == find_commit(root, "work")


@pytest.mark.parametrize("ref", ["gone", "--output=hacked", "-h", "", "main:rules.yaml", "HEAD^{tree}"])
def test_what_is_no_commit_is_refused_and_never_an_option(root: Path, ref: str) -> None:
    for ask in (lambda: read_file(root, ref, root / "rules.yaml"), lambda: merge_base(root, ref)):
        with pytest.raises(Refused) as refused:
            ask()
        assert [(d.code, bool(d.help)) for d in refused.value.diagnostics] == [("unknown-ref", True)]
    assert not (root / "hacked").exists()


def test_histories_without_a_common_commit_are_told(root: Path) -> None:
    git(root, "checkout", "-q", "--orphan", "other")
    git(root, "commit", "-q", "--allow-empty", "-m", "other")
    with pytest.raises(Refused, match="unknown-ref: HEAD and `main` have no commit in common"):
        merge_base(root, "main")


def test_no_repository_and_no_path_out_of_one(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    with pytest.raises(Refused, match="no-repository"):
        find_root(outside)
    with pytest.raises(Refused, match="outside-root"):
        read_file(root, "main", outside / "rules.yaml")


def test_no_program_that_the_repository_names_is_run(root: Path) -> None:
    (root / ".gitattributes").write_text("*.yaml diff=hack filter=hack\n", "utf-8")
    for key in ("diff.hack.textconv", "filter.hack.smudge", "core.fsmonitor"):
        git(root, "config", key, f"touch {root / 'hacked'}; cat")
    assert read_file(root, "main", root / "rules.yaml") == b"two"
    assert not (root / "hacked").exists()
