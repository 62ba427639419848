"""Drift through the whole program: bins and categories, every kind of baseline, streaks, acceptance and samples."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pytest

from prism_rules.diagnostics import Refused
from prism_rules.intake import BoundSource, Column, Intake
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.program import Anchor, compile_program, gate_expressions
from prism_rules.program.relations import binned

AS_OF = "2026-03-01"
NOW, BEFORE = "2026-02-25", "2026-02-17"
WIDE: Mapping[str, Any] = {"validation-run": {"features": ["brightness"]}, "training": {"features": ["brightness"]}}
WEEK = {"window": "7d"}
NUMBERS = [float(v) for v in range(1, 101)]
MOVED = [round(1.1 * v + 3, 1) for v in NUMBERS]


def ask(metric: str, of: Any, baseline: Any, **more: Any) -> dict[str, Any]:
    return {"source": "predictions", "metric": metric, "of": of, "baseline": baseline, "min_n": 0,
            "fail": {"above": 0.2}, **more}  # fmt: skip


def see(time: str, numbers: Any, **columns: Any) -> list[dict[str, Any]]:
    return [{"class": "dent", "time": time, **columns, "brightness": number} for number in numbers]


def evaluate(world: Any, rules: Any, rows: Any, **more: Any) -> Any:
    resolved = world.load(rules=rules, sources=WIDE)
    return world.evaluate(resolved, world.write_all(resolved, rows), AS_OF, **more)


def find_all(world: Any, rules: Any, rows: Any, **more: Any) -> dict[tuple[str, ...], Any]:
    findings = evaluate(world, rules, rows, **more).findings
    return {(f.rule, *(f.scope[name] for name in sorted(f.scope))): f for f in findings}


def compute_psi(current: Any, reference: Any, edges: Any) -> float:
    p, q = (np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (current, reference))
    p, q = ((side + 0.5) / (side.sum() + len(side) / 2) for side in (p, q))
    return float(((p - q) * np.log(p / q)).sum())


def find_deciles(reference: Any) -> Any:
    return np.unique(np.quantile(reference, np.arange(1, 10) / 10))


@pytest.mark.parametrize(
    ("baseline", "source", "known"),
    [
        (WEEK, "predictions", {"time": BEFORE}),
        ({"source": "validation-run"}, "validation-run", {"time": "2026-01-01"}),
        ({"where": "lighting = 'old'", "window": "14d"}, "predictions", {"time": BEFORE, "lighting": "old"}),
    ],
    ids=["window", "source", "where"],
)
def test_deciles_of_the_reference_bin_both_sides(baseline: Any, source: str, known: Any, world: Any) -> None:
    as_counted = ask("psi", "brightness", baseline, **{"with": {"zeros": "floor"}})
    rules = {"psi": as_counted, "js": ask("js_distance", "features", baseline)}
    rows = {"predictions": see(NOW, MOVED)}
    rows[source] = [*rows.get(source, ()), *see(numbers=NUMBERS, **known)]
    found = find_all(world, rules, rows)
    # Published figures of these numbers, by numpy, scipy and DuckDB.
    psi, js = found[("psi",)], found[("js", "brightness")]
    assert (psi.value, js.value, psi.n) == (0.100742, 0.133522, 100)
    assert [(one.of, one.n, one.reference, one.kind) for one in psi.slices[:2]] == [
        ({"brightness": "(90.1, inf)"}, 21, 10, "more"),
        ({"brightness": "(-inf, 10.9]"}, 7, 10, "less"),
    ]


def draw_rows(draw: random.Random, time: str, middle: float, count: int = 300) -> list[dict[str, Any]]:
    return [
        {"class": draw.choice(("dent", "ok")), "site": draw.choice("ab"), "time": time,
         "brightness": draw.choice((None, 0.0, *[draw.gauss(middle, 1)] * 6))} for _ in range(count)
    ]  # fmt: skip


def pick(rows: Any, **scope: str) -> list[float]:
    kept = [row for row in rows if all(row[name] == value for name, value in scope.items())]
    return [row["brightness"] for row in kept if row["brightness"] is not None]


def test_every_scope_has_the_edges_of_the_whole_reference_and_one_scan_answers_all(world: Any) -> None:
    draw = random.Random(3)
    now, before = draw_rows(draw, NOW, 0.5), draw_rows(draw, BEFORE, 0)
    now += see(NOW, [1.0], site="new")
    rules = {
        "overall": ask("psi", "brightness", WEEK),
        "own": ask("psi", "brightness", {**WEEK, "by": ["class", "site"]}, by=["class", "site"]),
        "wide": ask("psi", "brightness", {**WEEK, "by": ["class"]}, by=["class", "site"]),
    }
    evaluated = evaluate(world, rules, {"predictions": [*now, *before]})
    assert [*evaluated.scans] == ["edges-1", "scan-1"]
    found = {(f.rule, *f.scope.values()): f for f in evaluated.findings}
    edges = find_deciles(pick(before))
    assert len(edges) < 9  # an eighth is 0
    for kind in ("dent", "ok"):
        for site in "ab":
            here = pick(now, **{"class": kind, "site": site})
            for rule, scope in (("own", {"class": kind, "site": site}), ("wide", {"class": kind})):
                finding = found[(rule, kind, site)]
                assert finding.value == pytest.approx(compute_psi(here, pick(before, **scope), edges), abs=1e-6)
                assert (finding.n, finding.n + finding.excluded["null"]) == (
                    len(here), sum(row["class"] == kind and row["site"] == site for row in now)
                )  # fmt: skip
    assert found[("overall",)].value == pytest.approx(compute_psi(pick(now), pick(before), edges), abs=1e-6)
    assert (found[("own", "dent", "new")].value, found[("own", "dent", "new")].reason) == (None, "no_baseline")
    assert found[("wide", "dent", "new")].n == 1


def test_any_other_column_is_compared_by_category_and_missing_is_one(world: Any) -> None:
    def label(time: str, counts: Mapping[str | None, int]) -> list[dict[str, Any]]:
        return [
            {"class": "dent", "time": time, "label": name, "overridden": name is None, "x": n}
            for name, n in counts.items()
        ]

    rows = [*label(NOW, {"ok": 4, None: 3, "(none)": 3}), *label(BEFORE, {"ok": 8, "dent": 2})]
    rules = {
        metric: ask(metric.replace("-", "_"), ["label"], WEEK)
        for metric in ("total-variation", "new-share", "vanished-share")
    }
    rules["flags"] = ask("total_variation", ["overridden", "class", "lighting"], WEEK)
    found = find_all(world, rules, {"predictions": rows})
    assert {key: f.value for key, f in found.items()} == {
        ("total-variation", "label"): 0.6,
        ("new-share", "label"): 0.6,
        ("vanished-share", "label"): 0.2,
        ("flags", "overridden"): 0.3,
        ("flags", "class"): 0.0,
        ("flags", "lighting"): 0.0,
    }
    [new] = found[("new-share", "label")].slices
    assert (new.of, new.n, new.kind) == ({"label": "(none)"}, 6, "absent")


def test_a_reference_without_numbers_and_one_that_does_not_vary(world: Any) -> None:
    rules = {"psi": ask("psi", ["brightness", "confidence"], WEEK)}
    rows = [*see(NOW, MOVED, confidence=0.5), *see(BEFORE, [None] * 9, confidence=0.9)]
    found = find_all(world, rules, {"predictions": rows})
    assert {key[1]: (f.status, f.reason) for key, f in found.items()} == {
        "brightness": ("no_data", "no_baseline"),
        "confidence": ("no_data", "constant_reference"),
    }


def imagine(resolved: Any, rows: int) -> Intake:
    """Sources without files, with so many rows."""

    def column(source: Any, name: str) -> Column:
        return Column(name, source.name_kind(name), SQL_TYPES[source.name_kind(name)])

    return Intake(
        {
            name: BoundSource((), {c: column(source, c) for c in source.columns}, rows)
            for name, source in resolved.model.sources.items()
        }
    )


def test_every_window_of_a_streak_has_the_edges_of_its_own_baseline_and_acceptance_those_of_the_first(
    world: Any,
) -> None:
    resolved = world.load(rules={"psi": ask("psi", "brightness", WEEK, streak=2)}, sources=WIDE)
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    anchor = Anchor("psi", datetime(2026, 2, 26, tzinfo=UTC))
    program = compile_program(resolved, imagine(resolved, 0), gate_expressions(resolved), moment, [anchor])
    sql = dict(program.batch.variables)
    begins = ["2026-02-15", "2026-02-08", "2026-02-01", "2026-01-25"]
    assert len(sql) == len(begins)
    for reading in program.readings:
        assert reading.edges is not None
        assert f">= TIMESTAMP '{begins[reading.part.step]} 00:00" in sql[reading.edges.variable]
    assert {r.part.step for r in program.readings if r.part.side == "acceptance"} == {0}


def test_acceptance_is_measured_in_the_bins_of_the_finding(world: Any) -> None:
    draw = random.Random(4)
    anchor = Anchor("psi", datetime(2026, 2, 26, tzinfo=UTC))
    bad, good, before = (draw_rows(draw, *asked) for asked in ((NOW, 3.0), ("2026-02-27", 0.0), (BEFORE, 0.0)))
    rows = {"predictions": [*bad, *good, *before]}
    evaluated = evaluate(world, {"psi": ask("psi", "brightness", WEEK)}, rows, anchors=[anchor])
    [m] = evaluated.acceptance[("psi", anchor.time)].values()
    assert m.value == pytest.approx(compute_psi(pick(good), pick(before), find_deciles(pick(before))), abs=1e-6)
    assert evaluated.findings[0].status == "fail"


def test_a_streak_counts_windows_that_moved_against_their_own_past(world: Any) -> None:
    weeks = {NOW: 4.0, BEFORE: 2.0, "2026-02-10": 0.0, "2026-02-03": 0.0, "2026-01-27": 0.0}
    draw = random.Random(5)
    rows = [row for week, middle in weeks.items() for row in draw_rows(draw, week, middle)]
    rules = {f"of-{k}": ask("psi", "brightness", WEEK, streak=k) for k in (2, 3)}
    found = find_all(world, rules, {"predictions": rows})
    assert {key[0]: (f.status, f.reason) for key, f in found.items()} == {
        "of-2": ("fail", None),
        "of-3": ("unsure", "streak 2 of 3"),
    }


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binned, "SAMPLED", 2000)


@pytest.mark.usefixtures("sampled")
def test_a_sample_of_many_rows_is_the_same_whatever_their_order_and_moves_the_value_little(world: Any) -> None:
    draw = np.random.default_rng(6)
    now = see(NOW, draw.normal(0.3, 1, 4000).tolist())
    before = [{**row, "id": f"image-{i}"} for i, row in enumerate(see(BEFORE, draw.normal(0, 1, 40_000).tolist()))]
    rules = {"psi": ask("psi", "brightness", WEEK)}
    first = evaluate(world, rules, {"predictions": [*now, *before]}, threads=1)
    again = evaluate(world, rules, {"predictions": [*before[::-1], *now[::-1]]}, threads=2)
    values = [side.findings[0].value for side in (first, again)]
    exact = compute_psi(pick(now), pick(before), find_deciles(pick(before)))
    assert values[0] == values[1] != pytest.approx(exact, abs=1e-6)
    assert values[0] == pytest.approx(exact, rel=0.02)
    assert [*first.scans] == ["edges-1:rows", "edges-1", "scan-1"]


@pytest.mark.usefixtures("sampled")
def test_few_rows_of_a_large_source_are_not_sampled(world: Any) -> None:
    rows = [*see(NOW, MOVED), *see(BEFORE, NUMBERS), *see("2026-01-05", range(2000))]
    found = find_all(
        world, {"psi": ask("psi", "brightness", WEEK, **{"with": {"zeros": "floor"}})}, {"predictions": rows}
    )
    assert found[("psi",)].value == 0.100742


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("BIGINT", "i"),
        ("BIGINT", "-7 * i"),
        ("BIGINT", "i * 1000000007"),
        ("VARCHAR", "'img-' || i"),
        ("VARCHAR", "i"),
        ("VARCHAR", "i || '-plant-2'"),
        ("VARCHAR", "md5(CAST(i AS VARCHAR))"),
        ("VARCHAR", "'/data/2026/02/25/camera-1/' || i || '.jpeg'"),
        ("VARCHAR", "chr(CAST(9731 + i // 256 AS INTEGER)) || chr(CAST(256 + i % 256 AS INTEGER))"),
    ],
)  # fmt: skip
def test_a_sample_is_of_so_many_rows_of_any_kind_of_id_and_spread_over_all(
    kind: str, identity: str, world: Any
) -> None:
    resolved = world.load(rules={"psi": ask("psi", "brightness", WEEK)}, sources=WIDE)
    intake = imagine(resolved, 10**6)
    intake.sources["predictions"].columns["id"] = Column("id", "text", kind)  # type: ignore[index]
    program = compile_program(resolved, intake, gate_expressions(resolved), datetime(2026, 3, 1, tzinfo=UTC))
    sampled = dict(program.batch.variables)["edges-1"].split("FROM ", 1)[1]
    with duckdb.connect() as connection:
        connection.execute('SET VARIABLE "edges-1:rows" = 1_000_000')
        connection.execute(
            f'CREATE VIEW predictions AS SELECT i, CAST({identity} AS {kind}) AS id, id AS "+id", '
            "TIMESTAMP '2026-02-17' AS \"+time\" FROM range(40000) r(i)"
        )
        rows = connection.execute(f"SELECT i // 4000, count(*) FROM {sampled} GROUP BY ALL").fetchall()
    assert len(rows) == 10
    # One row in five: what is held does not grow with the rows.
    assert all(690 <= count <= 910 for _, count in rows)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (ask("new_share", ["brightness"], WEEK), "unknown-column"),
        (ask("new_share", "features", WEEK), "unknown-column"),
        (ask("psi", "brightness", WEEK, **{"with": {"bins": 51}}), "out-of-range"),
        (ask("psi", "lighting", {"source": "mixed"}), "wrong-of"),
        (ask("vanished_share", "lighting", {"source": "mixed"}), "unknown-column"),
    ],
)
def test_what_cannot_be_compared_is_refused(rule: Any, code: str, world: Any) -> None:
    mixed = {"role": "training", "fields": {"id": "id", "class": "class"}, "features": ["lighting"]}
    with pytest.raises(Refused) as refused:
        world.load(rules={"r": rule}, sources={"mixed": mixed})
    assert code in {problem.code for problem in refused.value.diagnostics}


def test_a_series_is_of_the_distances_of_each_step(world: Any) -> None:
    series = {"every": "1d", "over": "10d", "reference": "10d", "test": "cusum"}
    draw = random.Random(8)
    rows = [row for day in range(9, 29) for row in draw_rows(draw, f"2026-02-{day:02}", 2.0 * (day > 23), 60)]
    rule = {**ask("psi", "brightness", {"source": "validation-run"}), "series": series, "fail": {"above": 5}}
    known = draw_rows(draw, "2026-01-01", 0.0)
    found = find_all(world, {"drifts": rule}, {"predictions": rows, "validation-run": known})
    assert (found[("drifts",)].status, found[("drifts",)].changed_at) == ("fail", "2026-02-24T00:00:00Z")


def test_validation_data_are_held_against_production_column_by_column(world: Any) -> None:
    known = [{"class": "dent", "site": site, "lighting": "on"} for site in "aabb"]
    seen = [
        {"class": "dent", "time": NOW, "site": site, "lighting": light}
        for site, light in zip("aaab", ("on", "off") * 2, strict=True)
    ]
    rule = {**ask("similarity", ["site", "lighting", "class"], {"source": "predictions"}), "source": "training",
            "fail": {"below": 0.6}}  # fmt: skip
    found = find_all(world, {"old": rule}, {"training": known, "predictions": seen})
    assert {key[1]: (f.value, f.status) for key, f in found.items()} == {
        "site": (0.75, "pass"), "lighting": (0.5, "fail"), "class": (1.0, "pass")
    }  # fmt: skip


def test_a_number_that_is_looked_up_is_binned_as_well(world: Any) -> None:
    lookup = {"annotations": {"lookup": {"predictions": ["confidence", "lighting"]}}}
    rule = {**ask("psi", ["confidence", "lighting"], WEEK), "source": "annotations", "with": {"zeros": "floor"}}
    resolved = world.load(rules={"seen": rule}, sources=lookup)
    numbers = [(f"i{i}", NOW, v / 1000) for i, v in enumerate(MOVED)] + [(f"j{v}", BEFORE, v / 1000) for v in NUMBERS]
    about = {"class": "dent", "lighting": "on", "annotator": "a"}
    rows = [{**about, "id": name, "unit": name, "time": time, "confidence": v} for name, time, v in numbers]
    found = world.evaluate(resolved, world.write_all(resolved, {"predictions": rows, "annotations": rows}), AS_OF)
    values = {f.scope["of"]: (f.value, f.n) for f in found.findings}
    assert values == {"confidence": (0.100742, 100), "lighting": (0.0, 100)}
