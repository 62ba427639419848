"""relations/ecdf.sql over small samples against scipy and numpy, and through the whole program."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prism_rules.program.relations.ecdf import write_ecdf
from prism_rules.program.relations.numbers import Numbers

CONOVER = (
    [7.6, 8.4, 8.6, 8.7, 9.3, 9.9, 10.1, 10.6, 11.2],
    [5.2, 5.7, 5.9, 6.5, 6.8, 8.2, 9.1, 9.8, 10.8, 11.3, 11.5, 12.3, 12.5, 13.4, 14.6],
)
TIED = st.integers(-2, 2).map(float)
WIDE = st.floats(-1e12, 1e12, allow_nan=False)
FINE = st.integers(-10_000, 10_000).map(lambda n: n / 1e9)
Rows = Sequence[tuple[str, str, "float | None"]]
"""Site, lighting, number."""


def compare(rows: Rows, others: Rows, by: Sequence[str], of: Sequence[str]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Ask the relation: scope -> (n, m, gap, area, spread)."""
    here = Numbers("here", "here", "x", tuple(by), ("site <> 'elsewhere'",))
    there = Numbers("there", "there", "x", tuple(of), ("true", "site <> 'elsewhere'"))
    with duckdb.connect() as connection:
        for name, listed in (("here", rows), ("there", others)):
            connection.execute(f"CREATE TABLE {name} (site VARCHAR, lighting VARCHAR, x DOUBLE)")
            if listed:
                connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", listed)
        asked = ", ".join([*by, "_n", "_m", "_gap", "_area", "_spread"])
        found = connection.execute(f"SELECT {asked} FROM ({write_ecdf(here, there)})").fetchall()
    assert len({row[: len(by)] for row in found}) == len(found)
    return {row[: len(by)]: row[len(by) :] for row in found}


def put(numbers: Sequence[float | None], site: str = "p", lighting: str = "on") -> list[tuple[str, str, float | None]]:
    return [(site, lighting, x) for x in numbers]


def find_statistic(ours: Sequence[float], theirs: Sequence[float]) -> float:
    with warnings.catch_warnings(action="ignore"):  # about its p value, of samples that are alike
        return float(stats.ks_2samp(ours, theirs, method="asymp").statistic)


def assert_agrees(found: tuple[Any, ...], ours: Sequence[float], theirs: Sequence[float]) -> None:
    n, m, gap, area, spread = found
    assert (n, m) == (len(ours), len(theirs))
    assert gap == max(abs(sum(x <= y for x in ours) * m - sum(x <= y for x in theirs) * n) for y in (*ours, *theirs))
    assert gap / (n * m) == pytest.approx(find_statistic(ours, theirs), rel=1e-12, abs=1e-12)
    size = max(map(abs, (*ours, *theirs)))
    assert area / (n * m) == pytest.approx(stats.wasserstein_distance(ours, theirs), rel=1e-9, abs=2e-9 + 1e-14 * size)
    near = 1e-9 * (max(theirs) - min(theirs)) + 1e-15 * size  # what numpy gives of numbers that are all alike
    assert spread == pytest.approx(float(np.std(theirs)), rel=1e-6, abs=near)


@pytest.mark.parametrize("numbers", [TIED, WIDE, FINE], ids=["tied", "wide", "fine"])
def test_agrees_with_scipy(numbers: st.SearchStrategy[float]) -> None:
    lists = st.lists(numbers, min_size=1, max_size=12)

    @settings(max_examples=30)
    @given(lists, lists)
    def agrees(ours: list[float], theirs: list[float]) -> None:
        assert_agrees(compare(put(ours), put(theirs), (), ())[()], ours, theirs)

    agrees()


@pytest.mark.parametrize(
    ("ours", "theirs", "gap", "distance"),
    [
        (*CONOVER, 0.4, 1.724444444444),
        ([0, 1, 3], [5, 6, 8], 1, 5),  # the documentation of scipy.stats.wasserstein_distance
        ([0, 0, 0, 1], [0, 0, 1, 1], 0.25, 0.25),  # there too, with weights
        ([round(1.1 * v + 3, 1) for v in range(1, 101)], range(1, 101), 0.12, 8.05),
    ],
)
def test_published_samples(ours: Sequence[float], theirs: Sequence[float], gap: float, distance: float) -> None:
    [found] = compare(put(ours), put(theirs), (), ()).values()
    n, m, *rest = found
    assert rest[0] / (n * m) == gap
    assert rest[1] / (n * m) == pytest.approx(distance, rel=0, abs=1e-12)
    assert_agrees(found, ours, [*map(float, theirs)])


