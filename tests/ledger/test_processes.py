"""Writers that are killed lose nothing that was acknowledged; writers that meet wait for each other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("writers.py")


def run(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), arguments[0], str(tmp_path / "ledger"), str(tmp_path / "log"), *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_two_hundred_kills_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, "kill", "200")
    assert found["acknowledged"] > 100
    assert found["killed in the middle of a write"] > 0
    assert found["left after a last append"] == 0


def test_three_writers_and_a_reader_at_once(tmp_path: Path) -> None:
    found = run(tmp_path, "meet", "3", "12")
    assert found["reads"] > 0
    assert {name: found[name] for name in ("acknowledged", "all there", "heads", "longest row of parents")} == {
        "acknowledged": 36,
        "all there": True,
        "heads": 1,
        "longest row of parents": 1,
    }
