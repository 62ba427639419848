"""CONTRIBUTING.md, "Add a metric", followed to the letter in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("\n## Add a metric\n")[1]
BLOCKS = dict(re.findall(r"`([\w/.]+)`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL))
[COMMANDS] = [block.splitlines() for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)]
MODULE = "src/prism_rules/metrics/confident_share.py"
REGISTRY = "src/prism_rules/metrics/__init__.py"
CASES = "tests/metrics/confident_share/cases.yaml"

PROGRAMS = {
    "make format": [
        ["ruff", "check", "--fix", "src/prism_rules/metrics"],
        ["ruff", "format", "src/prism_rules/metrics"],
    ],
    ".venv/bin/pytest": [["pytest"]],
}
"""What stands in for the page's commands, as modules of the Python that runs this test: the copy has no .venv."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("src", "tests/metrics"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def write_block(copy: Path, name: str) -> None:
    path = copy / name
    if name != REGISTRY:
        path.parent.mkdir(exist_ok=True)
        path.write_text(BLOCKS[name], "utf-8")
        return
    head, rest = path.read_text("utf-8").split("_NAMES = (\n")
    entries, tail = rest.split(")\n", 1)
    listed = sorted([*entries.splitlines(), *BLOCKS[name].splitlines()])
    path.write_text("\n".join([f"{head}_NAMES = (", *listed, ")", tail]), "utf-8")


def run_python(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, on the copy's package; nothing of this test run may leak into that one.

    The cases of the other metrics, which this run tries anyway, are not tried again.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(copy / "src"), "PYTEST_ADDOPTS": "-rA -k 'confident_share or registry'"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def run_command(copy: Path, command: str) -> subprocess.CompletedProcess[str]:
    name = next(name for name in PROGRAMS if command.startswith(name))
    rest = command.removeprefix(name).split()
    for program in PROGRAMS[name]:
        done = run_python(copy, "-m", *program, *rest)
        if done.returncode:
            break
    return done


def test_the_page_has_the_three_parts_of_a_metric_and_they_are_new() -> None:
    assert list(BLOCKS) == [MODULE, REGISTRY, CASES]
    assert not (ROOT / MODULE).exists()


def test_the_page_can_be_followed(copy: Path) -> None:
    for name in BLOCKS:
        write_block(copy, name)
    assert str(copy) in run_python(copy, "-c", "import prism_rules; print(prism_rules.__file__)").stdout
    for command in COMMANDS:
        done = run_command(copy, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    passed = re.findall(r"^PASSED .*?::(\w+)\[(confident_share\b.*)\]$", done.stdout, re.MULTILINE)
    cases = re.findall(r"^- case: (.*)$", BLOCKS[CASES], re.MULTILINE)
    assert {case for test, case in passed if test == "test_case"} == {f"confident_share: {case}" for case in cases}
    assert "test_sql" in {test for test, _ in passed}
    assert (copy / MODULE).read_text("utf-8") == BLOCKS[MODULE], "the page's code is not as `make format` leaves it"


@pytest.mark.parametrize("forgotten", [REGISTRY, CASES])
def test_a_forgotten_step_is_noticed(forgotten: str, copy: Path) -> None:
    for name in BLOCKS:
        if name != forgotten:
            write_block(copy, name)
    done = run_command(copy, ".venv/bin/pytest tests/metrics/test_cases.py -k files_registry_and_folders")
    assert done.returncode == 1
    assert "confident_share" in done.stdout
