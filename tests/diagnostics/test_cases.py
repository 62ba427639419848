"""Every code as people see it: a folder of input for each, and `seen.txt`, what the program prints.

`case.yaml` says what to run where that is not `check ruleset.yaml`, and which of `trouble` to make beforehand. CSV
files become Parquet. `pytest tests/diagnostics/test_cases.py --snapshot-update` writes each `seen.txt` anew, to be read
before it is committed. Where a mistake stands in its line is proven by the carets in `ruleset.yaml`, which are made by
hand: see `tests/ruleset/test_mistakes.py`.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules import cli
from prism_rules.diagnostics.pages import all_codes
from prism_rules.source import parse

from . import trouble

CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path.name for path in CASES.iterdir())


def read_case(code: str) -> Mapping[str, Any]:
    path = CASES / code / "case.yaml"
    return {"run": "check ruleset.yaml", **(parse(path.read_bytes(), "case.yaml").data if path.exists() else {})}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder that no project file above it reaches into."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return place


def show(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a case in a folder of its own and return what is seen of it: the command, its output, and its last line."""
    case = read_case(code)
    for path in sorted((CASES / code).iterdir()):
        if path.suffix == ".csv":
            pl.read_csv(path, try_parse_dates=True).write_parquet(folder / f"{path.stem}.parquet")
        elif path.name not in ("case.yaml", "seen.txt"):
            shutil.copyfile(path, folder / path.name)
    if "trouble" in case:
        getattr(trouble, case["trouble"])(folder, monkeypatch)
    capsys.readouterr()
    cli.run(shlex.split(case["run"]))
    out, err = capsys.readouterr()
    seen = f"$ prism-rules {case['run']}\n{out}{err}"
    seen = re.sub(r"(sha256:|\b)[0-9a-f]{64}\b", "<digest>", seen)
    return "".join(f"{line}\n" for line in seen.replace(str(folder), "<folder>").splitlines())


def test_every_code_has_its_case() -> None:
    assert FOLDERS == all_codes()


@pytest.mark.parametrize("code", FOLDERS)
def test_a_code_is_seen(
    code: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    seen = show(code, folder, monkeypatch, capsys)
    assert re.search(rf"^(error|warning)\[{code}\]: ", seen, re.MULTILINE), seen
    path = CASES / code / "seen.txt"
    if request.config.getoption("update_snapshots"):
        path.write_text(seen, "utf-8")
    assert path.read_text("utf-8") == seen
