"""`check` over files and folders: what is looked at, as what, and what has come since a revision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from prism_rules import cli
from prism_rules.checking import check_files
from prism_rules.checking.files import File, find_files, find_project_files, rebase
from prism_rules.diagnostics import Diagnostic, Label
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import Source

RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: good, version: "1.0.0", owners: ["@org/labels"]}
sources: {seen: {role: predictions, fields: {id: id, time: time, class: class, confidence: score}}}
defaults: {window: 7d}
rules:
  falls: {source: seen, metric: mean_confidence, fail: {below: 0.5}}
"""
TEST = """\
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: rules.yaml
tests:
  - {name: one, as_of: 2026-03-01, expect: {findigs: []}}
"""
PROJECT = """\
apiVersion: prism-rules/v1
kind: Project
ruleset: rules.yaml
data: {sen: data/seen.parquet}
"""
BROKEN = RULESET.replace("mean_confidence", "mean_confidance")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[tuple[str, str]], str]]:
    """Run `check` here; gives the exit code, the file and code of all that is told, and what stderr says."""

    def run(*arguments: str) -> tuple[int, list[tuple[str, str]], str]:
        code = cli.run(["check", "--format", "json", *arguments])
        out, err = capsys.readouterr()
        found = json.loads(out)["diagnostics"] if out else []
        return code, [(d["labels"][0]["file"] if d["labels"] else d["context"], d["code"]) for d in found], err

    return run


