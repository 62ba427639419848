"""Reviewers under a key: the same person in every plan, taken action on, and told nothing of below `min_n`."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.ruleset.people import KEY

from .conftest import AS_OF, Project, unwrap

SECRET = "kept where other secrets of CI are kept"
URSEL, JORUN, PAVLE = NAMES = ("Ursel Abt", "Jorun Dahl", "Pavle_Nenad <b>")
RULES = """\
  own-truth:
    title: Each reviewer knows the boundary cases
    source: annotations
    metric: gold_agreement
    by: [annotator]
    fail: {below: 0.8}
causes:
  strays: {kind: ambiguous_labels, gap: annotation_consistency, by: [annotator], when: {all: [own-truth]}}
"""
ACTIONS = """\
actions:
  recalibrate:
    kind: recalibrate_reviewers
    for: [strays]
    by: [annotator]
    due: 3d
    title: "Recalibrate {{ scope.annotator }}"
    queue: {from: annotations, size: 9, show: [annotator, class]}
    done_when: [own-truth]
"""


def name_person(name: str, key: str = SECRET) -> str:
    code = hashlib.sha256(f"press-shop|{name}".encode()).hexdigest()
    digits = hmac.new(key.encode(), code.encode(), hashlib.sha256).hexdigest()
    return f"person-{digits[:4]}-{digits[4:8]}-{digits[8:12]}"


def write_labels(project: Project, *weeks: tuple[str, str, int, int]) -> None:
    """Write (reviewer, first day, labels, of which right), an hour apart, each of a unit of its own."""
    rows = [
        (f"{who[0]}-{day}-{n:02}", who, "dent" if n < right else "scratch", "dent",
         datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=n))
        for who, day, labels, right in weeks for n in range(labels)
    ]  # fmt: skip
    project.write("annotations", pl.DataFrame(
        rows, schema=["image", "reviewer", "label", "truth", "labelled_at"], orient="row"))  # fmt: skip


WEEK = ((URSEL, "2026-02-25", 30, 30), (JORUN, "2026-02-25", 30, 12), (PAVLE, "2026-02-25", 4, 1))


@pytest.fixture
def peopled(project: Project) -> Project:
    project.edit("class: label, time: labelled_at}", "class: label, time: labelled_at, gold: truth}")
    project.edit("causes:\n", RULES)
    project.edit("actions:\n", ACTIONS)
    write_labels(project, *WEEK)
    return project


@pytest.fixture
def keyed(peopled: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv(KEY, SECRET)
    return peopled


def plan(project: Project, *options: str, as_of: str = AS_OF, code: int = 1) -> dict[str, Any]:
    done = project.call("plan", "--as-of", as_of, *options)
    assert done.returncode == code, done.stderr
    check_nothing_told(done.stdout + done.stderr)
    return json.loads((project.root / "plans" / as_of[:10] / "plan.json").read_text("utf-8"))  # type: ignore[no-any-return]


def check_nothing_told(text: str) -> None:
    assert not [word for word in (*NAMES, SECRET, "Nenad") if word in text]


def list_people(plan: dict[str, Any], part: str = "findings") -> dict[str, dict[str, Any]]:
    return {f["scope"]["annotator"]: f for f in plan[part] if "annotator" in f["scope"]}


def find_action(plan: dict[str, Any]) -> dict[str, Any]:
    (action,) = [action for action in plan["actions"] if action["action"] == "recalibrate"]
    return action  # type: ignore[no-any-return]


def test_a_reviewer_is_recalibrated_and_verified_on_newer_labels(keyed: Project) -> None:
    action = find_action(plan(keyed, "--record"))
    assert action["scope"] == {"annotator": name_person(JORUN)}
    assert action["title"] == f"Recalibrate {name_person(JORUN)}"
    assert (action["queue"]["eligible"], action["queue"]["rows"]) == (30, 9)
    done = ("--as", "done", "--by", "@org/labels", "--because", "Session held", "--at", "2026-03-02T00:00:00Z")
    assert keyed.call("decide", action["id"], *done).returncode == 0

    write_labels(keyed, *WEEK, (URSEL, "2026-03-02", 12, 12), (JORUN, "2026-03-02", 12, 11))
    # Nine labels since then are fewer than the ten that the rule asks for: what they say stays unsaid.
    early = find_action(plan(keyed, "--record", as_of="2026-03-02T09:00:00Z"))
    (awaited,) = early["acceptance"]
    assert (early["state"], awaited["value"], awaited["n"]) == ("done", None, 0)
    last = find_action(plan(keyed, "--record", as_of="2026-03-03"))
    assert (last["id"], last["state"]) == (action["id"], "verified")
    (accepted,) = last["acceptance"]
    assert (accepted["was"], accepted["value"], accepted["n"], accepted["holds"]) == (0.4, 0.916667, 12, True)


def test_a_queue_of_a_reviewer_has_what_they_labelled_and_shows_pseudonyms(keyed: Project) -> None:
    """A unit of both has both of them; one of another reviewer is not drawn."""
    write_labels(keyed, *WEEK)
    path = keyed.root / "data" / "annotations.parquet"
    labels = pl.read_parquet(path)
    shared = labels.filter(pl.col("reviewer") == JORUN).with_columns(reviewer=pl.lit(URSEL), label=pl.lit("dent"))
    keyed.write("annotations", pl.concat([labels, shared]))
    action = find_action(plan(keyed))
    folder = keyed.root / "plans" / AS_OF
    told = [
        json.loads(line)
        for line in (folder / action["queue"]["path"]).with_suffix(".jsonl").read_text("utf-8").splitlines()
    ]
    both = ", ".join(sorted([name_person(JORUN), name_person(URSEL)]))
    assert len(told) == 9
    assert {row["annotator"] for row in told} == {both}
    assert all(row["row_id"].startswith("J-") for row in told)
    with (folder / action["queue"]["path"]).open(newline="") as sheet:
        assert [row["annotator"] for row in csv.DictReader(sheet)] == [both] * 9


def test_what_a_reviewer_has_too_few_labels_for_is_told_of_nobody(keyed: Project) -> None:
    told = plan(keyed)
    few = list_people(told)["(few)"]
    assert (few["status"], few["value"], few["n"], few["unit"]) == ("insufficient", None, 1, "annotators")
    assert few["reason"] == "1 annotator below the 10 that the rule asks for"
    assert set(list_people(told)) == {name_person(JORUN), "(few)"}
    assert set(list_people(told, "passes")) == {name_person(URSEL)}
    folder = keyed.root / "plans" / AS_OF
    scopes = pl.read_parquet(folder / "measurements.parquet").filter(rule="own-truth")["scope"].to_list()
    people = sorted([name_person(JORUN), name_person(URSEL), "(few)"])
    assert sorted(json.loads(scope)["annotator"] for scope in scopes) == people
    assert "annotators with few labels (1 annotator)" in (folder / "report.md").read_text("utf-8")
    for path in (path for path in folder.rglob("*") if path.is_file()):
        assert name_person(PAVLE).encode() not in path.read_bytes(), path


def test_who_failed_and_has_too_few_labels_now_is_lost_without_a_number(keyed: Project) -> None:
    plan(keyed)
    before = keyed.root / "plans" / AS_OF / "plan.json"
    write_labels(keyed, (URSEL, "2026-03-06", 20, 20), (JORUN, "2026-03-06", 3, 0))
    lost = list_people(plan(keyed, "--baseline", str(before), as_of="2026-03-07"))[name_person(JORUN)]
    assert (lost["change"], lost["reason"], lost["value"], lost["n"]) == ("lost", "few", None, 0)


def test_a_baseline_below_min_n_is_none(keyed: Project) -> None:
    keyed.edit("    fail: {below: 0.8}\n", "    baseline: {window: 7d}\n    fail: {drop: 0.1}\n")
    write_labels(keyed, (URSEL, "2026-02-16", 20, 20), (JORUN, "2026-02-16", 3, 3), *WEEK)
    found = list_people(plan(keyed))
    jorun = found[name_person(JORUN)]
    assert (jorun["status"], jorun["reason"], jorun["baseline"]) == ("no_data", "no_baseline", None)


def test_nothing_that_is_written_holds_a_name_or_the_key(keyed: Project) -> None:
    for path in (keyed.root / "data").glob("*.parquet"):
        os.utime(path, (1_700_000_000, 1_700_000_000))  # what was just written is not kept
    for options in (("--record", "--cache", ".cache"), ("--cache", ".cache", "-v"), ("--format", "json", "--no-cache")):
        plan(keyed, *options)
    action = find_action(plan(keyed))
    for command in (("ledger", "show"), ("ledger", "verify"), ("plan", "--estimate", "-v"), ("decide", action["id"])):
        done = keyed.call(*command)
        check_nothing_told(done.stdout + done.stderr)
    written = [path for path in keyed.root.rglob("*") if path.is_file() and path.parent.name != "data"]
    assert {".json", ".md", ".parquet", ".csv", ".jsonl", ".kept"} <= {path.suffix for path in written}
    for path in written:
        table = str(pl.read_parquet(path).to_dicts()) if path.suffix == ".parquet" else ""
        check_nothing_told(path.read_bytes().decode("utf-8", errors="replace") + table)


def test_a_failure_of_ours_or_of_the_data_tells_no_name(
    keyed: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyed.edit("role: annotations\n", "role: annotations\n    duplicates: error\n")
    write_labels(keyed, *WEEK, *WEEK)
    done = keyed.call("plan", "--as-of", AS_OF)
    assert (done.returncode, "error[duplicate-labels]" in done.stderr) == (3, True)
    check_nothing_told(done.stdout + done.stderr)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    keyed.edit("    duplicates: error\n", "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("prism_rules.pipeline.make_plan", fail)
    done = keyed.call("plan", "--as-of", AS_OF)
    assert done.returncode == 4
    (report,) = tmp_path.glob("prism-rules-failure-*")
    check_nothing_told(done.stderr + report.read_text("utf-8"))


def test_letters_are_shown_and_not_recorded(peopled: Project) -> None:
    shown = plan(peopled)
    assert find_action(shown)["scope"]["annotator"] in "ABC"
    done = peopled.call("plan", "--as-of", AS_OF, "--record")
    assert (done.returncode, "error[unstable-people]" in done.stderr) == (2, True)
    assert KEY in done.stderr
    assert not (peopled.root / "ledger").exists()


@pytest.mark.parametrize(("key", "code"), [("fifteen letters", 2), ("sixteen letters!", 1), ("", 1)])
def test_a_key_has_sixteen_characters_at_least(
    peopled: Project, monkeypatch: pytest.MonkeyPatch, key: str, code: int
) -> None:
    monkeypatch.setenv(KEY, key)
    done = peopled.call("plan", "--as-of", AS_OF)
    assert done.returncode == code, done.stderr
    assert not key or key not in done.stderr


def test_under_another_key_nothing_is_new_or_lost(keyed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = plan(keyed)
    fingerprint = hmac.new(SECRET.encode(), b"prism-rules", hashlib.sha256).hexdigest()[:12]
    assert first["annotators"] == {"kind": "keyed", "fingerprint": fingerprint}
    before = keyed.root / "before.json"
    before.write_bytes((keyed.root / "plans" / AS_OF / "plan.json").read_bytes())
    again = plan(keyed, "--baseline", str(before))
    assert {f["change"] for f in list_people(again).values()} == {"same"}
    monkeypatch.setenv(KEY, "another key of the same length or so")
    other = plan(keyed, "--baseline", str(before), "--fail-on-new", code=0)
    assert name_person(JORUN) not in list_people(other)
    assert {f["change"] for f in list_people(other).values()} == {"same"}
    assert other["counts"]["changes"] == again["counts"]["changes"]
    assert other["cleared"] == []
    (note,) = [note for note in other["intake"] if note["code"] == "other_annotators"]
    assert note["source"] == "annotations"
    assert note["text"] == (
        "annotators are told apart by another key since the plan of 2026-03-01: findings about them are not compared"
    )
    assert [note["code"] for note in again["intake"]] == [
        note["code"] for note in other["intake"] if note["code"] != "other_annotators"
    ]


def test_pseudonyms_are_not_expected_once_annotators_go_by_name(keyed: Project) -> None:
    plan(keyed)
    before = keyed.root / "before.json"
    before.write_bytes((keyed.root / "plans" / AS_OF / "plan.json").read_bytes())
    rules = keyed.root / "rules.yaml"
    rules.write_text(rules.read_text("utf-8") + "governance: {annotators: named}\n", "utf-8")
    done = keyed.call("plan", "--as-of", AS_OF, "--baseline", str(before))
    assert done.returncode in (0, 1), done.stderr
    named = json.loads((keyed.root / "plans" / AS_OF / "plan.json").read_text("utf-8"))
    assert {*list_people(named)} | {*list_people(named, "passes")} == {*NAMES}
    assert "told apart by name since the plan of 2026-03-01" in unwrap(done.stdout)


def test_letters_are_compared_while_the_same_people_label(peopled: Project) -> None:
    plan(peopled)
    before = peopled.root / "before.json"
    before.write_bytes((peopled.root / "plans" / AS_OF / "plan.json").read_bytes())
    write_labels(peopled, (URSEL, "2026-02-25", 30, 30), (JORUN, "2026-02-25", 30, 28), WEEK[2])
    assert [one["rule"] for one in plan(peopled, "--baseline", str(before))["cleared"]] == ["own-truth"]
    write_labels(peopled, *WEEK[:2], (PAVLE, "2026-02-25", 30, 0), ("Somebody new", "2026-02-26", 20, 0))
    moved = plan(peopled, "--baseline", str(before))
    assert {f["change"] for f in list_people(moved).values()} == {"same"}
    assert moved["cleared"] == []


def test_an_action_of_a_person_is_not_closed_for_want_of_labels_or_under_another_key(
    keyed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = find_action(plan(keyed, "--record"))
    write_labels(keyed, *WEEK, (URSEL, "2026-03-10", 20, 20), (JORUN, "2026-03-10", 2, 0))
    kept = find_action(plan(keyed, "--record", as_of="2026-03-11", code=0))
    assert (kept["id"], kept["state"]) == (action["id"], "proposed")
    monkeypatch.setenv(KEY, "another key of the same length or so")
    assert find_action(plan(keyed, as_of="2026-03-11", code=0))["id"] == action["id"]


def test_a_waiver_and_an_override_mean_a_person_by_the_pseudonym_of_a_key(
    keyed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (keyed.root / "rules.yaml").read_text("utf-8")
    waiver = "\nwaivers:\n  one: {rule: own-truth, match: {annotator: %s}, until: 2026-04-01, by: me, because: New}\n"
    (keyed.root / "rules.yaml").write_text(text + waiver % name_person(JORUN), "utf-8")
    assert list_people(plan(keyed))[name_person(JORUN)]["status"] == "waived"
    monkeypatch.delenv(KEY)
    done = keyed.call("plan", "--as-of", AS_OF)
    assert (done.returncode, "error[unstable-people]" in done.stderr) == (2, True)
    (keyed.root / "rules.yaml").write_text(text + waiver % "A", "utf-8")
    assert keyed.call("check", "rules.yaml").returncode == 2
    override = "    fail: {below: 0.8}\n    overrides: {new: {match: {annotator: %s}, fail: {below: 0.3}}}\n"
    (keyed.root / "rules.yaml").write_text(
        text.replace("    fail: {below: 0.8}\n", override % name_person(JORUN)), "utf-8"
    )
    monkeypatch.setenv(KEY, SECRET)
    assert set(list_people(plan(keyed), "passes")) == {name_person(JORUN), name_person(URSEL)}


def test_named_tells_names_escaped_and_diff_calls_it_major(peopled: Project) -> None:
    old = (peopled.root / "rules.yaml").read_text("utf-8")
    (peopled.root / "old.yaml").write_text(old, "utf-8")
    (peopled.root / "rules.yaml").write_text(old + "governance: {annotators: named}\n", "utf-8")
    write_labels(peopled, (JORUN, "2026-02-25", 30, 30), (PAVLE, "2026-02-25", 20, 1), (URSEL, "2026-02-25", 3, 3))
    done = peopled.call("plan", "--as-of", AS_OF, "--record")
    assert done.returncode == 1, done.stderr
    folder = peopled.root / "plans" / AS_OF
    told = json.loads((folder / "plan.json").read_text("utf-8"))
    assert told["annotators"] == {"kind": "named", "fingerprint": None}
    assert find_action(told)["scope"] == {"annotator": PAVLE}
    assert (list_people(told)[URSEL]["status"], list_people(told)[URSEL]["n"]) == ("insufficient", 3)
    report = (folder / "report.md").read_text("utf-8")
    assert "Nenad" in report
    assert "Nenad <b>" not in report
    changed = peopled.call("diff", "old.yaml", "rules.yaml", "--require-bump")
    assert changed.returncode == 1, changed.stderr
    assert "annotators are named" in changed.stdout
    assert "major" in changed.stdout


def test_a_finding_of_a_person_becomes_a_rule_test_under_made_up_names(keyed: Project) -> None:
    finding = list_people(plan(keyed))[name_person(JORUN)]
    saved = str(keyed.root / "plans" / AS_OF / "plan.json")
    frozen = keyed.call("test", "--from-finding", finding["id"], "--plan", saved)
    assert frozen.returncode == 0, frozen.stderr
    check_nothing_told(frozen.stdout + frozen.stderr)
    (keyed.root / "own.test.yaml").write_text(frozen.stdout, "utf-8")
    assert keyed.call("test", "own.test.yaml").returncode == 0
