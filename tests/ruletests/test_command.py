"""`prism-rules test`: what is collected, what is told in each form, and how it ends."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from syrupy.assertion import SnapshotAssertion

from prism_rules.cli import run
from prism_rules.ruletests.reading import read_suite
from prism_rules.ruletests.running import Runner

from .conftest import HEAD, Bench

PASSES = """\
  - name: dents are sure
    as_of: 2026-03-01
    data: {predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.9, overridden: false}}]}}
    expect: {findings: []}
"""
FAILS = """\
  - name: <dents> are "unsure" & \\u202e
    as_of: 2026-03-01
    data: {predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.625, overridden: false}}]}}
    expect:
      findings:
        - {rule: low-confidence, scope: {class: dent, site: p1}, status: warn, value: 0.63, support: 20}
        - {rule: low-confidence, scope: {class: ok}, status: fail}
      causes:
        - cause: unsure-model
          text: The model is not sure of dents at p1.
      actions:
        - action: look
          state: proposed
          title: Look at what is unsure
          rows: 5
""".replace('name: <dents> are "unsure" & \\u202e', 'name: "<dents> are \\"unsure\\" & \\u202E"')
BROKEN = """\
  - name: labels twice
    as_of: 2026-03-01
    sources: [annotations]
    data: {annotations: {file: broken.parquet}}
    expect: {findings: []}
"""


def write(bench: Bench, tests: str) -> None:
    Path("broken.parquet").write_bytes(b"PAR1 and nothing else")
    bench.write(tests)


def test_people_see_each_difference_in_two_lines(
    bench: Bench, snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]
) -> None:
    write(bench, PASSES + FAILS + BROKEN)
    assert bench.call(".") == 1
    told = capsys.readouterr()
    assert told.out == snapshot
    assert "\u202e" not in told.out
    assert told.err == "exit 1: 2 of 3 tests failed\n"


def test_marks_stand_below_the_fields_that_differ(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(bench, FAILS)
    bench.call(".")
    lines = capsys.readouterr().out.splitlines()
    start = next(number for number, line in enumerate(lines) if "expected  low-confidence" in line)
    expected, actual, marks = lines[start : start + 3]
    # 0.625 is 0.62 at two decimals, half to even; the support is as it should be
    assert marks.split() == ["^" * len("status=fail"), "^" * len("value=0.625")]
    for field, wanted in (("status=fail", "status=warn"), ("value=0.625", "value=0.63")):
        assert marks.index("^" * len(field)) in (actual.index(field), marks.index("^"))
        assert expected.index(wanted) == actual.index(field)


def test_places_are_those_of_the_expectations(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(bench, FAILS)
    bench.call(".", "--format", "json")
    (test,) = json.loads(capsys.readouterr().out)["tests"]
    lines = (HEAD + FAILS).splitlines()
    told = [(d["kind"], d["what"], lines[d["line"] - 1].split(":")[0].strip(" -")) for d in test["differences"]]
    assert told == [
        ("findings", "differs", "{rule"),
        ("findings", "missing", "{rule"),
        ("causes", "differs", "cause"),
        ("actions", "differs", "action"),
        ("actions", "unexpected", "actions"),
    ]
    assert lines[test["line"] - 1].startswith("  - name:")


TYPO = """\
  - name: a typo in a class
    as_of: 2026-03-01
    data:
      predictions:
        generate:
          - {rows: 40, with: {class: dnet, site: p1, confidence: 0.6, overridden: false}}
          - {rows: 2, with: {class: xyz, site: p1, confidence: 0.6, overridden: false}}
        rows: [{time: 2026-03-02, class: dent, site: p1, confidence: 0.6}]
    expect: {findings: [{rule: low-confidence, scope: {class: dent}, status: fail}]}
