"""Each share of rows through the whole program, with the interval that Newcombe (1998), Statistics in Medicine 17, 857,
table I, prints for Wilson's score method."""

from __future__ import annotations

from typing import Any

import pytest

from prism_rules.metrics import METRICS

RULES: dict[str, dict[str, Any]] = {
    "absent_share": {"of": ["lighting"], "baseline": {"source": "training", "by": []}},
    "completeness": {"of": ["id", "label"], "with": {"sentinels": ["dent"]}},
    "confident_wrong_share": {"with": {"at_least": 0.9}},
    "annotator_agreement": {"source": "golden", "by": ["annotator"], "where": "annotator = 'a'"},
    "covered_share": {"of": ["site"], "with": {"min_count": 1}, "baseline": {"source": "training", "by": []}},
    "disputed_share": {"source": "annotations"},
    "error_rate": {},
    "gold_agreement": {"source": "golden", "where": "annotator = 'a'"},
    "intervention_rate": {"source": "production"},
    "late_share": {"source": "feedback", "window": "28d", "with": {"within": "7d"}},
    "low_confidence_accepted": {"source": "unseen", "with": {"below": 1}},
    "low_confidence_share": {"with": {"below": 0.95}},
    "missing_share": {"of": "brightness"},
    "new_share": {"of": "lighting", "baseline": {"source": "training", "by": []}},
    "other_share": {"with": {"classes": ["scratch"]}},
    "override_rate": {},
    "precision": {"with": {"average": "micro"}},
    "recall": {"with": {"average": "micro"}},
    "share": {"of": "class", "by": ["class"]},  # the last finding is that of scratch, with rows or without
    "unknown_share": {"source": "unseen"},
    "unrouted_share": {"source": "feedback", "window": "28d"},
}
OF_MISSES = {"precision", "recall"}
"""Those that are the share of what is no hit."""
PRODUCTION = {"role": "predictions", "fields": {n: n for n in ("id", "time", "class", "label", "overridden")}}
GOLDEN = {"role": "annotations", "fields": {n: n for n in ("unit", "annotator", "class", "time", "gold")}}
UNSEEN = {"role": "predictions", "fields": {n: n for n in ("id", "time", "class", "confidence", "overridden")}}
HIT = {"class": "scratch", "site": "a", "lighting": "glare", "confidence": 0.9, "label": "ok", "overridden": True}
HIT |= {"brightness": float("nan")}
MISS = {"class": "dent", "site": "b", "lighting": "diffuse", "confidence": 0.95, "label": "dent", "overridden": False}
MISS |= {"brightness": 1.0}
SEEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "predictions": (HIT, MISS),
    "production": ({"class": "dent", "overridden": False}, {"class": "dent"}),
    "unseen": ({**HIT, "class": "new", "overridden": None}, MISS),
    "feedback": ({"time": "2026-02-10"}, {"time": "2026-02-10", "routed_at": "2026-02-11"}),
}
"""Source -> what its rows are that count as hits, and the others."""


def test_every_proportion_is_here() -> None:
    assert {name for name, metric in METRICS.items() if metric.interval == "proportion"} == {*RULES}


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_share_and_interval(hits: int, rows: int, low: float, high: float, world: Any) -> None:
    rule = {"source": "predictions", "window": "7d", "confidence": 0.95, "min_n": 0, "fail": {"above": 0.9}}
    resolved = world.load(
        classes={"dent": {}, "scratch": {}},
        sources={"production": PRODUCTION, "unseen": UNSEEN, "golden": GOLDEN},
        rules={name.replace("_", "-"): {**rule, "metric": name, **own} for name, own in RULES.items()},
    )
    seen = {
        source: [
            {"time": "2026-02-28", **kind, "x": count} for kind, count in ((hit, hits), (miss, rows - hits)) if count
        ]
        for source, (hit, miss) in SEEN.items()
    }
    labels = [("dent", "ok")] * hits + [("dent", "dent")] * (rows - hits)
    seen["annotations"] = [
        {"unit": f"u{i}", "annotator": annotator, "class": name, "time": "2026-02-28"}
        for i, names in enumerate(labels)
        for annotator, name in zip("ab", names, strict=True)
    ]
    seen["golden"] = [
        {"unit": f"{i}", "annotator": who, "class": kind, "gold": "dent", "time": "2026-02-28"}
        for i in range(rows)
        for who, kind in (("a", "dent" if i < hits else "scratch"), ("b", "dent"))
    ]
    data = world.write_all(resolved, {**seen, "training": [{"class": "dent", "site": "a", "lighting": "diffuse"}]})
    findings = {f.rule.replace("-", "_"): f for f in world.evaluate(resolved, data, "2026-03-01").findings}
    assert {*findings} == {*RULES}
    for name, finding in findings.items():
        share, ends = (1 - hits / rows, (1 - high, 1 - low)) if name in OF_MISSES else (hits / rows, (low, high))
        assert (finding.value, finding.n) == (round(share, 6), rows), name
        assert finding.interval == pytest.approx(ends, rel=0, abs=0.00006), name
