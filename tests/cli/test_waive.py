"""`waive`: a waiver goes into the ruleset's file, or nothing does."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from prism_rules.cli import run, waive
from prism_rules.ruleset import load_ruleset

GLARE = Path(__file__).parents[2] / "examples" / "glare"
RULES = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: press-shop, version: "1.0.0", owners: ["@org/reliability"]}
sources:
  predictions:
    role: predictions
    fields: {id: image, time: taken_at, class: predicted, confidence: score}
    dimensions: [site]
classes: {dent: {}, scratch: {}}
rules:
  low-confidence:   # holds
    source: predictions
    metric: mean_confidence
    by: [class, site]
    window: 7d
    fail: {below: 0.80}
  volume: {source: predictions, metric: volume, window: 7d, fail: {below: 1}}
"""
WAIVER = """\

waivers:
  low-confidence-dent-plant-2:
    rule: low-confidence
    match: {class: dent, site: plant-2}
    until: 2126-04-30
    by: "@org/reliability"
    because: Guideline rewrite, DQ-112
"""
DENT = ("low-confidence", "--match", "class=dent", "--match", "site=plant-2")
WHY = ("--by", "@org/reliability", "--because", "Guideline rewrite, DQ-112")
UNTIL = ("--until", "2126-04-30")


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, "utf-8")
    return path


def test_a_waiver_is_added_and_renewed(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["waive", *DENT, *UNTIL, *WHY, "rules.yaml"]) == 0
    assert rules.read_text("utf-8") == RULES + WAIVER
    out, err = capsys.readouterr()
    assert out.startswith("--- rules.yaml\n+++ rules.yaml\n@@ ")
    assert "".join(f"+{line}\n" for line in WAIVER.splitlines()) in out
    assert err == "`low-confidence` is waived until 2126-04-30, as `waivers.low-confidence-dent-plant-2`\n"

    noted = (RULES + WAIVER).replace("because:", "# Asked for by the plant.\n    because:")
    rules.write_text(noted, "utf-8")
    again = ("low-confidence", "--match", "site=plant-2", "--match", "class=dent")
    assert run(["waive", *again, "--until", "2126-06-30", *WHY, "rules.yaml"]) == 0
    assert rules.read_text("utf-8") == noted.replace("2126-04-30", "2126-06-30")


def test_a_file_in_canonical_form_stays_so(rules: Path) -> None:
    assert run(["fmt", str(rules)]) == 0
    for name in ("dent", "scratch"):
        match = ("--match", f"class={name}", "--match", "site=plant-2")
        assert run(["waive", "low-confidence", *match, *UNTIL, *WHY, "rules.yaml"]) == 0
        assert run(["fmt", "--check", "rules.yaml"]) == 0


def test_a_waiver_takes_the_id_that_it_is_given(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["waive", *DENT, *UNTIL, *WHY, "--id", "dq-112", "rules.yaml"]) == 0
    assert load_ruleset(rules).model.waivers["dq-112"].match == {"class": "dent", "site": "plant-2"}
    written = rules.read_text("utf-8")
    assert run(["waive", *DENT, *UNTIL, *WHY, "--id", "dq-113", "rules.yaml"]) == 2
    assert "`waivers.dq-112` waives this already" in capsys.readouterr().err
    other = ("low-confidence", "--match", "class=scratch", "--match", "site=plant-2")
    assert run(["waive", *other, *UNTIL, *WHY, "--id", "dq-112", "rules.yaml"]) == 2
    assert "`waivers.dq-112` waives something else" in capsys.readouterr().err
    assert rules.read_text("utf-8") == written


def test_names_are_made_of_what_is_waived_and_differ(rules: Path) -> None:
    matches = [("dent", "*"), ("dent", "plant*"), ("d*", "plant*"), ("d*t", "*"), ("d*", "*t"), ("d*", "t")]
    for class_, site in matches:
        match = ("--match", f"class={class_}", "--match", f"site={site}")
        assert run(["waive", "low-confidence", *match, *UNTIL, *WHY, "rules.yaml"]) == 0
    assert run(["waive", "volume", *UNTIL, *WHY, "rules.yaml"]) == 0
    waivers = load_ruleset(rules).model.waivers
    assert [*waivers] == [
        "low-confidence-dent",
        "low-confidence-dent-plant",
        "low-confidence-d-plant",
        "low-confidence-d-t",
        "low-confidence-d-t-2",
        "low-confidence-d-t-3",
        "volume",
    ]
    assert waivers["volume"].match == {}


