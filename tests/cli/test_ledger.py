"""The ledger by its commands: what is wrong with it is named and stops everything, what is right can be looked up."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from prism_rules.schemas import make_schema

from .conftest import AS_OF, COMMAND, Project

PLAN = ("plan", "--as-of", AS_OF)
SAID = ("--by", "@org/labels", "--because", "agreed")


def read_entries(project: Project) -> dict[str, Any]:
    """The entries in the order in which they were written, by hash."""
    found = {path.stem: json.loads(path.read_bytes()) for path in (project.root / "ledger").glob("??/*.json")}
    order = [next(name for name, entry in found.items() if not entry["parents"])]
    while len(order) < len(found):
        order.append(next(name for name, entry in found.items() if entry["parents"] == [order[-1]]))
    return {name: found[name] for name in order}


@pytest.fixture
def decided(project: Project) -> Project:
    """A plan that was recorded, and two decisions: a chain of three entries."""
    project.call(*PLAN, "--record")
    project.call("decide", "review-set", "--as", "approved", *SAID, "--at", "2026-03-02")
    project.call("decide", "review-set", "--as", "done", *SAID, "--at", "2026-03-03")
    return project


def locate(ledger: Path, name: str) -> Path:
    return ledger / name[:2] / f"{name}.json"


def edit(ledger: Path, names: list[str]) -> Path:
    place = locate(ledger, names[1])
    place.write_bytes(place.read_bytes().replace(b"agreed", b"denied"))
    return place


def remove(ledger: Path, names: list[str]) -> Path:
    locate(ledger, names[1]).unlink()
    return locate(ledger, names[2])


def duplicate(ledger: Path, names: list[str]) -> Path:
    return Path(shutil.copy(locate(ledger, names[1]), ledger / "copy.json"))


def truncate(ledger: Path, names: list[str]) -> Path:
    place = locate(ledger, names[2])
    place.write_bytes(place.read_bytes()[:100])
    return place


def misname(ledger: Path, names: list[str]) -> Path:
    return locate(ledger, names[1]).rename(ledger / "moved.json")


def put_beside(ledger: Path, names: list[str]) -> Path:
    (ledger / names[0][:2] / "notes.txt").write_text("mine")
    return ledger / names[0][:2] / "notes.txt"


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (edit, "ledger-edited"),
        (remove, "ledger-missing-parent"),
        (duplicate, "ledger-duplicated"),
        (truncate, "ledger-unreadable"),
        (misname, "ledger-misnamed"),
        (put_beside, "ledger-foreign-file"),
    ],
)
def test_a_broken_ledger_is_named_by_every_command_and_nothing_changes(
    tamper: Callable[[Path, list[str]], Path], code: str, decided: Project
) -> None:
    place = tamper(decided.root / "ledger", [*read_entries(decided)]).relative_to(decided.root).as_posix()
    before = {path: path.read_bytes() for path in decided.root.rglob("*") if path.is_file()}
    for command in (
        ("ledger", "verify"),
        ("ledger", "show"),
        ("ledger", "show", "review-set"),
        ("ledger", "trace", "review-set"),
        ("decide", "review-set", "--as", "reopened", *SAID),
        PLAN,
        (*PLAN, "--record"),
        (*PLAN, "--estimate"),
    ):
        done = decided.call(*command)
        assert (done.returncode, done.stdout) == (7, ""), (command, done.stderr)
        assert f"error[{code}]" in done.stderr
        assert f"--> {place}\n" in done.stderr, done.stderr
        assert "exit 7: " in done.stderr.splitlines()[-1]
    assert {path: path.read_bytes() for path in decided.root.rglob("*") if path.is_file()} == before


def test_the_head_that_a_recorded_plan_tells_shows_a_tail_that_was_cut_off(project: Project) -> None:
    told = project.call(*PLAN, "--record").stderr
    (first,) = read_entries(project)
    assert told.splitlines()[-2] == f"recorded entry {first}, the ledger's head now"
    project.call("decide", "review-set", "--as", "approved", *SAID, "--at", "2026-03-02")
    project.call(*PLAN, "--record")
    told = project.call(*PLAN, "--record").stderr.splitlines()[-2]
    head = told.split()[-1]
    assert told == f"nothing new to record; the ledger's head is still {head}"
    assert project.call(*PLAN, "--record", "-q").stderr.splitlines()[0].startswith("exit 1: ")
    assert project.call("ledger", "verify", "--since", head).returncode == 0
    locate(project.root / "ledger", head).unlink()
    assert project.call("ledger", "verify").returncode == 0, "what is left is whole in itself"
    cut = project.call("ledger", "verify", "--since", head)
    assert (cut.returncode, "error[ledger-lost-head]" in cut.stderr) == (7, True)


def test_a_report_says_where_the_ledger_stands(project: Project) -> None:
    project.call(*PLAN, "--record")
    report = project.root / "plans/2026-03-01/report.md"
    assert "Ledger head: none yet, nothing is recorded." in report.read_text("utf-8")
    project.call(*PLAN)
    (head,) = read_entries(project)
    assert f"Ledger head: `{head[:12]}`." in report.read_text("utf-8")


def test_three_decisions_at_once_are_three_entries_in_one_line(project: Project) -> None:
    project.edit("{below: 0.75}", "{below: 0.75}\n    min_n: 1000")
    project.call(*PLAN, "--record")
    shown = json.loads(project.call("ledger", "show", "--format", "json").stdout)
    ids = [action["id"] for action in shown["actions"]][:3]
    assert len(set(ids)) == 3
    command = [str(COMMAND), "decide"]
    running = [
        subprocess.Popen([*command, one, "--as", "rejected", *SAID], cwd=project.root, stdout=subprocess.PIPE)
        for one in ids
    ]
    told = [process.communicate()[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    entries = read_entries(project)  # one line, each follows the one before
    assert len(entries) == 4
    for one, line in zip(ids, told, strict=True):
        assert line.startswith(f"{one} is rejected; recorded entry ")
        assert [name for name in entries if name.startswith(line.split()[-1])]


def test_the_history_of_an_action_is_shown_step_by_step(decided: Project) -> None:
    decided.call("decide", "relabel", "--as", "done", "--override", *SAID, "--at", "2026-03-04")
    names = [name[:12] for name in read_entries(decided)]
    identity, *_ = decided.call("ledger", "show", "review-set").stdout.split()
    for wanted in ("review-set", identity, identity[:14]):
        shown = decided.call("ledger", "show", wanted).stdout.splitlines()
        assert shown[0] == f"{identity} is closed"
        assert shown[1] == "Review scratch; for scratch; due 2026-03-03; owner @org/reliability; 5 rows frozen"
        steps = [line.split() for line in shown if line[:1].isdigit()]
        assert [tuple(step[:5]) for step in steps] == [
            ("1", "2026-03-01T00:00:00Z", "opened", "prism-rules", names[0]),
            ("1", "2026-03-02T00:00:00Z", "approved", "@org/labels", names[1]),
            ("1", "2026-03-03T00:00:00Z", "done", "@org/labels", names[2]),
        ]
    later = decided.call("ledger", "show", "review-set", "--since", names[1]).stdout
    assert [line.split()[2] for line in later.splitlines() if line[:1].isdigit()] == ["done"]
    document = json.loads(decided.call("ledger", "show", "relabel", "--format", "json").stdout)
    assert document["heads"] == [[*read_entries(decided)][-1]]
    (action,) = document["actions"]
    assert (action["state"], action["history"][-1]["event"], action["history"][-1]["override"]) == (
        "closed",
        "done",
        False,  # nothing blocked it
    )
    none = decided.call("ledger", "show", "relable")
    assert (none.returncode, "did you mean `relabel`?" in none.stderr) == (2, True)


def test_a_row_is_traced_to_its_queue_plan_and_data_and_to_what_was_decided(decided: Project) -> None:
    plan = json.loads((decided.root / "plans/2026-03-01/plan.json").read_bytes())
    (action,) = [entry for entry in plan["actions"] if entry["action"] == "review-set"]
    queue = (decided.root / "plans/2026-03-01" / action["queue"]["path"]).read_text("utf-8")
    rows = list(csv.DictReader(queue.splitlines()))
    names = [*read_entries(decided)]
    document = json.loads(decided.call("ledger", "trace", rows[2]["row_id"], "--format", "json").stdout)
    (queue,) = document["queues"]
    assert (queue["id"], queue["state"], queue["rows"], queue["row"]["number"]) == (action["id"], "closed", 5, 3)
    # Of twenty scratches, five were drawn.
    assert queue["row"]["stratum"] == {"value": {}, "eligible": 20, "taken": 5}
    assert queue["row"]["inclusion_probability"] == float(rows[2]["inclusion_probability"]) == 0.25
    recorded = queue["recorded"]
    assert recorded["entry"] == names[0]
    assert (recorded["as_of"], recorded["ruleset"]["version"]) == (plan["as_of"], "2.1.0")
    assert recorded["ruleset"]["digest"] == plan["ruleset"]["digest"]
    assert recorded["inputs"] == [{"source": i["source"], "digest": i["digest"]} for i in plan["inputs"]]
    written = (decided.root / "plans/2026-03-01/plan.json").read_bytes()
    assert recorded["plan"] == f"sha256:{hashlib.sha256(written).hexdigest()}"
    assert [(step["event"], step["entry"]) for step in queue["since"]] == [("approved", names[1]), ("done", names[2])]
    told = decided.call("ledger", "trace", rows[2]["row_id"]).stdout
    for words in (
        f"{action['id']}: review-set for scratch, closed",
        "row       3 of 5",
        "drawn     one of 5 from 20 eligible rows, inclusion probability 0.25",
        f"entry     ledger/{names[0][:2]}/{names[0]}.json",
        f"plan      {recorded['plan']}, as of 2026-03-01T00:00:00Z",
        f"ruleset   press-shop 2.1.0, {plan['ruleset']['digest']}",
        f"since     2026-03-02T00:00:00Z approved by @org/labels: agreed ({names[1][:12]})",
    ):
        assert words in told


def test_a_row_of_two_queues_is_traced_to_both(project: Project) -> None:
    # With the gate open, relabel draws three of the same twenty rows.
    project.edit("size: 3}", "size: 20}")
    project.call(*PLAN, "--record")
    shown = json.loads(project.call("ledger", "show", "--format", "json").stdout)
    rows = {action["action"]: action["rows"] for action in shown["actions"]}
    (shared,) = {*rows["review-set"][:1]} & {*rows["relabel"]}
    told = json.loads(project.call("ledger", "trace", shared, "--format", "json").stdout)
    assert sorted(queue["action"] for queue in told["queues"]) == ["relabel", "review-set"]


def test_actions_and_entries_are_traced_too(decided: Project) -> None:
    names = [*read_entries(decided)]
    by_action = decided.call("ledger", "trace", "review-set").stdout
    assert "rows      5 frozen" in by_action
    assert f"/{names[0]}.json" in by_action
    by_entry = decided.call("ledger", "trace", names[1][:12])
    assert f"follows   {names[0][:12]}" in by_entry.stdout
    assert [line.split()[:3] for line in by_entry.stdout.splitlines()[-1:]] == [["approved", "review-set", "scratch"]]
    for what, near in (("revew-set", "review-set"), ("image-0x", "image-0")):
        none = decided.call("ledger", "trace", what)
        assert (none.returncode, "error[untraceable]" in none.stderr, near in none.stderr) == (2, True, True)


HOSTILE = "\x1b[31mred\u202e" + "x" * 5_000 + "\n@org <script>"


def test_what_a_fork_writes_into_a_ledger_is_shown_escaped_and_cut(project: Project) -> None:
    from prism_rules.ledger import append_entry, read_ledger
    from prism_rules.model.ledger import Event, RulesetUsed

    project.call(*PLAN, "--record")
    (entry,) = read_ledger(project.root / "ledger").entries.values()
    opened = next(event for event in entry.events if event.name == "review-set")
    forged = Event(event="rejected", action=opened.action, name="review-set", scope=opened.scope, by=HOSTILE,
                   because=HOSTILE, at="2026-03-02T00:00:00Z")  # fmt: skip
    used = RulesetUsed(name="press-shop", version=HOSTILE, digest=HOSTILE)
    head = append_entry(project.root / "ledger", events=[forged], ruleset=used)
    project.call(*PLAN)
    outputs = [(project.root / "plans/2026-03-01/report.md").read_text("utf-8")]
    commands = (("show",), ("show", "review-set"), ("trace", "review-set"), ("trace", head))
    outputs += [project.call("ledger", *command).stdout for command in commands]
    for shown in outputs:
        assert "rejected" in shown
        assert "red" in shown
        assert "\x1b" not in shown and "\u202e" not in shown and "<script>" not in shown
        assert max(map(len, shown.splitlines())) < 1_500


def test_a_ledger_that_is_gone_is_a_loss_where_a_head_is_known(decided: Project) -> None:
    head = [*read_entries(decided)][-1]
    shutil.rmtree(decided.root / "ledger")  # git keeps no folder without entries
    for command in ("verify", "show"):
        lost = decided.call("ledger", command, "--since", head)
        assert (lost.returncode, "error[ledger-lost-head]" in lost.stderr) == (7, True), lost.stderr
    named = decided.call("ledger", "verify")
    assert named.returncode == 2 and "`git log -- ledger`; if nothing was ever recorded, " in named.stderr
    given = decided.call("ledger", "verify", "--ledger", "other")
    assert given.returncode == 2 and "help: `prism-rules plan --record` begins one" in given.stderr


def test_nothing_since_a_head_is_not_an_empty_ledger(decided: Project) -> None:
    head = [*read_entries(decided)][-1]
    assert decided.call("ledger", "show", "--since", head).stdout == f"nothing happened since {head[:12]}\n"
    assert decided.call("ledger", "show", "review-set", "--since", head).stdout.endswith("\n\nnothing since\n")


def test_a_reason_is_shown_whole_where_one_action_is_asked_for(decided: Project) -> None:
    reason = "the lamps of press 2 were changed " * 5 + "and\x1b[2J no row before that counts"
    decided.call("decide", "review-set", "--as", "reopened", "--by", "@org/labels", "--because", reason)
    shown = decided.call("ledger", "show", "review-set").stdout
    assert " ".join(reason.replace("\x1b", "\\x1b").split()) in " ".join(shown.split())
    assert max(map(len, shown.splitlines()[3:])) <= 80


SAMPLED = """\
governance:
  qa_sampling: {rule: class-agreement, rates: [{at_least: 0.9, rate: 0.1}, {otherwise: 0.5}]}