def commit(folder: Path) -> None:
    """Commit all that is in a folder."""
    configured = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], [*configured, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_a_folder_is_searched_for_what_says_that_it_is_ours(here: Path) -> None:
    write(
        here,
        b__rules=RULESET,
        b__quoted='\ufeffkind: "Ruleset"\n',
        a=TEST,
        prism="{",
        compose="services: {web: &web {}}\n",
        kept="# kind: Ruleset\nwords: [kind]\n",
        _hidden="",
    )
    (here / ".venv").mkdir()
    (here / ".venv" / "rules.yaml").write_text(RULESET)
    for folder in ("env/lib", "lib/site-packages/theirs", "web/node_modules/theirs"):
        write(here / folder, rules=RULESET)
    (here / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (here / "link.yaml").symlink_to("a.yaml")
    os.mkfifo(here / "pipe.yaml")
    found = [path.as_posix() for path, _ in find_files([Path(), Path("b/rules.yaml"), Path("nowhere.yaml")])]
    assert found == ["a.yaml", "prism.yaml", "b/quoted.yaml", "b/rules.yaml", "nowhere.yaml"]


def test_each_file_is_checked_as_what_it_is_and_all_are_told_together(here: Path, check: Callable) -> None:
    write(here, rules=RULESET, rules__test=TEST.replace("rules.yaml", "../rules.yaml"), prism=PROJECT, other=BROKEN)
    code, found, _ = check(".")
    assert code == 2
    assert found == [
        ("other.yaml", "unknown-metric"), ("prism.yaml", "unknown-source"), ("rules/test.yaml", "unknown-key"),
    ]  # fmt: skip


def test_without_paths_the_project_file_and_its_ruleset_are_checked(here: Path, check: Callable) -> None:
    write(here, rules=BROKEN, prism=PROJECT.replace("sen:", "seen:") + "otu: plans\n")
    (here / "deep").mkdir()
    os.chdir(here / "deep")
    assert check()[:2] == (2, [("../prism.yaml", "unknown-key"), ("../rules.yaml", "unknown-metric")])


def test_the_ruleset_of_a_project_is_loaded_once(here: Path, check: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, rules=RULESET, prism=PROJECT.replace("sen:", "seen:"))
    loaded: list[str] = []

    def load(source: Source, *more: Any) -> Resolved:
        loaded.append(source.name)
        return load_ruleset(source, *more)

    monkeypatch.setattr("prism_rules.checking.load_ruleset", load)
    assert check()[:2] == (0, [])
    assert loaded == ["rules.yaml"]


def test_data_that_rules_read_is_missed_in_the_project_file(here: Path, check: Callable) -> None:
    before = "before: {role: predictions, fields: {id: id, time: time, class: class, confidence: score}}"
    text = RULESET.replace(
        "sources: {", f"sources: {{{before}, idle: {{role: training, fields: {{id: id, class: class}}}}, "
    )
    write(here, rules=text + "  fell: {source: before, metric: mean_confidence, fail: {below: 0.4}}\n", prism=PROJECT)
    assert check()[:2] == (2, [("prism.yaml", "unbound-source"), ("prism.yaml", "unknown-source")])
    found = check_files([File(Path("prism.yaml"))]).found
    # `seen` is told as what `sen` was meant to be.
    assert [(d.severity, d.labels[0].line, "`before`" in d.message) for d in found] == [
        ("warning", 4, True), ("error", 4, False),
    ]  # fmt: skip
    write(here, prism=PROJECT.replace("sen:", "seen:"))
    assert check()[:2] == (1, [("prism.yaml", "unbound-source")])
    write(here, prism=PROJECT.replace("data: {sen: data/seen.parquet}\n", ""))
    assert check()[:2] == (0, [])


def test_data_is_held_to_all_that_a_ruleset_extends(here: Path, check: Callable) -> None:
    head, _, rest = RULESET.partition("sources: ")
    sources, _, rules = rest.partition("\n")
    # Nobody declares `training`, so that what reads it is off.
    write(here, base=f"{head}{rules}  unread: {{source: training, metric: volume, fail: {{below: 5}}}}\n")
    heir = head.replace("kind: Ruleset\n", "kind: Ruleset\nextends: [./base.yaml]\n")
    write(here, rules=f"{heir}sources: {sources}\n", prism=PROJECT)
    assert check()[:2] == (2, [("prism.yaml", "unknown-source")])
    write(here, prism=PROJECT.replace("sen:", "seen:"))
    assert check()[:2] == (0, [])


def test_a_folder_without_anything_of_ours_is_no_success(here: Path, check: Callable) -> None:
    write(here, compose="services: {}\n")
    code, found, err = check(".")
    assert (code, found) == (5, [])
    assert "error[no-ruleset]" in err


def test_a_project_s_ruleset_may_not_lie_outside(here: Path) -> None:
    write(here, inner__prism=PROJECT.replace("rules.yaml", "../rules.yaml"), rules=RULESET)
    os.chdir(here / "inner")
    found, *_ = check_files(find_project_files(Path("prism.yaml")))
    assert [diagnostic.code for diagnostic in found] == ["outside-root"]


def test_what_was_there_before_is_left_out_wherever_it_stands_now(here: Path, check: Callable) -> None:
    write(here, rules=BROKEN, untouched=BROKEN)
    commit(here)
    newer = BROKEN.replace(
        "rules:\n", "# A comment.\n\nrules:\n  again: {source: sen, metric: volume, fail: {below: 5}}\n"
    )
    write(here, rules=newer, new=BROKEN)
    code, found, err = check(".", "--since", "HEAD")
    assert (code, found) == (2, [("new.yaml", "unknown-metric"), ("rules.yaml", "unknown-source")])
    assert err.startswith("2 problems are older than HEAD and left out\n")


def test_a_second_mistake_like_the_first_is_new(here: Path, check: Callable) -> None:
    write(here, rules=RULESET.replace("{below: 0.5}", "{belw: 0.5}"))
    commit(here)
    write(here, rules=RULESET.replace("{below: 0.5}", "{belw: 0.5}, warn: {belw: 0.6}"))
    code, found, _ = check("rules.yaml", "--since", "HEAD")
    assert (code, found) == (2, [("rules.yaml", "unknown-key")])
    commit(here)
    assert check("rules.yaml", "--since", "HEAD")[:2] == (0, [])


def test_a_file_that_could_not_be_read_before_is_new_only_in_what_it_says(here: Path, check: Callable) -> None:
    write(here, rules="kind: Ruleset\nrules: [\n")
    commit(here)
    assert check("rules.yaml", "--since", "HEAD")[:2] == (0, [])
    write(here, rules=BROKEN)
    assert check("rules.yaml", "--since", "HEAD")[1] == [("rules.yaml", "unknown-metric")]


def test_a_path_in_a_folder_below_the_top_is_found_in_the_revision(here: Path, check: Callable) -> None:
    write(here, deep__rules=BROKEN)
    commit(here)
    os.chdir(here / "deep")
    assert check("rules.yaml", "--since", "HEAD")[:2] == (0, [])
    assert check(str(here / "deep" / "rules.yaml"), "--since", "HEAD")[:2] == (0, [])


def test_what_is_wrong_with_a_parent_is_told_once_whoever_extends_it(here: Path, check: Callable) -> None:
    write(here, base=BROKEN)
    heir = RULESET.partition("sources:")[0].replace("kind: Ruleset\n", "kind: Ruleset\nextends: [./base.yaml]\n")
    write(here, one=heir, other=heir)
    assert check(".")[:2] == (2, [("base.yaml", "unknown-metric")])


def test_a_ruleset_that_another_one_extends_is_checked_with_it_unless_it_is_named(here: Path, check: Callable) -> None:
    write(here, rules=RULESET.replace("kind: Ruleset\n", "kind: Ruleset\nextends: [./shared/rules.yaml]\n"))
    write(here, shared__rules=RULESET.replace("sources: {seen: ", "# {").replace("falls:", "falls-too:"))
    assert check(".")[:2] == (0, [])
    assert check(".", "shared/rules.yaml")[1] == [("shared/rules.yaml", "unknown-source")]


def test_rulesets_that_extend_each_other_are_not_left_to_one_another(here: Path, check: Callable) -> None:
    def extend(*parents: str) -> str:
        return RULESET.replace("metadata", f"extends: [{', '.join(f'./{name}.yaml' for name in parents)}]\nmetadata")

    below = RULESET.partition("sources:")[0] + "rules: {late: {source: other, metric: support, fail: {below: 1}}}\n"
    write(here, above=below, one=extend("two", "above"), two=extend("one"), self=extend("self"))
    assert check(".")[:2] == (2, [("self.yaml", "extends-cycle"), ("two.yaml", "extends-cycle")])
    write(here, top=extend("one"))
    assert check(".")[:2] == (2, [("self.yaml", "extends-cycle"), ("two.yaml", "extends-cycle")])
    assert check("two.yaml")[1] == [("one.yaml", "extends-cycle")]


def test_what_a_parent_had_wrong_before_is_older(here: Path, check: Callable) -> None:
    write(here, rules=RULESET.replace("kind: Ruleset\n", "kind: Ruleset\nextends: [./above.yaml]\n"))
    above = 'apiVersion: prism-rules/v1\nkind: Ruleset\nmetadata: {name: above, version: "1.0.0", owners: ["@org/a"]}\n'
    write(here, above=above + "waivers: {w: {rule: gone}}\n")
    commit(here)
    assert check("rules.yaml", "--since", "HEAD")[:2] == (0, [])
    write(here, above=above + "waivers: {w: {rule: gone}}\nrules: {x: {source: nowhere}}\n")
    assert check("rules.yaml", "--since", "HEAD")[1] != []


def test_a_ledger_that_is_not_as_it_was_ends_with_7_as_elsewhere(here: Path, check: Callable) -> None:
    write(
        here,
        rules=RULESET,
        other=BROKEN,
        prism="apiVersion: prism-rules/v1\nkind: Project\nruleset: rules.yaml\nledger: ledger\n",
    )
    name = "0" * 64
    (here / "ledger" / "00").mkdir(parents=True)
    (here / "ledger" / "00" / f"{name}.json").write_text("{}")
    code, found, _ = check(".")
    assert (code, [code for _, code in found]) == (7, ["ledger-edited", "unknown-metric"])


def test_rule_tests_of_then_are_held_to_the_ruleset_of_then(here: Path, check: Callable) -> None:
    heir = RULESET.partition("rules:")[0].replace("metadata", "extends: [./above.yaml]\nmetadata")
    write(here, above=RULESET, rules=heir, one=TEST.replace("findigs: []", "findings: [{rule: falls, status: fail}]"))
    commit(here)
    assert check(".", "--since", "HEAD")[:2] == (0, [])
    write(here, above=RULESET.replace("falls", "fell"))
    assert check(".", "--since", "HEAD")[:2] == (2, [("one.yaml", "unknown-rule")])


@pytest.mark.parametrize(("as_of", "codes"), [("2026-04-29T23:59:59", []), ("2026-04-30T00:00:00", ["expired-waiver"])])
def test_a_waiver_ends_with_the_beginning_of_its_day(here: Path, as_of: str, codes: list[str]) -> None:
    waiver = 'waivers: {w: {rule: falls, until: 2026-04-30, by: "@org/a", because: Known}}\n'
    write(here, rules=RULESET + waiver)
    moment = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    found, *_ = check_files([File(Path("rules.yaml"))], moment)
    assert [diagnostic.code for diagnostic in found] == codes
    assert check_files([File(Path("rules.yaml"))])[0] == []


def test_sql_is_told_beside_all_else_and_once_where_two_sources_lack_a_column(here: Path) -> None:
    rules = """\
  falls: {source: seen, metric: sql, of: "avg(confidance)", by: [], baseline: {source: before, by: []}, fail: {drop: 5}}
  known: {source: seen, metric: sql, of: "avg(brightness)", by: [], baseline: {source: before, by: []}, fail: {drop: 5}}
  shaken: {source: lost, metric: mean_confidence, where: "confidance > 0", fail: {below: 0.5}}
"""
    text = RULESET.replace("  falls:", "  broken:").replace("below", "belw") + rules
    before = (
        ", before: {role: predictions, window: all, fields: {id: id, time: time, class: class, confidence: score}}}\n"
    )
    text = text.replace("confidence: score}}}\n", "confidence: score}, features: [brightness]}" + before)
    write(here, rules=text + "  lost: {}\n")
    found, *_ = check_files([File(Path("rules.yaml"))])
    told = [(d.code, d.labels[0].line, len(d.labels)) for d in found if d.code.startswith("sql-")]
    assert told == [("sql-unknown-column", 8, 1), ("sql-unknown-column", 9, 2)]
    assert {"unknown-key", "unknown-source"} <= {diagnostic.code for diagnostic in found}


def test_files_are_named_from_the_top_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "rulesets"
    folder.mkdir()
    found = [
        Diagnostic("x", "m", (Label("a.yaml", 1, 1, 2), Label("../b.yaml", 1, 1, 2), Label("/etc/c.yaml", 1, 1, 2))),
        Diagnostic("x", "m", context="d.yaml"),
    ]
    one, other = rebase(found, folder)
    assert [label.file for label in one.labels] == ["rulesets/a.yaml", "b.yaml", "/etc/c.yaml"]
    assert other.context == "rulesets/d.yaml"


@pytest.mark.parametrize(("where", "modules"), [("", []), ("where: class <> 'ok', ", ["duckdb"])])
def test_the_engine_s_parser_is_imported_for_sql_alone(here: Path, where: str, modules: list[str]) -> None:
    write(here, rules=RULESET.replace("fail:", f"{where}fail:"))
    script = (
        "import sys; from pathlib import Path; from prism_rules.checking import check_files\n"
        "from prism_rules.checking.files import File\n"
        "assert check_files([File(Path('rules.yaml'))]).found == []\n"
        "print([name for name in ('duckdb', 'polars') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=here, capture_output=True, text=True, check=True)
    assert done.stdout == f"{modules}\n"
