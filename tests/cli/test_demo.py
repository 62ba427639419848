"""`demo`: the glare case from nothing, twice into the same folder, and never over somebody's files."""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest

from prism_rules.cli import run
from prism_rules.cli.demo import tell_figures
from prism_rules.model.plan import Decision, Plan

from .conftest import COMMAND


def run_demo(folder: Path, **elsewhere: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMMAND), "demo", "--out", "case"],
        cwd=folder,
        env={**os.environ, **elsewhere},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the demonstration, and what was said."""
    folder = tmp_path_factory.mktemp("demo")
    done = run_demo(folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "case", done.stdout


def test_the_verdict_has_the_figures_of_the_case(made: tuple[Path, str]) -> None:
    cycles = made[1].split("Cycle ")[1:]
    assert [figure in cycles[0] for figure in ("0.91 -> 0.74", "0.91 -> 0.61", ": 0.63")] == [True] * 3
    assert [figure in cycles[1] for figure in ("0.91 -> 0.85", "0.91 -> 0.79", ": 0.81")] == [True] * 3
    assert [figure in cycles[2] for figure in (": 0.87 (pass)", "0.91 -> 0.83 (warn)", ": 0.67 (fail)")] == [True] * 3
    assert "relabel surface-scratch: blocked" in cycles[0]
    assert "recalibrate surface-scratch: verified" in cycles[1]
    assert "relabel surface-scratch: proposed" in cycles[1]
    assert "recalibrate surface-scratch: open, episode 2" in cycles[2]
    assert "relabel surface-scratch: blocked" in cycles[2]
    assert [cycle.index("recalibrate") < cycle.index("relabel") for cycle in cycles] == [True] * 3


def test_three_plans_are_left_each_with_its_report(made: tuple[Path, str]) -> None:
    folder, told = made
    plans = sorted(folder.rglob("plan.json"))
    assert [plan.parent.name for plan in plans] == ["2026-03-01", "2026-03-22", "2026-04-12"]
    for plan in plans:
        assert (plan.with_name("report.md").relative_to(folder.parent)).as_posix() in told
    for file, before, decided in ((plans[1], "2026-03-01", 8), (plans[2], "2026-03-22", 4)):
        plan = json.loads(file.read_bytes())
        assert plan["previous"]["as_of"] == f"{before}T00:00:00Z"
        decisions = [decision for decision in plan["decisions"] if decision["by"] != "prism-rules"]
        assert len(decisions) == decided
        assert all(decision["because"] and decision["by"].startswith("@org/") for decision in decisions)


def test_what_begins_again_is_told_with_its_last_end(made: tuple[Path, str]) -> None:
    plan = Plan.model_validate_json((made[0] / "plans/2026-04-12/plan.json").read_bytes())
    (entry,) = [entry for entry in plan.actions if entry.action == "recalibrate"]
    lived = [
        Decision(action=entry.id, name=entry.action, scope=entry.scope, event=event, at=at, entry="0" * 64)
        for event, at in (
            ("opened", "2026-03-01T00:00:00Z"), ("done", "2026-03-10T12:00:00Z"), ("verified", "2026-03-22T00:00:00Z"),
            ("reopened", "2026-04-12T00:00:00Z"),
        )
    ]  # fmt: skip
    told = tell_figures(plan.model_copy(update={"actions": (entry.model_copy(update={"history": tuple(lived)}),)}))
    assert told.endswith("recalibrate surface-scratch: open, episode 2 (verified on 2026-03-22)")


def test_what_is_left_is_a_project_to_work_in(made: tuple[Path, str]) -> None:
    for arguments, code in (
        (("check",), 0),
        (("ledger", "verify"), 0),
        (("plan", "--as-of", "2026-04-12", "--out", "../again"), 1),
    ):
        done = subprocess.run([str(COMMAND), *arguments], cwd=made[0], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr


def test_the_plan_whose_data_are_there_is_made_again(
    made: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with chdir(made[0]):
        entries = {path.stem: json.loads(path.read_bytes()) for path in Path("ledger").glob("??/*.json")}
        recorded = {entry["as_of"][:10]: name for name, entry in entries.items() if "plan" in entry}
        codes = {day: run(["plan", "--replay", name, "--fail-on", "never"]) for day, name in recorded.items()}
    # The data of the first two were replaced by those of the third.
    assert codes == {"2026-03-01": 7, "2026-03-22": 7, "2026-04-12": 0}
    assert {*re.findall(r"replay-differs\]: the (\w+)", capsys.readouterr().err)} == {"data"}


def test_a_second_run_gives_the_same_bytes_and_a_strangers_file_stops_it(made: tuple[Path, str]) -> None:
    folder, told = made
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = run_demo(folder.parent, PYTHONHASHSEED="7", TZ="Pacific/Auckland")
    assert (again.returncode, again.stdout) == (0, told)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (folder / "data" / "mine.parquet").write_bytes(b"")
    stopped = run_demo(folder.parent)
    assert (stopped.returncode, "data/mine.parquet" in stopped.stderr) == (8, True)
    (folder / "data" / "mine.parquet").unlink()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
