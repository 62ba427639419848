"""Rows in memory are data like any other: whatever holds them, the plan is the one that their file makes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

import prism_rules

from .conftest import AS_OF

Connection = duckdb.DuckDBPyConnection


@pytest.fixture
def connection() -> Connection:
    """A connection of the caller's, with a zone of its own."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    return connection


def stream(rows: pl.DataFrame) -> object:
    """What any library gives that speaks the Arrow stream protocol."""
    return SimpleNamespace(__arrow_c_stream__=rows.__arrow_c_stream__)


# How a caller may hold the rows of a frame.
HOLDERS: dict[str, Callable[[pl.DataFrame, Connection, Path], Any]] = {
    "DataFrame": lambda rows, *_: rows,
    "LazyFrame": lambda rows, *_: rows.lazy(),
    "chunks in another order": lambda rows, *_: pl.concat([rows[50:], rows[:7], rows[7:50]], rechunk=False),
    "categories": lambda rows, *_: rows.with_columns(pl.col("label").cast(pl.Enum(["scratch", "dent"]))),
    "more columns, in another order": lambda rows, *_: rows.select(
        pl.struct("label").alias("embedding"), *reversed(rows.columns)
    ),
    "Arrow stream": lambda rows, *_: stream(rows),
    "DuckDB relation": lambda rows, connection, folder: (
        rows.write_parquet(folder / "rows.parquet")
        or connection.sql(f'SELECT *, 1::HUGEINT AS "a ""b" FROM \'{folder / "rows.parquet"}\' ORDER BY score')
    ),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_rows_make_one_plan_whatever_holds_them(
    holder: str,
    rows: pl.DataFrame,
    ruleset: Path,
    tmp_path: Path,
    connection: Connection,
    made: prism_rules.PlanResult,
) -> None:
    plan = prism_rules.plan(ruleset, {"predictions": HOLDERS[holder](rows, connection, tmp_path)}, as_of=AS_OF)
    assert plan.to_json() == made.to_json()
    assert plan.findings["value"].to_list() == [0.5]


def test_a_plan_of_rows_differs_from_that_of_their_file_in_what_it_says_of_them(
    rows: pl.DataFrame, ruleset: Path, tmp_path: Path, made: prism_rules.PlanResult
) -> None:
    file = tmp_path / "signals.parquet"
    rows.write_parquet(file)
    plan = prism_rules.plan(ruleset, {"predictions": file}, as_of=AS_OF)
    expected, found = json.loads(plan.to_json()), json.loads(made.to_json())
    # The report is among `files`: it says the command and the digest.
    assert {name for name in found if found[name] != expected[name]} == {"command", "inputs", "files"}
    assert found["command"] == (
        f"prism_rules.plan({ruleset.as_posix()!r}, {{'predictions': <frame>}}, as_of='2026-03-01T00:00:00Z')"
    )
    assert plan.model.command.startswith("prism-rules plan ")
    told, told_of_file = found["inputs"][0], expected["inputs"][0]
    assert (told["digest"][:5], told["files"]) == ("rows:", 0)
    assert (told_of_file["digest"][:6], told_of_file["files"]) == ("bytes:", 1)
    assert told["rows"] == told_of_file["rows"] == 80


def test_paths_and_rows_go_together_and_the_child_reads_both(rows: pl.DataFrame, ruleset: Path, tmp_path: Path) -> None:
    more = "  more: {role: predictions, fields: {id: image, time: taken_at, class: label, confidence: score}}\n"
    rule = "  other: {source: more, metric: mean_confidence, where: confidence > 0, fail: {below: 0.80}}\n"
    text = ruleset.read_text("utf-8").replace("defaults:", more + "defaults:").replace("causes:", rule + "causes:")
    path = tmp_path / "ruleset.yaml"
    path.write_text(text, "utf-8")
    rows.write_parquet(tmp_path / "more-1.parquet")
    data = {"predictions": rows, "more": tmp_path / "more-*.parquet"}
    plan = prism_rules.plan(path, data, as_of=AS_OF, trusted=False)
    values = dict(plan.findings.select("rule", "value").iter_rows())
    assert values == {"low-confidence": 0.5, "other": 0.7}
    assert [entry.digest[:5] for entry in plan.model.inputs] == ["bytes", "rows:"]
    assert f"'more': {str(tmp_path / 'more-*.parquet')!r}, 'predictions': <frame>" in plan.model.command


def test_nothing_is_left_of_rows(
    rows: pl.DataFrame, ruleset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF)
    assert [*place.iterdir()] == []
    with pytest.raises(prism_rules.Refused):
        prism_rules.plan(ruleset, {"predictions": rows.drop("score")}, as_of=AS_OF)
    assert [*place.iterdir()] == []


def test_nobody_else_may_read_rows(rows: pl.DataFrame, ruleset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prism_rules.frames import take_rows

    modes = []

    def watch(resolved: Any, source: str, value: object, path: Path) -> Any:
        modes.append(path.parent.stat().st_mode & 0o777)
        return take_rows(resolved, source, value, path)

    monkeypatch.setattr("prism_rules.frames.take_rows", watch)
    prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF)
    assert modes == [0o700]


WITHOUT = """\
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        lacking = name.partition(".")[0] in ("pyarrow", "pandas", "numpy")
        return None if lacking else super().find_spec(name, path, target)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
import prism_rules
assert not {"polars", "duckdb", "pydantic"} & {*sys.modules}, "importing it should cost nothing"
import duckdb, polars
file = sys.argv[2]
for data in (polars.read_parquet(file), polars.scan_parquet(file), duckdb.read_parquet(file)):
    plan = prism_rules.plan(sys.argv[1], {"predictions": data}, as_of="2026-03-01")
    queues = [queue.height for queue in plan.queues.values()]
    print(plan.status, *plan.findings["value"], *queues, plan.measurements.height, "scratch" in plan._repr_html_())
"""
"""Prints what is made where a finder of modules finds none of the three."""


def test_neither_pyarrow_nor_pandas_nor_numpy_is_needed(rows: pl.DataFrame, ruleset: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    rows.write_parquet(file)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(ruleset), str(file)], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout) == ("", "fail 0.5 5 2 True\n" * 3)


@pytest.mark.parametrize("later", [0, 1])
def test_rows_without_an_id_are_told(later: int, rows: pl.DataFrame, ruleset: Path) -> None:
    # Where a row is after as-of, the source is looked at once more; the count is the same.
    first = pl.int_range(pl.len()) < later
    given = rows.with_columns(
        image=pl.when(pl.int_range(pl.len()) % 4 > 0).then("image"),
        taken_at=pl.col("taken_at") + pl.when(first).then(timedelta(days=9)).otherwise(timedelta()),
    )
    told = {note.code: note for note in prism_rules.plan(ruleset, {"predictions": given}, as_of=AS_OF).model.intake}
    assert (told["null"].n, told["null"].names, told["null"].text) == (20, ("id",), "20 rows have no id")
    assert ("later" in told) == bool(later)
