"""Every metric against its folder of hand-made cases, `tests/metrics/<name>/cases.yaml`.

A case gives `rows` of a source, which the metric's own SQL counts, the labels of `units` (see conftest.py), or the
counted `table` itself; beside it what a rule would say (`with`, `of`, `by`, and with `doubted` that it asks how sure
the value is, with `edges` that `of` is a column of numbers in bins that end there, the greatest value last), the
`classes` that are declared (a list, class -> family, or class -> what is declared of it), when its window ends
(`until`) and what tells rows apart (`identity`), and what is expected of each scope: `value` (a fraction such as 2/3,
compared exactly unless `within` says how far off it may be), `n`, `reason`, `slices`, `pairs`, `squared_error`, `df`,
`critical`, and of a difference its `share`, `trials`, `other_share`, `other_trials`. `reference` has the same form, for
a metric that compares; with `baseline` a case says what a rule would write for it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from ruamel.yaml import YAML
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.amber import AmberSnapshotExtension

from prism_rules import metrics
from prism_rules.intake import BoundSource, Column, Intake
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.metrics import METRICS, Ask, Measure, Metric, Table, Taxonomy
from prism_rules.metrics.metric import SHARES
from prism_rules.model.ruleset import FIELDS, Class, Ruleset
from prism_rules.program import compile_program, gate_expressions

HERE = Path(__file__).parent
FOLDERS = {path.parent.name: YAML(typ="safe").load(path) for path in sorted(HERE.glob("*/cases.yaml"))}
CASES = [pytest.param(name, case, id=f"{name}: {case['case']}") for name, cases in FOLDERS.items() for case in cases]
PAGE = ("Definition", "Class role", "Support", "When it misleads", "Usual bounds", "Degenerate cases", "Source")
TYPES = {"confidence": "DOUBLE", "brightness": "DOUBLE", "overridden": "BOOLEAN"}
TYPES |= {"time": "TIMESTAMP", "routed_at": "TIMESTAMP", "_same": "BIGINT", "_all": "BIGINT", "_first": "BOOLEAN"}
KEY_TYPES = {"n_uc": pl.Int64, "m_u": pl.Int64, "probability": pl.Float64, "hours": pl.Int64, "bin": pl.Float64}
FURTHER = {"slices", "pairs", "critical", *SHARES}
SHARED = {
    *("averaging", "balance", "coefficient", "confusion", "distances", "errors", "jackknife", "proportion", "routing"),
    *("scale", "scaled_alpha", "slices", "votes"),
}
"""Modules beside the metrics that several of them are made with."""


def build_ask(metric: Metric, case: dict[str, Any]) -> Ask:
    ask = Ask(
        metric.params(**case.get("with", {})),
        tuple(case.get("of", ())),
        tuple(case.get("by", ())),
        case.get("doubted", False),
        numeric="edges" in case,
        taxonomy=Taxonomy(declare(case.get("classes", ()))),
    )
    told = {"until": datetime.fromisoformat(case["until"]).replace(tzinfo=UTC)} if "until" in case else {}
    return replace(ask, **told, **({"identity": tuple(case["identity"])} if "identity" in case else {}))


def declare(classes: Any) -> dict[str, Class]:
    said = classes if isinstance(classes, dict) else dict.fromkeys(classes)
    return {name: Class(**entry) if isinstance(entry, dict) else Class(family=entry) for name, entry in said.items()}


def build_table(
    metric: Metric, ask: Ask, data: dict[str, Any], by: tuple[str, ...], edges: tuple[float, ...] = ()
) -> Table:
    measures = metric.measures(ask)
    keys = {name: f'"{name}"' for name in by} | dict(metric.keys(ask))
    types: dict[str, Any] = {key: KEY_TYPES.get(key, pl.String) for key in keys}
    whole = ("count", "cumulative", "distinct")
    types |= {name: pl.Int64 if m.aggregate in whole or name == "n" else pl.Float64 for name, m in measures.items()}
    if "rows" in data:
        counted = count_rows(data["rows"], keys, measures, edges)
    else:
        assert all(row.keys() == types.keys() for row in data["table"]), f"columns should be {list(types)}"
        counted = [tuple(row[name] for name in types) for row in data["table"]]
    return Table(pl.DataFrame(counted, schema=types, orient="row"), by, edges=edges)


def count_rows(rows: list[dict[str, Any]], keys: dict[str, str], measures: Any, edges: Any) -> list[Any]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    grouped_by = [f'{expression} AS "{key}"' for key, expression in keys.items()]
    listed = ", ".join([*grouped_by, *(write_aggregate(measure, edges) for measure in measures.values())])
    typed = ", ".join(f"{name} {TYPES.get(name, 'VARCHAR')}" for name in columns)
    places = ", ".join("?" * len(columns))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows ({typed})")
        connection.executemany(f"INSERT INTO rows VALUES ({places})", [[row.get(c) for c in columns] for row in rows])
        # A view of the program has every column a second time, as the data has it.
        raw = ", ".join(f'{name} AS "+{name}"' for name in columns)
        grouped = " GROUP BY ALL" if keys else ""
        return connection.execute(f"SELECT {listed} FROM (SELECT *, {raw} FROM rows){grouped}").fetchall()


def write_aggregate(measure: Measure, edges: tuple[float, ...]) -> str:
    where = f" FILTER (WHERE {measure.where})" if measure.where else ""
    of = measure.of or "*"
    written = {
        "count": f"count({of}){where}",
        "sum": f"coalesce(sum({of}){where}, 0)",
        "greatest": f"max({of}){where}",
        "distinct": f"count(DISTINCT {of}){where}",
        "value": of,
        "cumulative": f"count_if({of} <= {edges[int(measure.at or 1) - 1]!r})" if edges else "",
    }
    return written[measure.aggregate]


def read_result(frame: pl.DataFrame, by: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    rows = {tuple(row[name] for name in by): row for row in frame.iter_rows(named=True)}
    assert len(rows) == frame.height
    for row in rows.values():
        for slice_ in row.get("slices") or ():
            slice_["of"] = json.loads(slice_["of"])
        if "error" in row:
            error = row.pop("error")
            row["squared_error"] = None if error is None else error**2
    return rows


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, Any], count_units: Any) -> None:
    metric = METRICS[name]
    ask = build_ask(metric, case)
    edges = tuple(map(float, case.get("edges", ())))
    if "units" in case:
        current = Table(count_units(metric, ask, case["units"]), ask.by)
    else:
        current = build_table(metric, ask, case, ask.by, edges)
    reference = None
    if metric.compares:
        reference = build_table(metric, ask, case["reference"], tuple(case["reference"].get("by", ())), edges)

    result = metric.finish(ask, current, reference)

    wanted = {}
    for row in case["expect"]:
        value = None if row["value"] is None else float(Fraction(str(row["value"])))
        near = {
            key: pytest.approx(float(Fraction(str(row[key]))), rel=1e-9)
            for key in ("squared_error", "df", "critical", "share", "other_share")
            if row.get(key) is not None
        }
        if value is not None and "within" in case:
            near["value"] = pytest.approx(value, rel=0, abs=case["within"])
        wanted[tuple(row[key] for key in ask.by)] = {"reason": None, **row, "value": value, **near}
    assert read_result(result, ask.by) == wanted
    upside_down = metric.finish(ask, replace(current, frame=current.frame.reverse()), reference)
    assert read_result(upside_down, ask.by) == wanted
    for row in read_result(result, ask.by).values():
        assert (row["value"] is None) == (row["reason"] is not None)
        if row["value"] is not None:
            assert metric.low is None or row["value"] >= metric.low
            assert metric.high is None or row["value"] <= metric.high


@pytest.mark.parametrize("name", FOLDERS)
def test_no_data_is_no_scope_in_the_agreed_columns(name: str) -> None:
    metric = METRICS[name]
    ask = build_ask(metric, {**FOLDERS[name][0], "by": ["class", "site"]})
    empty = build_table(metric, ask, {"table": []}, ask.by)
    result = metric.finish(ask, empty, Table(empty.frame, ()) if metric.compares else None)
    agreed = {"class": pl.String, "site": pl.String, "value": pl.Float64, "n": pl.Int64, "reason": pl.String}
    assert result.is_empty()
    assert {column: kind for column, kind in result.schema.items() if column not in FURTHER} == agreed


class BesideItsCases(AmberSnapshotExtension):
    """Keeps a metric's snapshot in the metric's folder."""

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        return str(HERE / test_location.item.callspec.params["name"] / "__snapshots__")


def imagine_intake(model: Ruleset) -> Intake:
    """Sources without files, with each column in the type that its kind has."""
    kinds = {name: {c: source.name_kind(c) for c in source.columns} for name, source in model.sources.items()}
    columns = {name: {c: Column(c, kind, SQL_TYPES[kind]) for c, kind in of.items()} for name, of in kinds.items()}
    return Intake({name: BoundSource(files=(), columns=of) for name, of in columns.items()})


@pytest.mark.parametrize("name", FOLDERS)
def test_sql(name: str, world: Any, snapshot: SnapshotAssertion) -> None:
    """The scan of a rule that asks what the first case asks, and how sure the value is where that is known."""
    metric, case = METRICS[name], FOLDERS[name][0]
    rule = {"source": metric.roles[0], "metric": name, "by": case.get("by", []), "fail": {"above": 0.5}}
    rule |= {key: case[key] for key in ("with", "of") if key in case}
    rule |= {"of": case["of"][0]} if metric.of in ("expression", "grouped") else {}
    rule |= {"confidence": 0.95} if metric.interval else {}
    rule["fail"] = {"above": 1.5} if (metric.low or 0) >= 1 else rule["fail"]
    if metric.compares:
        rule["baseline"] = case.get("baseline", {"source": "training", "by": case["reference"].get("by", [])})
    fields = {"fields": {field: field for field in FIELDS["annotations"] if field != "batch"}}
    sources = {"annotations": fields} if "gold" in metric.fields else {}
    declared = declare(case.get("classes", ()))
    classes = {name: entry.model_dump(exclude_none=True, exclude={"renamed_from"}) for name, entry in declared.items()}
    resolved = world.load(classes=classes, rules={"asks": rule}, sources=sources)
    as_of = datetime(2026, 3, 1, tzinfo=UTC)
    program = compile_program(resolved, imagine_intake(resolved.model), gate_expressions(resolved), as_of)
    written = "\n\n".join(f"-- {scan}\n{sql}" for scan, sql in program.scans.items())
    assert written == snapshot(extension_class=BesideItsCases)


def test_files_registry_and_folders_name_the_same_metrics() -> None:
    files = {path.stem for path in Path(metrics.__file__).parent.glob("*.py")} - {
        "__init__",
        "metric",
        "pages",
        *SHARED,
    }
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("__")} - {"published"}
    assert files == set(METRICS) == folders == set(FOLDERS)
    assert list(METRICS) == sorted(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_metric_has_its_page_and_knows_its_sources(name: str) -> None:
    metric = METRICS[name]
    page = getattr(metrics, name).__doc__
    assert metric.name == name
    parts = PAGE if metric.interval is None else (*PAGE, "How sure")
    assert [part for part in parts if f"**{part}.**" in page] == list(parts)
    assert metric.subject, "one of the words of `Subject` in metric.py"
    for role in metric.roles:
        assert set(metric.fields) <= FIELDS[role].keys()
