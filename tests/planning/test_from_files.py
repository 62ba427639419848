"""The whole way from small Parquet files, for what only shows when stages meet."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.ledger import append_entry
from prism_rules.model.identity import make_id
from prism_rules.model.ledger import Event, RulesetUsed
from prism_rules.model.plan import QaRate
from prism_rules.model.ruleset import Queue
from prism_rules.pipeline import Outcome, run
from prism_rules.pipeline.recording import record
from prism_rules.planning import read_plan_before
from prism_rules.planning.drawing import bound_previews, write_queue_entry
from prism_rules.queues import Drawn, Row
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

START = datetime(2026, 2, 22, tzinfo=UTC)
SCHEMA = {"id": pl.String, "time": pl.Datetime("us", "UTC"), "class": pl.String, "site": pl.String, "sure": pl.Float64}
DOCUMENT: dict[str, Any] = {
    "apiVersion": "prism-rules/v1",
    "kind": "Ruleset",
    "metadata": {"name": "trial", "version": "1.0.0", "owners": ["@org/all"]},
    "defaults": {"window": "7d"},
    "sources": {
        "seen": {
            "role": "predictions",
            "fields": {"id": "id", "time": "time", "class": "class", "confidence": "sure"},
            "dimensions": ["site"],
        }
    },
    "rules": {
        "confidence": {"source": "seen", "metric": "mean_confidence", "by": ["class", "site"], "fail": {"below": 0.75}}
    },
    "causes": {"weak": {"kind": "drift", "by": ["class", "site"], "when": {"all": ["confidence"]}}},
    "actions": {
        "review": {
            "kind": "review",
            "for": ["weak"],
            "by": ["site"],
            "due": "2d",
            "title": "Review {{ scope.site }}",
            "queue": {"from": "seen", "size": 10, "weights": {"class": {"a": 3, "b": 2}}, "show": ["confidence"]},
            "done_when": ["confidence"],
        },
        "relabel": {
            "kind": "relabel",
            "for": ["weak"],
            "by": ["class", "site"],
            "requires": ["confidence"],
            "title": "Relabel",
            "queue": {"from": "seen", "size": 5},
        },
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    return load_ruleset(parse(json.dumps(DOCUMENT).encode(), "trial.yaml"))


Rows = list[tuple[str, datetime, str, str, float]]


def see(number: int, kind: str, site: str, sure: float, *, week: int = 0) -> tuple[str, datetime, str, str, float]:
    at = START + timedelta(weeks=week, minutes=100 * number)
    return f"{kind}-{site}-{week}-{number:03}", at, kind, site, sure


def see_week(week: int, sure: dict[tuple[str, str], float]) -> Rows:
    """Forty predictions of the week for each class and site; the last ends it."""
    rows = [see(number, *place, value, week=week) for place, value in sure.items() for number in range(40)]
    return [*rows, (f"end-{week}", START + timedelta(weeks=week, days=6, hours=23), "a", "r", 0.9)]


def plan(
    resolved: Resolved, folder: Path, rows: Rows, *, ledger: Path | None = None, previous: Outcome | None = None,
    parts: int = 1, as_of: datetime | None = None,
) -> Outcome:  # fmt: skip
    folder.mkdir(parents=True)
    for part in range(parts):
        pl.DataFrame(rows[part::parts], schema=SCHEMA, orient="row").write_parquet(folder / f"{part}.parquet")
    before = read_plan_before(previous.plan, previous.digest) if previous else None
    return run(resolved, {"seen": "*.parquet"}, root=folder, ledger_folder=ledger, previous=before, as_of=as_of)


def decide(ledger: Path, name: str, scope: dict[str, str], event: str, at: str) -> None:
    entry = {
        "event": event, "action": make_id("action", "trial", name, scope), "name": name, "scope": scope,
        "by": "@org/all", "because": "agreed", "at": at,
    }  # fmt: skip
    used = RulesetUsed(name="trial", version="1.0.0", digest="sha256:00")
    append_entry(ledger, events=[Event.model_validate(entry)], ruleset=used)


FIRST = {("a", "p"): 0.6, ("b", "p"): 0.7, ("a", "q"): 0.9}


def test_a_plan_from_files(resolved: Resolved, tmp_path: Path) -> None:
    outcome = plan(resolved, tmp_path / "data", see_week(0, FIRST))
    review, *relabel = outcome.plan.actions
    assert outcome.plan.as_of == "2026-03-01T00:00:00Z"
    assert (review.action, review.title, review.due) == ("review", "Review p", "2026-03-03")
    assert review.queue is not None
    assert [(s.value["class"], s.eligible, s.taken) for s in review.queue.strata] == [("a", 40, 6), ("b", 40, 4)]
    assert [(entry.state, entry.queue and entry.queue.eligible) for entry in relabel] == [("blocked", 40)] * 2
    assert sorted(outcome.files) == [
        "charts/trends.svg", "measurements.parquet", "plan.json", f"queues/{review.id}.csv",
        f"queues/{review.id}.jsonl", "report.md",
    ]  # fmt: skip
    assert outcome.plan == outcome.plan.model_validate_json(outcome.files["plan.json"])


def test_a_long_value_is_cut_in_the_plan_and_whole_in_the_file(resolved: Resolved, tmp_path: Path) -> None:
    rows = [(f"{name}{'-' * 300}", at, *seen) for name, at, *seen in see_week(0, {("a", "p"): 0.6})]
    outcome = plan(resolved, tmp_path / "data", rows)
    queue = next(entry.queue for entry in outcome.plan.actions if entry.action == "review")
    assert queue is not None
    whole, shown = list_rows(outcome, outcome.plan.actions[0].id), [row["row_id"] for row in queue.preview]
    assert shown == [f"{identity[:199]}…" for identity in whole[:5]]
    assert {len(identity) for identity in whole} == {309}


def test_a_plan_shows_rows_of_its_most_urgent_queues_alone() -> None:
    queue = {"path": "queues/q.csv", "source": "rows", "rows": 1, "size": 1, "eligible": 1, "seed": 1, "digest": None,
             "effort_minutes": None, "preview": [{"row_id": "r"}]}  # fmt: skip
    rates = [
        QaRate.model_validate({"class": str(n), "rate": 0.1, "because": None, "finding": None,
                               "queue": queue | ({} if n % 2 else {"preview": ()})})
        for n in range(500)
    ]  # fmt: skip
    shown = [rate.class_ for rate in bound_previews(rates) if rate.queue and rate.queue.preview]
    assert shown == [str(n) for n in range(1, 400, 2)]


def test_a_row_with_many_fields_shows_the_first_in_the_plan() -> None:
    wide = Row("r", ("a cause",), 1, 0.5, shown={f"field_{n:02}": "x" * 500 for n in range(30)})
    queue = Queue.model_validate({"from": "rows", "size": 1})
    (row,) = write_queue_entry("q", queue, Drawn(1, (), (wide,)), priority=1).preview
    assert [*row][5:] == [f"field_{n:02}" for n in range(11)] and max(len(str(value)) for value in row.values()) == 200


def test_order_of_rows_and_split_of_files_change_no_byte_but_the_digest_of_the_data(
    resolved: Resolved, tmp_path: Path
) -> None:
    rows = see_week(0, FIRST)
    outcomes = [plan(resolved, tmp_path / "0", rows)]
    outcomes += [
        plan(resolved, tmp_path / str(number), random.Random(number).sample(rows, len(rows)), parts=number)
        for number in (1, 3)
    ]
    told = []
    for outcome in outcomes:
        files = dict(outcome.files)
        document = json.loads(files.pop("plan.json"))
        report = files.pop("report.md").decode()
        for entry in document["inputs"]:
            report = report.replace(entry["digest"].removeprefix("bytes:")[:12], "")
            entry.update(digest="", files=0)
        document["files"] = [file for file in document["files"] if file["path"] != "report.md"]
        told.append((document, files))
    assert told == [told[0]] * 3


def test_rows_people_work_on_stay_listed_and_accepted_work_is_measured_where_it_was(
    resolved: Resolved, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    first = plan(resolved, tmp_path / "1", see_week(0, FIRST), ledger=ledger)
    record(first, ledger)
    decide(ledger, "review", {"site": "p"}, "approved", "2026-03-01T09:00:00Z")
    # A week later: other rows, and site p no longer meets class b.
    later = see_week(1, {("a", "p"): 0.9, ("a", "q"): 0.6})
    second = plan(resolved, tmp_path / "2", later, ledger=ledger)
    entry = next(e for e in second.plan.actions if e.action == "review" and e.scope == {"site": "p"})
    before = next(e for e in first.plan.actions if e.id == entry.id)
    assert entry.state == "open" and entry.queue and before.queue
    assert (entry.queue.digest, entry.queue.strata, entry.due) == (before.queue.digest, before.queue.strata, before.due)
    shown = [json.loads(line) for line in second.files[f"queues/{entry.id}.jsonl"].splitlines()]
    assert {row["confidence"] for row in shown} == {None} and len(shown) == 10
    # The site that lost class b still has to be accepted for it, though no plan is given to remind of it.
    assert [(part.scope["class"], part.was, part.reason) for part in entry.acceptance] == [
        ("a", 0.6, "not_yet_measured"), ("b", 0.7, "not_yet_measured"),
    ]  # fmt: skip
    record(second, ledger)
    decide(ledger, "review", {"site": "p"}, "done", "2026-03-09T00:00:00Z")
    third = plan(resolved, tmp_path / "3", later, ledger=ledger, as_of=datetime(2026, 3, 15, tzinfo=UTC))
    entry = next(e for e in third.plan.actions if e.id == entry.id)
    assert (entry.state, [part.holds for part in entry.acceptance]) == ("done", [False, False])


@pytest.mark.parametrize(("opens", "why"), [(["weak"], "weak"), (["weak", {"rule": "confidence"}], "Review p")])
def test_rows_keep_their_reason_when_the_cause_is_gone(opens: list[Any], why: str, tmp_path: Path) -> None:
    review = {**DOCUMENT["actions"]["review"], "for": opens}
    trial = load_ruleset(parse(json.dumps({**DOCUMENT, "actions": {"review": review}}).encode(), "trial.yaml"))
    ledger = tmp_path / "ledger"
    record(plan(trial, tmp_path / "1", see_week(0, {("a", "p"): 0.6}), ledger=ledger), ledger)
    decide(ledger, "review", {"site": "p"}, "approved", "2026-03-01T09:00:00Z")
    second = plan(trial, tmp_path / "2", see_week(0, {("a", "p"): 0.9}), ledger=ledger)
    (entry,) = second.plan.actions
    assert (entry.state, entry.covers) == ("open", ())
    shown = [json.loads(line) for line in second.files[f"queues/{entry.id}.jsonl"].splitlines()]
    assert [row["why"] for row in shown] == [why] * 10


def test_acceptance_sees_rows_since_the_anchor_alone(resolved: Resolved, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    record(plan(resolved, tmp_path / "1", see_week(0, {("a", "p"): 0.6}), ledger=ledger), ledger)
    decide(ledger, "review", {"site": "p"}, "done", "2026-03-05T00:00:00Z")
    at = datetime(2026, 3, 5, tzinfo=UTC)
    before = [(f"b{n}", at - timedelta(minutes=1 + n), "a", "p", 0.1) for n in range(60)]
    since = [(f"s{n}", at + timedelta(minutes=n), "a", "p", 0.8) for n in range(30)]
    second = plan(resolved, tmp_path / "2", [*see_week(0, {("a", "p"): 0.6}), *before, *since], ledger=ledger)
    entry = next(e for e in second.plan.actions if e.action == "review")
    assert entry.state == "verified"
    assert [(p.was, p.value, p.n) for p in entry.acceptance] == [(0.6, 0.8, 30)]
    assert [event.event for event in second.events if event.name == "review"] == ["verified"]


def test_nothing_is_new_while_the_head_records_the_same(resolved: Resolved, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    rows = see_week(0, FIRST)
    first = plan(resolved, tmp_path / "1", rows, ledger=ledger)
    assert first.recorded is None
    record(first, ledger)
    assert plan(resolved, tmp_path / "2", rows, ledger=ledger).recorded == first.digest
    decide(ledger, "review", {"site": "p"}, "approved", "2026-03-01T09:00:00Z")
    assert plan(resolved, tmp_path / "3", rows, ledger=ledger).recorded is None


def list_rows(outcome: Outcome, action: str) -> list[str]:
    return [json.loads(line)["row_id"] for line in outcome.files[f"queues/{action}.jsonl"].splitlines()]


def test_work_that_did_not_help_begins_again_with_other_rows_and_another_day(
    resolved: Resolved, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    rows = see_week(0, {("a", "p"): 0.6, ("b", "p"): 0.7})
    first = plan(resolved, tmp_path / "1", rows, ledger=ledger)
    record(first, ledger)
    action = make_id("action", "trial", "review", {"site": "p"})
    decide(ledger, "review", {"site": "p"}, "approved", "2026-03-01T09:00:00Z")
    decide(ledger, "review", {"site": "p"}, "done", "2026-03-01T10:00:00Z")
    rows += see_week(1, {("a", "p"): 0.6, ("b", "p"): 0.7})
    second = plan(resolved, tmp_path / "2", rows, ledger=ledger)
    entry = next(e for e in second.plan.actions if e.id == action)
    assert (entry.state, entry.episode, entry.due) == ("open", 1, "2026-03-10")
    drawn = list_rows(second, action)
    assert len(drawn) == 10 and all("-1-" in row for row in drawn)
    record(second, ledger)
    # From now on these are the rows that people work on, whatever the week after brings.
    rows += see_week(2, {("a", "p"): 0.6, ("b", "p"): 0.7})
    third = plan(resolved, tmp_path / "3", rows, ledger=ledger)
    assert list_rows(third, action) == drawn
    assert next(e.due for e in third.plan.actions if e.id == action) == "2026-03-10"


def test_a_later_episode_leaves_out_rows_that_were_drawn_before(tmp_path: Path) -> None:
    # Everything stays eligible, so that only what the ledger remembers can keep a row from being drawn twice.
    document = json.loads(json.dumps(DOCUMENT))
    document["sources"]["seen"]["window"] = "28d"
    document["actions"]["review"].pop("done_when")
    wide = load_ruleset(parse(json.dumps(document).encode(), "trial.yaml"))
    ledger = tmp_path / "ledger"
    rows = see_week(0, {("a", "p"): 0.6, ("b", "p"): 0.7})
    first = plan(wide, tmp_path / "1", rows, ledger=ledger)
    record(first, ledger)
    action = make_id("action", "trial", "review", {"site": "p"})
    # Ended before the window of the next plan begins.
    decide(ledger, "review", {"site": "p"}, "done", "2026-02-01T00:00:00Z")
    second = plan(wide, tmp_path / "2", rows, ledger=ledger)
    entry = next(e for e in second.plan.actions if e.id == action)
    assert (entry.state, entry.episode) == ("open", 2)
    assert len(list_rows(second, action)) == 10
    assert not {*list_rows(first, action)} & {*list_rows(second, action)}


def test_a_site_whose_feed_ends_is_lost_and_not_forgotten(resolved: Resolved, tmp_path: Path) -> None:
    first = plan(resolved, tmp_path / "1", see_week(0, {("a", "p"): 0.9, ("a", "q"): 0.9}))
    assert {(p.scope["class"], p.scope["site"]) for p in first.plan.passes} == {("a", "p"), ("a", "q")}
    second = plan(resolved, tmp_path / "2", see_week(1, {("a", "p"): 0.9}), previous=first)
    silent = {(f.scope["class"], f.scope["site"]): (f.status, f.reason) for f in second.plan.findings}
    assert silent["a", "q"] == ("no_data", "no_rows")


@pytest.mark.parametrize(("events", "told"), [((), True), (("approved",), True), (("rejected",), False)])
def test_what_a_live_action_waits_for_is_told_without_a_plan_before(
    resolved: Resolved, events: tuple[str, ...], told: bool, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    first = plan(resolved, tmp_path / "1", see_week(0, {("b", "p"): 0.6}), ledger=ledger)
    # Entries did not always keep what the plan found.
    record(replace(first, found=None), ledger)  # type: ignore[arg-type]
    for name, scope in (("review", {"site": "p"}), ("relabel", {"class": "b", "site": "p"})):
        for event in events:
            decide(ledger, name, scope, event, "2026-03-01T00:00:00Z")
    second = plan(resolved, tmp_path / "2", see_week(1, {("a", "p"): 0.9}), ledger=ledger)
    silent = [(f.status, f.reason) for f in second.plan.findings if f.scope == {"class": "b", "site": "p"}]
    assert silent == ([("no_data", "no_rows")] if told else [])


def test_the_number_that_is_judged_is_the_one_that_is_stored_and_printed(tmp_path: Path) -> None:
    rule = DOCUMENT["rules"]["confidence"]
    bounds = {"on-it": {**rule, "fail": {"below": 0.666667}}, "beyond-it": {**rule, "fail": {"below": 0.666668}}}
    document = {**DOCUMENT, "rules": bounds, "causes": {}, "actions": {}}
    # Two thirds lie below 0.666667 by a third of the last digit, until they are rounded.
    rows = [see(number, "a", "p", float(number % 3 > 0)) for number in range(30)]
    outcome = plan(load_ruleset(parse(json.dumps(document).encode(), "trial.yaml")), tmp_path / "data", rows)
    [finding] = outcome.plan.findings
    assert (finding.rule, finding.status, finding.value) == ("beyond-it", "fail", 0.666667)
    assert [(p.rule, p.value) for p in outcome.plan.passes] == [("on-it", 0.666667)]
    assert b'"value": 0.666667,' in outcome.files["plan.json"]
    assert pl.read_parquet(outcome.files["measurements.parquet"])["value"].to_list() == [0.666667, 0.666667]
    assert b"| 0.666667 | must be at least 0.666668 |" in outcome.files["report.md"]
