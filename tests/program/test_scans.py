"""What is asked of the engine: how few scans, how few columns, and their SQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from prism_rules.engines.quoting import quote_name
from prism_rules.intake import BoundSource, Column, DataFile, Intake
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.program import Anchor, Program, compile_program, gate_expressions
from prism_rules.program.relations import quantiles
from prism_rules.ruleset import Resolved, load_ruleset

GLARE = Path(__file__).parents[2] / "examples" / "glare" / "surface-inspection.yaml"
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def imagine_intake(resolved: Resolved, rows: int = 0) -> Intake:
    """An intake of files that are never opened, with each column in the type that its kind has."""
    sources = {}
    for name, source in resolved.model.sources.items():
        kinds = {logical: (physical, source.name_kind(logical)) for logical, physical in source.columns.items()}
        columns = {logical: Column(physical, kind, SQL_TYPES[kind]) for logical, (physical, kind) in kinds.items()}
        sources[name] = BoundSource((DataFile(f"/data/{name}.parquet", name, 1, 1, "0"),), columns, rows)
    return Intake(sources)


def compile_imagined(resolved: Resolved, anchors: tuple[Anchor, ...] = (), rows: int = 0) -> Program:
    return compile_program(resolved, imagine_intake(resolved, rows), gate_expressions(resolved), AS_OF, anchors)


def list_scans(program: Program) -> dict[str, str]:
    return dict(program.scans)


def count_columns(sql: str) -> int:
    """Aggregates of a scan, which stand on a line each."""
    return len(re.findall(r" AS _\d", sql))


def test_the_sql_of_the_glare_ruleset(snapshot: SnapshotAssertion) -> None:
    program = compile_imagined(load_ruleset(GLARE))
    parts = [*program.batch.views, *program.batch.tables, *program.batch.queries]
    assert "\n\n".join(f"-- {name}\n{sql}" for name, sql in parts) == snapshot


MEAN = {"source": "predictions", "metric": "mean_confidence", "by": ["class"]}
OWN = {"source": "predictions", "metric": "sql", "of": "count(DISTINCT site)", "by": ["class"]}
WRONG = {"source": "predictions", "metric": "confident_wrong_share", "by": ["class"]}
ALPHA = {"source": "annotations", "metric": "krippendorff_alpha"}
AGREEMENT = (
    "disputed-share",
    "fleiss-kappa",
    "gwet-ac1",
    "krippendorff-alpha",
    "percent-agreement",
    "specific-agreement",
)
MEDIAN = {"source": "predictions", "metric": "quantile", "of": "brightness", "with": {"q": 0.5}, "by": ["class"]}
FAR = {**MEDIAN, "with": {"q": 0.95}}
PSI = {"source": "predictions", "metric": "psi", "of": "brightness", "by": ["class"], "baseline": {"window": "7d"}}
LOW, HIGH = {"fail": {"below": 0.5}}, {"fail": {"above": 0.5}}


@pytest.mark.parametrize(
    ("rules", "columns"),
    [
        # Rows with a confidence, their sum, rows seen.
        ({"a": {**MEAN, **LOW}}, [3]),
        # Bounds are not measured.
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **HIGH}, "c": {**MEAN, "fail": {"below": 0.1}, "min_n": 3}}, [3]),
        # Reviewed rows and wrong ones are new; rows seen are there.
        ({"a": {**MEAN, **LOW}, "b": {**WRONG, **HIGH}}, [5]),
        # Another parameter: the wrong ones only.
        ({"a": {**WRONG, **HIGH}, "b": {**WRONG, **HIGH, "with": {"at_least": 0.5}}}, [4]),
        # Another `where` or window: all three again, in the same scan.
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **LOW, "where": "site = 'p'"}}, [6]),
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **LOW, "window": "28d"}}, [6]),
        ({"a": {**MEAN, "fail": {"drop": 0.1}, "baseline": {"window": "28d"}}}, [6]),
        ({"a": {**MEAN, "fail": {"drop": 0.1}, "baseline": {"where": "site = 'p'"}}}, [6]),
        # So are the windows before it, of which a streak looks at twice as many as it asks for.
        ({"a": {**MEAN, **LOW, "streak": 2}}, [12]),
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **HIGH, "streak": 2}}, [12]),
        # Overrides are not measured.
        (
            {
                "a": {
                    **MEAN,
                    **LOW,
                    "overrides": {"dents": {"match": {"class": "dent"}, "min_n": 3, "fail": {"above": 0.9}}},
                }
            },
            [3],
        ),
        # Another grain or source is another scan; the order in `by` is not, and a coarser grain is rolled up.
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **LOW, "by": ["site"]}}, [3, 3]),
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **LOW, "by": ["class", "site"]}, "c": {**MEAN, **LOW, "by": []}}, [3]),
        # A class has one family: grouped by both there are no more groups.
        ({"a": {**MEAN, **LOW, "by": ["class", "site"]}, "b": {**MEAN, **LOW, "by": ["family", "site"]}}, [3]),
        # What an author counts does not add up, so that it is counted at its own grain.
        ({"a": {**OWN, **LOW}, "b": {**MEAN, **LOW, "by": ["class", "site"]}}, [3, 2]),
        ({"a": {**MEAN, **LOW, "by": ["class", "site"]}, "b": {**MEAN, **LOW, "by": ["site", "class"]}}, [3]),
        ({"a": {**MEAN, **LOW}, "b": {**MEAN, **LOW, "source": "validation-run"}}, [3, 3]),
        # Agreement with class in `by` and without is counted by the same keys; a dimension is one key more.
        ({"a": {**ALPHA, **LOW}, "b": {**ALPHA, **LOW, "by": ["class"]}}, [1]),
        ({"a": {**ALPHA, **LOW}, "b": {**ALPHA, **LOW, "by": ["site"]}}, [2]),
        ({"a": {**ALPHA, **LOW}, "b": {**ALPHA, **LOW, "where": "site = 'p'"}}, [2]),
        ({"a": {**ALPHA, **LOW}, "b": {**ALPHA, **LOW, "window": "28d"}}, [2]),
        # Every measure of agreement is counted by them, how many there may be; only those of pairs of people are apart.
        ({name: {**ALPHA, **LOW, "metric": name.replace("-", "_"), "by": ["class"]} for name in AGREEMENT}, [1]),
        ({"a": {**ALPHA, **LOW}, "b": {**ALPHA, **LOW, "metric": "cohen_kappa"}}, [2, 1]),
        # Quantiles are found beside all else, each at its own grain.
        ({"a": {**MEDIAN, **LOW}, "b": {**FAR, **LOW}, "c": {**FAR, **HIGH}}, [4]),
        ({"a": {**MEDIAN, **LOW}, "b": {**FAR, **LOW, "of": "confidence"}}, [5]),
        ({"a": {**MEDIAN, **LOW}, "b": {**FAR, **LOW, "by": []}}, [3, 3]),
        ({"a": {**MEDIAN, **LOW}, "b": {**FAR, **LOW, "window": "28d"}}, [6]),
        # Edges first. Of both windows rows seen, rows with a value, and those up to each of nine edges; distances of
        # the same column and reference count the same.
        ({"a": {**PSI, **HIGH}}, [0, 22]),
        ({"a": {**PSI, **HIGH}, "b": {**PSI, **HIGH, "metric": "hellinger", "by": []}}, [0, 22]),
        ({"a": {**PSI, **HIGH}, "b": {**PSI, **HIGH, "metric": "js_distance", "with": {"bins": 4}}}, [0, 28]),
        ({"a": {**PSI, **HIGH}, "b": {**PSI, **HIGH, "of": ["confidence", "brightness"]}}, [0, 42]),
        ({"a": {**PSI, **HIGH}, "b": {**MEAN, **LOW}}, [0, 24]),
        # Another reference has other edges, and counts of the window by them.
        ({"a": {**PSI, **HIGH}, "b": {**PSI, **HIGH, "baseline": {"window": "28d"}}}, [0, 0, 42]),
        # Categories are keys: of every column its own rows, by which bins are not counted.
        ({"a": {**PSI, **HIGH, "of": ["site", "brightness"]}}, [0, 2, 22]),
        ({"a": {**PSI, **HIGH, "of": ["site", "lighting"]}}, [2, 2]),
        ({"a": {**PSI, **HIGH, "of": "site"}, "b": {**PSI, **HIGH, "of": "site", "by": []}}, [2]),
    ],
)
def test_rules_share_scans_and_scans_share_columns(world: Any, rules: Mapping[str, Any], columns: list[int]) -> None:
    scans = list_scans(compile_imagined(world.load(classes={"dent": {"family": "metal"}}, rules=rules)))
    assert [count_columns(sql) for sql in scans.values()] == columns


@pytest.mark.parametrize(
    ("more", "composed"),
    [
        ({}, False),
        ({"sure": {**ALPHA, **LOW, "by": ["class"], "confidence": 0.95}}, False),
        ({"sure": {**ALPHA, **LOW, "confidence": 0.95}}, True),
        ({"grades": {**ALPHA, **LOW, "with": {"level": "ordinal"}}}, True),
        ({"confused": {**ALPHA, **HIGH, "metric": "confusion_share", "by": ["class"]}}, True),
        ({"boundary": {**ALPHA, **HIGH, "metric": "boundary_share"}}, True),
        ({"two": {**ALPHA, **LOW, "metric": "cohen_kappa"}}, False),
    ],
)
def test_which_labels_a_unit_has_together_is_written_only_where_it_is_asked(
    world: Any, more: Mapping[str, Any], composed: bool
) -> None:
    asked = {name: {**ALPHA, **LOW, "metric": name.replace("-", "_"), "by": ["class"]} for name in AGREEMENT}
    families = {"classes": {"dent": {"family": "metal"}}}
    scans = list_scans(compile_imagined(world.load(rules={**asked, "all": {**ALPHA, **LOW}, **more}, **families)))
    assert any("composition" in sql for sql in scans.values()) == composed


def test_the_sql_of_bins(world: Any, snapshot: SnapshotAssertion) -> None:
    program = compile_imagined(world.load(rules={"a": {**PSI, **HIGH, "with": {"bins": 3}}}), rows=10**6)
    parts = [*program.batch.variables, *program.batch.tables, *program.batch.queries]
    assert "\n\n".join(f"-- {name}\n{sql}" for name, sql in parts if not name.startswith("times:")) == snapshot


def test_quantiles_of_very_many_rows_of_one_column_are_found_in_one_pass(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantiles, "FEW", -1)
    asked = {"a": {**MEDIAN, **LOW}, "b": {**FAR, **LOW}, "c": {**FAR, **LOW, "of": "confidence"}, "d": {**MEAN, **LOW}}
    scans = list_scans(compile_imagined(world.load(rules=asked)))
    assert sorted("list_sort" in sql for sql in scans.values()) == [False, True, True]


@pytest.mark.parametrize(
    ("more", "sorts"),
    [
        ({}, 2),
        ({"again": {**FAR, "fail": {"above": 0.9}}, "mean": {**MEAN, **LOW}}, 2),
        ({"elsewhere": {**MEDIAN, **LOW, "source": "training"}}, 2),
        ({"q": {**MEDIAN, **LOW, "with": {"q": 0.25}}}, 3),
        ({"of": {**MEDIAN, **LOW, "of": "confidence"}}, 3),
        ({"by": {**MEDIAN, **LOW, "by": []}}, 3),
        ({"window": {**MEDIAN, **LOW, "window": "28d"}}, 3),
        ({"where": {**MEDIAN, **LOW, "where": "site = 'p'"}}, 3),
    ],
)
def test_every_quantile_keeps_the_rows_in_memory_once_more(
    world: Any, monkeypatch: pytest.MonkeyPatch, more: Mapping[str, Any], sorts: int
) -> None:
    sources = {"training": {"features": ["brightness"]}} if "elsewhere" in more else {}
    resolved = world.load(sources=sources, rules={"a": {**MEDIAN, **LOW}, "b": {**FAR, **LOW}, **more})
    for few, binned in ((sorts * 100, False), (sorts * 100 - 1, True)):
        monkeypatch.setattr(quantiles, "FEW", few)
        program = compile_imagined(resolved, rows=100)
        counted = {
            reading.part.rule: "_listed" in program.scans[reading.scan]
            for reading in program.readings
            if reading.part.rule not in ("mean", "elsewhere")
        }
        assert set(counted.values()) == {binned}


def test_five_hundred_rules_of_one_grain_are_one_scan(world: Any) -> None:
    rules = {f"r{i}": {**MEAN, "window": f"{1 + i % 10}d", "fail": {"below": (1 + i) / 1000}} for i in range(500)}
    scans = list_scans(compile_imagined(world.load(rules=rules)))
    assert [count_columns(sql) for sql in scans.values()] == [30]


def test_five_hundred_conditions_are_scans_that_memory_can_hold(world: Any) -> None:
    rules = {f"r{i}": {**MEAN, **LOW, "where": f"confidence > {i / 1000}"} for i in range(500)}
    program = compile_imagined(world.load(rules={**rules, "again": rules["r7"]}))
    scans = list_scans(program)
    # Three columns each: 333 rules fit under a thousand, and what is asked again is there already.
    assert [count_columns(sql) for sql in scans.values()] == [999, 501]
    assert len({reading.scan for reading in program.readings if reading.part.rule in ("r7", "again")}) == 1


def test_what_all_readings_share_is_asked_once(world: Any) -> None:
    rules = {f"r{i}": {**MEAN, **LOW, "where": f"site = '{i}'"} for i in range(9)}
    [sql] = list_scans(compile_imagined(world.load(rules=rules))).values()
    assert sql.count('"+time"') == 2, "a window has two ends"
    [sql] = list_scans(compile_imagined(world.load(rules={**rules, "b": {**MEAN, **LOW, "window": "2d"}}))).values()
    assert sql.count('"+time"') == 2 + 3, "one window is the whole span, the columns of the other begin later"


def test_a_scan_reads_no_more_than_its_windows(world: Any) -> None:
    rules = {"a": {**MEAN, **LOW, "window": "2d"}, "b": {**MEAN, **LOW, "window": "5d"}}
    [sql] = list_scans(compile_imagined(world.load(rules=rules))).values()
    start, end = ("TIMESTAMP '2026-02-24 00:00:00.000000'", "TIMESTAMP '2026-03-01 00:00:00.000000'")
    assert f'WHERE "+time" >= {start} AND "+time" < {end}\n' in sql
    [sql] = list_scans(compile_imagined(world.load(rules={**rules, "c": {**MEAN, **LOW, "window": "all"}}))).values()
    assert f'WHERE "+time" < {end}\n' in sql


def test_thresholds_never_reach_sql(world: Any) -> None:
    one, other = (
        compile_imagined(world.load(rules={"a": {**MEAN, "fail": {"below": bound}, "min_n": n}})).batch
        for bound, n in ((0.123456, 7), (0.654321, 9))
    )
    assert one == other


def test_a_second_measurement_is_another_window_of_the_same_scan(world: Any) -> None:
    resolved = world.load(rules={"a": {**MEAN, **LOW}, "b": {**ALPHA, **LOW}})
    moments = [datetime(2026, 2, 26, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
    program = compile_imagined(
        resolved, tuple(Anchor(rule, moment) for rule in "ab" for moment in (*moments, moments[0]))
    )
    windows = [(p.rule, p.anchor, p.window[0]) for r in program.readings if (p := r.part).side == "acceptance"]
    start = datetime(2026, 2, 22, tzinfo=UTC)
    assert windows == [(rule, anchor, max(start, anchor)) for rule in "ab" for anchor in sorted(moments)]
    # One scan of rows; of votes one more per anchor, since other labels make other votes.
    assert len(list_scans(program)) == 1 + 3
    # However many there were before the window: from its start on they all see the same.
    longer = compile_imagined(
        resolved, tuple(Anchor(rule, datetime(2025, 1, 1 + day, tzinfo=UTC)) for rule in "ab" for day in range(30))
    )
    assert len(list_scans(longer)) == 1 + 2


def test_a_dimension_may_be_called_like_a_column_of_a_scan(world: Any) -> None:
    dimensions = dict.fromkeys(("m0", "m1", "l0", "s", "u", "v"), "site")
    sources = {"predictions": {"dimensions": dimensions}}
    resolved = world.load(sources=sources, rules={"a": {**MEAN, **LOW, "by": [*dimensions], "min_n": 1}})
    world.write("predictions", [{"time": "2026-02-28", "class": "x", "site": "p", "confidence": 0.4}],
                [*SOURCE_COLUMNS, "site"])  # fmt: skip
    [finding] = world.evaluate(resolved, {"predictions": "predictions.parquet"}, "2026-03-01").findings
    assert (finding.scope, finding.status, finding.value) == (dict.fromkeys(dimensions, "p"), "fail", 0.4)


SOURCE_COLUMNS = ("id", "time", "class", "confidence", "label", "overridden", "brightness")


def count_reads(program: Program) -> dict[str, int]:
    """How often each file is read by all scans together: each `read_parquet` that one comes to, through its views."""
    views = dict(program.batch.views)

    def count(sql: str) -> Counter[str]:
        found = Counter(re.findall(r"read_parquet\(\['/data/(.*?)\.parquet'\]", sql))
        for name, view in views.items():
            for _ in re.findall(f"(?:FROM|JOIN) {re.escape(quote_name(name))}(?!\\w)", sql):
                found += count(view)
        return found

    return dict(sum((count(sql) for sql in program.scans.values()), Counter()))


def test_the_glare_case_reads_each_source_as_often_as_its_metrics_need() -> None:
    program = compile_imagined(load_ruleset(GLARE))
    # Production twice: for what adds up, and for what an author counts by site. The labels once, and those of units in
    # which a reviewer may stand twice once more. The run that confidence is compared with, and what lighting is
    # compared with: once each. What people reported, for the turnaround.
    assert count_reads(program) == {
        "predictions": 2, "validation-run": 1, "annotations": 2, "training": 1, "validation": 1,
        "feedback": 1,
    }  # fmt: skip


def test_ten_thousand_rules_are_one_scan(world: Any) -> None:
    metrics: list[dict[str, Any]] = [
        {"metric": "mean_confidence"}, {"metric": "mean", "of": "brightness"}, {"metric": "confident_wrong_share"},
        {"metric": "low_confidence_share"}, {"metric": "error_rate"}, {"metric": "override_rate"},
        {"metric": "missing_share", "of": "label"}, {"metric": "volume"},
    ]  # fmt: skip
    grains: list[list[str]] = [["class", "site"], ["class"], ["site"], ["family", "site"], []]
    rules = {
        f"r{i}": {
            "source": "predictions", **metrics[i % len(metrics)], "by": grains[i % len(grains)],
            "window": f"{1 + i % 3}d", "fail": {"above": i / 10_000}, **({"streak": 2} if i % 2 else {}),
        }
        for i in range(10_000)
    }  # fmt: skip
    program = compile_imagined(world.load(classes={"dent": {"family": "metal"}}, rules=rules))
    assert count_reads(program) == {"predictions": 1}
    [sql] = program.scans.values()
    # 18 aggregates and the rows of each of the windows: three lengths, three more of each for the streaks that bridge
    # gaps, of which two lengths share an end with another.
    assert len({reading.query for reading in program.readings}) == len(grains)
    assert count_columns(sql) < 200


def test_conditions_share_the_scan_of_the_rest(world: Any) -> None:
    rules = {f"r{i}": {**MEAN, **LOW, "where": f"site = '{i}'", "window": f"{1 + i}d"} for i in range(50)}
    assert count_reads(compile_imagined(world.load(rules=rules))) == {"predictions": 1}
