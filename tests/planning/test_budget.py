"""Sharing the review budget: what holds for any queues; and whole runs from Parquet files, through the command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules import cli
from prism_rules.engines import Batch
from prism_rules.planning import sampling
from prism_rules.planning.budget import Work, share_budget
from prism_rules.ruleset.effort import LEAST

from .case import FiveRows, Story, build_ruleset

AGREEMENT = {"source": "labels", "metric": "krippendorff_alpha", "by": ["class"]}
EFFORTS = st.none() | st.sampled_from([1, 20, 59, 60, 90, 180, 7200]).map(lambda seconds: timedelta(seconds=seconds))
WORKS = st.lists(st.builds(Work, st.just(""), st.integers(0, 90), EFFORTS, st.booleans()), max_size=9).map(
    lambda works: [replace(work, name=str(number)) for number, work in enumerate(works)]
)


@given(st.integers(0, 1500), WORKS)
def test_a_budget_is_held_and_nothing_that_is_settled_is_touched(minutes: int, works: list[Work]) -> None:
    rows = share_budget(minutes, works)
    settled = sum(work.count_minutes(work.rows) for work in works if work.settled)
    assert sum(work.count_minutes(rows[work.name]) for work in works) <= max(minutes, settled)
    waits = False
    for work in works:
        if work.settled or work.effort is None:
            assert rows[work.name] == work.rows
        elif work.rows:
            assert rows[work.name] == work.rows or rows[work.name] == 0 or LEAST <= rows[work.name] < work.rows
            assert not (waits and rows[work.name]), "what comes later has overtaken what waits"
            fewest = min(work.rows, LEAST) * work.effort
            waits = waits or not (rows[work.name] or fewest > timedelta(minutes=minutes))


@given(st.integers(0, 1500), WORKS)
def test_what_was_given_and_recorded_is_given_again_and_nothing_else(minutes: int, works: list[Work]) -> None:
    rows = share_budget(minutes, works)
    later = [replace(work, rows=rows[work.name], settled=True) if rows[work.name] else work for work in works]
    assert share_budget(minutes, later) == rows


RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: shop, version: "1.0.0", owners: ["@org/all"]}
sources:
  labels:
    role: annotations
    fields: {unit: unit, annotator: who, class: label, time: at}
    dimensions: [site]
classes: {dent: {owner: "@org/dent"}, scratch: {}, ok: {}}
defaults: {window: 14d, min_n: 5}
rules:
  agreement:
    source: labels
    metric: specific_agreement
    by: [class]
    window: 7d
    fail: {below: 0.75}
causes:
  split: {kind: ambiguous_labels, by: [class], when: {all: [agreement]}}
actions:
  review:
    kind: review
    for: [split]
    by: [class]
    title: "Review {{ scope.class }}"
    due: 2d
    queue: {from: labels, size: 60, effort: 2m}
governance:
  cadence: {evaluate: 7d}
  review_budget: 2h
  qa_sampling: {rule: agreement, rates: [{at_least: 0.9, rate: 0.07}, {otherwise: 0.25}]}
"""
END = datetime(2026, 3, 1)  # noqa: DTZ001  (files hold times without a zone as well as with one)
SCHEMA = {"unit": pl.String, "who": pl.String, "label": pl.String, "at": pl.Datetime("us"), "site": pl.String}


def label(unit: str, labels: tuple[str, str], days: float) -> list[tuple[Any, ...]]:
    """Two reviewers label a unit, so many days before the end."""
    return [(unit, who, kind, END - timedelta(days=days), "p") for who, kind in zip("xy", labels, strict=True)]


