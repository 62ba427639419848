"""A ruleset of two classes, and the rows that it looks at: of each class 40, at one site."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import prism_rules

AS_OF = "2026-03-01T00:00:00Z"
RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: press-shop, version: "1.0.0", owners: ["@org/reliability"]}
sources:
  predictions:
    role: predictions
    fields: {id: image, time: taken_at, class: label, confidence: score}
    dimensions: [site]
defaults: {window: 7d, min_n: 30}
rules:
  low-confidence: {source: predictions, metric: mean_confidence, by: [class, site], fail: {below: 0.80}}
causes:
  unsure-model: {kind: drift, by: [class, site], when: {all: [low-confidence]}}
actions:
  review:
    kind: review
    for: [unsure-model]
    by: [site]
    title: "Review {{ scope.site }}"
    queue: {from: predictions, size: 5}
"""


@pytest.fixture(scope="session")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frames") / "ruleset.yaml"
    path.write_text(RULESET, "utf-8")
    return path


@pytest.fixture(scope="session")
def made(rows: pl.DataFrame, ruleset: Path) -> prism_rules.PlanResult:
    """The plan of these rows."""
    return prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF)


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """Eighty rows of the week before AS_OF: `dent` at 0.9, `scratch` at 0.5."""
    last = datetime.fromisoformat("2026-02-28T23:00:00")
    return pl.DataFrame(
        {
            "image": [f"image-{row:02}" for row in range(80)],
            "taken_at": [last - timedelta(hours=row) for row in range(80)],
            "label": [("dent", "scratch")[row % 2] for row in range(80)],
            "score": [(0.9, 0.5)[row % 2] for row in range(80)],
            "site": ["plant-2"] * 80,
        }
    )
