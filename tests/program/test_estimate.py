"""What a program would read, against what the engine says that it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from prism_rules.cli.estimate import tell_estimate
from prism_rules.engines import Limits
from prism_rules.engines.connection import open_locked
from prism_rules.engines.isolation import open_engine
from prism_rules.intake import Intake, bind
from prism_rules.metrics import METRICS
from prism_rules.program import Program, compile_program, gate_expressions
from prism_rules.program.estimate import Estimate, QueueEstimate, estimate_program, write_chunks
from prism_rules.program.relations import binned, quantiles
from prism_rules.ruleset import Resolved

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = (*range(-17, 0), 1, 2, 3)
"""Days of data, counted from `AS_OF`; each is a row group. On a very boundary the engine may read one more."""
PER_DAY = 100
ROWS = len(DAYS) * PER_DAY

SOURCES: Mapping[str, Any] = {
    "predictions": {
        "fields": {name: f"raw {name}" for name in ("id", "time", "class", "confidence", "label", "overridden")},
        "dimensions": {"site": "raw site", "lighting": "raw lighting"},
        "features": {"brightness": "raw brightness"},
    },
    "annotations": {
        "fields": {name: f"raw {name}" for name in ("unit", "annotator", "class", "time", "gold")},
        "dimensions": {"site": "raw site"},
    },
    "training": {
        "fields": {"id": "raw id", "class": "raw class"},
        "dimensions": {"site": "raw site", "lighting": "raw lighting"},
        "features": {"brightness": "raw brightness"},
    },
    "feedback": {
        "role": "feedback",
        "fields": {"id": "raw id", "time": "raw time", "channel": "raw channel", "routed_at": "raw routed_at"},
        "dimensions": {},
        "lookup": {"predictions": ["class"]},
        "window": "7d",
    },
}
ZONES: Mapping[str, pl.DataType] = {
    "utc": pl.Datetime("us", "UTC"),
    "no zone": pl.Datetime("us"),
    "milliseconds": pl.Datetime("ms"),
    "nanoseconds": pl.Datetime("ns"),
    "days": pl.Date(),
}


def write_data(folder: Path, time: pl.DataType) -> dict[str, str]:
    """Write a file per source, with none of its columns under its logical name, and one that nobody asks for."""
    moments = [AS_OF.replace(tzinfo=None) + timedelta(days=day, minutes=n) for day in DAYS for n in range(PER_DAY)]
    values: dict[str, Any] = {
        "id": [f"i{n}" for n in range(ROWS)],
        "unit": [f"i{n // 2}" for n in range(ROWS)],
        "annotator": [f"a{n % 2}" for n in range(ROWS)],
        # Where no value is missing, statistics of files tell the engine so, and it need not look.
        "class": ["dent", "scratch", None, None] * (ROWS // 4),
        "label": ["dent", None] * (ROWS // 2),
        "gold": ["dent", None] * (ROWS // 2),
        "confidence": [n / ROWS for n in range(ROWS)],
        "overridden": [(True, False, None)[n % 3] for n in range(ROWS)],
        "channel": ["line"] * ROWS,
        "site": ["p", "q"] * (ROWS // 2),
        "lighting": ["on"] * ROWS,
        "brightness": [float(n) for n in range(ROWS)],
        "time": pl.Series(moments).cast(time) if not getattr(time, "time_zone", None) else pl.Series(
            moments).dt.replace_time_zone("UTC"),
        "routed_at": [AS_OF if n % 2 else None for n in range(ROWS)],
        "extra": [f"never asked for {n}" for n in range(ROWS)],
    }  # fmt: skip
    for name, source in SOURCES.items():
        columns = [*source["fields"], *source["dimensions"], *source.get("features", ()), "extra"]
        frame = pl.DataFrame({f"raw {column}": values[column] for column in columns})
        frame.write_parquet(folder / f"{name}.parquet", row_group_size=PER_DAY)
    return {name: f"{name}.parquet" for name in SOURCES}


@dataclass(frozen=True)
class Made:
    """An estimate and what it was made of."""

    resolved: Resolved
    intake: Intake
    program: Program
    estimate: Estimate


@pytest.fixture
def make(world: Any) -> Callable[..., Made]:
    def make(rules: Mapping[str, Any], *, time: str = "utc", **sections: Any) -> Made:
        sources = {**SOURCES, **sections.pop("sources", {})}
        resolved = world.load(rules=rules, sources=sources, **sections)
        data = write_data(world.folder, ZONES[time])
        with open_engine(Limits(threads=1), isolated=False) as engine:
            intake = bind(resolved, data, engine, root=world.folder)
            program = compile_program(resolved, intake, gate_expressions(resolved), AS_OF)
            tables = engine.answer(write_chunks(intake))
        chunks = {name: table.to_dicts() for name, table in tables.items()}
        return Made(resolved, intake, program, estimate_program(resolved.model, intake, program, chunks))

    return make


Told = tuple[str, frozenset[str], int]
"""Source, columns, row groups."""


def explain(made: Made) -> dict[str, list[Told]]:
    """Ask the engine what each scan read: per scan the files gone over, each time with columns and row groups."""
    connection = open_locked([f.path for f in made.intake.files], threads=1, memory_mb=512, seconds=30)
    for name, sql in made.program.batch.views:
        connection.execute(f'CREATE TEMP VIEW "{name}" AS {sql}')
    for name, sql in made.program.batch.variables:
        connection.execute(f'SET VARIABLE "{name}" = ({sql})')
    told = {}
    for name, sql in made.program.scans.items():
        [(_, plan)] = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {sql}").fetchall()
        told[name] = sorted(walk(json.loads(plan)), key=lambda read: read[0])
    connection.close()
    return told


def walk(node: Any) -> Iterator[tuple[str, frozenset[str], int]]:
    if isinstance(node, list):
        for each in node:
            yield from walk(each)
    elif isinstance(node, dict):
        extra = node.get("extra_info", {})
        if node.get("type") == "TABLE_SCAN" and extra.get("Function") == "READ_PARQUET":
            columns = {*re.findall(r"raw \w+", json.dumps([extra.get("Projections"), extra.get("Filters")]))}
            yield Path(extra["Filename(s)"]).stem, frozenset(columns), node["row_groups_scanned"]
        for value in node.values():
            yield from walk(value)


def list_told(made: Made) -> dict[str, list[Told]]:
    """List the same of the estimate."""
    return {
        scan.id: sorted(
            (read.source, frozenset(read.columns), read.groups) for read in scan.reads for _ in range(read.passes)
        )
        for scan in made.estimate.scans
    }


def check_told(made: Made) -> None:
    """Hold the estimate to what is read. Labels are gone over a second time only where an annotator may stand twice,
    for what settles that; told is the most that it can be."""
    told, read = list_told(made), explain(made)
    assert told.keys() == read.keys()
    for scan, passes in told.items():
        (labels, others), (gone_over, rest) = (part_labels(reads) for reads in (passes, read[scan]))
        assert others == rest
        assert bool(labels) == bool(gone_over) and len(gone_over) <= len(labels)
        for (_, columns, groups), place in zip(gone_over, range(len(labels)), strict=False):
            assert columns <= labels[0][1]
            assert labels[0][1] - columns <= {"raw site", "raw annotator", "raw gold"}
            assert groups == labels[0][2] if place == 0 else groups <= labels[0][2]


def part_labels(reads: list[Told]) -> tuple[list[Told], list[Told]]:
    """Part the passes over labels from all others, the longest first."""
    labels = sorted((read for read in reads if read[0] == "annotations"), key=lambda read: -read[2])
    return labels, [read for read in reads if read[0] != "annotations"]


FAIL = {"fail": {"above": 0.5}}
P = {"source": "predictions"}
F = {"source": "feedback"}
LABELS = {"source": "annotations"}
BY_METRIC: Mapping[str, Mapping[str, Any]] = {
    "absent_share": {**P, "of": ["site"], "baseline": {"source": "training", "by": []}},
    "age": P,
    "annotator_agreement": LABELS,
    "annotator_bias": LABELS,
    "backlog": F,
    "backlog_age": F,
    "balanced_gold_agreement": LABELS,
    "boundary_share": LABELS,
    "brier": P,
    "class_entropy": P,
    "class_imbalance": {**P, "fail": {"above": 10}},
    "cohen_kappa": LABELS,
    "completeness": {**P, "of": ["label", "brightness"], "with": {"sentinels": ["-", -1]}},
    "concept_drift": {**P, "of": ["lighting"], "by": ["site"], "baseline": {"window": "7d"}},
    "confident_wrong_share": P,
    "confusion_share": LABELS,
    "cost_weighted_error": P,
    "coverage_imbalance": {**P, "of": ["site"], "baseline": {"source": "training"}},
    "covered_share": {**P, "of": ["site"], "baseline": {"source": "training"}},
    "cramers_v": {**P, "of": "label", "baseline": {"window": "3d"}},
    "dawid_skene_accuracy": LABELS,
    "disputed_share": LABELS,
    "diversity": {**P, "of": ["site", "lighting"], "fail": {"above": 10}},
    "duplicate_share": P,
    "ece": P,
    "effective_classes": {**P, "fail": {"above": 10}},
    "error_rate": P,
    "f1": P,
    "fleiss_kappa": LABELS,
    "gold_agreement": LABELS,
    "gwet_ac1": LABELS,
    "hellinger": {**P, "of": "brightness", "baseline": {"window": "3d"}},
    "intervention_rate": P,
    "js_distance": {**P, "of": "features", "by": ["site"], "baseline": {"window": "3d"}},
    "kl_divergence": {**P, "of": ["brightness", "confidence"], "baseline": {"where": "site = 'p'"}},
    "krippendorff_alpha": LABELS,
    "ks_statistic": {**P, "of": "brightness", "by": ["site"], "baseline": {"window": "7d"}},
    "late_share": {**F, "with": {"within": "1d"}},
    "low_confidence_accepted": P,
    "low_confidence_share": {**P, "with": {"below": 0.5}},
    "mean": {**P, "of": "brightness"},
    "mean_confidence": P,
    "missing_share": {**P, "of": "label"},
    "new_share": {**P, "of": "site", "baseline": {"source": "training"}},
    "other_share": {**P, "with": {"classes": ["dent"]}},
    "override_rate": P,
    "percent_agreement": LABELS,
    "precision": P,
    "psi": {**P, "of": ["site", "overridden"], "baseline": {"window": "3d"}},
    "quantile": {**P, "of": "brightness", "with": {"q": 0.5}},
    "recall": P,
    "routing_latency": {**F, "with": {"q": 0.5}},
    "schema_change": {**P, "baseline": {"source": "training"}},
    "segment_gap": {**P, "of": "site"},
    "self_consistency": LABELS,
    "share": {**P, "of": "class", "by": ["class", "site"]},
    "similarity": {**P, "of": ["site", "class"], "baseline": {"source": "training"}},
    "slice_gap": {**P, "of": "site", "by": ["site"]},
    "specific_agreement": {**LABELS, "by": ["class"]},
    "sql": {**P, "of": "count(DISTINCT site)"},
    "total_variation": {**P, "of": "site", "baseline": {"source": "training"}},
    "underrepresented_share": {**P, "of": ["site"], "baseline": {"source": "training"}},
    "unknown_share": P,
    "unrouted_share": F,
    "vanished_share": {**P, "of": "site", "baseline": {"source": "training"}},
    "volume": P,
    "wasserstein_distance": {**P, "of": "brightness", "by": ["class"], "baseline": {"source": "training"}},
}
LOOKUP = {"annotations": {**SOURCES["annotations"], "lookup": {"predictions": ["lighting", "confidence"]}}}
AGAIN = {"source": "annotations", "metric": "self_consistency", **FAIL}
TRUE = {"source": "annotations", "metric": "dawid_skene_accuracy", **FAIL}
CONFIRMED = {"source": "annotations", "metric": "annotator_agreement", **FAIL}
ALPHA = {"source": "annotations", "metric": "krippendorff_alpha", **FAIL}
MEAN = {"source": "predictions", "metric": "mean_confidence", "by": ["class"], **FAIL}
FAMILIES = {"classes": {"dent": {"family": "metal"}, "scratch": {"family": "paint"}}}


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_reads_what_the_estimate_says(make: Any, metric: str) -> None:
    check_told(make({"r": {"metric": metric, **FAIL, **BY_METRIC[metric]}}, **FAMILIES))


CASES: Mapping[str, Mapping[str, Any]] = {
    "by a dimension": {"rules": {"r": {**MEAN, "by": ["lighting"]}}},
    "a condition": {"rules": {"r": {**MEAN, "where": "brightness > 3 AND site = 'p'"}}},
    "a baseline": {"rules": {"r": {**MEAN, "fail": {"drop": 0.1}, "baseline": {"window": "7d"}}}},
    "all of the past": {"rules": {"r": {**MEAN, "window": "all"}}},
    "several rules": {"rules": {"a": MEAN, "b": {**MEAN, "metric": "override_rate", "by": ["class", "site"]}}},
    "families": {"rules": {"r": {**MEAN, "by": ["family"]}, "a": {**ALPHA, "by": ["family"]}}, **FAMILIES},
    "a label beside its class": {"rules": {"r": {"metric": "missing_share", **P, "of": "label", **FAIL}}, **FAMILIES},
    "labels by a dimension": {"rules": {"r": {**ALPHA, "by": ["site"]}}},
    "single labels": {"rules": {"r": {**CONFIRMED, "by": ["annotator"]}}},
    "single labels by what is looked up": {"rules": {"r": {**CONFIRMED, "by": ["lighting"]}}, "sources": LOOKUP},
    "a condition on single labels": {"rules": {"r": {**CONFIRMED, "where": "confidence > 0.5"}}, "sources": LOOKUP},
    "repeats in a place": {
        "rules": {"r": {**AGAIN, "by": ["site", "annotator"], "where": "gold IS NULL"}},
    },
    "patterns by what is looked up": {
        "rules": {"r": {**TRUE, "by": ["lighting"], "where": "confidence > 0.5"}},
        "sources": LOOKUP,
    },
    "rows by annotator": {"rules": {"r": {**LABELS, "metric": "volume", "by": ["annotator"], **FAIL}}},
    "a look-up": {"rules": {"r": {**ALPHA, "by": ["lighting"]}}, "sources": LOOKUP},
    "a look-up in a condition": {"rules": {"r": {**ALPHA, "where": "confidence > 0.5"}}, "sources": LOOKUP},
    "a look-up of rows": {
        "rules": {"r": {"source": "annotations", "metric": "volume", "by": ["lighting"], **FAIL}}, "sources": LOOKUP
    },
    "one of two look-ups": {
        "rules": {"r": {"source": "feedback", "metric": "volume", "by": ["family"], **FAIL}}, **FAMILIES,
        "sources": {"feedback": {**SOURCES["feedback"], "lookup": {"predictions": ["class"], "training": ["site"]}}},
    },
    "a look-up of families": {
        "rules": {"r": {"source": "feedback", "metric": "volume", "by": ["family"], **FAIL}}, **FAMILIES
    },
}  # fmt: skip


BY_TIME = [(case, "utc") for case in CASES] + [
    (case, time)
    for case in ("a baseline", "labels by a dimension", "a look-up of rows")
    for time in ZONES if time != "utc"
]  # fmt: skip


@pytest.mark.parametrize(("case", "time"), BY_TIME)
def test_scans_read_the_columns_and_row_groups_that_the_estimate_says(make: Any, case: str, time: str) -> None:
    check_told(make(**CASES[case], time=time))


def test_who_is_met_is_read_once_per_source(make: Any) -> None:
    by = {**LABELS, "metric": "volume", "by": ["annotator"], **FAIL}
    made = make({"amount": by, "right": {**by, "metric": "gold_agreement"}, "all": {**by, "by": ["site"]}})
    people = made.estimate.scans[-1]
    assert (people.id, people.source, people.rules) == ("people:annotations", "annotations", ("amount", "right"))
    assert [read.columns for read in people.reads] == [("raw annotator", "raw time")]
    assert (people.rows, people.aggregates) == (17 * PER_DAY, 0), "three of the days are after as_of"


def test_edges_of_many_rows_are_of_a_sample_by_their_ids(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binned, "SAMPLED", 100)
    rule = {**P, "metric": "psi", "of": ["brightness", "site"], "by": ["class"], "baseline": {"window": "3d"}, **FAIL}
    made = make({"r": rule, "other": {**rule, "metric": "hellinger", "of": "features"}})
    assert list_told(made) == explain(made)
    size, edges, *_ = made.estimate.scans
    assert [(scan.id, scan.rules, scan.aggregates, scan.rows) for scan in (size, edges)] == [
        ("edges-1:rows", ("r", "other"), 1, 3 * PER_DAY), ("edges-1", ("r", "other"), 1, 3 * PER_DAY)
    ]  # fmt: skip
    assert [read.columns for scan in (size, edges) for read in scan.reads] == [
        ("raw time",), ("raw brightness", "raw id", "raw time")
    ]  # fmt: skip


def test_very_many_quantiles_take_several_passes(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantiles, "FEW", -1)
    made = make({"r": {**P, "metric": "quantile", "of": "brightness", "with": {"q": 0.5}, **FAIL}})
    assert list_told(made) == explain(made)


def test_the_window_passes_over_row_groups_and_their_rows(make: Any) -> None:
    made = make({"r": MEAN, "far": {**MEAN, "window": "10d"}, "own": {**MEAN, "where": "site = 'p'"}})
    [scan] = made.estimate.scans
    assert (scan.id, scan.source, scan.by, scan.rules) == ("scan-1", "predictions", ("class",), ("r", "far", "own"))
    # Three readings, each with rows that have a confidence, their sum, and the rows seen.
    assert scan.aggregates == 9
    [read] = scan.reads
    assert read.columns == ("raw class", "raw confidence", "raw site", "raw time")
    assert (read.groups, read.of_groups, read.rows, read.of_rows, read.passes) == (10, 20, 1000, 2000, 1)
    assert (made.estimate.rows, made.estimate.bytes) == (1000, scan.bytes)


def test_a_grain_and_columns_are_told_by_names_and_none_is_torn(make: Any) -> None:
    alpha = {"source": "annotations", "metric": "krippendorff_alpha", "by": ["class"], **FAIL}
    made = make({"r": alpha, "s": {**MEAN, "by": ["class", "site"]}})
    assert {scan.source: scan.by for scan in made.estimate.scans} == {
        "annotations": ("class",), "predictions": ("class", "site")
    }  # fmt: skip
    told = tell_estimate(made.estimate)
    parted = [name for scan in made.estimate.scans for read in scan.reads for name in read.columns if name not in told]
    assert parted == [] and max(map(len, told.splitlines())) <= 80


def test_a_collection_and_files_without_statistics_are_read_whole(make: Any, world: Any) -> None:
    made = make({"r": {"source": "training", "metric": "volume", **FAIL}, "s": MEAN})
    [training] = [scan for scan in made.estimate.scans if scan.source == "training"]
    assert [(read.groups, read.rows) for read in training.reads] == [(20, 2000)]
    path = world.folder / "predictions.parquet"
    pl.read_parquet(path).write_parquet(path, row_group_size=PER_DAY, statistics=False)
    assert [read.groups for scan in estimate_again(made).scans for read in scan.reads if scan.source != "training"] == [
        20
    ]


def estimate_again(made: Made) -> Estimate:
    with open_engine(Limits(threads=1), isolated=False) as engine:
        chunks = {name: table.to_dicts() for name, table in engine.answer(write_chunks(made.intake)).items()}
    return estimate_program(made.resolved.model, made.intake, made.program, chunks)


def test_bytes_are_those_of_the_columns_in_the_file(make: Any, world: Any) -> None:
    made = make({"r": {"source": "training", "metric": "volume", "by": ["class", "site"], **FAIL}})
    path = world.folder / "training.parquet"
    columns = '"raw class", "raw site"'
    duckdb.execute(f"COPY (SELECT {columns} FROM '{path}') TO '{path}' (FORMAT parquet, WRITE_BLOOM_FILTER false)")
    # A file is four letters, the columns, the footer, and eight bytes: the footer's length and four letters again.
    data = path.read_bytes()
    footer = int.from_bytes(data[-8:-4], "little")
    assert estimate_again(made).bytes == len(data) - 4 - footer - 8


def test_queues_that_may_be_drawn_are_told(make: Any) -> None:
    made = make(
        {"r": MEAN},
        causes={"c": {"kind": "drift", "by": ["class"], "when": {"all": ["r"]}}},
        actions={
            "review": {
                "kind": "review", "for": ["c"], "by": ["class"], "title": "Look", "owner": "@org/reliability",
                "queue": {"from": "annotations", "size": 40},
            },
            "fix": {"kind": "fix_capture", "for": ["c"], "by": ["class"], "title": "Mend", "owner": "@org/reliability"},
        },
    )  # fmt: skip
    assert made.estimate.queues == (QueueEstimate("review", "annotations", 40),)
