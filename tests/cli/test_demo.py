"""`demo`: the glare case from nothing, twice into the same folder, and never over somebody's files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .conftest import COMMAND


def run_demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMMAND), "demo", "--out", "case"],
        cwd=folder,
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
    assert "relabel surface-scratch: blocked" in cycles[0]
    assert "recalibrate surface-scratch: verified" in cycles[1]
    assert "relabel surface-scratch: proposed" in cycles[1]
    assert [cycle.index("recalibrate") < cycle.index("relabel") for cycle in cycles] == [True, True]


def test_two_plans_are_left_each_with_its_report(made: tuple[Path, str]) -> None:
    folder, told = made
    plans = sorted(folder.rglob("plan.json"))
    assert [plan.parent.relative_to(folder).as_posix() for plan in plans] == ["plans/2026-03-01", "plans/2026-03-22"]
    for plan in plans:
        assert (plan.with_name("report.md").relative_to(folder.parent)).as_posix() in told
    second = json.loads(plans[1].read_bytes())
    assert second["previous"]["as_of"] == "2026-03-01T00:00:00Z"
    assert len(second["decisions"]) == 8
    assert all(decision["because"] and decision["by"].startswith("@org/") for decision in second["decisions"])


def test_what_is_left_is_a_project_to_work_in(made: tuple[Path, str]) -> None:
    for arguments, code in (
        (("check",), 0),
        (("ledger", "verify"), 0),
        (("plan", "--as-of", "2026-03-22", "--out", "../again"), 1),
    ):
        done = subprocess.run([str(COMMAND), *arguments], cwd=made[0], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr


def test_a_second_run_gives_the_same_bytes_and_a_strangers_file_stops_it(made: tuple[Path, str]) -> None:
    folder, told = made
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = run_demo(folder.parent)
    assert (again.returncode, again.stdout) == (0, told)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (folder / "data" / "mine.parquet").write_bytes(b"")
    stopped = run_demo(folder.parent)
    assert (stopped.returncode, "data/mine.parquet" in stopped.stderr) == (8, True)
    (folder / "data" / "mine.parquet").unlink()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
