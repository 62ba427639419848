"""Files: what the workloads read, made once and named after the code that makes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.cases import BUILD, SCRATCH, Numbers, name_module

CODE = Path(__file__).parents[1]


def name_data(rows: int, kind: str = "predictions") -> tuple[Path, tuple[str, ...]]:
    """Name the file of so many rows of a kind, and the command that makes it."""
    version = hashlib.sha256((CODE / "data.py").read_bytes()).hexdigest()[:8]
    path = BUILD / "data" / f"{kind}-{rows}-{version}.parquet"
    return path, name_module("data", kind, str(rows), path)


def name_columns(rows: int, *, moved: bool) -> tuple[Path, tuple[str, ...]]:
    """Name the file of so many rows of many columns, and the command that makes it."""
    code = (CODE / "columns.py").read_bytes() + (CODE / "data.py").read_bytes()
    version = hashlib.sha256(code).hexdigest()[:8]
    path = BUILD / "data" / f"{'moved' if moved else 'known'}-{rows}-{version}.parquet"
    return path, name_module("columns", str(rows), path, *(["--moved"] if moved else []))


def write_text(name: str, text: str) -> Path:
    """Write a ruleset, or what a peer reads."""
    path = SCRATCH / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def write_checks(name: str, checks: Iterable[dict[str, Any]]) -> Path:
    """Write checks as JSON."""
    return write_text(name, json.dumps([*checks]))


def read_numbers(path: Path) -> Numbers:
    """Read what a case told in its warm-up."""
    numbers: Numbers = json.loads(path.read_text("utf-8"))
    return numbers
