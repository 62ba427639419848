"""`diff` on files and in a repository: what is compared with what, how it ends, and what it says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from prism_rules.cli import run
from prism_rules.ledger import append_entry
from prism_rules.model.identity import make_id
from prism_rules.model.ledger import Event, Opening, RulesetUsed
from tests.conftest import git

from .conftest import PROJECT, RULESET

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository on a branch `work`, which left `main` before `main` went on to another bound."""
    for name, text in (("rules.yaml", RULESET), ("prism.yaml", PROJECT)):
        (tmp_path / name).write_text(text, "utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "branch", "work")
    edit(tmp_path, "fail: {below: 0.80}", "fail: {below: 0.10}")
    git(tmp_path, "commit", "-q", "-a", "-m", "second")
    git(tmp_path, "checkout", "-q", "work")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; give its exit code and what it said."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def edit(place: Path, old: str, new: str, name: str = "rules.yaml") -> None:
    text = (place / name).read_text("utf-8")
    assert text.count(old) == 1, old
    (place / name).write_text(text.replace(old, new), "utf-8")


TIGHTER = """\
press-shop 2.1.0 -> 2.1.0: 1 change (1 minor) calls for 2.2.0 or later

Judgement
  minor  rule low-confidence: fail below 0.80 -> 0.85, stricter
         {before}:23 -> {after}:23
"""


@pytest.mark.parametrize(
    ("arguments", "before"),
    [
        (("main",), "main:rules.yaml"),
        (("--since", "main"), "main:rules.yaml"),
        (("--since", "main", "rules.yaml"), "main:rules.yaml"),
        (("work:rules.yaml",), "work:rules.yaml"),
        (("HEAD:rules.yaml", "rules.yaml"), "HEAD:rules.yaml"),
        (("old.yaml",), "old.yaml"),
        (("old.yaml", "rules.yaml"), "old.yaml"),
    ],
)
def test_a_version_is_a_file_or_a_commit(arguments: tuple[str, ...], before: str, place: Path, said: Run) -> None:
    (place / "old.yaml").write_text(RULESET, "utf-8")
    edit(place, "fail: {below: 0.80}", "fail: {below: 0.85}")
    assert said("diff", *arguments) == (0, TIGHTER.format(before=before, after="rules.yaml"), "")


@pytest.mark.usefixtures("place")
def test_two_commits(said: Run) -> None:
    code, out, _ = said("diff", "work:rules.yaml", "main:rules.yaml")
    assert (code, out.splitlines()[-1]) == (0, "         work:rules.yaml:23 -> main:rules.yaml:23")


def test_from_below_the_project(place: Path, said: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "inner").mkdir()
    monkeypatch.chdir(place / "inner")
    edit(place, "fail: {below: 0.80}", "fail: {below: 0.85}")
    assert said("diff", "main") == (0, TIGHTER.format(before="main:rules.yaml", after="rules.yaml"), "")


def test_what_means_the_same_is_nothing(place: Path, said: Run) -> None:
    edit(place, "fail: {below: 0.80}", "fail:\n      # As agreed.\n      below: 0.8")
    out = "press-shop 2.1.0 -> 2.1.0: nothing changed in meaning\n"
    assert said("diff", "main", "--require-bump") == (0, out, "")


@pytest.mark.parametrize(
    ("version", "code"), [("2.1.0", 1), ("2.1.1", 1), ("2.2.0", 0), ("2.2.0-rc.1", 0), ("3.0.0", 0), ("1.9.0", 1)]
)
def test_a_bump_is_required(version: str, code: int, place: Path, said: Run) -> None:
    edit(place, "fail: {below: 0.80}", "fail: {below: 0.85}")
    edit(place, '"2.1.0"', f'"{version}"')
    ended, out, err = said("diff", "--since", "main", "--require-bump")
    assert ended == code
    assert out.startswith(f"press-shop 2.1.0 -> {version}: 1 change (1 minor) calls for 2.2.0 or later\n")
    if code:
        assert "error[version-not-bumped]: 1 change calls for a minor version, since 2.1.0\n --> rules.yaml:5:" in err
        assert '= help: write `version: "2.2.0"`' in err
        assert err.endswith("exit 1: the changes call for version 2.2.0 or later\n")
    else:
        assert err == ""


def test_json_has_everything(place: Path, said: Run) -> None:
    edit(place, "fail: {below: 0.80}", "fail: {below: 0.80, per_class: {dent: 0.7}}")
    edit(place, "requires: [class-agreement]\n", "requires: []\n")
    code, out, _ = said("diff", "main", "--format", "json")
    told = json.loads(out)
    assert (code, told["kind"], told["bump"], told["version"]) == (
        0, "Comparison", "major", {"needed": "3.0.0", "enough": False},
    )  # fmt: skip
    assert [(one["kind"], one["entry"], one["scopes"], one["before"]["line"]) for one in told["changes"]] == [
        ("looser", "rules.low-confidence", [{"class": "dent"}], 23),
        ("gate-removed", "actions.relabel", [], 44),
    ]


def test_markdown_shows_what_files_say_as_text(place: Path, said: Run) -> None:
    edit(place, "title: Reviewers agree", 'title: "<img src=x> | @org/team **all** [x](http://e.x)"')
    code, out, _ = said("diff", "main", "--format", "markdown")
    assert code == 0
    (row,) = (line for line in out.splitlines() if line.startswith("| patch"))
    assert row.count("|") == 4
    assert not {"<img", "**all**", "[x](", "@org"} & {
        part for part in ("<img", "**all**", "[x](", "@org") if part in row
    }


def test_text_moves_no_cursor(place: Path, said: Run) -> None:
    edit(place, "title: Reviewers agree", 'title: "agree \\e[2J\\u202e"')
    _, out, _ = said("diff", "main")
    assert "\x1b" not in out and "\u202e" not in out and "agree" in out


def test_a_ruleset_that_is_new_calls_for_nothing(place: Path, said: Run) -> None:
    (place / "new.yaml").write_text(RULESET, "utf-8")
    code, out, err = said("diff", "--since", "main", "new.yaml", "--require-bump")
    assert (code, err) == (0, "new.yaml is new since main\n")
    assert out == "press-shop 2.1.0: new, so that nothing calls for another version\n"
    told = json.loads(said("diff", "--since", "main", "new.yaml", "--format", "json")[1])
    assert (told["before"], told["after"]["file"], told["changes"]) == (None, "new.yaml", [])
    assert (told["bump"], told["version"]) == ("none", {"needed": "2.1.0", "enough": True})


@pytest.mark.parametrize("named", [(), ("voice.yaml",)], ids=["of prism.yaml", "by its path"])
def test_a_ruleset_that_moved_is_compared_with_what_prism_yaml_named(
    named: tuple[str, ...], place: Path, said: Run
) -> None:
    git(place, "mv", "rules.yaml", "voice.yaml")
    edit(place, "ruleset: rules.yaml", "ruleset: voice.yaml", "prism.yaml")
    edit(place, "fail: {below: 0.80}", "fail: {below: 0.20}", "voice.yaml")
    git(place, "commit", "-q", "-a", "-m", "moved")
    code, out, _ = said("diff", "--since", "main", *named, "--require-bump")
    assert code == 1
    assert "rule low-confidence: fail below 0.80 -> 0.20, looser\n         main:rules.yaml:23 -> voice.yaml:23" in out
    # Whoever leaves the old file behind cannot have the new one pass as new either.
    (place / "rules.yaml").write_text(RULESET, "utf-8")
    assert said("diff", "--since", "main", *named, "--require-bump")[0] == 1


def test_what_a_ruleset_extended_is_read_as_it_was(place: Path, said: Run) -> None:
    (place / "common").mkdir()
    (place / "common/base.yaml").write_text(RULESET, "utf-8")
    child = RULESET[: RULESET.index("sources:")] + "extends: [../common/base.yaml]\n"
    (place / "teams").mkdir()
    (place / "teams/press.yaml").write_text(child, "utf-8")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "a parent")
    edit(place, "fail: {below: 0.80}", "fail: {below: 0.85}", "common/base.yaml")
    code, out, err = said("diff", "--since", "HEAD", "teams/press.yaml")
    assert (err, code) == ("", 0)
    git(place, "commit", "-q", "-a", "-m", "tighter")
    _, out, _ = said("diff", "HEAD~1:teams/press.yaml", "HEAD:teams/press.yaml")
    assert out.splitlines()[-1] == "         HEAD~1:common/base.yaml:23 -> HEAD:common/base.yaml:23"
    (place / "common/base.yaml").unlink()
    assert said("diff", "HEAD~1:teams/press.yaml", "HEAD:teams/press.yaml")[:2] == (0, out)


