"""The rule tests of the glare ruleset, which a user gets with the example."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_rules.cli import run

ROOT = Path(__file__).parents[2]


def test_the_example_passes_its_rule_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", str(ROOT / "examples" / "glare")]) == 0
    assert capsys.readouterr().out.endswith("\n18 passed\n")
