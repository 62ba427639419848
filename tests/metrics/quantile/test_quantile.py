"""Quantiles through the whole program, in both forms of their relation, against numpy."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from prism_rules.program.relations import quantiles

AS_OF = "2026-03-01"
QS = (0, 0.05, 0.25, 0.5, 0.9, 0.99, 1)
DRAWS: dict[str, Any] = {
    "constant": lambda _: 0.1,
    "ties": lambda draw: float(draw.randint(-2, 2)),
    "negative": lambda draw: -draw.random() * 1e-3,
    "wild": lambda draw: draw.choice((draw.gauss(0, 1), draw.gauss(0, 1), 1e12, -1e12)),
    "tail": lambda draw: draw.paretovariate(0.5) % 1e12,
    "zero": lambda _: 0.0,
    "lacking": lambda draw: draw.choice((None, math.nan, math.inf, 2e12, draw.random())),
    "null": lambda _: None,
}
RULE = {"source": "predictions", "metric": "quantile", "of": "brightness", "min_n": 0, "fail": {"above": 0.5}}


@pytest.fixture(autouse=True, params=[False, True], ids=["sorted", "binned"])
def form(request: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(quantiles, "FEW", -1 if request.param else 10**9)


def draw_rows() -> list[dict[str, Any]]:
    draw = random.Random(7)
    sizes = {"1": 1, "2": 2, "3": 3, "40": 40, "333": 333}
    rows = [
        {
            "site": f"{kind}-{size}",
            "class": draw.choice(("dent", "ok")),
            "lighting": draw.choice(("glare", "diffuse")),
            "time": draw.choice(("2026-02-20T12:00:00", "2026-02-27T12:00:00", "2026-02-28T12:00:00")),
            "confidence": draw.random(),
            "brightness": make(draw),
        }
        for kind, make in DRAWS.items()
        for size, count in sizes.items()
        for _ in range(count)
    ]
    draw.shuffle(rows)
    return rows


def is_number(x: float | None) -> bool:
    return x is not None and math.isfinite(x) and abs(x) <= 1e12


def expect(rows: list[dict[str, Any]], q: float, of: str, *by: str) -> dict[tuple[str, ...], tuple[float, int]]:
    scopes = defaultdict(list)
    for row in rows:
        if is_number(row[of]):
            scopes[tuple(row[name] for name in by)].append(row[of])
    return {scope: (float(np.quantile(numbers, q)), len(numbers)) for scope, numbers in scopes.items()}


def measure(evaluation: Any, rule: str, *by: str) -> dict[tuple[str, ...], tuple[float, int]]:
    findings = [finding for finding in evaluation.findings if finding.rule == rule and finding.n]
    return {tuple(finding.scope[name] for name in by): (finding.value, finding.n) for finding in findings}


def assert_alike(found: dict[Any, tuple[float, int]], wanted: dict[Any, tuple[float, int]]) -> None:
    assert wanted
    assert {key: n for key, (_, n) in found.items()} == {key: n for key, (_, n) in wanted.items()}
    for key, (value, _) in wanted.items():
        assert found[key][0] == pytest.approx(value, rel=1e-12, abs=0.5e-6 + 1e-12), key


def test_equals_numpy(world: Any) -> None:
    grains = {"site": ["site"], "all": [], "both": ["class", "site"]}
    rules = {
        f"{name}-{place}": {**RULE, "by": by, "with": {"q": q}}
        for name, by in grains.items()
        for place, q in enumerate(QS)
    }
    rules["of-confidence"] = {**RULE, "of": "confidence", "by": ["site"], "with": {"q": 0.5}}
    rules["of-several"] = {**RULE, "of": ["confidence", "brightness"], "by": ["site"], "with": {"q": 0.9}}
    rules["where"] = {**RULE, "by": ["site"], "with": {"q": 0.5}, "where": "lighting = 'glare' AND brightness > -1"}
    rules["day"] = {**RULE, "by": ["site"], "with": {"q": 0.5}, "window": "1d"}
    rows = draw_rows()
    resolved = world.load(rules=rules)

    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), AS_OF)

    seen = [row for row in rows if row["time"] > "2026-02-22"]
    for name, by in grains.items():
        for place, q in enumerate(QS):
            assert_alike(measure(evaluation, f"{name}-{place}", *by), expect(seen, q, "brightness", *by))
    assert_alike(measure(evaluation, "of-confidence", "site"), expect(seen, 0.5, "confidence", "site"))
    several = {
        (of, *scope): value
        for of in ("confidence", "brightness")
        for scope, value in expect(seen, 0.9, of, "site").items()
    }
    assert_alike(measure(evaluation, "of-several", "of", "site"), several)
    picked = [
        row for row in seen if row["lighting"] == "glare" and is_number(row["brightness"]) and row["brightness"] > -1
    ]
    assert_alike(measure(evaluation, "where", "site"), expect(picked, 0.5, "brightness", "site"))
    last = [row for row in rows if row["time"] > "2026-02-28"]
    assert_alike(measure(evaluation, "day", "site"), expect(last, 0.5, "brightness", "site"))


def test_each_window_of_a_streak_and_a_baseline_has_its_own(world: Any) -> None:
    def draw(site: str, *levels: float) -> list[dict[str, Any]]:
        days = ("2026-02-26", "2026-02-27", "2026-02-28")
        return [
            {"site": site, "class": "dent", "time": f"{day}T08:00:00", "brightness": level + i}
            for day, level in zip(days, levels, strict=True)
            for i in (0, 1, 2)
        ]

    rows = draw("always", 20, 20, 20) + draw("now", 0, 0, 20) + draw("never", 0, 0, 0)
    median = {**RULE, "by": ["site"], "with": {"q": 0.5}, "window": "1d"}
    rules = {
        "streak": {**median, "fail": {"above": 15}, "streak": 2},
        "rise": {**median, "fail": {"rise": 15}, "baseline": {"window": "1d"}},
    }
    resolved = world.load(rules=rules)
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), AS_OF)

    told = {(f.rule, f.scope["site"]): (f.status, f.value, f.n, f.reason) for f in evaluation.findings}
    assert told == {
        ("streak", "always"): ("fail", 21, 3, None),
        ("streak", "now"): ("unsure", 21, 3, "streak 1 of 2"),
        ("streak", "never"): ("pass", 1, 3, None),
        ("rise", "always"): ("pass", 21, 3, None),
        ("rise", "now"): ("fail", 21, 3, None),
        ("rise", "never"): ("pass", 1, 3, None),
    }
    baselines = {f.scope["site"]: f.baseline.value for f in evaluation.findings if f.rule == "rise"}
    assert baselines == {"always": 21, "now": 1, "never": 1}


def test_a_scope_without_a_value_has_none(world: Any) -> None:
    rows = [{"class": "dent", "time": "2026-02-28", "brightness": math.nan}]
    resolved = world.load(rules={"median": {**RULE, "with": {"q": 0.5}}})
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), AS_OF)
    assert [(f.status, f.value, f.n, f.reason) for f in evaluation.findings] == [("no_data", None, 0, "no_values")]


def test_a_series_has_a_quantile_for_each_step(world: Any) -> None:
    # The median of a day is its number: eight days of 1 and 2 in turn are the reference, then it jumps.
    medians = [1, 2, 1, 2, 1, 2, 1, 2, 9, 9, 9, 9, 9, 9, 9, 9]
    rows = [
        {"class": "dent", "time": f"2026-02-{day + 13}T12:00:00", "brightness": median + i}
        for day, median in enumerate(medians)
        for i in (-1.0, 0.0, 1.0)
    ]
    series = {"every": "1d", "over": "8d", "reference": "8d", "test": "cusum"}
    resolved = world.load(rules={"median": {**RULE, "with": {"q": 0.5}, "series": series}})
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), AS_OF)
    [finding] = evaluation.findings
    sigma = math.sqrt(8 * 0.25 / 7)
    assert finding.value == pytest.approx(8 * (7.5 / sigma - 0.5), abs=1e-6)
    assert (finding.n, finding.changed_at) == (24, "2026-02-21T00:00:00Z")


NAMES = (
    "x", "bin", "rank", "total", "before", "first", "last", "side", "sorted", "width", "span", "p", "s", "measured",
    "binned", "counted", "ranked", "wanted", "listed",
)  # fmt: skip
"""Logical names that are, or are near to, names of the relation."""


def test_a_dimension_may_be_called_as_it_likes(world: Any) -> None:
    dimensions = {name: f"as {name}" for name in NAMES}
    rows = [
        {"class": "dent", "time": "2026-02-28", "brightness": i, **dict.fromkeys(dimensions.values(), "ab"[i > 3])}
        for i in range(7)
    ]
    median = {**RULE, "with": {"q": 0.5}}
    rules = {name: {**median, "by": [name], "where": f"{name} <> 'c'"} for name in NAMES}
    rules["two"] = {**median, "by": ["side", "rank"], "where": "x = 'a' AND listed = 'a'"}
    resolved = world.load(sources={"predictions": {"dimensions": dimensions}}, rules=rules)
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), AS_OF)
    for name in NAMES:
        assert measure(evaluation, name, name) == {("a",): (1.5, 4), ("b",): (5, 3)}
    assert measure(evaluation, "two", "side", "rank") == {("a", "a"): (1.5, 4)}
