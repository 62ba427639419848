"""The pytest plugin: an item per test, other files left alone, and nothing of ours imported for other suites."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import Bench
from .test_command import FAILS, PASSES

MINE = """\
import sys


def test_nothing_of_the_pipeline_is_imported_for_other_files():
    assert "polars" not in sys.modules and "pydantic" not in sys.modules
"""


def run_pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "prism_rules.ruletests.pytest_plugin", "-W", "error", "-rA"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_pytest_runs_rule_tests_and_leaves_other_files_alone(bench: Bench) -> None:
    Path("a").mkdir()
    Path("a/test_mine.py").write_text(MINE, "utf-8")
    Path("a/other.test.yaml").write_text("kind: SomebodyElses\n", "utf-8")
    bench.write(PASSES + FAILS)
    Path("wrong.test.yaml").write_text(bench.path.read_text("utf-8").replace("findings: []", "findings: 3"), "utf-8")
    alone = run_pytest("a")
    assert (alone.returncode, alone.stdout.count("PASSED")) == (0, 1)
    done = run_pytest("--continue-on-collection-errors", "--ignore=a")
    assert done.returncode == 1
    assert "PASSED press.test.yaml::dents are sure" in done.stdout
    assert "FAILED press.test.yaml::" in done.stdout
    assert "1 failed, 1 passed, 1 error in" in done.stdout
    # what fails is told as the command tells it
    assert "expected  low-confidence  class=dent site=p1  status=warn  value=0.63" in done.stdout
    assert "(press.test.yaml:14)" in done.stdout
    assert "error[wrong-type]: `tests[0].expect.findings` takes a list, not the number 3" in done.stdout
    assert "Traceback" not in done.stdout
