"""Rows that say what a class was called before are rows of that class."""

from __future__ import annotations

from typing import Any

from prism_rules.evaluation import key_scope

LAST = "2026-02-27"


def find_values(evaluation: Any, rule: str) -> dict[str, tuple[float | None, int]]:
    return {dict(key_scope(m.scope))["class"]: (m.value, m.n) for m in evaluation.measurements[rule]}


def test_rows_with_a_former_name_count_for_the_class(world: Any) -> None:
    sections = {
        "rules": {
            "sure": {"source": "predictions", "metric": "mean_confidence", "by": ["class"], "fail": {"below": 0.5}},
            "wrong": {"source": "predictions", "metric": "error_rate", "by": ["class"], "fail": {"above": 0.5}},
            "kin": {"source": "predictions", "metric": "sql", "of": "count(*)", "by": ["family"], "fail": {"below": 1}},
        },
        "defaults": {"min_n": 0},
    }
    rows = [
        {"time": LAST, "class": "ding", "label": "dent", "confidence": 0.4, "x": 2},
        {"time": LAST, "class": "dent", "label": "ding", "confidence": 0.8, "x": 2},
        {"time": LAST, "class": "dint", "label": "scratch", "confidence": 0.6},
        {"time": LAST, "class": "blister", "label": "blister", "confidence": 0.9},
    ]  # fmt: skip
    data = {"predictions": rows}
    renamed = {"dent": {"family": "metal", "renamed_from": ["ding", "dint"]}, "scratch": {"family": "metal"}}
    resolved = world.load(classes=renamed, **sections)
    evaluation = world.evaluate(resolved, world.write_all(resolved, data), "2026-03-01")
    assert find_values(evaluation, "sure") == {"dent": (0.6, 5), "scratch": (None, 0)}
    assert find_values(evaluation, "wrong")["dent"] == (0.2, 5)
    assert [(note.code, note.n, note.names) for note in evaluation.notes] == [("unknown_class", 1, ("blister",))]
    [kin] = [m for m in evaluation.measurements["kin"] if m.scope == {"family": "metal"}]
    assert kin.value == 5


def test_letters_stay_who_they_are_when_the_ruleset_gets_another_name(world: Any) -> None:
    rule = {"source": "annotations", "metric": "volume", "by": ["annotator"], "fail": {"below": 1}, "min_n": 0}
    people = {"Ada": 1, "Bo": 2, "Cy": 3, "Di": 4, "Ed": 5, "Flo": 6}
    rows = [
        {"unit": f"u{n}", "annotator": name, "class": "dent", "time": LAST}
        for name, count in people.items() for n in range(count)
    ]  # fmt: skip

    def count_by_letter(**metadata: Any) -> dict[str, int]:
        resolved = world.load(rules={"own": rule}, metadata={"version": "1.0.0", **metadata})
        evaluation = world.evaluate(resolved, world.write_all(resolved, {"annotations": rows}), "2026-03-01")
        return {m.scope["annotator"]: m.n for m in evaluation.measurements["own"]}

    first = count_by_letter(name="first")
    assert sorted(first.values()) == [1, 2, 3, 4, 5, 6]
    assert count_by_letter(name="third", renamed_from=["second", "first"]) == first
    assert count_by_letter(name="third") != first
