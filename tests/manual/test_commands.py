"""`show`, `docs` and `explain` as they are typed: what they print, and how they end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from prism_rules.cli import run

RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: told, version: "1.0.0", owners: ["@org/all"]}
sources:
  predictions:
    role: predictions
    fields: {id: id, time: time, class: class, confidence: confidence, label: label}
    dimensions: [site]
    window: 7d
classes: {dent: {}, ok: {}}
rules:
  recall:
    title: Defects are found
    source: predictions
    metric: recall
    by: [class]
    fail: {below: 0.8}
  unsure:
    source: predictions
    metric: mean_confidence
    by: [site]
    fail: {below: 0.7}
causes:
  blind: {kind: drift, by: [class], when: {all: [recall]}}
  twin: {kind: drift, by: [site], when: {all: [unsure]}}
actions:
  twin:
    kind: review
    for: [blind]
    by: [class]
    title: "Look at {{ scope.class }}"
    steps: |
      1. Look.
      2. Tell.
    done_when: [recall]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules.yaml").write_text(RULESET, "utf-8")
    (tmp_path / "prism.yaml").write_text("apiVersion: prism-rules/v1\nkind: Project\nruleset: rules.yaml\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(RULESET, "utf-8")
    return tmp_path


def test_docs_write_over_manuals_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "empty.md").write_text("\n", "utf-8")
    assert [run(["docs", "-o", "empty.md"]) for _ in range(2)] == [0, 0]
    assert run(["docs", "-o", "rules.yaml"]) == 8
    assert (project / "rules.yaml").read_text("utf-8") == RULESET
    assert "error[foreign-file]: `rules.yaml` holds something else than a manual" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "shown", "hidden"),
    [
        ([], ["recall  Defects are found", "unsure", "CAUSE", "ACTION"], []),
        (["--rule", "unsure"], ["unsure", "below 0.70"], ["recall", "CAUSE"]),
        (["--class", "dent"], ["recall", "dent"], ["unsure", "ok", "CAUSE"]),
        (
            ["--class", "dent", "--rule", "unsure"],
            ["Measured without classes", "fail   below 0.70  *    the rule (line 22)"],
            ["recall"],
        ),
        (
            ["--class", "dent", "--rule", "unsure", "--format", "markdown"],
            ["Measured without classes", "| `fail` | below 0.70 | &#42; | the rule (line 22) |"],
            ["recall"],
        ),
        (["--format", "markdown"], ["## recall", "| `fail` | below 0.80 | all 2 classes | the rule (line 17) |"], []),
        (["--graph"], ["flowchart LR", "r0 --> c0"], ["```"]),
        (["--graph", "--format", "markdown"], ["```mermaid\nflowchart LR"], []),
    ],
)
def test_show(arguments: list[str], shown: list[str], hidden: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", *arguments]) == 0
    text = capsys.readouterr().out
    assert [part for part in shown if part not in text] == []
    assert [part for part in hidden if part in text] == []


def test_a_class_is_shown_as_its_family_where_families_are_told_apart(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    families = RULESET.replace("{dent: {}, ok: {}}", "{dent: {family: bad}, ok: {family: good}}")
    text = families.replace("by: [site]\n    fail: {below: 0.7}", "by: [family]\n    fail: {below: 0.7}")
    (project / "rules.yaml").write_text(text.replace("  twin: {kind: drift, by: [site], when: {all: [unsure]}}\n", ""))
    assert run(["show", "--class", "dent", "--rule", "unsure"]) == 0
    assert "fail   below 0.70  bad  the rule (line 22)" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_show_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "--format", "json", "--class", "ok"]) == 0
    document = json.loads(capsys.readouterr().out)
    [scopes] = document["rules"]["recall"]["scopes"]
    assert list(document["rules"]) == ["recall"]
    assert (scopes["classes"], scopes["fail"]["value"][0]["value"]) == (["dent", "ok"], 0.8)
    assert document["rules"]["recall"]["read_by"] == [
        {"section": "causes", "id": "blind", "part": "evidence"},
        {"section": "actions", "id": "twin", "part": "acceptance"},
    ]
    assert document["origins"]["actions.twin.done_when.0"] == {"file": "rules.yaml", "line": 35, "col": 17}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", "recal"], "did you mean `recall`?"),
        (["--class", "dint"], "did you mean `dent`?"),
        (["--graph", "--class", "dent"], "--graph draws the whole ruleset"),
        (["--graph", "--format", "json"], "--graph draws the whole ruleset"),
    ],
)
def test_show_refuses_what_is_not_there(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_docs_are_written_and_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["docs"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# told 1.0.0\n")
    assert run(["docs", "-o", "manual.md", "--check"]) == 1
    assert capsys.readouterr().out == "stale: manual.md\n"
    assert run(["docs", "-o", "manual.md"]) == 0
    assert (project / "manual.md").read_text("utf-8") == printed
    assert run(["docs", "-o", "manual.md", "--check"]) == 0
    # A comment and another order of lines say nothing else; a bound does.
    (project / "rules.yaml").write_text("# a comment\n" + RULESET, "utf-8")
    assert run(["docs", "-o", "manual.md", "--check"]) == 0
    (project / "rules.yaml").write_text(RULESET.replace("0.8", "0.81"), "utf-8")
    assert run(["docs", "-o", "manual.md", "--check"]) == 1
    assert "`prism-rules docs -o manual.md` writes it anew" in capsys.readouterr().err
    assert run(["docs", "--check"]) == 2


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            "unsure",
            [
                "rule unsure\nrules.yaml:18\n",
                "fail   below 0.70  *    the rule (line 22)",
                "Read by        The cause `twin`, for which it speaks.",
            ],
        ),
        ("rules.recall", ["rule recall: Defects are found", "FIELD", "the action `twin`, which is done when it holds"]),
        ("metrics.recall", ["# recall"]),
        ("blind", ["cause blind\nrules.yaml:24\n", "Holds          For each class, where `recall` fails."]),
        ("causes.twin", ["cause twin", "Answered by    No action."]),
        ("actions.twin", ["action twin", "Title          Look at ‹class›", "Steps:\n  1. Look.\n  2. Tell.\n"]),
        ("duplicate-key", ["# duplicate-key"]),
        ("codes.duplicate-key", ["# duplicate-key"]),
        ("mean_confidence", ["# mean_confidence"]),
    ],
)
def test_explain(name: str, shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", name]) == 0
    text = capsys.readouterr().out
    assert [part for part in shown if part not in text] == []


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("name", "code", "help"),
    [
        ("recall", "ambiguous-name", "say `metrics.recall` for the metric or `rules.recall` for the rule"),
        ("twin", "ambiguous-name", "say `causes.twin` for the cause or `actions.twin` for the action"),
        ("blnd", "unknown-code", "did you mean `blind`?"),
        ("duplicate-kay", "unknown-code", "did you mean `duplicate-key`?"),
        ("causes.blnd", "unknown-cause", "did you mean `blind`?"),
        ("actions.blind", "unknown-action", "known: `twin`"),
        ("rules.unsur", "unknown-rule", "did you mean `unsure`?"),
        ("metrics.mean-confidence", "unknown-metric", "did you mean `mean_confidence`?"),
        ("codes.recall", "unknown-code", ""),
    ],
)
def test_explain_refuses_what_it_cannot_find(
    name: str, code: str, help: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", name]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error[{code}]") and help in error


EXTENDING = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: part, version: "1.0.0", owners: ["@org/all"]}
extends: [prism-core@^1]
sources:
  predictions: {role: predictions, fields: {id: id, time: time, class: class, confidence: confidence}}
classes: {dent: {}, ok: {}}
"""


