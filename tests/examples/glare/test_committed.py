"""The plans that stand in examples/glare/plans are what the demonstration makes today (`make examples` renews them)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prism_rules.cli import run

PLANS = Path(__file__).parents[3] / "examples" / "glare" / "plans"
COMMITTED = sorted(path.relative_to(PLANS).as_posix() for path in PLANS.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "demo"
    assert run(["demo", "--out", str(out)]) == 0
    return out / "plans"


def strip_digests(text: str) -> str:
    """Digests of data follow the Parquet writer's version, and those of plans follow them."""
    return re.sub(r"\b(?:sha256:|bytes:)?[0-9a-f]{12,64}\b", "#", text)


def test_every_cycle_is_there_with_every_queue(made: Path) -> None:
    expected = [path.relative_to(made).as_posix() for path in made.rglob("*")]
    assert sorted(path for path in expected if path.endswith((".md", ".json", ".csv", ".svg"))) == COMMITTED


@pytest.mark.parametrize("path", COMMITTED)
def test_committed_is_made(path: str, made: Path) -> None:
    assert strip_digests((PLANS / path).read_text("utf-8")) == strip_digests((made / path).read_text("utf-8"))
