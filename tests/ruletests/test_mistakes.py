"""Every mistake in a file of rule tests is told by its code, under the words at fault, with what to write instead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.ruletests.reading import read_suite

from .conftest import Bench

GOOD = """\
  - name: first
    as_of: 2026-03-01
    sources: [predictions, annotations]
    data:
      predictions:
        rows:
          - {class: dent, site: p1, confidence: 0.5}
        generate:
          - {rows: 2, with: {class: dent, confidence: [0.5, 0.6]}}
      annotations:
        table: |
          | unit | annotator | class |
          | ---- | --------- | ----- |
          | u1   | r1        | dent  |
    ledger:
      - {action: recalibrate, scope: {class: dent}, event: approved, at: 2026-02-25}
    expect:
      findings: [{rule: low-confidence, scope: {class: dent, site: p1}, status: insufficient, value: 0.5}]
      causes: [split]
      actions: [{action: relabel, state: blocked, blocked_by: [{rule: class-agreement, because: unmeasured}]}]
"""


def refuse(bench: Bench, tests: str) -> list[Diagnostic]:
    with pytest.raises(Refused) as refused:
        bench.read(tests)
    assert refused.value.exit_code == 2
    return refused.value.diagnostics


def underline(diagnostic: Diagnostic) -> str:
    """Give the words under the carets."""
    label = diagnostic.labels[0]
    return (label.source_line or "")[label.col - 1 : label.end - 1]


def test_the_good_one_is_good(bench: Bench) -> None:
    assert [case.test.name for case in bench.read(GOOD).cases] == ["first"]


@pytest.mark.parametrize(
    ("old", "new", "code", "words", "help"),
    [
        ("as_of: 2026-03-01", "as_of: 2026-02-30", "bad-date", "2026-02-30", None),
        ("as_of:", "asof:", "unknown-key", "asof", "did you mean `as_of`?"),
        ("    as_of: 2026-03-01\n", "", "missing-key", "name: first", "add `as_of: ...`"),
        (
            "sources: [predictions,",
            "sources: [prediction,",
            "unknown-source",
            "prediction",
            "did you mean `predictions`?",
        ),
        ("      annotations:", "      anotations:", "unknown-source", "anotations", "did you mean `annotations`?"),
        ("{class: dent, site: p1, c", "{clas: dent, site: p1, c", "unknown-column", "clas", "did you mean `class`?"),
        (
            "{class: dent, site: p1, c",
            "{label: dent, site: p1, c",
            "unknown-column",
            "label",
            "that column is called `class` here",
        ),
        (
            "confidence: 0.5}",
            "Score: 0.5}",
            "unknown-column",
            "Score",
            "known: `id`, `time`, `class`, `confidence`, `overridden`, `site`",
        ),
        (
            "{class: dent, confidence: [",
            "{class: dent, score: [",
            "unknown-column",
            "score",
            "that column is called `confidence` here",
        ),
        ("| class |\n", "| label |\n", "unknown-column", "label", "that column is called `class` here"),
        ("confidence: 0.5}", "confidence: half}", "wrong-type", "half", "write a number such as 0.61"),
        ("confidence: 0.5}", "confidence: true}", "wrong-type", "true", "write a number such as 0.61"),
        ("site: p1, confidence: 0.5", "site: 1.5, confidence: 0.5", "wrong-type", "1.5", "put it in quotes"),
        (
            "site: p1, confidence: 0.5",
            "time: 2026-02-30, confidence: 0.5",
            "bad-date",
            "2026-02-30",
            "write 2026-03-01, or 2026-03-01T06:00:00Z",
        ),
        (
            "site: p1, confidence: 0.5",
            "overridden: often, confidence: 0.5",
            "wrong-type",
            "often",
            "write true or false",
        ),
        ("site: p1, confidence: 0.5", "site: [p1], confidence: 0.5", "wrong-type", "[p1]", "put it in quotes"),
        ("[0.5, 0.6]", "[0.5, low]", "wrong-type", "low", "write a number such as 0.61"),
        ("[0.5, 0.6]", "[]", "out-of-range", "[]", None),
        ("with: {class: dent", "with: {classes: dent", "unknown-column", "classes", "did you mean `class`?"),
        (
            "{rows: 2, with",
            "{with",
            "missing-key",
            "{with: {class: dent, confidence: [0.5, 0.6]}}",
            "write {rows: 30, with: {...}}, or {units: 40, labels: [a, a]} for annotations",
        ),
        ("{rows: 2, with", "{rows: 0, with", "out-of-range", "0", None),
        ("{rows: 2, with", "{rows: 200000, with", "out-of-range", "200000", None),
        (
            "{rows: 2, with",
            "{units: 2, labels: [dent], with",
            "wrong-role",
            "units",
            "write `rows` in place of `units`",
        ),
        ("{rows: 2, with", "{rows: 2, units: 2, with", "mixed-data", "rows", "give one of the two"),
        ("{rows: 2, with", "{rows: 2, labels: [dent], with", "mixed-data", "rows", "give one of the two"),
        (
            "{rows: 2, with",
            "{labels: [dent], with",
            "missing-key",
            "{labels: [dent], with: {class: dent, confidence: [0.5, 0.6]}}",
            "write {rows: 30, with: {...}}, or {units: 40, labels: [a, a]} for annotations",
        ),
        ("{rows: 2, with", "{rows: 2, from: yesterday, with", "bad-date", "yesterday", None),
        ("{rows: 2, with", "{rows: 2, from: 2026-02-20, to: 2026-02-20, with", "out-of-range", "2026-02-20", None),
        ("{rows: 2, with", "{rows: 2, from: 2026-03-01, with", "out-of-range", "2026-03-01", None),
        ("{rows: 2, with: {", "{rows: 2, to: 2026-02-20, with: {time: 2026-02-19, ", "mixed-data", "to", None),
        ("| unit | ann", "| unit | unt", "unknown-column", "untotator", "did you mean `annotator`?"),
        ("| u1   | r1        | dent  |", "| u1 | r1 |", "bad-table", "| u1 | r1 |", None),
        ("| class |\n", "| unit |\n", "bad-table", "unit", None),
        ("| annotator |", "|   |", "bad-table", "|", None),
        (
            "        table: |\n",
            "        file: fixtures/split.csv\n        table: |\n",
            "mixed-data",
            "file",
            "give one of the two",
        ),
        (
            "action: recalibrate, scope",
            "action: recalibrat, scope",
            "unknown-action",
            "recalibrat",
            "did you mean `recalibrate`?",
        ),
        (
            "recalibrate, scope: {class: dent}",
            "recalibrate",
            "missing-key",
            "{action: recalibrate, event: approved, at: 2026-02-25}",
            "add `class: ...`",
        ),
        (
            "recalibrate, scope: {class: dent}",
            "recalibrate, scope: {class: dent, site: p1}",
            "unknown-dimension",
            "site",
            "known: `class`",
        ),
        ("event: approved", "event: aproved", "unknown-value", "aproved", "did you mean `approved`?"),
        ("event: approved", "event: verified", "impossible-event", "verified", None),
        ("at: 2026-02-25", "at: 2026-02-31", "bad-date", "2026-02-31", None),
        (
            "rule: low-confidence",
            "rule: low-confidense",
            "unknown-rule",
            "low-confidense",
            "did you mean `low-confidence`?",
        ),
        (
            "{class: dent, site: p1}, status",
            "{class: dint, site: p1}, status",
            "unknown-class",
            "dint",
            "did you mean `dent`?",
        ),
        (
            "{class: dent, site: p1}, status",
            "{class: dent, sites: p1}, status",
            "unknown-dimension",
            "sites",
            "did you mean `site`?",
        ),
        ("status: insufficient", "status: insuficient", "unknown-value", "insuficient", "did you mean `insufficient`?"),
        ("value: 0.5}", "value: half}", "wrong-type", "half", None),
        ("causes: [split]", "causes: {cause: split}", "wrong-type", "{cause: split}", "write [{cause: split, ...}]"),
        ("value: 0.5}", "vlaue: 0.5}", "unknown-key", "vlaue", "did you mean `value`?"),
        ("causes: [split]", "causes: [splitt]", "unknown-cause", "splitt", "did you mean `split`?"),
        (
            "causes: [split]",
            "causes: [{cause: split, scope: {site: p1}}]",
            "unknown-dimension",
            "site",
            "known: `class`",
        ),
        ("action: relabel", "action: label", "unknown-action", "label", "did you mean `relabel`?"),
        ("state: blocked,", "state: bloked,", "unknown-value", "bloked", "did you mean `blocked`?"),
        (
            "{rule: class-agreement,",
            "{rule: class-agreemnt,",
            "unknown-rule",
            "class-agreemnt",
            "did you mean `class-agreement`?",
        ),
        (
            "{rule: class-agreement,",
            "{action: recalibrat,",
            "unknown-action",
            "recalibrat",
            "did you mean `recalibrate`?",
        ),
        (
            "rule: low-confidence, scope: {class: dent, site: p1}",
            "rule: confidence-falls",
            "rule-off",
            "confidence-falls",
            "give `validation-run` data, or list all sources that the test is about under `sources`",
        ),
        (
            "    ledger:",
            "    previous: frist\n    ledger:",
            "unknown-value",
            "frist",
            "name a plan.json, or a test above this one",
        ),
        ("    ledger:", "    previous: gone/plan.json\n    ledger:", "missing-file", "gone/plan.json", None),
        ("    ledger:", "    previous: ../plan.json\n    ledger:", "outside-root", "../plan.json", None),
    ],
)
def test_a_mistake_is_told_at_its_place(
    bench: Bench, old: str, new: str, code: str, words: str, help: str | None
) -> None:
    assert old in GOOD
    (diagnostic,) = refuse(bench, GOOD.replace(old, new, 1))
    assert (diagnostic.code, underline(diagnostic)) == (code, words)
    assert help is None or diagnostic.help == help


@pytest.mark.parametrize(
    ("group", "column"),
    [("{units: 2, labels: [dent, ok], with: {annotator: ana}}", "annotator"),
     ("{units: 2, labels: [dent], with: {class: dent}}", "class")],
)  # fmt: skip
def test_labels_are_not_given_twice(bench: Bench, group: str, column: str) -> None:
    (found,) = refuse(bench, FILE.replace("{file: FILE}", f"{{generate: [{group}]}}"))
    assert (found.code, found.message) == (
        "mixed-data",
        f"a group of `annotations` has `labels`, and `{column}` beside it",
    )


def test_one_run_tells_the_mistakes_of_every_kind_in_one_test(bench: Bench) -> None:
    tests = """\
  - name: all at once
    as_off: 2026-03-01
    data:
      predictions:
        rows:
          - {class: dent, sites: p1, confidence: high, time: "20 June"}
        generate:
          - {rows: 3, from: 2026-02-25, to: 2026-02-20, with: {class: dent, site: 1.5}}
          - {rows: few, with: {classes: dent}}
      annotations:
        table: |
          | unit | unttotator | labelled | time |
          | u1   | r1         | dent     | soon |
    previous: frist
    ledger:
      - {action: recalibrat, scope: {class: dent}, event: approved, at: 2026-02-25}
      - {action: recalibrate, scope: {class: dent}, event: aproved, at: 2026-02-25}
    expect:
      findings:
        - {rule: low-confidence, scope: {class: dint, sites: p1}}
        - {rule: Low Confidence, status: fail, scope: {what: ever}}
        - {rule: low-confidense, status: faill}
      causes: [splitt, Split It]
      actions: [{action: relabel, scope: {site: p1}}, 5]
      partially: true