def test_a_version_that_goes_back_is_told(place: Path, said: Run) -> None:
    edit(place, '"2.1.0"', '"2.0.0"')
    code, out, err = said("diff", "main", "--require-bump")
    assert (code, out) == (1, "press-shop 2.1.0 -> 2.0.0: nothing changed in meaning, but the version goes back\n")
    assert "error[version-not-bumped]: the version goes back, from 2.1.0\n --> rules.yaml:5:" in err
    assert '= help: write `version: "2.1.0"`' in err
    assert err.endswith("exit 1: the version goes back: version 2.1.0 or later\n")


def test_a_word_that_is_neither_file_nor_commit(said: Run, place: Path) -> None:
    _, _, err = said("diff", "nope.yaml")
    assert err.startswith("error[unknown-ref]: git knows no commit `nope.yaml`, and there is no file `nope.yaml`\n")
    # With --since it is a commit and nothing else; a mistake in what is there is no missing file.
    assert "no file" not in said("diff", "--since", "nope.yaml")[2]
    edit(place, "mean_confidence", "mean_confidnce")
    git(place, "commit", "-q", "-a", "-m", "mistaken")
    (place / "rules.yaml").write_text(RULESET, "utf-8")
    code, _, err = said("diff", "HEAD")
    assert code == 2 and "no file" not in err


