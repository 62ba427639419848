"""prism.yaml: found upward, read with the same care as a ruleset."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.ruleset import find_project, load_project

GOOD = """\
apiVersion: prism-rules/v1
kind: Project
ruleset: rulesets/surface-inspection.yaml
data:
  predictions: data/predictions/*.parquet
  annotations: {path: exports/label-studio.json, format: label-studio}
out: "plans/{{ as_of | date }}"
ledger: ledger/
"""


def test_a_project_is_read(tmp_path: Path) -> None:
    path = tmp_path / "prism.yaml"
    path.write_text(GOOD, encoding="utf-8")
    project = load_project(path)
    assert project.ruleset == "rulesets/surface-inspection.yaml"
    assert project.data["predictions"] == "data/predictions/*.parquet"
    assert getattr(project.data["annotations"], "format", None) == "label-studio"


def test_a_project_is_found_upward(tmp_path: Path) -> None:
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    (tmp_path / "prism.yaml").write_text(GOOD, encoding="utf-8")
    assert find_project(inner) == tmp_path / "prism.yaml"
    (tmp_path / "one" / "prism.yaml").write_text(GOOD, encoding="utf-8")
    assert find_project(inner) == tmp_path / "one" / "prism.yaml"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ledger: ledger/", "leger: ledger/", ("unknown-key", 8, 1)),
        ("kind: Project", "kind: Ruleset", ("unknown-value", 2, 7)),
        ("ruleset: rulesets/surface-inspection.yaml\n", "", ("missing-key", 1, 1)),
        ("format: label-studio", "format: 3", ("wrong-type", 6, 58)),
        ("data/predictions/*.parquet", "[a, b]", ("wrong-type", 5, 16)),
        ("predictions:", "Predictions:", ("bad-id", 5, 3)),
        ("as_of |", "asof |", ("template-unknown-variable", 7, 16)),
    ],
)
def test_mistakes_are_told_at_their_places(tmp_path: Path, old: str, new: str, expected: tuple[str, int, int]) -> None:
    assert old in GOOD
    path = tmp_path / "prism.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_project(path)
    assert [(d.code, d.labels[0].line, d.labels[0].col) for d in refused.value.diagnostics] == [expected]