"""
    found = refuse(bench, tests)
    assert [(d.code, underline(d)) for d in found] == [
        ("unknown-key", "as_off"),
        ("unknown-column", "sites"), ("wrong-type", "high"), ("bad-date", '"20 June"'),
        ("out-of-range", "2026-02-25"), ("wrong-type", "1.5"),
        ("wrong-type", "few"), ("unknown-column", "classes"),
        ("unknown-column", "unttotator"), ("unknown-column", "labelled"), ("bad-date", "soon"),
        ("unknown-value", "frist"),
        ("unknown-action", "recalibrat"), ("unknown-value", "aproved"),
        ("missing-key", "{rule: low-confidence, scope: {class: dint, sites: p1}}"),
        ("unknown-class", "dint"), ("unknown-dimension", "sites"),
        ("bad-id", "Low Confidence"),
        ("unknown-rule", "low-confidense"), ("unknown-value", "faill"),
        ("unknown-cause", "splitt"), ("bad-id", "Split It"),
        ("missing-key", "{action: relabel, scope: {site: p1}}"), ("unknown-dimension", "site"), ("wrong-type", "5"),
        ("unknown-key", "partially"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "test", ["5", "[a]", "{name: one}", "{expect: 3}", "{name: one, as_of: 5, data: [1], expect: []}"]
)
def test_a_test_that_is_hardly_one_hides_nothing(bench: Bench, test: str) -> None:
    found = refuse(bench, f"  - {test}\n" + GOOD.replace("causes: [split]", "causes: [splitt]"))
    assert "unknown-cause" in [d.code for d in found]
    assert {d.labels[0].line for d in found if d.code != "unknown-cause"} == {5}


def test_mistakes_of_form_of_names_and_of_rows_are_told_together(bench: Bench) -> None:
    other = GOOD.replace("first", "second").replace("status: insufficient", "status: bad")
    third = GOOD.replace("first", "third").replace("confidence: 0.5}", "confidence: half}")
    fourth = GOOD.replace("first", "fourth").replace("causes: [split]", "causes: [splitt]")
    found = refuse(bench, GOOD + other + third + fourth + GOOD)
    assert [d.code for d in found] == ["unknown-value", "wrong-type", "unknown-cause", "repeated-entry"]
    assert [len(d.labels) for d in found] == [1, 1, 1, 2]


FILE = """\
  - name: one
    as_of: 2026-03-01
    data: {annotations: {file: FILE}}
    expect: {findings: []}
