"""The wheel holds what the package needs, and works where there is no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SHIPPED = {
    "src/prism_rules": "prism_rules",
    "rulesets": "prism_rules/_rulesets",
    "schemas": "prism_rules/_schemas",
    "examples/glare": "prism_rules/_examples/glare",
}


def run_outside(*command: str | Path, cwd: Path) -> str:
    """Run a command with nothing of this environment in sight; return its standard output."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_outside(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a fresh environment that holds the wheel and what it asks for, and nothing else."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    run_outside(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment.parent)
    commands = environment / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", commands / "python")
    run_outside(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=environment.parent)
    [site] = environment.rglob("site-packages")
    with ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        asked = archive.read(metadata).decode().split("Requires-Dist: ")[1:]
    # `make` has pip itself resolve and install them; here they are those of this environment.
    for one in list_asked(text.splitlines()[0] for text in asked):
        for top in {file.parts[0] for file in one.files or ()} - {"..", "__pycache__"}:
            (site / top).symlink_to(one.locate_file(top))
    return commands


def list_asked(lines: Iterable[str]) -> list[Distribution]:
    """The distributions of this environment that requirements ask for, and those that these ask for."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(line) for line in lines]
    while waiting:
        asked = waiting.pop()
        if asked.name in found or (asked.marker and not asked.marker.evaluate({"extra": ""})):
            continue
        found[asked.name] = distribution(asked.name)
        waiting += map(Requirement, found[asked.name].requires or ())
    return list(found.values())


def test_the_wheel_holds_the_package_with_its_pages_templates_and_data(wheel: Path) -> None:
    expected = {
        f"{target}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, target in SHIPPED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", "plans"} & {*path.parts}
    }
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert "prism_rules/py.typed" in held
    assert held == expected


def test_the_wheel_asks_for_no_oracle_and_brings_its_licence(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        asked = [line for line in archive.read(metadata).decode().splitlines() if line.startswith("Requires-Dist:")]
        licences = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert len(licences) == 1
    assert any("duckdb" in line for line in asked)
    assert [line for line in asked if "krippendorff" in line or "extra ==" in line] == []


@pytest.fixture(scope="module")
def plans(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The plans that the demonstration writes, in the order of its cycles."""
    folder = tmp_path_factory.mktemp("outside")
    run_outside(installed / "prism-rules", "demo", "--out", "demo", cwd=folder)
    return sorted((folder / "demo").rglob("plan.json"))


def test_the_demo_runs_where_there_is_no_checkout(installed: Path, plans: list[Path], tmp_path: Path) -> None:
    assert len(plans) == 3, "one plan for each cycle"
    for plan in plans:
        report = run_outside(installed / "prism-rules", "render", plan, "--to", "markdown", cwd=tmp_path)
        assert report == plan.with_name("report.md").read_text("utf-8")


def test_a_plan_is_rendered_without_an_engine(installed: Path, plans: list[Path], tmp_path: Path) -> None:
    without_engine = (
        "import sys; sys.modules.update(polars=None, duckdb=None); from prism_rules.cli import main; sys.exit(main())"
    )
    for plan in plans:
        rendered = run_outside(installed / "python", "-c", without_engine, "render", plan, "--to", "json", cwd=tmp_path)
        assert json.loads(rendered)["kind"] == "Plan"
