"""pandas as people have it, with pyarrow and without: the plan is the one that Polars makes of the same rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).parent / "data" / "with_pandas.py"
PACKAGES = {
    "without pyarrow": ["pandas==3.1.1"],
    "with pyarrow": ["pandas==3.1.1", "pyarrow==26.0.1", "nanoarrow==0.9.0"],
}


def fetch(folder: Path, packages: list[str], untested: str) -> None:
    """Fetch packages of PyPI into a folder, or say by name what is untested."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), *packages]
    got = subprocess.run(command, capture_output=True, text=True, check=False)
    if got.returncode:
        pytest.skip(f"pip cannot fetch {' and '.join(packages)}: {untested}")


@pytest.fixture(scope="module", params=PACKAGES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script tells of every column and frame, where these packages are installed."""
    folder = tmp_path_factory.mktemp("packages")
    fetch(folder, PACKAGES[request.param], f"frames of pandas {request.param} are not read")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "src")])}
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["pyarrow"] == (request.param == "with pyarrow")
    return found


COLUMNS = {
    "text": ["String", ["a", None, "c"]],
    "objects of text": ["String", ["a", None, None]],
    "whole": ["Int64", [1, 2, 3]],
    "fraction": ["Float64", [1.5, None, 2.0]],
    "narrow": ["UInt8", [1, 2, 3]],
    "flag": ["Boolean", [True, False, True]],
    "nullable whole": ["Int64", [2**62 + 1, None, 3]],
    "nullable flag": ["Boolean", [True, None, False]],
    "nullable fraction": ["Float32", [1.5, None, 2.0]],
    "sparse": ["Float64", [1.0, None, 2.0]],
    "category": ["String", ["x", None, "y"]],
    "category of numbers": ["Int64", [1, 2, 1]],
    "moment": ["Datetime(time_unit='us', time_zone=None)", ["2026-03-01 10:00:00", None, "2026-03-02 10:00:00"]],
    "moment in Berlin": [
        "Datetime(time_unit='us', time_zone='UTC')",
        ["2026-03-01 09:00:00+00:00", None, "2026-03-02 09:00:00+00:00"],
    ],
    "nanoseconds": ["Datetime(time_unit='ns', time_zone=None)", ["2026-03-01 10:00:00"] * 3],
    "seconds": ["Datetime(time_unit='us', time_zone=None)", ["2026-03-01 10:00:00"] * 3],
    "day": ["Date", ["2026-03-01", None, "2026-03-02"]],
    "decimal": ["Decimal(precision=38, scale=2)", ["1.10", None, "2.25"]],
    "index": ["String", ["i", "j", "k"]],
}
ARROW = {
    "Arrow text": ["String", ["a", None, "c"]],
    "Arrow whole": ["Int64", [1, None, 3]],
    "Arrow moment": ["Datetime(time_unit='us', time_zone=None)", ["2026-03-01 10:00:00", None, "2026-03-02 10:00:00"]],
}


def test_a_column_has_the_values_that_pandas_shows(told: dict[str, Any]) -> None:
    assert told["columns"] == COLUMNS | (ARROW if told["pyarrow"] else {})


def test_a_column_without_one_type_is_refused(told: dict[str, Any]) -> None:
    assert told["refused"] == {
        name: [["wrong-column-type", f"column `{name}` of source `predictions` is {type_}"]]
        for name, type_ in {
            "mixed": "object",
            "periods": "Object",
            "things": "Object",
            "twice": "one of several",
        }.items()
    }


def test_every_holder_of_the_same_rows_makes_the_same_plan(told: dict[str, Any]) -> None:
    holders = {"polars", "pandas", "pandas shuffled", "pandas by index", "pandas with categories"}
    holders |= {"pyarrow table", "pyarrow reader", "nanoarrow"} if told["pyarrow"] else set()
    assert {*told["plans"]} == holders
    assert {*told["plans"].values()} == {told["plans"]["polars"]}


def test_what_the_caller_does_not_use_is_not_imported(told: dict[str, Any]) -> None:
    assert told["imported without being asked for"] == []