"""


@pytest.mark.parametrize(
    ("file", "content", "code", "words"),
    [
        ("split.csv", "image,reviewr,label\nu1,r1,dent\n", "missing-column", None),
        ("split.csv", "image,reviewer,label,labelled_at\nu1,r1,dent,soon\n", "bad-date", "soon"),
        ("split.csv", 'image,reviewer,label\nu1,"r1,dent\n', "bad-table", '"'),
        ("split.csv", "image,reviewer,label\nu1,r1\n", "bad-table", "u1,r1"),
        ("split.csv", "", "bad-table", ""),
        ("split.csv", "image,reviewr,label\n", "missing-column", None),
        ("split.csv", "image,reviewer,label,labelled_at\ru1,r1,dent,soon\r", "bad-date", "soon"),
        ("split.csv", "image,reviewer,label" + "," * 1_000_000, "file-too-large", None),
        ("split.jsonl", f"[{'1,' * 1_000_001}1]\n", "file-too-large", None),
        ("split.csv", b"image,reviewer,label\nu1,r1,\xff\n", "unreadable-data", None),
        ("split.jsonl", '{"image": "u1", "reviewer": "r1", "label": 1.5}\n', "wrong-type", None),
        ("split.jsonl", "[1]\n", "bad-table", "[1]"),
        ("split.jsonl", "{\n", "bad-table", ""),
        ("split.jsonl", '{"image": u1}\n', "bad-table", "u"),
    ],
)
def test_mistakes_in_files_are_told_at_their_lines(
    bench: Bench, file: str, content: str | bytes, code: str, words: str | None
) -> None:
    Path(file).write_bytes(content.encode() if isinstance(content, str) else content)
    found = refuse(bench, FILE.replace("FILE", file))[0]
    assert found.code == code
    # A mistake that has no line of the file is shown where the test names it.
    assert (found.context or found.labels[0].file) == file
    assert found.context is None or underline(found) == file
    if words is not None:
        assert underline(found) == words


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("gone.csv", "missing-data"),
        ("split.xlsx", "unsupported-format"),
        ("../outside.csv", "outside-root"),
        ("link.csv", "outside-root"),
        ("folder.csv", "unreadable-data"),
        ("circle.csv", "missing-data"),
        ("circle.csv/split.csv", "missing-data"),
        (f"{'long' * 100}.csv", "missing-data"),
    ],
)
def test_files_that_cannot_be_are_told_where_they_are_named(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory, file: str, code: str
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.csv"
    secret.write_text("image,reviewer,label\n", "utf-8")
    os.symlink(secret, "link.csv")
    os.symlink("circle.csv", "circle.csv")
    Path("folder.csv").mkdir()
    (diagnostic,) = refuse(bench, FILE.replace("FILE", file))
    assert (diagnostic.code, underline(diagnostic)) == (code, file)


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ("gone.json", "missing-file"),
        ("circle.json", "missing-file"),
        ("circle.json/plan.json", "missing-file"),
        (f"{'long' * 100}.json", "missing-file"),
        ("large.json", "file-too-large"),
    ],
)
def test_plans_that_cannot_be_are_told_where_they_are_named(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, plan: str, code: str
) -> None:
    os.symlink("circle.json", "circle.json")
    monkeypatch.setattr("prism_rules.ruletests.reading.MOST_BYTES", 100)
    Path("large.json").write_text("{" + " " * 200 + "}", "utf-8")
    (diagnostic,) = refuse(bench, GOOD.replace("    ledger:", f"    previous: {plan}\n    ledger:"))
    assert (diagnostic.code, underline(diagnostic)) == (code, plan)


@pytest.mark.parametrize(
    ("ruleset", "code"),
    [("gone.yaml", "missing-file"), ("../press.yaml", "outside-root"), ("press.test.yaml", "unknown-value")],
)
def test_a_ruleset_that_is_none_is_told(bench: Bench, ruleset: str, code: str) -> None:
    path = bench.write(GOOD)
    path.write_text(path.read_text("utf-8").replace("ruleset: press.yaml", f"ruleset: {ruleset}"), "utf-8")
    with pytest.raises(Refused) as refused:
        read_suite(path)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == code
    assert diagnostic.labels[0].file == "press.test.yaml"


def test_a_name_of_another_kind_is_told_as_such(bench: Bench) -> None:
    (diagnostic,) = refuse(bench, GOOD.replace("{rule: low-confidence, scope: {class: dent, site: p1}", "{rule: split"))
    assert (diagnostic.code, diagnostic.help) == ("unknown-rule", "`split` is a cause")


@pytest.mark.parametrize(
    ("renamed", "old", "new", "code", "help"),
    [
        ("scratch: {risk: low", "class: dent, site: p1}, status", "class: was, site: p1}, status", "unknown-class",
         "`was` was renamed to `scratch`"),
        ("  low-confidence:\n    {", "rule: low-confidence", "rule: was", "unknown-rule",
         "`was` was renamed to `low-confidence`"),
        ("  split:\n    {", "[split]", "[was]", "unknown-cause", "`was` was renamed to `split`"),
        ("  relabel:\n    {", "action: relabel", "action: was", "unknown-action", "`was` was renamed to `relabel`"),
    ],
)  # fmt: skip
def test_a_former_name_is_told_with_that_of_today(
    bench: Bench, renamed: str, old: str, new: str, code: str, help: str
) -> None:
    kept = renamed.removesuffix("{")
    put = "renamed_from: [was]\n    " if kept != renamed else ", renamed_from: [was]"
    ruleset = Path("press.yaml").read_text("utf-8")
    assert ruleset.count(kept) == 1
    Path("press.yaml").write_text(ruleset.replace(kept, kept + put), "utf-8")
    assert old in GOOD
    (diagnostic,) = refuse(bench, GOOD.replace(old, new))
    assert (diagnostic.code, diagnostic.help) == (code, help)


def test_a_rule_that_is_off_is_told_with_the_reason(bench: Bench) -> None:
    Path("line.yaml").write_text(
        """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: line, version: "1.0.0", owners: ["@org/reliability"]}
