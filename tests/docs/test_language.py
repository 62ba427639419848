"""docs/language.md against the language: its example is the example, and no key is left unsaid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prism_rules.ruleset import load_ruleset
from prism_rules.ruleset.checks import NOT_EVALUATED
from prism_rules.source import parse
from prism_rules.templating.filters import FILTERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/language.md").read_text("utf-8")
REFUSED = PAGE.split("## What is refused for now")[1]


def list_keys(schema: Any) -> Iterator[str]:
    # What a ruleset with `extends` may say besides are the same keys with a `+`.
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from (key.removesuffix("+") for key in part.get("properties", {}))


def test_the_example_is_the_example() -> None:
    example = (ROOT / "examples/glare/surface-inspection.yaml").read_text("utf-8")
    assert example in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("name", ["ruleset", "project"])
def test_every_key_is_told(name: str) -> None:
    schema = json.loads((ROOT / f"schemas/{name}.v1.schema.json").read_text("utf-8"))
    said = set(re.findall(r"`(\w+)(?::[^`]*)?`", PAGE))
    assert sorted({*list_keys(schema)} - said) == []


def test_what_is_refused_for_now_is_what_the_program_refuses() -> None:
    said = set(re.findall(r"\w+", REFUSED))
    refused = {pattern[-1] for pattern in NOT_EVALUATED}
    assert refused <= said


def test_every_filter_is_told() -> None:
    [line] = [line for line in PAGE.splitlines() if line.startswith("Filters: ")]
    assert set(re.findall(r"`(\w+)", line)) == set(FILTERS)


def test_the_example_of_extending_is_a_ruleset() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE.split("### extends")[1].split("### sources")[0], re.DOTALL)
    resolved = load_ruleset(parse(example.encode(), "plant-2.yaml"))
    assert resolved.model.rules["confidence-falls"].source == "predictions"
    assert resolved.warnings == ()