def test_names_are_made_as_ids_of_findings_are(rules: Path) -> None:
    rules.write_text(RULES.replace("{dent: {}, scratch: {}}", "{}"), "utf-8")
    match = ("--match", "class=S\u00e3o", "--match", "site=\u0141\u00f3d\u017a")
    assert run(["waive", "low-confidence", *match, *UNTIL, *WHY, "rules.yaml"]) == 0
    assert [*load_ruleset(rules).model.waivers] == ["low-confidence-sao-odz"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("low-confidnce", *DENT[1:], *UNTIL, *WHY), "error[unknown-rule]"),
        ((*DENT[:3], *UNTIL, *WHY), "error[incomplete-match]"),
        ((*DENT, "--match", "camera=1", *UNTIL, *WHY), "error[match-outside-by]"),
        (("low-confidence", "--match", "class=dnt", "--match", "site=a", *UNTIL, *WHY), "error[unknown-class]"),
        ((*DENT, "--match", "class=scratch", *UNTIL, *WHY), "--match is given twice for one dimension"),
        (("low-confidence-dent-0123456789ab", *UNTIL, *WHY), "say which plan it is of: --plan"),
        ((*DENT, "--until", "soon", *WHY), "error[bad-date]"),
        ((*DENT, "--until", "2026-02-28", *WHY), "--until 2026-02-28 is past"),
        ((*DENT, "--until", "2026-03-01", *WHY), "--until 2026-03-01 is past"),
        ((*DENT, *WHY), "Missing option '--until'"),
        ((*DENT, *UNTIL, "--by", "@org/a"), "Missing option '--because'"),
        ((*DENT, *UNTIL, "--by", "", "--because", "x"), "a waiver needs who waives and why"),
        ((*DENT, *UNTIL, *WHY, "--id", "No Id"), "error[bad-id]"),
        ((*DENT[:2], "class", *UNTIL, *WHY), "'class' is not DIMENSION=VALUE"),
    ],
)
def test_a_waiver_that_would_be_wrong_is_not_written(
    arguments: tuple[str, ...],
    said: str,
    rules: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = SimpleNamespace(now=lambda _: datetime(2026, 3, 1, 12, tzinfo=UTC))
    monkeypatch.setattr(waive, "datetime", clock)
    assert run(["waive", *arguments, "rules.yaml"]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err
    assert rules.read_text("utf-8") == RULES


@pytest.mark.usefixtures("rules")
def test_what_would_be_wrong_is_told_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["waive", "low-confidenc", "--match", "clas=dent", "--until", "2126-13-01", *WHY, "rules.yaml"]) == 2
    err = capsys.readouterr().err
    assert " --> RULE; rules.yaml stays as it is\n  = help: did you mean `low-confidence`?" in err
    assert " --> --until; rules.yaml stays as it is\n" in err
    assert "rules.yaml:" not in err
    assert run(["waive", "low-confidence", *UNTIL, *WHY, "rules.yaml"]) == 2
    assert " --> --match; rules.yaml stays as it is\n" in capsys.readouterr().err
    assert run(["waive", *DENT, *UNTIL, *WHY, "--id", "No Id", "rules.yaml"]) == 2
    assert " --> --id; rules.yaml stays as it is\n" in capsys.readouterr().err


def test_what_was_wrong_before_does_not_keep_a_waiver_out(rules: Path) -> None:
    broken = RULES.replace("mean_confidence", "mean_confidnce")
    rules.write_text(broken, "utf-8")
    assert run(["waive", *DENT, *UNTIL, *WHY, "rules.yaml"]) == 0
    assert rules.read_text("utf-8") == broken + WAIVER


def test_a_warning_that_the_waiver_brings_is_told(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text(RULES.replace("by: [class, site]", "by: [class, site]\n    status: experimental"), "utf-8")
    assert run(["waive", *DENT, *UNTIL, *WHY, "rules.yaml"]) == 0
    assert "warning[unused-waiver]" in capsys.readouterr().err


def test_a_finding_of_a_plan_is_waived(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(GLARE / "surface-inspection.yaml", rules)
    plan = GLARE / "plans" / "2026-03-01"
    findings = json.loads((plan / "plan.json").read_text("utf-8"))["findings"]
    finding = next(each for each in findings if each["rule"] == "low-confidence")
    assert run(["waive", finding["id"], "--plan", str(plan), *UNTIL, *WHY, "rules.yaml"]) == 0
    (waiver,) = load_ruleset(rules).model.waivers.values()
    assert (waiver.rule, waiver.match, waiver.until) == ("low-confidence", finding["scope"], "2126-04-30")
    assert run(["waive", "low-confidence-x", "--plan", str(plan), *UNTIL, *WHY, "rules.yaml"]) == 2
    assert "the plan has no finding `low-confidence-x`" in capsys.readouterr().err
    assert run(["waive", *DENT, "--plan", str(plan), *UNTIL, *WHY, "rules.yaml"]) == 2
    assert "--match and --plan are both given" in capsys.readouterr().err
