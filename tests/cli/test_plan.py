"""`plan` on files: what it writes, what it says, and how it ends."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from .conftest import AS_OF, Project, make_annotations, make_predictions

PLAN = ("plan", "--as-of", AS_OF)


def read_plan(project: Project, place: str = "plans/2026-03-01") -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((project.root / place / "plan.json").read_bytes())
    return plan


def test_signals_and_a_ruleset_become_a_plan(project: Project) -> None:
    done = project.call(*PLAN)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1] == "exit 1: findings at or above the gate: 1 fail"
    assert done.stdout.splitlines()[0] == "press-shop 2.1.0 as of 2026-03-01: FAIL (1 fail, 3 pass; first plan)"
    assert done.stdout.splitlines()[-1] == "Look at plans/2026-03-01/report.md"
    plan = read_plan(project)
    assert [(f["rule"], f["scope"], f["value"], f["n"]) for f in plan["findings"]] == [
        ("low-confidence", {"class": "scratch"}, 0.6, 20)
    ]
    assert {(p["rule"], p["scope"]["class"]): p["value"] for p in plan["passes"]} == {
        ("low-confidence", "dent"): 0.9,
        ("class-agreement", "dent"): 1.0,
        ("class-agreement", "scratch"): 1.0,
    }
    states = {(action["action"], action["scope"]["class"]): action["state"] for action in plan["actions"]}
    assert states == {("review-set", "scratch"): "proposed", ("relabel", "scratch"): "proposed"}
    assert plan["command"] == "prism-rules plan --as-of 2026-03-01T00:00:00Z"


def test_the_command_names_the_moment_that_was_taken_from_the_data(project: Project) -> None:
    project.call("plan")
    assert read_plan(project)["command"] == "prism-rules plan --as-of 2026-03-01T00:00:00Z"


def test_every_file_is_listed_with_its_digest(project: Project) -> None:
    project.call(*PLAN)
    folder = project.root / "plans" / AS_OF
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    # No byte pair CRLF stands in these files, so that the digest is that of the bytes.
    digests = {
        name: hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest() for name, path in there.items()
    }
    del digests["plan.json"]
    assert {entry["path"]: entry["sha256"] for entry in read_plan(project)["files"]} == digests
    queues = sorted(name for name in there if name.startswith("queues/"))
    assert len(queues) == 4, "two queues, for people and for machines"
    review = next(path for name, path in there.items() if name.startswith("queues/review") and name.endswith(".jsonl"))
    assert len(review.read_text("utf-8").splitlines()) == 5


@pytest.mark.parametrize(("form", "file"), [("markdown", "report.md"), ("json", "plan.json")])
def test_stdout_in_a_format_is_the_file_and_so_is_render(form: str, file: str, project: Project) -> None:
    told = project.call(*PLAN, "--format", form).stdout
    written = (project.root / "plans" / AS_OF / file).read_text("utf-8")
    # The picture stands beside the report, and not where its text is read elsewhere.
    picture = "## Trends\n\n![The values of the last windows, with their bounds](charts/trends.svg)\n\n"
    assert told == written.replace(picture, "")
    assert (picture in written) == (form == "markdown")
    assert project.call("render", "plans/2026-03-01/plan.json", "--to", form).stdout == told
    assert project.call("render", "plans/2026-03-01", "--to", form, "-o", "copy").returncode == 0
    assert (project.root / "copy").read_text("utf-8") == told


def test_a_report_is_narrowed_for_a_comment(project: Project) -> None:
    steps = f"steps: {'Look at each case again. ' * 60}"
    project.edit('title: "Review {{ scope.class }}"', f'title: "Review {{{{ scope.class }}}}"\n    {steps}')
    project.call(*PLAN)
    whole = project.call("render", "plans/2026-03-01").stdout
    narrow = project.call("render", "plans/2026-03-01", "--max-chars", "2000")
    assert narrow.returncode == 0
    assert len(narrow.stdout.encode()) <= 2_000 < len(whole.encode())
    assert "actions with evidence and steps (2)" in narrow.stdout.splitlines()[-1] and "Left to" not in whole
    assert project.call("render", "plans/2026-03-01", "--max-chars", "60000").stdout == whole


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--max-chars", "1999"), "--max-chars 1999 is too few: the verdict and what is left out take up to 2,000"),
        (("--max-chars", "-1"), "--max-chars -1 is too few"),
        (("--max-chars", "3000", "--to", "json"), "--max-chars is for --to markdown; --to json is never cut"),
    ],
)
def test_what_says_nothing_in_so_little_room_is_bad_usage(
    options: tuple[str, ...], message: str, project: Project
) -> None:
    done = project.call("render", "plans", *options)
    assert (done.returncode, done.stdout) == (2, "") and message in done.stderr


GATES: dict[str, tuple[tuple[str, ...], int]] = {
    "a failure ends with 1": ((), 1),
    "unless it is let be": (("--fail-on", "never"), 0),
    "or is not new": (("--fail-on-new", "--baseline", "before/plan.json"), 0),
    "what is new counts": (("--fail-on-new",), 1),
    "warn counts failures too": (("--fail-on", "warn"), 1),
}


@pytest.mark.parametrize("case", GATES)
def test_the_gate(case: str, project: Project) -> None:
    options, code = GATES[case]
    project.call(*PLAN, "--out", "before")
    done = project.call(*PLAN, *options)
    assert done.returncode == code, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"exit {code}: " if code else "wrote "), "a run that ends with 0 does not say so"


# What stands in the plan before for `fail: {below: 0.80}` of the value 0.6, the options, and how the plan ends.
BEFORE: dict[str, tuple[str, tuple[str, ...], int]] = {
    "a failure already": ("fail: {below: 0.80}", (), 0),
    "a failure closer to its bound": ("fail: {below: 0.65}", (), 0),
    "a warning": ("warn: {below: 0.80}", (), 1),
    "a warning that counted": ("warn: {below: 0.80}", ("--fail-on", "warn"), 0),
    "doubt": ("streak: 2\n    fail: {below: 0.80}", (), 1),
    "no verdict": ("min_n: 30\n    fail: {below: 0.80}", (), 1),
    "a pass": ("fail: {below: 0.50}", (), 1),
}


@pytest.mark.parametrize("case", BEFORE)
def test_what_newly_reaches_the_gate_counts_as_new(case: str, project: Project) -> None:
    before, options, code = BEFORE[case]
    project.edit("fail: {below: 0.80}", before)
    project.call(*PLAN, "--out", "before")
    project.edit(before, "fail: {below: 0.80}")
    done = project.call(*PLAN, "--baseline", "before", "--fail-on-new", *options)
    assert done.returncode == code, done.stderr
    if code:
        assert done.stderr.splitlines()[-1] == "exit 1: findings newly at or above the gate: 1 fail"


EDITED: dict[str, tuple[str, str, tuple[str, ...], int, str]] = {
    "a warning": ("fail: {below: 0.80}", "warn: {below: 0.80}", (), 0, ""),
    "a warning that counts": ("fail: {below: 0.80}", "warn: {below: 0.80}", ("--fail-on", "warn"), 1, "1 warn"),
    "doubt": ("fail: {below: 0.80}", "streak: 2\n    fail: {below: 0.80}", (), 0, ""),
    "doubt that counts": (
        "fail: {below: 0.80}", "streak: 2\n    fail: {below: 0.80}", ("--fail-on", "warn"), 1, "1 unsure",
    ),
    "doubt beside a warning": (
        "fail: {below: 0.80}", "warn: {below: 0.80}\n    fail: {below: 0.75}\n    streak: 2", ("--fail-on", "warn"), 1,
        "1 unsure",
    ),
    "experimental never fails": ("title: The model", "status: experimental\n    title: The model", (), 0, ""),
    "deprecated still fails": ("title: The model", "status: deprecated\n    title: The model", (), 1, "1 fail"),
    "too few": ("min_n: 10", "min_n: 30", (), 0, ""),
    "too few, asked for": ("min_n: 10", "min_n: 30", ("--fail-on-unevaluated",), 3, "could not be evaluated"),
    "all is well": ("below: 0.80", "below: 0.50", (), 0, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", EDITED)
def test_what_decides_the_exit_code(case: str, project: Project) -> None:
    old, new, options, code, why = EDITED[case]
    project.edit(old, new)
    done = project.call(*PLAN, *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert why in (done.stderr.splitlines() or [""])[-1]


def test_no_finding_with_a_value_ends_with_5(project: Project) -> None:
    for source, frame in (("predictions", make_predictions()), ("annotations", make_annotations())):
        project.write(source, frame.clear())
    done = project.call(*PLAN)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "no finding has a value" in done.stderr


def test_options_stand_over_prism_yaml(project: Project) -> None:
    sure = make_predictions().with_columns(score=pl.lit(0.95))
    sure.write_parquet(project.root.parent / "sure.parquet")
    done = project.call(*PLAN, "--data", "predictions=../sure.parquet", "--out", "../elsewhere")
    assert done.returncode == 0, done.stderr
    plan = read_plan(project, "../elsewhere")
    assert plan["status"] == "pass"
    assert plan["command"] == ("prism-rules plan --data predictions=../sure.parquet --as-of 2026-03-01T00:00:00Z")
    assert not (project.root / "plans").exists()


def test_a_ruleset_alone_needs_no_project(project: Project) -> None:
    (project.root / "prism.yaml").unlink()
    data = [f"--data={source}=data/{source}.parquet" for source in ("predictions", "annotations")]
    done = project.call("plan", "rules.yaml", *data, "--as-of", "2026-03-01T01:00:00+01:00")
    assert done.returncode == 1, done.stderr
    assert "Nothing was written" in done.stdout
    assert sorted(path.name for path in project.root.iterdir()) == ["data", "rules.yaml"]


def test_the_moment_is_taken_from_the_data_when_none_is_given(project: Project) -> None:
    # The newest rows are of 2026-02-28 23:00, so that the first midnight after them is AS_OF.
    assert project.call("plan").returncode == 1
    assert read_plan(project)["as_of"] == "2026-03-01T00:00:00Z"


def test_the_project_is_found_from_a_folder_below(project: Project) -> None:
    below = project.root / "notes" / "deep"
    below.mkdir(parents=True)
    done = project.call(*PLAN, cwd=below)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "Look at ../../plans/2026-03-01/report.md"
    assert read_plan(project)["ruleset"]["files"][0]["path"] == "rules.yaml"


def test_decisions_are_recorded_and_read_by_the_next_plan(project: Project) -> None:
    assert project.call(*PLAN, "--record", "-v").stderr.count("recorded entry") == 1
    assert project.call(*PLAN, "--record", "-v").stderr.count("nothing new to record") == 1
    first = project.call("ledger", "verify").stdout.split()[-1]
    words = ("--by", "@org/labels", "--because", "the queue fits this week", "--at", "2026-03-02")
    done = project.call("decide", "review-set", "--as", "approved", *words)
    assert done.returncode == 0, done.stderr
    assert " is open; recorded entry " in done.stdout
    shown = project.call("ledger", "show").stdout
    assert [line.split()[:2] for line in shown.splitlines()[1:]] == [["proposed", "relabel"], ["open", "review-set"]]
    since = project.call("ledger", "show", "--since", first).stdout
    assert [line.split()[:2] for line in since.splitlines()[1:]] == [["open", "review-set"]]
    head = project.call("ledger", "verify").stdout.split()[-1]
    assert project.call("plan", "--as-of", "2026-03-01T12:00:00Z", "--out", "next").returncode == 1
    plan = read_plan(project, "next")
    assert plan["ledger"]["heads"] == [head]
    assert {action["action"]: action["state"] for action in plan["actions"]}["review-set"] == "open"
    assert [(d["event"], d["by"], d["because"], d["at"]) for d in plan["decisions"]] == [
        ("approved", "@org/labels", "the queue fits this week", "2026-03-02T00:00:00Z")
    ]
    shutil.rmtree(project.root / "ledger" / head[:2])
    lost = project.call("ledger", "verify", "--since", head)
    assert lost.returncode == 7
    assert "ledger-lost-head" in lost.stderr


def test_a_ledger_that_was_edited_stops_a_plan(project: Project) -> None:
    project.call(*PLAN, "--record")
    (entry,) = (project.root / "ledger").glob("??/*.json")
    entry.write_bytes(entry.read_bytes().replace(b"@org/reliability", b"@org/releability"))
    for arguments in (PLAN, ("ledger", "verify"), ("ledger", "show")):
        done = project.call(*arguments)
        assert (done.returncode, "ledger-edited" in done.stderr) == (7, True), done.stderr


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no such action": (("--as", "done", "revew-set"), "unrecorded-action"),
    "cannot follow": (("--as", "reopened", "review-set"), "impossible-event"),
    "blocked": (("--as", "done", "relabel"), "blocked-action"),
    "says nothing": (("--as", "done", "review-set", "--because", " "), "usage"),
    "in the future": (("--as", "approved", "review-set", "--at", "2199-01-01T10:00:00Z"), "usage"),
    "no such decision": (("--as", "maybe", "review-set"), "usage"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_decision_that_cannot_be_is_refused_and_not_recorded(case: str, project: Project) -> None:
    disputed = make_annotations().with_columns(
        label=pl.when(pl.col("reviewer") == "ann-2").then(pl.lit("dent")).otherwise("label")
    )
    project.write("annotations", disputed)
    project.call(*PLAN, "--record")
    arguments, code = REFUSED[case]
    done = project.call("decide", "--by", "@org/labels", "--because", "done", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"error[{code}]" in done.stderr
    assert len(list((project.root / "ledger").glob("??/*.json"))) == 1


def test_a_blocked_action_can_be_done_by_override_or_when_the_plan_says_it_is_free(project: Project) -> None:
    disputed = make_annotations().with_columns(
        label=pl.when(pl.col("reviewer") == "ann-2").then(pl.lit("dent")).otherwise("label")
    )
    project.write("annotations", disputed)
    project.call(*PLAN, "--record")
    words = ("decide", "relabel", "--as", "done", "--by", "@org/labels", "--because", "done by hand")
    blocked = project.call(*words, "--plan", "plans/2026-03-01")
    assert (blocked.returncode, "blocked-action" in blocked.stderr) == (2, True)
    assert "is blocked: class-agreement fails for " in blocked.stderr
    assert re.search(r"`prism-rules explain relabel-\S+ --plan plans/2026-03-01` says more", blocked.stderr)
    # That it was approved opens no gate.
    project.call("decide", "relabel", "--as", "approved", "--by", "@org/labels", "--because", "needed")
    blocked = project.call(*words)
    assert (blocked.returncode, "blocked-action" in blocked.stderr) == (2, True)
    assert project.call(*words, "--override").returncode == 0
    shown = project.call("ledger", "show").stdout
    assert "closed" in next(line for line in shown.splitlines() if "relabel" in line)


def test_an_action_without_due_date_and_queue_is_not_taken_for_blocked(project: Project) -> None:
    project.edit("    requires: [class-agreement]\n", "")
    project.edit("    queue: {from: predictions, size: 3}\n", "")
    project.call(*PLAN, "--record")
    done = project.call("decide", "relabel", "--as", "done", "--by", "@org/labels", "--because", "done by hand")
    assert (done.returncode, " is closed; " in done.stdout) == (0, True), done.stderr


def test_what_cannot_be_decided_names_what_can(project: Project) -> None:
    project.call(*PLAN, "--record")
    words = ("--by", "@org/labels", "--because", "again")
    done = project.call("decide", "review-set", "--as", "reopened", *words)
    assert "help: what people can decide now is `approved`, `done`, `rejected`\n" in done.stderr


def test_a_name_that_several_places_have_is_not_enough(project: Project) -> None:
    project.write("predictions", make_predictions().with_columns(score=pl.lit(0.5)))
    project.call(*PLAN, "--record")
    done = project.call("decide", "review-set", "--as", "approved", "--by", "@org/labels", "--because", "yes")
    assert (done.returncode, "error[ambiguous-action]" in done.stderr) == (2, True)
    action = next(a["id"] for a in read_plan(project)["actions"] if a["scope"] == {"class": "dent"})
    done = project.call("decide", action, "--as", "approved", "--by", "@org/labels", "--because", "yes")
    assert (done.returncode, f"{action} is open" in done.stdout) == (0, True), done.stderr


def test_the_data_of_prism_yaml_are_those_of_its_own_ruleset(project: Project) -> None:
    (project.root / "other.yaml").write_text((project.root / "rules.yaml").read_text("utf-8"), "utf-8")
    done = project.call("plan", "other.yaml", "--as-of", AS_OF)
    assert (done.returncode, "error[unbound-source]" in done.stderr) == (3, True)
    assert "prism.yaml names another ruleset, `rules.yaml`, so its data do not count" in done.stderr
    assert project.call("plan", "./rules.yaml", "--as-of", AS_OF).returncode == 1


def test_a_plan_over_a_plan_replaces_it_and_a_strangers_folder_stays(project: Project) -> None:
    project.call(*PLAN)
    first = read_plan(project)
    project.write("predictions", make_predictions().with_columns(score=pl.lit(0.95)))
    assert project.call(*PLAN).returncode == 0
    assert read_plan(project)["status"] == "pass" != first["status"]
    note = project.root / "plans" / AS_OF / "note.txt"
    note.write_text("mine", "utf-8")
    before = {path: path.read_bytes() for path in Path(note.parent).rglob("*") if path.is_file()}
    done = project.call(*PLAN)
    assert (done.returncode, "foreign-file" in done.stderr, "note.txt" in done.stderr) == (8, True, True)
    assert {path: path.read_bytes() for path in Path(note.parent).rglob("*") if path.is_file()} == before


def test_a_ruleset_with_sql_of_its_own_is_evaluated_in_a_child(project: Project) -> None:
    # Ten of the twenty scratches are under glare; the expression is gated, and run where there is nothing to steal.
    glare = make_predictions().with_columns(
        lighting=pl.when(pl.int_range(pl.len()) % 4 == 1).then(pl.lit("glare")).otherwise(pl.col("lighting"))
    )
    project.write("predictions", glare)
    project.edit("    metric: mean_confidence\n", "    metric: mean_confidence\n    where: \"lighting = 'glare'\"\n")
    done = project.call(*PLAN, "--timeout", "30s", "--memory-limit", "256MiB", "--threads", "1")
    assert done.returncode == 1, done.stderr
    assert [(f["value"], f["n"]) for f in read_plan(project)["findings"] if f["status"] == "fail"] == [(0.6, 10)]