extends: [./pack.yaml]
sources: {seen: {role: predictions, window: 7d, fields: {id: image, time: at, class: label, confidence: score}}}
""",
        "utf-8",
    )
    Path("pack.yaml").write_text(
        """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: pack, version: "1.0.0", owners: ["@org/reliability"]}
rules:
  unsure: {source: predictions, metric: mean_confidence, by: [class], fail: {below: 0.5}}
  split: {source: annotations, metric: krippendorff_alpha, by: [class], fail: {below: 0.5}}
causes:
  weak: {kind: drift, by: [class], when: {all: [unsure]}}
  torn: {kind: drift, by: [class], when: {all: [split]}}
actions: {look: {kind: review, for: [weak, torn], by: [class], title: Look, owner: "@org/reliability"}}
""",
        "utf-8",
    )
    path = bench.write("""\
  - name: first
    as_of: 2026-03-01
    data: {seen: {rows: []}}
    expect: {findings: [{rule: split, status: fail}], causes: [torn]}
""")
    path.write_text(path.read_text("utf-8").replace("press.yaml", "line.yaml"), "utf-8")
    with pytest.raises(Refused) as refused:
        read_suite(path)
    assert [(d.code, d.message, d.help) for d in refused.value.diagnostics] == [
        ("unknown-rule", "the rule `split` is off: there is no source `annotations`",
         "declare what it needs, or take this out"),
        ("unknown-cause", "the cause `torn` is off: it rests on `split`, which is off",
         "declare what it needs, or take this out"),
    ]  # fmt: skip


def test_only_a_ruleset_is_suggested_for_one(bench: Bench) -> None:
    path = bench.write(GOOD)
    path.write_text(path.read_text("utf-8").replace("ruleset: press.yaml", "ruleset: press.tests.yaml"), "utf-8")
    with pytest.raises(Refused) as refused:
        read_suite(path)
    assert [d.help for d in refused.value.diagnostics] == ["did you mean `press.yaml`?"]


def test_paths_may_go_up_inside_the_project(bench: Bench) -> None:
    folder = Path("tests/deep")
    folder.mkdir(parents=True)
    path = folder / "press.test.yaml"
    path.write_text(bench.write(GOOD).read_text("utf-8").replace("press.yaml", "../../press.yaml"), "utf-8")
    assert read_suite(path).resolved.source.name == "press.yaml"
    (folder / "prism.yaml").write_text("", "utf-8")
    with pytest.raises(Refused, match="outside-root"):
        read_suite(path)


def test_a_file_makes_no_more_rows_than_are_wise(bench: Bench) -> None:
    test = GOOD.replace("rows: 2, ", "rows: 99000, ")
    tests = "".join(test.replace("first", f"test {number}") for number in range(4))
    (diagnostic,) = refuse(bench, tests)
    assert (diagnostic.code, underline(diagnostic)) == ("out-of-range", "test 2")


def test_the_language_s_example_has_its_form() -> None:
    from prism_rules.model.ruletest import RulesetTest
    from prism_rules.source import parse

    text = """\
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: surface-inspection.yaml
tests:
  - name: agreement under its threshold recalibrates before it relabels
    as_of: 2026-03-01
    data:
      annotations: {file: fixtures/split.csv}     # or rows: [...], or table: | (a Markdown/CSV table)
    expect:
      findings: [{rule: class-agreement, scope: {class: surface-scratch}, status: fail, value: 0.63}]
      causes: [split-reviewers]
      actions: [{action: recalibrate, state: proposed}, {action: relabel, state: blocked}]
"""
    (test,) = RulesetTest.model_validate(parse(text.encode(), "surface.test.yaml").data).tests
    assert test.expect.causes == ("split-reviewers",)