"""


def test_a_row_of_a_sample_is_traced_by_its_plan(project: Project) -> None:
    with (project.root / "rules.yaml").open("a") as ruleset:
        ruleset.write(SAMPLED)
    project.call(*PLAN)
    folder = project.root / f"plans/{AS_OF}"
    plan = json.loads((folder / "plan.json").read_bytes())
    (sample,) = folder.glob("queues/qa-dent-*.jsonl")
    rows = [json.loads(line) for line in sample.read_text("utf-8").splitlines()]
    wanted = rows[1]["row_id"]
    for recorded in (False, True):
        if recorded:
            project.call(*PLAN, "--record")
            unknown = project.call("ledger", "trace", wanted)
            assert (unknown.returncode, "is found with --plan PLAN" in unknown.stderr) == (2, True)
        told = project.call("ledger", "trace", wanted, "--plan", f"plans/{AS_OF}", "--format", "json")
        document = json.loads(told.stdout)
        Draft202012Validator(make_schema("trace")).validate(document)
        (queue,) = document["queues"]
        # All agree on dents: of twenty, a tenth is checked again.
        assert queue["scope"] == {"class": "dent"} and queue["id"] == sample.stem
        assert (queue["sample"]["rate"], queue["sample"]["because"]) == (0.1, 1.0)
        assert queue["sample"]["finding"] in {one["id"] for one in plan["passes"]}
        assert (queue["rows"], queue["row"]["number"]) == (2, 2)
        assert queue["row"]["stratum"] == {"value": {}, "eligible": 20, "taken": 2}
        assert queue["row"]["inclusion_probability"] == rows[1]["inclusion_probability"] == 0.1
        assert queue["file"]["sha256"] == hashlib.sha256(sample.read_bytes()).hexdigest()
        made = queue["recorded"]
        assert made["plan"] == f"sha256:{hashlib.sha256((folder / 'plan.json').read_bytes()).hexdigest()}"
        assert made["entry"] == (next(iter(read_entries(project))) if recorded else None)
        assert made["ruleset"]["digest"] == plan["ruleset"]["digest"]
        assert made["inputs"] == [{"source": one["source"], "digest": one["digest"]} for one in plan["inputs"]]
        shown = project.call("ledger", "trace", wanted, "--plan", f"plans/{AS_OF}/plan.json").stdout
        assert shown.startswith(
            f"{sample.stem}: sample of 10% of the finished labels of dent\n  because   the value 1.00 of "
        )
        assert ("none: the plan is not recorded" in shown) != recorded


def test_since_a_plan_that_nobody_recorded_is_since_the_heads_that_it_read(project: Project) -> None:
    project.call(*PLAN, "--record")
    project.call("decide", "review-set", "--as", "approved", *SAID, "--at", "2026-03-02")
    project.call(*PLAN, "--out", "later")
    project.call("decide", "review-set", "--as", "done", *SAID, "--at", "2026-03-03")
    (file,) = (project.root / "later").glob("queues/review-set-*.jsonl")
    row = json.loads(file.read_text("utf-8").splitlines()[0])["row_id"]
    (queue,) = json.loads(project.call("ledger", "trace", row, "--plan", "later", "--format", "json").stdout)["queues"]
    assert (queue["recorded"]["entry"], queue["state"]) == (None, "closed")
    assert [step["event"] for step in queue["since"]] == ["done"]


def test_a_planned_row_is_told_with_what_was_decided_since_its_plan(decided: Project) -> None:
    folder = decided.root / f"plans/{AS_OF}"
    (queue,) = folder.glob("queues/review-set-*.jsonl")
    row = json.loads(queue.read_text("utf-8").splitlines()[2])["row_id"]
    trace = ("ledger", "trace", row, "--format", "json", "--plan")
    by_ledger = json.loads(decided.call(*trace[:-1]).stdout)["queues"]
    by_plan = json.loads(decided.call(*trace, f"plans/{AS_OF}").stdout)["queues"]
    assert by_plan[0].pop("file")["path"] == f"queues/{queue.name}" and by_ledger[0].pop("file") is None
    assert by_plan == by_ledger
    (decided.root / "ledger").rename(decided.root / "elsewhere")
    (alone,) = json.loads(decided.call(*trace, f"plans/{AS_OF}").stdout)["queues"]
    assert (alone["recorded"]["entry"], alone["state"], alone["since"]) == (None, "proposed", [])
    assert alone["recorded"]["plan"] == by_plan[0]["recorded"]["plan"]


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (lambda queue: queue.unlink(), 2, "error[missing-file]: the plan's folder has no `queues/review-set-"),
        (lambda queue: queue.write_bytes(queue.read_bytes() + b"{}\n"), 7, "error[plan-edited]: `queues/review-set-"),
        (lambda queue: queue.write_bytes(queue.read_bytes().replace(b"\n", b"\r\n")), 0, ""),
        (lambda queue: forge_paths(queue.parents[1]), 7, "error[plan-edited]: `../../../outside.jsonl` is not"),
    ],
    ids=["a queue is gone", "a row is added", "a checkout converted line ends", "a path leads elsewhere"],
)  # fmt: skip
def test_each_queue_of_the_plan_must_be_as_it_was_written(
    change: Callable[[Path], None], code: int, told: str, project: Project
) -> None:
    project.call(*PLAN)
    (queue,) = (project.root / f"plans/{AS_OF}").glob("queues/review-set-*.jsonl")
    row = json.loads(queue.read_text("utf-8").splitlines()[0])["row_id"]
    change(queue)
    done = project.call("ledger", "trace", row, "--plan", f"plans/{AS_OF}")
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def forge_paths(folder: Path) -> None:
    """Let a plan name a file outside of its folder, with the digest that it has."""
    outside = folder.parents[2] / "outside.jsonl"
    outside.write_bytes(b'{"row_id": "secret"}\n')
    plan = json.loads((folder / "plan.json").read_bytes())
    (action,) = [one for one in plan["actions"] if one["action"] == "review-set"]
    action["queue"]["path"] = "../../../outside.csv"
    plan["files"].append({"path": "../../../outside.jsonl", "sha256": hashlib.sha256(outside.read_bytes()).hexdigest()})
    (folder / "plan.json").write_text(json.dumps(plan))


def test_a_row_that_the_plan_lacks_is_not_found(project: Project) -> None:
    project.call(*PLAN)
    done = project.call("ledger", "trace", "image-x", "--plan", f"plans/{AS_OF}")
    assert (done.returncode, "error[untraceable]: no queue of the plan has a row `image-x`" in done.stderr) == (2, True)


def test_what_the_ledger_says_to_machines_is_as_its_schema_says(decided: Project) -> None:
    (entry, *_) = read_entries(decided)
    for schema, command in (
        ("ledger-state", ("show",)), ("ledger-state", ("show", "review-set")), ("trace", ("trace", "review-set")),
        ("trace", ("trace", entry)),
    ):  # fmt: skip
        document = json.loads(decided.call("ledger", *command, "--format", "json").stdout)
        Draft202012Validator(make_schema(schema)).validate(document)