def test_a_scope_is_compared_with_the_one_that_contains_it() -> None:
    draw = random.Random(3)
    cells = [(site, lighting) for site in "pqr" for lighting in ("on", "off")]
    ours = {cell: [float(draw.randint(0, 9)) for _ in range(draw.randint(1, 9))] for cell in cells}
    theirs = {cell: [float(draw.randint(0, 9)) for _ in range(draw.randint(1, 9))] for cell in cells if cell[0] != "r"}
    rows = [row for cell, numbers in ours.items() for row in put(numbers, *cell)]
    others = [row for cell, numbers in theirs.items() for row in put(numbers, *cell)]
    everywhere = [*rows, *put([77.0] * 5, "elsewhere")]  # left out by the condition

    for of in ((), ("site",), ("lighting", "site")):
        found = compare(everywhere, [*others, *put([-77.0] * 5, "elsewhere")], ("lighting", "site"), of)
        assert {*found} == {(lighting, site) for site, lighting in cells}
        for (lighting, site), told in found.items():
            kept = [
                numbers for (s, li), numbers in theirs.items()
                if ("site" not in of or s == site) and ("lighting" not in of or li == lighting)
            ]  # fmt: skip
            if of and site == "r":
                assert told == (len(ours[site, lighting]), 0, 0, 0, None)
            else:
                assert_agrees(told, ours[site, lighting], [x for numbers in kept for x in numbers])


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ([None, None], [1, 2], (0, 2, 0, 0, 0.5)),
        ([None, 5], [None, 5, 5], (1, 2, 0, 0, 0)),
        ([5], [], (1, 0, 0, 0, None)),
        ([5], [None], (1, 0, 0, 0, None)),
        ([None], [None], (0, 0, 0, 0, None)),
        ([-0.0], [0.0], (1, 1, 0, 0, 0)),
    ],
)
def test_sides_without_numbers(ours: Any, theirs: Any, told: tuple[Any, ...]) -> None:
    assert compare(put(ours), put(theirs), (), ()) == {(): told}
    assert compare(put(ours), put(theirs), ("site",), ("site",)) == {("p",): told}


def test_no_row_is_no_scope() -> None:
    assert compare([], put([1.0]), (), ()) == {}


def test_beyond_what_128_bits_hold_the_engine_refuses() -> None:
    # Two billion rows on each side, at the ends of what numbers may be.
    here, there = (Numbers("", f"(SELECT CAST({x} AS DOUBLE) AS x)", "x", (), ()) for x in (-1e12, 1e12))
    sql = write_ecdf(here, there).replace("count(*) AS _rows", "count(*) * 2000000000 AS _rows")
    with duckdb.connect() as connection, pytest.raises(duckdb.OutOfRangeException, match=r"INT128|HUGEINT"):
        connection.execute(sql).fetchall()


RULE = {"source": "predictions", "of": "brightness", "by": ["site"], "min_n": 0}
METRICS: dict[str, dict[str, Any]] = {
    "ks": {**RULE, "metric": "ks_statistic", "fail": {"above": 0.1}},
    "w1": {**RULE, "metric": "wasserstein_distance", "fail": {"above": 0.1}},
    "w1-std": {**RULE, "metric": "wasserstein_distance", "with": {"unit": "std"}, "fail": {"above": 0.1}},
}
BASELINES: dict[str, dict[str, Any]] = {
    "before": {"window": "28d"},
    "all": {"window": "28d", "by": []},
    "other": {"source": "validation-run", "by": ["site"]},
    "glare": {"where": "lighting = 'glare'", "by": []},
}
SOURCES = {"validation-run": {"features": ["brightness"]}}


