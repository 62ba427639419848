"""Columns of two sources' files through the whole program: what differs, and that no row is looked at for it."""

from __future__ import annotations

from typing import Any

import polars as pl

from prism_rules.render.markdown.findings import list_slices

AS_OF = "2026-03-01"
RULES = {
    "columns": {
        "source": "predictions",
        "metric": "schema_change",
        "baseline": {"source": "validation-run"},
        "fail": {"above": 0},
    }
}


def test_what_differs_is_counted_and_named(world: Any) -> None:
    fields = {name: name for name in ("id", "time", "class", "confidence")}
    resolved = world.load(
        rules=RULES,
        sources={
            "predictions": {"fields": fields, "features": {"light": "brightness"}},
            # The same number under the same logical name, in a column of another name.
            "validation-run": {"features": {"light": "contrast"}},
        },
    )
    data = world.write_all(
        resolved, {name: [{"class": "dent", "time": "2026-02-28"}] for name in ("predictions", "validation-run")}
    )
    path = world.folder / "predictions.parquet"
    pl.read_parquet(path).with_columns(site=pl.lit(1), extra=pl.lit("not declared")).write_parquet(path)
    evaluation = world.evaluate(resolved, data, AS_OF)
    [finding] = evaluation.findings
    # Few columns are no few rows: the default of 30 is not asked of them.
    assert (finding.status, finding.value, finding.n, finding.unit) == ("fail", 4, 8, "columns")
    assert [(s.of, s.n, s.reference, s.kind) for s in finding.slices] == [
        ({"column": "brightness", "type": "DOUBLE"}, 1, 0, "new"),
        ({"column": "contrast", "type": "DOUBLE"}, 0, 1, "gone"),
        ({"column": "extra", "type": "VARCHAR"}, 1, 0, "new"),
        ({"column": "site", "type": "INTEGER", "was": "VARCHAR"}, 1, 1, "retyped"),
    ]
    told = "\n".join(list_slices([finding]))
    assert "new against validation-run: column = brightness, type = DOUBLE; column = extra, type = VARCHAR" in told
    assert "of another type than in validation-run: column = site, type = INTEGER, was = VARCHAR" in told


def test_no_row_is_looked_at(world: Any) -> None:
    fields = {name: name for name in ("id", "time", "class", "confidence")}
    resolved = world.load(rules=RULES, sources={"predictions": {"fields": fields, "features": []}})
    rows = [{"class": None, "site": None, "time": "2026-02-28"}]
    data = world.write_all(resolved, {"predictions": rows, "validation-run": rows})
    evaluation = world.evaluate(resolved, data, AS_OF)
    [finding] = evaluation.findings
    assert (finding.status, finding.value, finding.n) == ("pass", 0, 6)
    # Of rows only that they are there: their classes and dimensions nobody has asked for.
    assert evaluation.notes == ()
    assert {(one.source, one.rows) for one in evaluation.inputs} == {("predictions", 1), ("validation-run", 1)}
    assert all("DESCRIBE" in sql for sql in evaluation.scans.values())


def test_beside_a_rule_that_looks_at_rows(world: Any) -> None:
    rules = {**RULES, "volume": {"source": "predictions", "metric": "volume", "by": ["site"], "fail": {"below": 1}}}
    fields = {name: name for name in ("id", "time", "class", "confidence")}
    resolved = world.load(rules=rules, sources={"predictions": {"fields": fields, "features": []}})
    rows = [{"class": "dent", "site": None, "time": "2026-02-28"}]
    evaluation = world.evaluate(
        resolved, world.write_all(resolved, {"predictions": rows, "validation-run": rows}), AS_OF
    )
    assert [(note.source, note.code) for note in evaluation.notes] == [("predictions", "no_dimension")]
