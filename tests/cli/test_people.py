"""Rules tell annotators apart, and nothing that is written or said tells their names."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import polars as pl

from .conftest import AS_OF, Project, make_annotations

NAMES = {"ann-1": "Ursel Abt", "ann-2": "Jorun Dahl"}
RULES = """\
  own-agreement:
    title: Each reviewer agrees with the others
    source: annotations
    metric: annotator_agreement
    by: [annotator, class]
    min_n: 5
    fail: {below: 0.9}
  own-bias: {source: annotations, metric: annotator_bias, by: [annotator], min_n: 5, fail: {outside: [-0.1, 0.1]}}
  own-truth: {source: annotations, metric: dawid_skene_accuracy, by: [annotator], fail: {below: 0.9}}
  own-repeats: {source: annotations, metric: self_consistency, by: [annotator], fail: {below: 0.9}}
  own-amount: {source: annotations, metric: volume, by: [annotator], fail: {above: 1}}
causes:
  strays:
    kind: ambiguous_labels
    gap: annotation_consistency
    by: [annotator, class]
    when: {all: [own-agreement]}
    explain: "{{ scope.annotator }} calls other things {{ scope.class }} than the others do."
"""
ACTIONS = """\
  leans: {kind: ambiguous_labels, gap: annotation_consistency, by: [annotator], when: {all: [own-bias]}}
actions:
  talk: {kind: update_guideline, for: [leans], by: [], title: Tell dents from scratches in the guideline}
  recalibrate:
    kind: recalibrate_reviewers
    for: [strays]
    by: [class]
    title: "Recalibrate {{ scope.class }} with {% for one in covers %}{{ one.scope.annotator }} {% endfor %}"
    queue: {from: annotations, size: 5, show: [time, class]}
    done_when: [own-agreement]
"""


def list_written(folder: Path) -> list[Path]:
    """What is there beside the data."""
    return [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "data"]


def test_no_name_leaves_the_engine(project: Project) -> None:
    project.edit("causes:\n", RULES)
    project.edit("actions:\n", ACTIONS)
    labels = make_annotations().with_columns(pl.col("reviewer").replace_strict(NAMES))
    # The second calls twelve of twenty dents a scratch.
    wrong = (pl.col("reviewer") == "Jorun Dahl") & (pl.col("image").str.tail(1).is_in(["0", "4", "8"]))
    project.write("annotations", labels.with_columns(label=pl.when(wrong).then(pl.lit("scratch")).otherwise("label")))
    for path in (project.root / "data").glob("*.parquet"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    for command in (("plan", "--as-of", AS_OF, "--cache", ".cache"), ("plan", "--as-of", AS_OF)):
        done = project.call(*command)
        assert done.returncode == 1, done.stderr
        assert not any(name in done.stdout + done.stderr for name in NAMES.values())

    plan = json.loads((project.root / "plans" / AS_OF / "plan.json").read_text("utf-8"))
    # Nobody labelled a unit twice, and no unit has three labels, so that of nobody there is enough.
    people = {"own-bias": ["A", "B"], "own-amount": ["A", "B"], "own-truth": ["(few)"], "own-repeats": ["(few)"]}
    for rule, told in people.items():
        assert sorted(f["scope"]["annotator"] for f in plan["findings"] if f["rule"] == rule) == told
    strays = [diagnosis["scope"] for diagnosis in plan["diagnoses"] if diagnosis["cause"] == "strays"]
    assert sorted(scope["annotator"] for scope in strays) == ["A", "B"]
    report = (project.root / "plans" / AS_OF / "report.md").read_text("utf-8")
    # What is said of both alike is said once, for both of them.
    (line,) = re.findall(r"^- \*\*Strays\*\* .* is diagnosed for .*", report, re.MULTILINE)
    assert all(f"{scope['class']} at annotator {scope['annotator']}" in line for scope in strays)
    assert len(re.findall(r"^  [AB] calls other things \w+ than the others do\.$", report, re.MULTILINE)) == 1

    # The first called twenty images dents, the second eight.
    for rows in (r"more often than by the others: .*dent.*20 rows, 8 there", r"less .*dent.*8 rows, 20 there"):
        assert re.search(f"- annotator [AB], chosen {rows}", report)

    written = list_written(project.root)
    kinds = {path.suffix for path in written}
    assert {".json", ".md", ".parquet", ".csv", ".jsonl", ".kept"} <= kinds
    for path in written:
        told = path.read_bytes().decode("utf-8", errors="replace")
        told += str(pl.read_parquet(path).to_dicts()) if path.suffix == ".parquet" else ""
        assert not any(name in told for name in NAMES.values()), path


def test_a_queue_for_persons_is_drawn_from_what_they_labelled(project: Project) -> None:
    project.edit("causes:\n", RULES)
    project.edit("actions:\n", ACTIONS)
    labels = make_annotations()
    # The second calls all scratches, the third labels alone: strays are dents of the first and scratches of the second.
    wrong = (pl.col("reviewer") == "ann-2") & (pl.col("label") == "dent")
    labels = labels.with_columns(label=pl.when(wrong).then(pl.lit("scratch")).otherwise("label"))
    more = labels.filter(reviewer="ann-1", label="dent").with_columns(
        image=pl.col("image") + "-more", reviewer=pl.lit("ann-3")
    )
    project.write("annotations", pl.concat([labels, more]))
    assert project.call("plan", "--as-of", AS_OF).returncode == 1
    plan = json.loads((project.root / "plans" / AS_OF / "plan.json").read_text("utf-8"))
    drawn = {a["scope"]["class"]: a["queue"]["eligible"] for a in plan["actions"] if a["action"] == "recalibrate"}
    assert drawn == {"dent": 20, "scratch": 40}
