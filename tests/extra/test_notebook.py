"""The example's notebook runs as it stands, in a kernel as people have it, and shows tables and no errors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from prism_rules import cli

from .test_pandas import fetch

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples/notebook.ipynb"
PACKAGES = ["nbconvert==7.17.2", "ipykernel==7.4.0"]


def test_the_notebook_holds_no_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert [cell["outputs"] for cell in cells if cell["cell_type"] == "code" and cell["outputs"]] == []


def test_the_notebook_runs(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    fetch(packages, PACKAGES, "the notebook is not run")
    shutil.copy(NOTEBOOK, tmp_path)
    assert cli.run(["demo", "--out", str(tmp_path / "demo")]) == 0
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(packages), str(ROOT / "src")]),
        "JUPYTER_PATH": str(packages / "share/jupyter"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", NOTEBOOK.name],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "notebook.html").read_text("utf-8")
    shown = re.sub(r"<[^>]+>", " ", page)
    assert "surface-inspection 1.3.0 as of 2026-03-01: FAIL" in shown
    assert "Relabel low-confidence surface-scratch" in shown
    assert "missing-column: source `predictions` has no column `confidence`" in shown
    assert "output_error" not in page
