"""What the language means, paragraph by paragraph: hand-made rows through every stage up to the findings.

`expect` names what is looked at. A finding is `rule dimension=value ...: [status, value, n, reason]`, and all findings
of a case are listed; a note is `source code [column]: n`, and all notes are. `unsure_of`, `changed_at`, `slopes` and
`excluded` list all findings that have one. An interval is `[low, high]` or one of the oracles with its arguments.
A row with `daily: {column: [...]}` stands for a row per day, the first at its time, and none where null; likewise
`weekly`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from prism_rules.diagnostics import Refused
from prism_rules.engines.duckdb import Database

from .oracles import find_ends

HERE = Path(__file__).parent
STEPS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
HALF = 0.5e-6 + 1e-9
"""Intervals are rounded to six decimals; of the sums that they are made of the ninth is known."""
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in sorted(HERE.glob("*.yaml"))
    for case in YAML(typ="safe").load(path)
]
SECTIONS = ("sources", "classes", "defaults", "rules")
KEYS = {*SECTIONS, "case", "rows", "as_of", "expected", "expect", "refused"}


def name_finding(rule: str, scope: dict[str, str]) -> str:
    return " ".join([rule, *(f"{dimension}={value}" for dimension, value in sorted(scope.items()))])


def tell_evaluation(evaluation: Any) -> dict[str, Any]:
    """Everything that a case may expect, in the form in which it does."""
    named = {name_finding(f.rule, f.scope): f for f in evaluation.findings}
    assert len(named) == len(evaluation.findings)
    notes = {" ".join([n.source, n.code, *(n.names if n.code != "unknown_class" else ())]): n for n in evaluation.notes}
    compared = {name: f.baseline for name, f in named.items() if f.baseline}
    return {
        "as_of": evaluation.as_of.isoformat().replace("+00:00", "Z"),
        "findings": {name: [f.status, f.value, f.n, *([f.reason] if f.reason else [])] for name, f in named.items()},
        "windows": {name: [*f.window] for name, f in named.items()},
        "baselines": {name: [b.value, b.n, b.source, *b.window] for name, b in compared.items()},
        "baseline_scopes": {name: b.scope for name, b in compared.items()},
        "bounds": {name: [f.bound.level, f.bound.kind, f.bound.value] for name, f in named.items() if f.bound},
        "intervals": {name: pytest.approx(f.interval, abs=HALF) for name, f in named.items() if f.interval},
        "unsure_of": {name: f.unsure_of for name, f in named.items() if f.unsure_of},
        "changed_at": {name: f.changed_at for name, f in named.items() if f.changed_at},
        "slopes": {name: f.slope for name, f in named.items() if f.slope is not None},
        "excluded": {name: f.excluded for name, f in named.items() if f.excluded},
        "slices": {name: [[s.of, s.n, s.kind] for s in f.slices] for name, f in named.items() if f.slices},
        "notes": {name: note.n for name, note in notes.items()},
        "names": {name: [*note.names] for name, note in notes.items()},
        "inputs": {i.source: [i.rows, i.from_, i.to] for i in evaluation.inputs},
    }


def spread(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """List the rows that one of a case stands for."""
    given = dict(row)
    series = [(step, *given.pop(key).items()) for key, step in STEPS.items() if key in given]
    if not series:
        yield given
    for step, (column, values) in series:
        for index, value in enumerate(values):
            if value is not None:
                yield {**given, "time": str(datetime.fromisoformat(given["time"]) + index * step), column: value}


def keep_asked(told: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    kept = {key: told.get(key) for key in expect}
    for key in ("windows", "bounds", "names"):
        if key in expect:
            kept[key] = {name: value for name, value in kept[key].items() if name in expect[key]}
    return kept


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any], world: Any) -> None:
    assert case.keys() <= KEYS
    expected = dict(case.get("refused") or case["expect"])
    if "intervals" in expected:
        expected["intervals"] = {name: tuple(find_ends(told)) for name, told in expected["intervals"].items()}
    try:
        resolved = world.load(**{key: case[key] for key in SECTIONS if key in case})
        rows = {name: [one for row in listed for one in spread(row)] for name, listed in case["rows"].items()}
        data = world.write_all(resolved, rows)
        evaluation = world.evaluate(resolved, data, case.get("as_of"), expected=case.get("expected"))
        told = keep_asked(tell_evaluation(evaluation), expected)
    except Refused as refused:
        told = {"exit": refused.exit_code, "codes": [d.code for d in refused.diagnostics]}
    assert told == expected


def test_more_scopes_than_anyone_could_act_on_are_refused(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prism_rules.evaluation.measuring.MOST_GROUPS", 2)
    rule = {"source": "predictions", "metric": "mean_confidence", "by": ["class"], "fail": {"below": 0.5}}
    resolved = world.load(rules={"sure": rule})
    for classes, too_many in (("ab", False), ("abc", True)):
        data = world.write_all(resolved, {"predictions": [{"time": "2026-02-28", "class": name} for name in classes]})
        told = None
        try:
            world.evaluate(resolved, data, "2026-03-01")
        except Refused as refused:
            told = refused.exit_code, [d.code for d in refused.diagnostics]
        assert told == ((6, ["too-many-scopes"]) if too_many else None)


def test_notes_name_the_twenty_most_frequent_strangers_and_count_all(world: Any) -> None:
    rule = {"source": "predictions", "metric": "mean_confidence", "fail": {"below": 0.5}}
    resolved = world.load(classes={"ok": {}}, rules={"sure": rule})
    rows = [{"time": "2026-02-28", "class": f"c{number:02}", "x": number} for number in range(1, 31)]
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01")
    [note] = [note for note in evaluation.notes if note.code == "unknown_class"]
    assert (note.n, [*note.names]) == (465, [f"c{number:02}" for number in range(30, 10, -1)])
    assert "30 such classes" in note.text


CLEAN = {"time": "2026-02-28", "class": "ok", "site": "p", "lighting": "glare", "confidence": 0.5}


@pytest.mark.parametrize(
    ("odd", "batches", "told"),
    [
        ({}, 1, []),
        # What scans count anyway.
        ({"confidence": None}, 1, ["null"]),
        ({"class": None}, 1, ["no_class"]),
        ({"site": None}, 1, ["no_dimension"]),
        ({"time": None}, 1, ["no_time"]),
        ({"lighting": None}, 1, []),  # no rule groups by it
        ({"time": "2025-01-01", "confidence": None}, 1, []),  # no rule looks there
        # What takes a second look: names, kinds of bad numbers, the times before as-of.
        ({"class": "stranger"}, 2, ["unknown_class"]),
        ({"confidence": 1.5}, 2, ["out_of_range"]),
        ({"confidence": math.nan}, 2, ["not_finite"]),
        ({"time": "2026-03-01"}, 2, ["later"]),
    ],
)
def test_only_a_source_in_which_something_was_met_is_looked_at_again(
    odd: dict[str, Any], batches: int, told: list[str], world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    answer = Database.answer
    monkeypatch.setattr(Database, "answer", lambda self, batch: asked.append(batch) or answer(self, batch))
    rule = {"source": "predictions", "metric": "mean_confidence", "by": ["class", "site"], "fail": {"below": 0.5}}
    resolved = world.load(classes={"ok": {}}, rules={"sure": rule})
    data = world.write_all(resolved, {"predictions": [CLEAN, {**CLEAN, **odd}]})
    evaluation = world.evaluate(resolved, data, "2026-03-01")
    # One more is asked for schemas.
    assert (len(asked) - 1, [note.code for note in evaluation.notes]) == (batches, told)


def test_a_series_of_more_scopes_than_its_test_could_look_at_is_refused(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prism_rules.evaluation.series.MOST_PAIRS", 200)
    rows = [{"time": f"2026-02-{day}", "class": name, "confidence": 0.5} for day in range(10, 20) for name in "abc"]
    for test, too_many in (("mann_kendall", True), ("cusum", False)):
        span = {"every": "1d", "over": "10d", "test": test, "reference": "2d"}
        rule = {"source": "predictions", "metric": "mean_confidence", "by": ["class"], "series": span}
        resolved = world.load(rules={"slow": {**rule, "min_n": 1, "fail": {"above": 5}}})
        data = world.write_all(resolved, {"predictions": rows})
        told = None
        try:
            world.evaluate(resolved, data, "2026-02-20")
        except Refused as refused:
            told = refused.exit_code, [d.code for d in refused.diagnostics]
        assert told == ((6, ["too-many-scopes"]) if too_many else None)
