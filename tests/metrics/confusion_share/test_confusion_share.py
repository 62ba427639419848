"""Which classes are confused, from labels to the words of a report."""

from __future__ import annotations

from typing import Any

from prism_rules.render.markdown.findings import list_slices


def test_confused_classes_are_told(world: Any) -> None:
    units = [["dent", "ok"]] * 12 + [["dent", "dent"]] * 6 + [["dent", "chip"]] * 3 + [["ok", "ok"]] * 9
    labels = [
        {"unit": f"u{i}", "annotator": f"r{place}", "class": name, "time": "2026-02-28"}
        for i, of in enumerate(units)
        for place, name in enumerate(of)
    ]
    rule = {"source": "annotations", "metric": "confusion_share", "min_n": 0, "fail": {"above": 0.25}}
    resolved = world.load(
        classes={name: {} for name in ("dent", "ok", "chip", "rust")},
        rules={"confused": {**rule, "by": ["class"]}, "most": rule},
    )
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": labels}), "2026-03-01")
    found = {
        f.scope.get("class"): (f.status, f.value, f.n, [(*pair.classes, pair.n) for pair in f.pairs])
        for f in evaluation.findings
    }
    assert found == {
        "dent": ("fail", round(12 / 27, 6), 21, [("dent", "ok", 12), ("dent", "chip", 3)]),
        "ok": ("fail", 0.4, 21, [("ok", "dent", 12)]),
        "chip": ("fail", 1.0, 3, [("chip", "dent", 3)]),
        "rust": ("no_data", None, 0, []),
        None: ("fail", 0.4, 30, [("dent", "ok", 12), ("chip", "dent", 3)]),
    }
    told = {finding.scope.get("class"): list(list_slices([finding])) for finding in evaluation.findings}
    assert told["dent"] == ["- dent, read in two ways: dent or ok (12), dent or chip (3)"]
    assert told["rust"] == []
