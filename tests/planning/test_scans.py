"""The queries of a plan: each stands there once, however many rules share it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from prism_rules import pipeline

RULE = {"source": "predictions", "metric": "mean_confidence", "min_n": 1, "fail": {"below": 0.5}}


def test_rules_name_the_scan_that_they_share(world: Any) -> None:
    shared = {f"r{i}": {**RULE, "by": ["class"], "where": f"confidence > {i / 100}"} for i in range(9)}
    resolved = world.load(rules={**shared, "other": {**RULE, "by": ["site"]}})
    data = world.write_all(resolved, {"predictions": [{"time": "2026-02-28", "class": "dent", "confidence": 0.7}]})
    outcome = pipeline.run(resolved, data, root=world.folder, as_of=datetime(2026, 3, 1, tzinfo=UTC), trusted=True)
    written = json.loads(outcome.files["plan.json"])
    named = {name: rule["scan"] for name, rule in written["rules"].items()}
    assert len({named[name] for name in shared}) == 1
    assert {*named.values()} == {*written["scans"]} and len(written["scans"]) == 2
    assert all("confidence > " in written["scans"][named[name]] for name in shared)
    assert "SELECT" not in json.dumps(written["rules"])
