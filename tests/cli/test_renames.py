"""Two cycles on files, with every name another one in between: nothing is lost, and nothing begins anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prism_rules.cli import run

from .conftest import Project

RENAMED = (
    ("name: press-shop", "name: press-hall\n  renamed_from: [press-shop]"),
    ("  predictions:\n", "  seen:\n    renamed_from: [predictions]\n"),
    ("scratch: {risk: high}", "score: {risk: high, renamed_from: [scratch]}"),
    ("  low-confidence:\n", "  sureness:\n    renamed_from: [low-confidence]\n"),
    ("source: predictions", "source: seen"),
    ("  unsure-model: {", "  unsure: {renamed_from: [unsure-model], "),
    ("all: [low-confidence]", "all: [sureness]"),
    ("  review-set:\n", "  review:\n    renamed_from: [review-set]\n"),
    ("queue: {from: predictions, size: 5, seed: 1}", "queue: {from: seen, size: 5, seed: 1}"),
    ("queue: {from: predictions, size: 3}", "queue: {from: seen, size: 3}"),
    ("  relabel:\n    kind: relabel\n", "  label-again:\n    renamed_from: [relabel]\n    kind: relabel\n"),
)


def read(project: Project, as_of: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((project.root / "plans" / as_of / "plan.json").read_bytes())
    return plan


def test_a_plan_goes_on_when_everything_has_another_name(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    assert run(["plan", "--as-of", "2026-03-01", "--record"]) == 1
    before = read(project, "2026-03-01")
    review = next(entry for entry in before["actions"] if entry["action"] == "review-set")
    assert run(["decide", review["id"], "--as", "approved", "--by", "@org/labels", "--because", "agreed"]) == 0
    rows = (project.root / "plans/2026-03-01" / review["queue"]["path"]).read_text("utf-8")
    text = (project.root / "rules.yaml").read_text("utf-8")
    for old, new in RENAMED:
        assert old in text, old
        text = text.replace(old, new)
    for_both = text.replace("for: [unsure-model]", "for: [unsure]")
    (project.root / "rules.yaml").write_text(for_both, "utf-8")
    place = project.root / "prism.yaml"
    place.write_text(place.read_text("utf-8").replace("predictions:", "seen:"), "utf-8")

    arguments = ["plan", "--as-of", "2026-03-02", "--record", "--baseline", "plans/2026-03-01"]
    assert run(arguments) == 1, capsys.readouterr().err
    after = read(project, "2026-03-02")
    assert "lost-history" not in capsys.readouterr().err
    # The rows still say `scratch`.
    (finding,) = after["findings"]
    assert (finding["rule"], finding["scope"], finding["change"], finding["since"]) == (
        "sureness", {"class": "score"}, "same", "2026-03-01",
    )  # fmt: skip
    assert [note["code"] for note in after["intake"]] == []
    assert {entry["id"]: entry["action"] for entry in after["actions"]} == {
        entry["id"]: {"review-set": "review", "relabel": "label-again"}[entry["action"]] for entry in before["actions"]
    }
    again = next(entry for entry in after["actions"] if entry["id"] == review["id"])
    assert (again["state"], again["due"], again["scope"]) == ("open", review["due"], {"class": "score"})
    # The same rows by the same draw; beside them stands the cause as it is called now.
    drawn = (project.root / "plans/2026-03-02" / again["queue"]["path"]).read_text("utf-8")
    assert drawn == rows.replace(",unsure-model,", ",unsure,")
    assert run(["ledger", "verify"]) == 0
    assert run(["decide", review["id"], "--as", "done", "--by", "@org/labels", "--because", "looked"]) == 0


def test_without_a_word_history_is_lost_and_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    run(["plan", "--as-of", "2026-03-01", "--record"])
    project.edit("  review-set:\n", "  look:\n")
    capsys.readouterr()
    run(["plan", "--as-of", "2026-03-02"])
    err = capsys.readouterr().err
    assert "warning[lost-history]: the action `review-set` is gone, and the ledger holds 1 live action" in err
    [lost] = read(project, "2026-03-02")["lost_history"]
    assert (lost["kind"], lost["name"], len(lost["actions"])) == ("action", "review-set", 1)
    report = (project.root / "plans/2026-03-02/report.md").read_text("utf-8")
    assert f"- the action `review-set`: `{lost['actions'][0]}`\n" in report
    capsys.readouterr()
    run(["plan", "--as-of", "2026-03-02", "--select", "low-confidence", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["lost_history"] == []
