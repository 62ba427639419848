"""What is imported, and when: every module on request, and the heavy libraries only by the commands that need them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from prism_rules.cli import COMMANDS
from prism_rules.render.json import write_plan_json
from tests.render.plans import make_glare_plan

SOURCE = Path(__file__).parents[2] / "src"
MODULES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__") for path in SOURCE.rglob("*.py")
)

TEST = """\
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: ruleset.yaml
tests:
  - {name: nothing, as_of: 2026-03-01, data: {}, expect: {findings: []}}
"""
RULESET = (Path(__file__).parent / "data" / "ruleset.yaml").read_text("utf-8")


def run_and_list_imports(*arguments: str, cwd: Path) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """Run the command in its own interpreter; return its outcome and the top-level name of all it imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "prism_rules", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    timed = [line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    return done, {name.split(".")[0] for name in timed}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported(module: str) -> None:
    assert import_module(module).__name__ == module


HELP = """\
import json, sys
from prism_rules import cli
heavy = {"duckdb", "polars", "pydantic", "jinja2", "ruamel", "rich"}
told = {name: (cli.run([name, "--help"]), sorted(heavy & {*sys.modules})) for name in cli.COMMANDS}
print(json.dumps(told), file=sys.stderr)
"""


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    done, imported = run_and_list_imports("--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "click" in imported
    assert imported & {"duckdb", "polars", "pydantic", "jinja2", "ruamel", "rich"} == set()
    asked = subprocess.run([sys.executable, "-c", HELP], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(asked.stderr) == {name: [0, []] for name in COMMANDS}


@pytest.mark.parametrize(
    ("condition", "unneeded"),
    [
        pytest.param("", {"polars", "duckdb", "rich"}, id="without SQL"),
        pytest.param("    where: \"lighting = 'glare'\"\n", {"polars", "rich"}, id="with SQL"),
    ],
)
def test_check_imports_nothing_heavy_that_it_does_not_need(condition: str, unneeded: set[str], tmp_path: Path) -> None:
    metric = "    metric: mean_confidence\n"
    (tmp_path / "ruleset.yaml").write_text(RULESET.replace(metric, metric + condition), "utf-8")
    done, imported = run_and_list_imports("check", "ruleset.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pydantic" in imported
    assert imported & unneeded == set()


def test_check_of_rule_tests_imports_nothing_heavy_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "ruleset.yaml").write_text(RULESET, "utf-8")
    (tmp_path / "ruleset.test.yaml").write_text(TEST, "utf-8")
    done, imported = run_and_list_imports("check", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "prism_rules.ruletests.reading" in done.stderr
    assert imported & {"polars", "duckdb", "rich"} == set()


def test_check_imports_no_templates_where_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "ruleset.yaml").write_text(RULESET.partition("causes:")[0], "utf-8")
    done, imported = run_and_list_imports("check", "ruleset.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pydantic" in imported
    assert "jinja2" not in imported


@pytest.mark.parametrize("arguments", [["metrics"], ["metrics", "--format", "json"], ["explain", "krippendorff_alpha"]])
def test_the_catalogue_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    done, imported = run_and_list_imports(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert imported & {"duckdb", "polars", "jinja2", "ruamel", "rich"} == set()


def test_an_entry_of_a_plan_is_explained_from_the_plan_alone(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(write_plan_json(make_glare_plan()), "utf-8")
    done, imported = run_and_list_imports("explain", "agreement", "--plan", "plan.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Reviewers agree on the class (surface-scratch): fail at 0.63\n")
    assert imported & {"duckdb", "polars", "jinja2", "ruamel", "rich"} == set()


def test_reading_rule_tests_imports_no_planner() -> None:
    # `check` reads every rule test of its folder, and plans nothing.
    script = "import sys, prism_rules.ruletests.reading, prism_rules.ruletests.history; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()
    assert "prism_rules.ruletests.history" in loaded
    assert not [name for name in loaded if name.startswith(("prism_rules.planning", "prism_rules.pipeline"))]