def draw_rows(seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    return [
        {
            "site": f"p{site}",
            "class": "dent",
            "lighting": draw.choice(("glare", "diffuse")),
            "time": draw.choice(("2026-02-10T12:00:00", "2026-02-27T12:00:00")),
            "brightness": draw.choice((None, math.nan, math.inf, 2e12, *(draw.gauss(site, 2) for _ in range(20)))),
        }
        for site in range(4)
        for _ in range(60)
    ]


def pick(rows: list[dict[str, Any]], **asked: str) -> list[float]:
    found = [row["brightness"] for row in rows if all(row[name].startswith(value) for name, value in asked.items())]
    return [x for x in found if x is not None and abs(x) <= 1e12]


def test_through_the_program_whatever_the_order_of_rows_and_the_threads(world: Any) -> None:
    rules = {
        f"{name}-{where}": {**rule, "baseline": baseline}
        for name, rule in METRICS.items()
        for where, baseline in BASELINES.items()
    }
    resolved = world.load(rules=rules, sources=SOURCES)
    rows, others = draw_rows(1), draw_rows(2)
    data = world.write_all(resolved, {"predictions": rows, "validation-run": others})
    evaluation = world.evaluate(resolved, data, "2026-03-01", threads=1)
    found = {(f.rule, f.scope["site"]): f for f in evaluation.findings}

    for site in ("p0", "p1", "p2", "p3"):
        ours = pick(rows, site=site, time="2026-02-27")
        baselines = {
            "before": pick(rows, site=site, time="2026-02-10"),
            "all": pick(rows, time="2026-02-10"),
            "other": pick(others, site=site),
            "glare": pick(rows, lighting="glare", time="2026-02-27"),
        }
        for where, theirs in baselines.items():
            distance = stats.wasserstein_distance(ours, theirs)
            wanted = {
                "ks": find_statistic(ours, theirs),
                "w1": distance,
                "w1-std": distance / np.std(theirs),
            }
            for name, value in wanted.items():
                finding = found[f"{name}-{where}", site]
                assert finding.n == len(ours)
                assert finding.value == pytest.approx(value, rel=0, abs=0.51e-6)
    noted = {(note.source, note.code) for note in evaluation.notes}
    assert noted >= {(s, c) for s in ("predictions", "validation-run") for c in ("null", "not_finite", "out_of_range")}
    # The three metrics of one column and baseline are measured in one scan.
    assert len({evaluation.measured[f"{name}-before"] for name in METRICS}) == 1

    random.Random(5).shuffle(rows)
    random.Random(6).shuffle(others)
    again = world.write_all(resolved, {"predictions": rows, "validation-run": others})
    assert world.evaluate(resolved, again, "2026-03-01", threads=4).findings == evaluation.findings


def test_a_place_that_only_the_baseline_has_is_told(world: Any) -> None:
    resolved = world.load(rules={name: {**rule, "baseline": {"window": "28d"}} for name, rule in METRICS.items()})
    rows = [
        {"class": "dent", "site": site, "time": f"2026-02-{day}", "brightness": x}
        for site, day, x in (("p", 10, 1.0), ("q", 27, 1.0), ("r", 10, 1.0), ("r", 27, 2.0))
    ]
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01")
    assert {(f.rule, f.scope["site"]): (f.value, f.n, f.reason) for f in evaluation.findings} == {
        **{(rule, "p"): (None, 0, "no_rows") for rule in METRICS},
        **{(rule, "q"): (None, 1, "no_baseline") for rule in METRICS},
        ("ks", "r"): (1, 1, "not above the critical value 1.92064"),
        ("w1", "r"): (1, 1, None),
        ("w1-std", "r"): (None, 1, "constant_reference"),
    }


def test_a_window_of_a_streak_has_the_baseline_before_it(world: Any) -> None:
    levels = {25: 0.0, 26: 0.0, 27: 5.0, 28: 9.0}
    rows = [
        {"class": "dent", "site": "p", "time": f"2026-02-{day}T12:00:00", "brightness": level + i}
        for day, level in levels.items()
        for i in range(3)
    ]
    rule = {**METRICS["w1"], "window": "1d", "baseline": {"window": "1d"}, "fail": {"above": 3}}
    rules = {"two": {**rule, "streak": 2}, "three": {**rule, "streak": 3}}
    resolved = world.load(rules=rules)
    evaluation = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows}), "2026-03-01")
    assert {f.rule: (f.status, f.value, f.reason) for f in evaluation.findings} == {
        "two": ("fail", 4, None),
        "three": ("unsure", 4, "streak 2 of 3"),
    }


def test_a_series_compares_each_step(world: Any) -> None:
    rows = [
        {"class": "dent", "site": "p", "time": f"2026-02-{day + 1:02}T12:00:00", "brightness": level}
        for day, level in enumerate([1.0, 2.0] * 8 + [9.0] * 8)
    ]
    series = {"every": "1d", "over": "8d", "reference": "16d", "test": "cusum"}
    known = {"source": "validation-run", "by": []}
    resolved = world.load(rules={"w1": {**METRICS["w1"], "series": series, "baseline": known}}, sources=SOURCES)
    others = [{"class": "dent", "site": "p", "time": "2026-01-01", "brightness": 0.0}]
    data = world.write_all(resolved, {"predictions": rows, "validation-run": others})
    [finding] = world.evaluate(resolved, data, "2026-02-25").findings
    # Distances from 0 are the numbers themselves: 1 and 2 in turn, then 9.
    sigma = math.sqrt(16 * 0.25 / 15)
    assert finding.value == pytest.approx(8 * (7.5 / sigma - 0.5), abs=1e-6)
    assert finding.changed_at == "2026-02-17T00:00:00Z"
