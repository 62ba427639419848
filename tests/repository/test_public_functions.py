"""Every module is imported, then every public name is used: a module that hides a function of its name shows here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import prism_rules

SOURCE = Path(__file__).parents[2] / "src"
RULESET = Path(__file__).parent / "data" / "ruleset.yaml"
AS_OF = "2026-03-01T00:00:00Z"

# One use of each public name that is neither a class nor a text; `signals` is a Parquet file that fits RULESET.
CALLS: dict[str, Callable[[Path], object]] = {
    "plan": lambda signals: prism_rules.plan(RULESET, data={"predictions": signals}, as_of=AS_OF),
}


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty predictions of the week before AS_OF, all of them less sure than RULESET asks."""
    last = datetime.fromisoformat(AS_OF).astimezone(UTC).replace(tzinfo=None)
    rows = range(80)
    path = tmp_path_factory.mktemp("signals") / "predictions.parquet"
    pl.DataFrame(
        {
            "image_id": [f"image-{row:03}" for row in rows],
            "captured_at": [last - timedelta(hours=1 + row) for row in rows],
            "predicted_class": [("surface-scratch", "dent")[row % 2] for row in rows],
            "confidence": [0.5 + row / 400 for row in rows],
            "site": ["plant-2" for _ in rows],
            "lighting": ["diffuse" for _ in rows],
        }
    ).write_parquet(path)
    return path


@pytest.fixture(scope="module", autouse=True)
def every_module_is_imported() -> None:
    for path in SOURCE.rglob("*.py"):
        import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"))


def name_what_needs_a_call() -> set[str]:
    return {name for name in prism_rules.__all__ if not isinstance(getattr(prism_rules, name), (type, str))}


def test_every_public_function_has_a_call() -> None:
    assert set(CALLS) == name_what_needs_a_call()


@pytest.mark.parametrize("name", CALLS)
def test_a_public_function_can_be_called(name: str, signals: Path) -> None:
    assert CALLS[name](signals) is not None
