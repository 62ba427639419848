"""Older versions of the language: each step has a folder with a file as it was and as it is then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.formatting.migrating import MIGRATIONS, Migration, migrate_source
from prism_rules.model.frozen import API_VERSION
from prism_rules.source import parse, read_source
from prism_rules.source.editing import Put, Remove

FOLDER = Path(__file__).parent / "migrations"


def name_metric(data: dict[str, Any]) -> Sequence[Put | Remove]:
    return [Put(("rules", name, "metric"), "krippendorff_alpha") for name, rule in data["rules"].items()
            if rule["metric"] == "alpha"]  # fmt: skip


def move_limit(data: dict[str, Any]) -> Sequence[Put | Remove]:
    return [
        change
        for name, rule in data["rules"].items()
        for change in (Put(("rules", name, "fail"), {"below": rule["limit"]}), Remove(("rules", name, "limit")))
    ]


MADE_UP = (
    Migration("prism-rules/v0.1-for-tests", "prism-rules/v0.2-for-tests", name_metric),
    Migration("prism-rules/v0.2-for-tests", "prism-rules/v1", move_limit),
)
STEPS = {"made-up": MADE_UP, **{step.before.partition("/")[2]: MIGRATIONS for step in MIGRATIONS}}


def test_every_step_has_its_folder_and_leads_on() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(STEPS)
    afters = [step.after for step in MIGRATIONS]
    assert [*(step.before for step in MIGRATIONS[1:]), API_VERSION][: len(afters)] == afters


@pytest.mark.parametrize("name", STEPS)
def test_a_file_is_brought_to_this_version(name: str) -> None:
    before = read_source(FOLDER / name / "before.yaml")
    after = (FOLDER / name / "after.yaml").read_text("utf-8")
    assert migrate_source(before, STEPS[name]) == after
    assert migrate_source(parse(after.encode(), "a.yaml"), STEPS[name]) == after


def test_a_file_of_this_version_stays_byte_for_byte() -> None:
    text = "apiVersion:   prism-rules/v1   # x\nkind: 'Ruleset'\n\n\n"
    assert migrate_source(parse(text.encode(), "a.yaml")) == text


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("apiVersion: prism-rules/v2\n", "unknown-value", 13),
        ("apiVersion: 1\n", "unknown-value", 13),
        ("kind: Ruleset\n", "missing-key", 1),
    ],
)
def test_a_version_that_nobody_knows_is_refused(text: str, code: str, column: int) -> None:
    with pytest.raises(Refused) as refused:
        migrate_source(parse(text.encode(), "a.yaml"), MADE_UP)
    (found,) = refused.value.diagnostics
    assert (found.code, found.labels[0].line, found.labels[0].col) == (code, 1, column)
    assert (
        code == "missing-key"
        or "`prism-rules/v0.1-for-tests`, `prism-rules/v0.2-for-tests`, `prism-rules/v1`" in str(found.help)
    )