@pytest.mark.usefixtures("place")
def test_a_commit_in_the_place_of_a_file(said: Run) -> None:
    code, _, err = said("diff", "main", "rules.yaml")
    assert code == 2 and err.startswith("error[missing-file]: there is no file `main`\n")
    assert "= help: `main` is a commit: write `main:rules.yaml`, or `--since main rules.yaml`\n" in err
    assert "is a commit" not in said("diff", "nowhere", "rules.yaml")[2]
    assert "is a commit" not in said("diff", "main:nowhere.yaml", "rules.yaml")[2]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "usage"),
        (("--since", "main", "rules.yaml", "rules.yaml"), "usage"),
        (("nowhere", "rules.yaml"), "missing-file"),
        (("main:nowhere.yaml",), "missing-file"),
        (("nowhere",), "unknown-ref"),
        (("--since", "--output=hacked"), "unknown-ref"),
        (("main:../../rules.yaml",), "outside-root"),
    ],
)
def test_what_cannot_be_compared_is_told(arguments: tuple[str, ...], code: str, place: Path, said: Run) -> None:
    ended, out, err = said("diff", *arguments)
    assert (ended, out) == (2, "")
    assert err.startswith(f"error[{code}]: ") and "= help: " in err
    assert not (place / "hacked").exists()


def test_without_a_repository(tmp_path: Path, said: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    (tmp_path / "rules.yaml").write_text(RULESET, "utf-8")
    code, _, err = said("diff", "--since", "main", "rules.yaml")
    assert code == 2 and err.startswith("error[no-repository]")


def test_a_mistake_in_the_older_version_is_told_there(place: Path, said: Run) -> None:
    (place / "old.yaml").write_text(RULESET.replace("mean_confidence", "mean_confidnce"), "utf-8")
    code, _, err = said("diff", "old.yaml")
    assert code == 2 and "--> old.yaml:21:13" in err


def open_action(place: Path, name: str) -> str:
    """Open an action for dents in the project's ledger; give its id."""
    identity = make_id("action", "press-shop", name, {"class": "dent"})
    event = Event.model_validate(
        {"event": "opened", "action": identity, "name": name, "scope": {"class": "dent"}, "by": "prism-rules",
         "because": "proposed", "at": "2026-03-01T00:00:00Z", "opening": Opening(kind="review", title="Review")}
    )  # fmt: skip
    append_entry(
        place / "ledger", events=[event], ruleset=RulesetUsed(name="press-shop", version="2.1.0", digest="sha256:00")
    )
    return identity


def test_lost_history_is_told_by_diff_and_check(place: Path, said: Run) -> None:
    identity = open_action(place, "review-set")
    edit(place, "  review-set:\n", "  look-again:\n")
    _, out, _ = said("diff", "main")
    assert (
        f"major action review-set: gone, and what it began is still live: {identity}; look-again says the same"
        in " ".join(out.split())
    )
    _, out, _ = said("diff", "main", "--ledger", "other")
    assert "major  action review-set: gone; look-again says the same" in out
    code, out, _ = said("check")
    assert code == 1
    assert (
        f"warning[lost-history]: the action `review-set` is gone, and the ledger holds 1 live action (`{identity}`)"
        in out
    )
    assert " --> rules.yaml:32:1" in out
    edit(place, "  look-again:\n", "  look-again:\n    renamed_from: [review-set]\n")
    assert said("check") == (0, "no problems\n", "")
    _, out, _ = said("diff", "main")
    assert "minor  action look-again: review-set -> look-again" in out


def test_a_former_name_that_is_given_up_loses_what_it_began(place: Path, said: Run) -> None:
    identity = open_action(place, "review-set")
    for old, new in (
        ("review-set:\n", "look-again:\n    renamed_from: [review-set]\n"),
        ("name: press-shop", "name: shop"),
    ):
        edit(place, f"  {old}", f"  {new}")
    edit(place, "  name: shop\n", "  name: shop\n  renamed_from: [press-shop]\n")
    git(place, "commit", "-q", "-a", "-m", "renamed")
    assert said("diff", "main")[1].startswith("press-shop 2.1.0 -> shop 2.1.0: ")
    edit(place, "    renamed_from: [review-set]\n", "")
    _, out, _ = said("diff", "HEAD")
    gone = f"no longer goes on with review-set, and what it began is still live: {identity}"
    assert f"major action look-again: {gone}" in " ".join(out.split())
    edit(place, "  renamed_from: [press-shop]\n", "")
    _, out, _ = said("diff", "HEAD")
    gone = f"no longer goes on with press-shop, and what it began is still live: {identity}"
    assert f"major metadata: {gone}" in " ".join(out.split())
