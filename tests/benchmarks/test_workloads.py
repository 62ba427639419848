"""The benchmarks measure what they say: the same data every time, rulesets that load, limits that agree. No clocks."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks import rulesets
from benchmarks.cases import Case, Goal, Race
from benchmarks.columns import write_rows
from benchmarks.data import AS_OF, CLASSES, SITES, write_data
from benchmarks.limits.w5 import read_drawn
from benchmarks.runs import DisagreementError, Results, Run, compare_numbers
from benchmarks.tables import replace_measured, write_table
from benchmarks.workloads import WORKLOADS, w2, w3, w5
from prism_rules.ruleset import load_ruleset

ROOT = Path(__file__).parents[2]

RULESETS: Mapping[str, Callable[[], str]] = {
    "w1 by class": lambda: rulesets.write_ruleset(rulesets.list_rules(["class"])),
    "w1 with sites": lambda: rulesets.write_ruleset(rulesets.list_rules(["class", "site"])),
    "w1 other bounds": lambda: rulesets.write_ruleset(rulesets.list_rules(["class", "site"], 1.01)),
    "w1 a rule for each number": lambda: rulesets.write_ruleset(rulesets.list_single_rules()),
    "w2": w2.write_rules,
    "w3": w3.write_ruleset,
    "w4": lambda: rulesets.write_ruleset(rulesets.list_many_rules(1_000)),
    "w5": w5.write_queue,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # So many that the smallest class has its share of the queue.
    path = tmp_path_factory.mktemp("data") / "predictions.parquet"
    write_data("predictions", 20_000, path)
    return path


def run_module(name: str, *arguments: str | Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def digest_rows(path: Path) -> str:
    rows = duckdb.connect().execute(f"SELECT * FROM read_parquet('{path}') ORDER BY id").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_the_same_rows_come_every_time(tmp_path: Path) -> None:
    paths = [tmp_path / "first.parquet", tmp_path / "second.parquet"]
    for path in paths:
        write_data("predictions", 2_000, path)
    assert digest_rows(paths[0]) == digest_rows(paths[1])


def test_data_are_as_they_are_described(data: Path) -> None:
    count, ids, classes, sites, labelled, outside = (
        duckdb.connect()
        .execute(
            "SELECT count(*), count(DISTINCT id), list(DISTINCT class), list(DISTINCT site), count(label) / count(*), "
            "count(*) FILTER (WHERE \"time\" < TIMESTAMP '2026-02-01' OR \"time\" >= TIMESTAMP '2026-03-01') "
            f"FROM read_parquet('{data}')"
        )
        .fetchall()[0]
    )
    assert (count, ids, {*classes}, {*sites}, outside) == (20_000, 20_000, {*CLASSES}, {*SITES}, 0)
    assert labelled == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("name", RULESETS)
def test_every_ruleset_loads_without_a_warning(name: str, tmp_path: Path) -> None:
    path = tmp_path / "ruleset.yaml"
    path.write_text(RULESETS[name](), "utf-8")
    assert load_ruleset(path).warnings == ()


def test_rules_and_checks_are_as_many_as_is_told() -> None:
    assert len(rulesets.MEASURED) == 10
    assert len([*rulesets.list_checks(["class"])]) == len(rulesets.list_single_rules()) == 500
    assert len([*rulesets.list_checks(["class", "site"])]) == 4_500
    assert len([*rulesets.list_many_checks(1_000)]) == len(rulesets.list_many_rules(1_000)) == 1_000


@pytest.mark.parametrize("levels", [["class"], ["class", "site"]], ids="-".join)
def test_limit_and_program_agree_on_every_number_and_on_what_fails(
    levels: list[rulesets.Level], data: Path, tmp_path: Path
) -> None:
    ruleset, checks = tmp_path / "ruleset.yaml", tmp_path / "checks.json"
    ruleset.write_text(rulesets.write_ruleset(rulesets.list_rules(levels)), "utf-8")
    checks.write_text(json.dumps([*rulesets.list_checks(levels)]), "utf-8")
    limit = run_module("limits.w1", data, checks, "--numbers", tmp_path / "limit.json")
    program = run_module("program", ruleset, AS_OF, f"predictions={data}", "--numbers", tmp_path / "program.json")
    numbers = [json.loads((tmp_path / f"{name}.json").read_text("utf-8")) for name in ("limit", "program")]
    assert len(numbers[0]) == (500 if levels == ["class"] else 4_500)
    compare_numbers(*numbers, "the program")
    assert limit["failed"] == program["failed"] > 0


@pytest.mark.parametrize("rows", [20_000, 300_000], ids=["all rows", "a sample"])
def test_limit_and_program_agree_on_every_index_of_drift(rows: int, tmp_path: Path) -> None:
    ruleset, sides = tmp_path / "ruleset.yaml", [tmp_path / "now.parquet", tmp_path / "known.parquet"]
    ruleset.write_text(w2.write_rules(), "utf-8")
    for path in sides:
        write_rows(rows, path, moved=path == sides[0])
    run_module("limits.w2", *sides, "--numbers", tmp_path / "limit.json")
    data = (f"predictions={sides[0]}", f"known={sides[1]}")
    run_module("program", ruleset, AS_OF, *data, "--numbers", tmp_path / "program.json")
    limit, program = (json.loads((tmp_path / f"{name}.json").read_text("utf-8")) for name in ("limit", "program"))
    assert len(limit) == 51 * 15
    assert max(limit.values()) > 0.01
    compare_numbers(limit, program, "the program")


def test_limit_and_program_agree_on_agreement(tmp_path: Path) -> None:
    labels = tmp_path / "annotations.parquet"
    write_data("annotations", 6_000, labels)
    ruleset, bounds = tmp_path / "ruleset.yaml", tmp_path / "bounds.json"
    ruleset.write_text(w3.write_ruleset(), "utf-8")
    bounds.write_text(json.dumps(w3.list_bounds()), "utf-8")
    limit = run_module("limits.w3", labels, bounds, "--numbers", tmp_path / "limit.json")
    program = run_module("program", ruleset, AS_OF, f"annotations={labels}", "--numbers", tmp_path / "program.json")
    numbers = [json.loads((tmp_path / f"{name}.json").read_text("utf-8")) for name in ("limit", "program")]
    assert len(numbers[0]) == 52
    compare_numbers(*numbers, "the program")
    assert limit["failed"] == program["failed"] > 0


def test_limit_and_program_draw_as_many_rows_of_each_class_and_the_data_has_them(data: Path, tmp_path: Path) -> None:
    ruleset, queue = tmp_path / "ruleset.yaml", tmp_path / "queue.json"
    ruleset.write_text(w5.write_queue(), "utf-8")
    queue.write_text(w5.describe_queue(), "utf-8")
    run_module("limits.w5", data, queue, "--numbers", tmp_path / "limit.json")
    run_module("program", ruleset, AS_OF, f"predictions={data}", "--queue", "--numbers", tmp_path / "program.json")
    limit, program = (read_drawn(tmp_path / f"{name}.json", data) for name in ("limit", "program"))
    assert sum(count for key, count in limit.items() if key.endswith("|found")) == w5.SIZE
    compare_numbers(limit, program, "the program")
    told = json.loads((tmp_path / "program.json").read_text("utf-8"))
    row = next(key for key in told if key.startswith("row|"))
    fewer = {key: value for key, value in told.items() if key != row}
    other = next(name for name in w5.WEIGHTS if name != told[row])
    for wrong in (fewer, {**fewer, "row|img-none": told[row]}, {**told, row: other}):
        (tmp_path / "wrong.json").write_text(json.dumps(wrong), "utf-8")
        with pytest.raises(DisagreementError, match="are not the limit's"):
            compare_numbers(limit, read_drawn(tmp_path / "wrong.json", data), "wrong")


@pytest.mark.parametrize(
    "told", [{"a": 1.0}, {"a": 1.0, "b": None, "c": 1}, {"a": 1.0 + 1e-8, "b": None}, {"a": 1.0, "b": 0.0}]
)
def test_other_numbers_than_the_limits_end_the_run(told: dict[str, float | None]) -> None:
    compare_numbers({"a": 1.0, "b": None}, {"a": 1.0 + 1e-12, "b": None}, "equal")
    with pytest.raises(DisagreementError, match="are not the limit's"):
        compare_numbers({"a": 1.0, "b": None}, told, "other")


def test_every_workload_has_a_heading_and_its_limit_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("benchmarks.workloads.files.SCRATCH", tmp_path)
    for workload in WORKLOADS.values():
        assert workload.TITLE and workload.ABOUT
        for full in (False, True):
            races = [*workload.list_races(full)]
            assert races and all(race.cases[0].name.startswith("limit") for race in races)


def test_a_table_tells_ratios_goals_and_what_is_missing() -> None:
    def make(name: str, walls: list[float], **more: Any) -> Results:
        runs = [Run(wall, wall, 7.0, wall / 2, None, None) for wall in walls]
        return Results(Case(name, (), **more), runs)

    absent = make("absent", [])
    absent.failed = "could not be installed: no such release"
    listed = [make("limit", [1.0, 2.0, 9.0]), make("ours", [2.2], goal=Goal(engine=1.25, process=2)), absent]
    table = write_table(Race("a race", ()), listed)
    assert "| limit | 3 | 1.00 | 1.00 |  | 2.00 | 1.00 | 2.00 | 7 |  |  |  |" in table
    assert "| ours | 1 | 1.10 | 1.10 |  | 2.20 | 1.10 | 2.20 | 7 |  | " in table
    assert "| engine 1.25 x; process 2 s | yes; **no** |" in table
    assert "- absent: **not measured**, could not be installed: no such release" in table


def test_the_page_keeps_what_was_written_by_hand() -> None:
    page = "before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n"
    assert replace_measured(page, "new") == page.replace("\nold\n", "\n\nnew\n\n")
    with pytest.raises(ValueError, match="has no"):
        replace_measured("a page", "new")
