"""Every code as people see it: a folder of input for each, and `seen.txt`, what the program prints.

`case.yaml` says what to run where that is not `check ruleset.yaml` (ENTRY is the ledger's one entry); whether it begins
as a copy of `project`, and with which changes of text; and which of `trouble` to make beforehand. CSV files become
Parquet. Where a mistake stands in its line is proven by the carets in `ruleset.yaml`, made by hand: see
`tests/ruleset/test_mistakes.py`.

`pytest tests/diagnostics/test_cases.py --snapshot-update` writes each `seen.txt` anew, to be read before a commit.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules import cli
from prism_rules.diagnostics.pages import all_codes
from prism_rules.source import parse

from . import trouble

HERE = Path(__file__).parent
CASES = HERE / "cases"
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
    for path in sorted([*(HERE / "project").iterdir()] if "project" in case else (CASES / code).iterdir()):
        if path.suffix == ".csv":
            pl.read_csv(path, try_parse_dates=True).write_parquet(folder / f"{path.stem}.parquet")
        if path.name not in ("case.yaml", "seen.txt"):
            text = path.read_text("utf-8")
            for old, new in case.get("edit", {}).items():
                text = text.replace(old, new)
            (folder / path.name).write_text(text, "utf-8")
    if "trouble" in case:
        getattr(trouble, case["trouble"])(folder, monkeypatch)
    capsys.readouterr()
    only = next((entry.stem for entry in folder.glob("ledger/*/*.json")), "")
    cli.run(shlex.split(case["run"].replace("ENTRY", only)))
    out, err = capsys.readouterr()
    seen = f"$ prism-rules {case['run']}\n{out}{err}"
    # What a ledger's entry is called says which version wrote it.
    names = r"[0-9a-f]{2}/[0-9a-f]{64}\b|\b[0-9a-f]{64}\b|(?<=entry )[0-9a-f]{12}\b|(?<=ledger/)[0-9a-f]{2}(?=/)"
    seen = re.sub(names, "<digest>", seen)
    return "".join(f"{line}\n" for line in seen.replace(str(folder), "<folder>").splitlines())


def test_every_code_has_its_case() -> None:
    assert all_codes() == FOLDERS


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