def test_what_is_off_is_told_with_its_reason(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "rules.yaml").write_text(EXTENDING, "utf-8")
    assert run(["explain", "signals-late"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("rule signals-late\nprism-core@")
    assert told.endswith("\n\nOff            There is no source `feedback`.\n")
    assert run(["explain", "late-signals"]) == 2
    assert "did you mean `signals-late`?" in capsys.readouterr().err
    assert run(["show", "--rule", "signals-late"]) == 2
    assert "the rule `signals-late` is off: there is no source `feedback`" in capsys.readouterr().err


def test_no_place_of_what_is_off_is_torn(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "rules.yaml").write_text(EXTENDING, "utf-8")
    assert run(["show"]) == 0
    off = capsys.readouterr().out.partition("OFF  ")[2].splitlines()[1:]
    entries = [line for line in off if line.startswith(("rule", "cause", "action"))]
    assert entries and all(re.search(r"  prism-core@[\d.]+/ruleset\.yaml:\d+$", line) for line in entries)
    assert max(map(len, off)) <= 100


@pytest.mark.usefixtures("outside")
def test_without_a_project_only_what_ships_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "recall"]) == 0
    assert run(["explain", "unsure"]) == 2
    assert "no diagnostic or metric is called `unsure`" in capsys.readouterr().err
    assert run(["explain", "rules.unsure"]) == 2
    assert "error[no-ruleset]" in capsys.readouterr().err
    assert run(["explain", "unsure", "--ruleset", "rules.yaml"]) == 0
    assert capsys.readouterr().out.startswith("rule unsure\n")


def test_a_broken_ruleset_hides_no_page_of_what_is_wrong_with_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "rules.yaml").write_text(RULESET.replace("[recall]", "[recal]"), "utf-8")
    assert run(["explain", "unknown-rule"]) == 0
    assert capsys.readouterr().out.startswith("# unknown-rule")
    assert run(["explain", "blind"]) == 2
    assert "error[unknown-rule]" in capsys.readouterr().err