"""


def test_a_test_that_fails_says_what_was_met_in_its_rows(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(bench, TYPO)
    assert bench.call(".") == 1
    notes = [line for line in capsys.readouterr().out.splitlines() if "note:" in line]
    assert notes == [
        "    note: predictions: 1 row at or after as-of was not looked at",
        "    note: predictions: 42 rows have a class that the taxonomy lacks (2 such classes): "
        "dnet (did you mean `dent`?), xyz",
    ]
    bench.call(".", "--format", "json")
    (test,) = json.loads(capsys.readouterr().out)["tests"]
    assert [(n["code"], n["n"], n["names"]) for n in test["notes"]] == [
        ("later", 1, []),
        ("unknown_class", 42, ["dnet", "xyz"]),
    ]


def test_a_test_that_passes_says_nothing_of_its_rows(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(bench, TYPO.replace("findings: [{rule: low-confidence, scope: {class: dent}, status: fail}]", "causes: []"))
    assert bench.call(".") == 0
    assert "note:" not in capsys.readouterr().out


def test_json_is_one_object(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(bench, PASSES + FAILS + BROKEN)
    assert bench.call(".", "--format", "json") == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["kind"], report["counts"]) == ("TestReport", {"passed": 1, "failed": 2})
    passed, failed, broken = report["tests"]
    assert (passed["passed"], passed["differences"]) == (True, [])
    assert passed["off"] == ["confidence-falls", "class-agreement"]
    first = failed["differences"][0]
    assert first["fields"] == ["status", "value"]
    assert first["expected"]["value"] == 0.63
    assert first["actual"]["value"] == 0.625
    assert [d["code"] for d in broken["diagnostics"]] == ["unreadable-data"]


def test_junit_has_a_case_per_test(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write(bench, PASSES + FAILS + BROKEN)
    assert bench.call(".", "--format", "junit") == 1
    root = Tree.fromstring(capsys.readouterr().out)
    (suite,) = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert {**suite.attrib} == {"name": "press.test.yaml", "tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
    assert [case.tag for case in suite] == ["testcase"] * 3
    assert [[(why.tag, bool(why.text)) for why in case] for case in suite] == [
        [],
        [("failure", True)],
        [("error", True)],
    ]
    assert suite[1].attrib["name"] == '<dents> are "unsure" & \\u202e'


@pytest.mark.parametrize("form", ["text", "junit", "json"])
def test_the_same_tests_are_told_in_the_same_bytes(bench: Bench, capsys: pytest.CaptureFixture[str], form: str) -> None:
    write(bench, PASSES + FAILS)
    told = [(bench.call(".", "--format", form), capsys.readouterr().out) for _ in range(2)]
    assert told[0] == told[1]


def test_files_are_found_below_folders_and_in_the_project(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    Path("deep/er").mkdir(parents=True)
    for folder in (".hidden", "lib/site-packages"):
        Path(folder).mkdir(parents=True)
        Path(folder, "press.test.yaml").write_text("kind: RulesetTest\n", "utf-8")
    text = bench.write(PASSES).read_text("utf-8")
    Path("deep/er/press.test.yaml").write_text(text.replace("press.yaml", "../../press.yaml"), "utf-8")
    Path("deep/other.test.yaml").write_text("kind: SomebodyElses\n", "utf-8")
    assert bench.call() == 2
    assert "error[no-ruleset]: no path is given, and there is no prism.yaml here or above" in capsys.readouterr().err
    Path("prism.yaml").write_text("", "utf-8")
    assert bench.call() == 0
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if line.endswith(".yaml")] == ["deep/er/press.test.yaml", "press.test.yaml"]
    assert told[-1] == "2 passed"
    assert bench.call("deep", "press.test.yaml") == 0
    assert bench.call("deep/other.test.yaml") == 2
    assert "this is no file of rule tests" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["deep"], ["no rule test is in `deep`", "a file *.test.yaml of `kind: RulesetTest`", "`init FOLDER`"]),
        ([".", "-k", "'of this name'"], ["no test has a name as `-k 'of this name'` asks", "1 test: dents are sure"]),
    ],
)
def test_where_there_is_no_test_it_ends_with_5_and_says_how_to_have_one(
    bench: Bench, capsys: pytest.CaptureFixture[str], arguments: list[str], told: list[str]
) -> None:
    Path("deep").mkdir()
    bench.write(PASSES)
    assert bench.call(*arguments) == 5
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error[no-test]: ") and err.splitlines()[-1].startswith("exit 5: ")
    assert all(words in " ".join(err.split()) for words in told)


def test_tests_are_chosen_by_name(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write(PASSES + FAILS)
    assert bench.call(".", "-k", "dents and not unsure") == 0
    assert bench.call(".", "-k", "PRESS and unsure") == 1
    assert bench.call(".", "-k", "dents unsure") == 2
    assert "`unsure` is not expected" in capsys.readouterr().err


def test_a_test_may_follow_one_that_is_not_chosen(bench: Bench) -> None:
    bench.write(
        PASSES + PASSES.replace("dents are sure", "later").replace("    data", "    previous: dents are sure\n    data")
    )
    assert bench.call(".", "-k", "later") == 0


def test_problems_of_all_files_are_told_together(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    text = bench.write(PASSES).read_text("utf-8")
    for name in ("one", "two"):
        Path(f"{name}.test.yaml").write_text(text.replace("findings: []", f"findings: {name}"), "utf-8")
    assert bench.call(".") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert [word in told.err for word in ("one.test.yaml:8", "two.test.yaml:8", "2 errors")] == [True] * 3


def test_a_ruleset_s_problem_is_told_once(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    text = bench.write(PASSES).read_text("utf-8")
    Path("two.test.yaml").write_text(text, "utf-8")
    Path("press.yaml").write_text(
        Path("press.yaml").read_text("utf-8").replace("mean_confidence", "mean_confidense", 1)
    )
    assert bench.call(".") == 2
    told = capsys.readouterr().err
    assert told.count("did you mean `mean_confidence`?") == 1
    assert "press.yaml:21" in told


def test_sql_of_an_author_runs_in_a_child(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bool] = []

    def open_engine(_: object, *, isolated: bool) -> object:
        opened.append(isolated)
        return nullcontext()

    monkeypatch.setattr("prism_rules.ruletests.running.open_engine", open_engine)
    plain = bench.read(PASSES)
    text = (
        Path("press.yaml")
        .read_text("utf-8")
        .replace("    by: [class, site]\n", "    by: [class, site]\n    where: site = 'p1'\n", 1)
    )
    Path("other.yaml").write_text(text, "utf-8")
    Path("other.test.yaml").write_text((HEAD + PASSES).replace("press.yaml", "other.yaml"), "utf-8")
    with Runner() as runner:
        for suite in (plain, read_suite(Path("other.test.yaml")), plain):
            runner.prepare(suite)
    assert opened == [False, True]


def test_check_looks_rule_tests_over(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write(PASSES)
    assert run(["check", "press.test.yaml"]) == 0
    bench.write(PASSES.replace("class: dent", "clas: dent"))
    assert run(["check", "press.test.yaml"]) == 2
    assert "did you mean `class`?" in capsys.readouterr().out
    assert run(["plan", "press.test.yaml"]) == 2
    assert "these are rule tests, not a ruleset" in capsys.readouterr().err


def test_a_parent_that_is_not_what_was_agreed_on_ends_with_7(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    Path("base.yaml").write_text(Path("press.yaml").read_text("utf-8"), "utf-8")
    pinned = '{from: ./base.yaml, digest: "sha256:"}'
    head = 'apiVersion: prism-rules/v1\nkind: Ruleset\nmetadata: {name: press-shop, version: "1.0.0"}\n'
    Path("press.yaml").write_text(f"{head}extends: [{pinned}]\n", "utf-8")
    bench.write(PASSES)
    assert bench.call(".") == 7
    assert "press.yaml:4" in capsys.readouterr().err


def test_tests_of_one_file_share_a_connection_and_nothing_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from prism_rules.engines import duckdb

    opened = []
    real = duckdb.open_locked
    monkeypatch.setattr(duckdb, "open_locked", lambda files, **limits: (opened.append(files), real(files, **limits))[1])
    one = PASSES.replace("findings: []", "findings: [{rule: low-confidence, status: fail, value: 0.1, support: 20}]")
    values = ["0.1", "0.2", "0.3", "0.4", "0.5"]
    tests = [one.replace("0.9", value).replace("0.1,", f"{value},").replace("sure", value) for value in values]
    assert [trial.passed for trial in bench.run("".join(tests))] == [True] * 5
    assert len(opened) == 1
