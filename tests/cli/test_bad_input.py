"""Bad input ends with its exit code and a message that names what is wrong; it never ends in a pass or a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.diagnostics.pages import all_codes

from .conftest import AS_OF, Project, make_annotations, make_predictions


@dataclass(frozen=True)
class Case:
    """What is done to a project that is in order, the exit code due, and words due on stderr."""

    spoil: Callable[[Project], object]
    code: int
    words: tuple[str, ...]
    options: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    """Words that must not be on stderr."""


def put_file(name: str, data: bytes) -> Callable[[Project], object]:
    return lambda project: (project.root / name).write_bytes(data)


def drop(name: str) -> Callable[[Project], object]:
    return lambda project: (project.root / name).unlink()


def change(source: str, **columns: Any) -> Callable[[Project], object]:
    frame = {"predictions": make_predictions, "annotations": make_annotations}[source]()
    return lambda project: project.write(source, frame.with_columns(**columns))


def edit(old: str, new: str) -> Callable[[Project], object]:
    return lambda project: project.edit(old, new)


def edit_project(old: str, new: str) -> Callable[[Project], object]:
    def spoil(project: Project) -> None:
        text = (project.root / "prism.yaml").read_text("utf-8")
        assert old in text
        (project.root / "prism.yaml").write_text(text.replace(old, new), "utf-8")

    return spoil


def keep(_: Project) -> None:
    """Leave the project in order: it is an option that is wrong."""


PREDICTIONS = "data/predictions.parquet"
CASES = {
    "a missing file": Case(drop(PREDICTIONS), 3, (
        "missing-data", "`predictions`", f"5 |   predictions: {PREDICTIONS}")),
    "two missing files, told together": Case(
        lambda project: [drop(f"data/{source}.parquet")(project) for source in ("predictions", "annotations")],
        3, ("`predictions`", "`annotations`", "2 errors")),
    "a missing column": Case(
        lambda project: project.write("predictions", make_predictions().drop("score")), 3,
        ("missing-column", "`score`", "rules.yaml:10:67")),
    "a column of another name": Case(
        lambda project: project.write("predictions", make_predictions().rename({"score": "Score"})), 3,
        ("missing-column", "did you mean `Score`?")),
    "text where a number is due": Case(
        change("predictions", score=pl.col("score").cast(pl.String)), 3,
        ("wrong-column-type", "`score`", "VARCHAR", "a number")),
    "a text where a time is due": Case(
        change("predictions", taken_at=pl.lit("yesterday")), 3, ("wrong-column-type", "`taken_at`", "a timestamp")),
    "a file of 0 bytes": Case(put_file(PREDICTIONS, b""), 3, ("unreadable-data", PREDICTIONS)),
    "a file that is no Parquet": Case(put_file(PREDICTIONS, b"image,score\n1,0.5\n"), 3, ("unreadable-data",), (), (
        "LINE 1", "read_parquet(")),
    "a file cut short": Case(
        lambda project: put_file(PREDICTIONS, (project.root / PREDICTIONS).read_bytes()[:-100])(project), 3,
        ("unreadable-data", PREDICTIONS)),
    "data of a source that is not declared": Case(keep, 2, ("unknown-source", "did you mean `predictions`?"), (
        "--data", "predictons=data/predictions.parquet")),
    "data outside of the project": Case(
        edit_project(PREDICTIONS, "../elsewhere.parquet"), 3, ("data-outside-project", "elsewhere.parquet")),
    "data of another format": Case(
        edit_project(f"predictions: {PREDICTIONS}", f"predictions: {{path: {PREDICTIONS}, format: csv}}"),
        2, ("unsupported-format", "csv", "prism.yaml")),
    "an output folder outside of the project": Case(
        edit_project('"plans/', '"../plans/'), 2, ("outside-root", "plans/2026-03-01")),
    "no ruleset": Case(drop("rules.yaml"), 2, ("missing-file", "rules.yaml")),
    "no project": Case(drop("prism.yaml"), 2, ("no-ruleset", "prism.yaml")),
    "a project with a mistake": Case(
        edit_project("ledger:", "leger:"), 2, ("prism.yaml:8:1", "did you mean `ledger`?")),
    "an unknown metric": Case(
        edit("mean_confidence", "mean_confidnce"), 2, ("unknown-metric", "rules.yaml:21:13", "`mean_confidence`?")),
    "forbidden SQL": Case(
        edit("    metric: mean_confidence\n", "    metric: mean_confidence\n    where: \"class = (SELECT 1)\"\n"), 2,
        ("sql-forbidden", "rules.yaml:22:21")),
    "no such baseline": Case(keep, 2, ("missing-file", "nowhere/plan.json"), ("--baseline", "nowhere/plan.json")),
    "a baseline that is no plan": Case(keep, 2, ("unreadable-plan", "rules.yaml"), ("--baseline", "rules.yaml")),
    "a moment that is none": Case(keep, 2, ("usage", "yesterday", "2026-03-01T06:00:00Z"), ("--as-of", "yesterday")),
    "a moment of a thousandth": Case(keep, 2, ("usage",), ("--as-of", "2026-03-01T00:00:00.001Z")),
    "a moment before the calendar": Case(keep, 2, ("usage", "1900"), ("--as-of", "0001-01-01")),
    "a moment after the calendar": Case(keep, 2, ("usage", "2199"), ("--as-of", "9999-12-31T23:59:59Z")),
    "data without a name": Case(keep, 2, ("usage", "NAME=PATH"), ("--data", PREDICTIONS)),
    "a memory that is none": Case(keep, 2, ("usage", "512MB"), ("--memory-limit", "much")),
    "an unknown option": Case(keep, 2, ("usage", "--engine"), ("--engine", "spark")),
    "no ledger to record in": Case(edit_project("ledger: ledger\n", ""), 2, ("usage", "--record"), ("--record",)),
    "an output folder that cannot be": Case(keep, 8, ("cannot-write", "rules.yaml"), ("--out", "rules.yaml/plan")),
    "an output folder that is a file": Case(keep, 8, ("cannot-write", "a file stands there", "name another place"), (
        "--out", "rules.yaml")),
    "an output folder of somebody else": Case(keep, 8, ("foreign-file", "predictions.parquet"), ("--out", "data")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused(name: str, project: Project) -> None:
    case = CASES[name]
    case.spoil(project)
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    done = project.call("plan", "--as-of", AS_OF, *case.options)
    assert done.returncode == case.code, done.stdout + done.stderr
    assert [word for word in case.words if word not in done.stderr] == [], done.stderr
    assert [word for word in case.unsaid if word in done.stderr] == [], done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"exit {case.code}: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    codes = {line.split("[")[1].split("]")[0] for line in done.stderr.splitlines() if line.startswith("error[")}
    assert codes
    assert codes <= set(all_codes())
    assert {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()} == before


def read_findings(project: Project) -> dict[tuple[str, str], dict[str, Any]]:
    plan = json.loads((project.root / "plans" / AS_OF / "plan.json").read_bytes())
    return {(f["rule"], f["scope"].get("class", "")): f for f in plan["findings"]}


def read_notes(project: Project) -> list[dict[str, Any]]:
    plan = json.loads((project.root / "plans" / AS_OF / "plan.json").read_bytes())
    notes: list[dict[str, Any]] = plan["intake"]
    return notes


def test_an_empty_file_is_no_data_and_never_a_pass(project: Project) -> None:
    project.write("predictions", make_predictions().clear())
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    found = read_findings(project)
    confidences = {scope: f for (rule, scope), f in found.items() if rule == "low-confidence"}
    assert confidences
    assert {f["status"] for f in confidences.values()} == {"no_data"}
    assert all(f["value"] is None and f["reason"] for f in confidences.values())
    assert project.call("plan", "--as-of", AS_OF, "--fail-on-unevaluated").returncode == 3


def test_a_rule_that_met_no_row_anywhere_is_told(project: Project) -> None:
    # Sites are not declared as classes are: without rows there is none to have a finding.
    project.edit("by: [class]\n    fail: {below: 0.80}", "by: [lighting]\n    fail: {below: 0.80}")
    project.edit("coverage, by: [class], when", "coverage, by: [lighting], when")
    text = (project.root / "rules.yaml").read_text("utf-8")
    (project.root / "rules.yaml").write_text(text[: text.index("actions:")], "utf-8")
    project.write("predictions", make_predictions().with_columns(taken_at=pl.lit(None).cast(pl.Datetime("us", "UTC"))))
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    unmet = read_findings(project)["low-confidence", ""]
    assert (unmet["scope"], unmet["status"], unmet["reason"]) == ({}, "no_data", "no_rows")
    assert "not evaluated" in (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")
    assert project.call("plan", "--as-of", AS_OF, "--fail-on-unevaluated").returncode == 3


def test_confidences_that_are_no_number_are_left_out_and_told(project: Project) -> None:
    # Of the scratches, every second row has none: ten at 0.6 remain. A NaN passes every `>=` of SQL.
    number = pl.int_range(pl.len())
    project.write(
        "predictions",
        make_predictions().with_columns(
            score=pl.when(number % 4 == 1).then(pl.lit(float("nan"))).otherwise(pl.col("score"))
        ),
    )
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 1, done.stderr
    found = read_findings(project)["low-confidence", "scratch"]
    assert (found["status"], found["value"], found["n"]) == ("fail", 0.6, 10)
    assert [(note["source"], note["n"]) for note in read_notes(project)] == [("predictions", 10)]


def test_one_annotator_alone_cannot_agree(project: Project) -> None:
    project.write("annotations", make_annotations().filter(pl.col("reviewer") == "ann-1"))
    project.call("plan", "--as-of", AS_OF)
    found = read_findings(project)
    for name in ("dent", "scratch"):
        finding = found["class-agreement", name]
        assert (finding["status"], finding["value"]) == ("no_data", None)
        assert finding["reason"]


def test_a_class_that_the_taxonomy_lacks_is_told(project: Project) -> None:
    number = pl.int_range(pl.len())
    project.write(
        "predictions",
        make_predictions().with_columns(label=pl.when(number >= 35).then(pl.lit("blister")).otherwise(pl.col("label"))),
    )
    done = project.call("plan", "--as-of", AS_OF)
    assert done.returncode == 1, done.stderr
    (note,) = [note for note in read_notes(project) if note["source"] == "predictions"]
    assert (note["code"], note["n"], note["names"]) == ("unknown_class", 5, ["blister"])
    assert "blister" in (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")


MISTAKES = [
    ("name: press-shop", "name: Press Shop", 4),
    ('version: "2.1.0"', "version: 2.1", 5),
    ("role: predictions", "role: prediction", 9),
    ("classes: {dent: {risk: medium}", "classes: {dent: {risk: middling}", 15),
    ("window: 7d", "window: a week", 16),
    ("mean_confidence", "mean_confidnce", 21),
    ("all: [low-confidence]", "all: [low-confidnce]", 31),
    ("requires: [class-agreement]", "requires: [class-agreemnt]", 44),
    ('title: "Relabel {{ scope.class }}"', 'title: "Relabel {{ scope.clas }}"', 45),
    ("kind: collect_labels", "kind: collect_lables", 48),
]


def test_ten_mistakes_are_ten_diagnostics_on_their_lines(project: Project) -> None:
    for old, new, _ in MISTAKES:
        project.edit(old, new)
    lines = (project.root / "rules.yaml").read_text("utf-8").splitlines()
    expected = [(number, lines[number - 1]) for _, _, number in MISTAKES]
    done = project.call("check", "--format", "json")
    assert done.returncode == 2, done.stderr
    found = json.loads(done.stdout)["diagnostics"]
    labels = [diagnostic["labels"][0] for diagnostic in found if diagnostic["severity"] == "error"]
    assert [(label["line"], lines[label["line"] - 1]) for label in labels] == expected
    told = project.call("plan", "--as-of", AS_OF)
    assert (told.returncode, told.stderr.count("error[")) == (2, 10)
    assert told.stderr.splitlines()[-1].startswith("exit 2: 10 errors")


def test_a_folder_of_data_may_be_a_pattern(project: Project) -> None:
    rows = make_predictions()
    for number in range(2):
        rows[number * 20 : number * 20 + 20].write_parquet(project.root / "data" / f"part-{number}.parquet")
    done = project.call("plan", "--as-of", AS_OF, "--data", "predictions=data/part-*.parquet")
    assert done.returncode == 1, done.stderr
    assert read_findings(project)["low-confidence", "scratch"]["n"] == 20
    assert project.call("plan", "--data", "predictions=data/prt-*.parquet").returncode == 3
    assert Path(project.root / "data").is_dir()


def test_one_row_is_spoken_of_as_one(project: Project) -> None:
    last = pl.int_range(pl.len()) == 39
    project.write(
        "predictions",
        make_predictions().with_columns(
            label=pl.when(last).then(pl.lit("blister")).otherwise("label"),
            score=pl.when(last).then(pl.lit(7.0)).otherwise("score"),
        ),
    )
    project.call("plan", "--as-of", AS_OF)
    assert sorted(note["text"] for note in read_notes(project)) == [
        "1 row has a class that the taxonomy lacks (1 such class)",
        "1 row has a confidence outside its range; it was left out",
    ]