def make_rows() -> list[tuple[Any, ...]]:
    """In the week, on dent 40 units that are agreed on and 60 that are not, on scratch 50 and 60, on ok 100 and none;
    before it, 30 units of ok."""
    rows = []
    for kind, other, alike, split in (("dent", "edge", 40, 60), ("scratch", "line", 50, 60), ("ok", "", 100, 0)):
        for number in range(alike + split):
            labels = (kind, kind if number < alike else other)
            rows += label(f"{kind}-{number}", labels, 1 + number % 5)
    for number in range(30):
        rows += label(f"old-{number}", ("ok", "ok"), 9)
    return rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pl.DataFrame(make_rows(), schema=SCHEMA, orient="row").write_parquet(tmp_path / "labels.parquet")
    (tmp_path / "rules.yaml").write_text(RULESET, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(folder: Path, out: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[dict[str, Any], str]:
    """Plan through the command; the plan, and what was said."""
    asked = ["plan", "rules.yaml", "--data", "labels=labels.parquet", "--as-of", "2026-03-01", "--out", out, *more]
    assert cli.run(asked) == 1
    return json.loads((folder / out / "plan.json").read_bytes()), capsys.readouterr().out


def read_rows(folder: Path, path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / path).with_suffix(".jsonl").read_text("utf-8").splitlines()]


def test_samples_are_the_first_of_a_classs_units_in_the_rules_window(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = plan(folder, "plan", capsys)
    told = {one["class"]: one for one in made["qa_sampling"]}
    # Of 140 labels for dent the other label is 80 times the same, of 160 for scratch 100 times.
    assert [(one["class"], one["rate"], one["because"]) for one in made["qa_sampling"]] == [
        ("dent", 0.25, 0.571429), ("scratch", 0.25, 0.625), ("ok", 0.07, 1.0),
    ]  # fmt: skip
    # A quarter of 110 is 27.5. Seven in a hundred are 7 of 100, and the units of the week before are not among them.
    sizes = {"dent": (25, 100), "scratch": (28, 110), "ok": (7, 100)}
    for name, (rows, eligible) in sizes.items():
        queue = told[name]["queue"]
        assert (queue["rows"], queue["size"], queue["eligible"], queue["effort_minutes"]) == (
            rows,
            rows,
            eligible,
            None,
        )
        identity = Path(queue["path"]).stem
        assert identity.startswith(f"qa-{name}-") and len(identity) == len(f"qa-{name}-") + 12
        keys = {
            f"{name}-{number}": sha256(f"{identity}|0|{name}-{number}".encode()).hexdigest()
            for number in range(eligible)
        }
        drawn = read_rows(folder / "plan", queue["path"])
        assert [row["row_id"] for row in drawn] == sorted(keys, key=lambda unit: (keys[unit][:13], unit))[:rows]
        assert {row["inclusion_probability"] for row in drawn} == {round(rows / eligible, 6)}
        assert {(row["why"], row["priority"]) for row in drawn} == {("qa sampling", None)}
        assert told[name]["finding"] in {one["id"] for one in (*made["findings"], *made["passes"])}
        header = (folder / "plan" / queue["path"]).read_text("utf-8").partition("\n")[0]
        assert header == "row_id,why,priority,sampling_key,inclusion_probability"


def test_a_sample_of_many_is_the_first_of_what_the_rate_asks_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = plan(folder, "whole", capsys)
    monkeypatch.setattr(sampling, "MOST", 10)
    capped, _ = plan(folder, "capped", capsys)
    for one, other in zip(whole["qa_sampling"], capped["qa_sampling"], strict=True):
        before, after = one["queue"], other["queue"]
        first = [row["row_id"] for row in read_rows(folder / "whole", before["path"])][:10]
        drawn = read_rows(folder / "capped", after["path"])
        assert [row["row_id"] for row in drawn] == first
        assert {row["inclusion_probability"] for row in drawn} == {round(len(first) / after["eligible"], 6)}
        assert (other["rate"], after["size"], after["rows"]) == (one["rate"], before["rows"], len(first))
    # Of 7 rows nothing is cut.
    lines = (folder / "capped" / "report.md").read_text("utf-8").splitlines()
    told = [line.split(" | ")[3] for line in lines if "`queues/qa-" in line]
    assert told == [
        "10 of 100 (capped at 10 where the rate asks for 25)",
        "10 of 110 (capped at 10 where the rate asks for 28)",
        "7 of 100",
    ]


def test_windows_that_overlap_share_most_of_their_sample(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = plan(folder, "first", capsys)
    rows = [row for row in make_rows() if row[0] not in {f"dent-{number}" for number in range(10)}]
    for number in range(10):
        rows += label(f"dent-new-{number}", ("dent", "edge"), 1)
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(folder / "labels.parquet")
    second, _ = plan(folder, "second", capsys)
    drawn = []
    for out, made in (("first", first), ("second", second)):
        (queue,) = (one["queue"] for one in made["qa_sampling"] if one["class"] == "dent")
        drawn.append({row["row_id"] for row in read_rows(folder / out, queue["path"])})
        assert len(drawn[-1]) == 25
    before, after = drawn
    gone = {f"dent-{number}" for number in range(10)}
    new = {f"dent-new-{number}" for number in range(10)}
    # Others enter only for those that have gone, and leave only for those that are new: nothing is drawn by lot again.
    assert len(after - before - new) <= len(before & gone)
    assert len(before - after - gone) <= len(after & new)
    assert before & after


def test_a_budget_cuts_the_queue_that_does_not_fit_and_records_what_it_gave(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 120 minutes hold the 60 rows of the first. With 170, 25 rows of the second; with 150, 15 are too few.
    ledger = ("--ledger", "ledger", "--record")
    (folder / "rules.yaml").write_text(RULESET.replace("review_budget: 2h", "review_budget: 170m"), "utf-8")
    made, said = plan(folder, "cut", capsys, *ledger)
    dent, scratch = made["actions"]
    assert [action["queue"]["rows"] for action in (dent, scratch)] == [60, 25]
    assert made["governance"] == {
        "budget_minutes": 170, "planned_minutes": 170, "finished_minutes": 0,
        "per_owner": {"@org/all": {"minutes": 50, "rows": 60}, "@org/dent": {"minutes": 120, "rows": 85}},
        "waits": [{"action": scratch["id"], "rows": 35, "minutes": 70, "never": False}],
        "uncounted": 3,  # the samples
    }  # fmt: skip
    told = "review: 2 h 50 min of 2 h 50 min planned; 1 queue cut or waiting; 3 queues without `effort` not counted"
    assert told in " ".join(said.split())
    assert "25 rows; 35 more cut by the budget" in said
    drawn = read_rows(folder / "cut", scratch["queue"]["path"])
    assert {row["inclusion_probability"] for row in drawn} == {round(25 / 110, 6)}
    (entry,) = (json.loads(path.read_bytes()) for path in (folder / "ledger").glob("*/*.json"))
    assert [len(event["opening"]["rows"]) for event in entry["events"]] == [60, 25]
    # More time later makes no queue longer that people work on.
    (folder / "rules.yaml").write_text(RULESET.replace("review_budget: 2h", "review_budget: 40h"), "utf-8")
    again, _ = plan(folder, "again", capsys, *ledger)
    assert [action["queue"]["digest"] for action in again["actions"]] == [
        dent["queue"]["digest"], scratch["queue"]["digest"],
    ]  # fmt: skip
    assert again["governance"]["waits"] == made["governance"]["waits"]
    assert (
        "- Review scratch: 35 of 60 rows, 1 h 10 min"
        in (folder / "again" / "report.md").read_text("utf-8").splitlines()
    )


def test_what_waits_has_no_file_no_day_and_no_rows_in_the_ledger_until_there_is_room(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = ("--ledger", "ledger", "--record")
    (folder / "rules.yaml").write_text(RULESET.replace("review_budget: 2h", "review_budget: 150m"), "utf-8")
    made, said = plan(folder, "first", capsys, *ledger)
    _, waiting = made["actions"]
    assert (waiting["state"], waiting["due"], waiting["queue"]["path"], waiting["queue"]["rows"]) == (
        "proposed", None, None, 0,
    )  # fmt: skip
    assert waiting["queue"]["eligible"] == 110
    assert not list((folder / "first" / "queues").glob(f"{waiting['id']}*"))
    assert "60 rows wait for the budget" in said
    assert "- Review scratch: all 60 rows, 2 h" in (folder / "first" / "report.md").read_text("utf-8").splitlines()
    heads = sorted(path.name for path in (folder / "ledger").glob("*/*.json"))
    same, _ = plan(folder, "first", capsys, *ledger)
    assert sorted(path.name for path in (folder / "ledger").glob("*/*.json")) == heads
    assert same["actions"][1]["queue"] == waiting["queue"] and same["governance"] == made["governance"]
    decided = ["decide", made["actions"][0]["id"], "--as", "rejected", "--by", "@org/all", "--because", "no time"]
    assert cli.run([*decided, "--ledger", "ledger", "--at", "2026-03-01T09:00:00Z"]) == 0
    third, _ = plan(folder, "third", capsys, *ledger)
    (given,) = (action for action in third["actions"] if action["id"] == waiting["id"])
    assert (given["state"], given["due"], given["queue"]["rows"]) == ("proposed", "2026-03-03", 60)
    drawn = [row["row_id"] for row in read_rows(folder / "third", given["queue"]["path"])]
    entries = [json.loads(path.read_bytes()) for path in (folder / "ledger").glob("*/*.json")]
    openings = [e for entry in entries for e in entry["events"] if e["action"] == waiting["id"]]
    rows = [event["opening"].get("rows", []) for event in openings]
    assert sorted(rows, key=len) == [[], drawn]


def test_a_selection_of_rules_draws_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = plan(folder, "plan", capsys, "--select", "agreement")
    assert made["qa_sampling"] == [] and made["governance"] is None


class Named(FiveRows):
    """An engine that finds rows of other names each time."""

    def answer(self, batch: Batch) -> Mapping[str, Any]:
        renamed = pl.concat_str(pl.lit(f"{len(self.asked)}-"), "row_id").alias("row_id")
        return {name: table.with_columns(renamed) for name, table in super().answer(batch).items()}


def test_what_did_not_help_counts_with_what_comes_after_it(tmp_path: Path) -> None:
    parts = {
        "rules": {"confidence": {"by": ["class"]}},
        "causes": {"weak": {"by": ["class"], "when": {"all": ["confidence"]}}},
        "actions": {
            "review": {
                "for": ["weak"], "by": ["class"], "done_when": ["confidence"],
                "queue": {"from": "seen", "size": 40, "effort": "3m"},
            },
        },
        "governance": {"cadence": {"evaluate": "7d"}, "review_budget": "3h"},
    }  # fmt: skip
    story = Story(build_ruleset(parts), tmp_path, engine=Named(100))
    story.plan(["confidence fail class=a 0.6"])
    story.decide("done review class=a 2026-03-02")
    # Of 180 minutes 120 are gone: the second time, while it is measured on newer data, there are 20 rows in it.
    plan = story.plan(["confidence fail class=a 0.6"], as_of="2026-03-04", again=["confidence class=a 0.6"])
    assert plan.governance and plan.governance.finished_minutes == 120
    assert [action.queue and action.queue.rows for action in plan.actions] == [20]


class Rounds(FiveRows):
    """An engine that tells how many queries each batch had."""

    def __init__(self) -> None:
        super().__init__(100)
        self.batches: list[int] = []

    def answer(self, batch: Batch) -> Mapping[str, Any]:
        self.batches.append(len(batch.queries))
        return super().answer(batch)


@pytest.mark.parametrize(("budget", "batches"), [("40h", [4]), ("150m", [4]), ("170m", [4, 1])])
def test_samples_are_asked_for_with_the_queues_and_only_a_cut_queue_again(
    budget: str, batches: list[int], tmp_path: Path
) -> None:
    parts = {
        "rules": {"confidence": {"by": ["class"]}, "agreement": AGREEMENT},
        "causes": {"weak": {"by": ["class"], "when": {"all": ["confidence"]}}},
        "actions": {
            "review": {"for": ["weak"], "by": ["class"], "queue": {"from": "seen", "size": 60, "effort": "2m"}}
        },
        "classes": {"a": {}, "b": {}},
        "governance": {"review_budget": budget, "qa_sampling": {"rule": "agreement", "rates": [{"otherwise": 0.25}]}},
    }
    engine = Rounds()
    Story(build_ruleset(parts), tmp_path, engine=engine).plan([f"confidence fail class={name} 0.6" for name in "ab"])
    assert engine.batches == batches
