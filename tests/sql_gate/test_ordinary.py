"""Ordinary SQL is accepted and gives what was computed by hand, alone and inside a shared scan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from prism_rules.sql_gate import FUNCTIONS

from .table import open_table, pass_gate

WHERE: dict[str, list[int]] = {
    "confidence < 0.80": [1, 2, 5],
    "confidence >= 0.8": [3, 6],
    "not confidence >= 0.8": [1, 2, 5],
    "confidence != 0.5": [2, 3, 5, 6],
    "confidence is distinct from 0.5": [2, 3, 4, 5, 6],
    "confidence between 0.5 and 0.8": [1, 2, 6],
    "confidence < 1e-1 or confidence > .85": [3],
    "lighting in ('glare', 'reflection')": [1, 3, 6],
    "lighting not in ('glare')": [2, 4, 6],
    "lighting = 'glare' and overridden": [1, 3],
    "overridden or confidence > 0.7": [1, 2, 3, 6],
    "overridden is not true": [2, 4, 5, 6],
    "overridden is null": [4],
    "lighting is not null and not overridden": [2, 6],
    "area / 10 > 1": [2, 4],
    "confidence / area > 0": [1, 2],
    "not (confidence / area > 0)": [6],
    "confidence / area is null": [3, 4, 5],
    "area % 3 = 1": [1, 4],
    "area % 0 = 0": [],
    "area + 1 = 11 or area - 1 = 19": [1, 2],
    "abs(area) = 5": [6],
    "-area = 5": [6],
    "area * 900000000000000000 * 100 > 0": [1, 2, 4],
    "round(confidence, 1) = 0.8": [2, 6],
    "round(confidence) = 1": [1, 2, 3, 6],
    "floor(confidence * 4) = 3": [2, 3, 6],
    "ceil(confidence) = 1": [1, 2, 3, 5, 6],
    "greatest(area, 15) = 15": [1, 3, 5, 6],
    "least(confidence, 0.6) = 0.6": [2, 3, 4, 6],
    "coalesce(area, 7) = 7": [5],
    "nullif(area, 0) is null": [3, 5],
    "nullif(area, 0.5) * 900000000000000000 * 100 > 0": [1, 2, 4],
    "lower(trim(lighting)) = 'glare'": [1, 3, 4],
    "upper(class) = 'DENT'": [1, 2, 5],
    "length(lighting) = 5": [1, 3],
    "starts_with(lighting, 'gl')": [1, 3],
    "ends_with(class, 't')": [1, 2, 5],
    "contains(lighting, 'fl')": [6],
    "lighting like 'gl%'": [1, 3],
    "lighting ilike 'GL%'": [1, 3, 4],
    "class not like '%t'": [3, 4, 6],
    "lighting not ilike '%E%'": [],
    "class = '100%' or class = 'O''Hara'": [6],
    "time >= '2026-02-01'": [4, 5],
    "time < TIMESTAMP '2026-01-05 20:30:00'": [1],
    "time between DATE '2026-01-05' and DATE '2026-01-06'": [1, 2, 3],
    "date_trunc('month', time) = '2026-01-01'": [1, 2, 3],
    "extract(hour from time) = 12": [4, 5],
    "date_part('dow', time) = 1": [1, 2, 5],
    "epoch(time) - epoch(TIMESTAMP '2026-01-05 08:00:00') <= 57600": [1, 2, 3],
    "case when overridden then confidence else 1 - confidence end > 0.6": [3, 5],
    "CAST(overridden AS BIGINT) = 1": [1, 3],
    "area::double / 2 = 5": [1],
    "area::int = 10": [1],
    "\"class\" = 'scratch'": [3, 4],
    "confidence < 0.8\n  and area > 15": [2],
    "lighting = 'gläre 😀'": [],
    "true": [1, 2, 3, 4, 5, 6],
}

# The value over all rows, and over those with id <= 3.
AGGREGATE: dict[str, tuple[float | None, float | None]] = {
    "count(*)": (6, 3),
    "count(confidence)": (5, 3),
    "count(distinct lighting)": (4, 2),
    "count_if(overridden)": (2, 2),
    # A condition that is null in every row holds in none.
    "count_if(nullif(confidence, confidence) > 0)": (0, 0),
    "count(*) filter (where overridden)": (2, 2),
    "count(*) FILTER (WHERE overridden AND class = 'dent') / nullif(count_if(class = 'dent'), 0)": (1 / 3, 0.5),
    "count_if(overridden) / count(overridden)": (0.4, 2 / 3),
    "sum(area)": (65, 30),
    "sum(overridden)": (2, 2),
    "sum(confidence)": (3.2, 2.15),
    "avg(confidence)": (0.64, 2.15 / 3),
    "avg(area)": (13, 10),
    "avg(overridden)": (0.4, 2 / 3),
    "avg(confidence) filter (where overridden)": (0.7, 0.7),
    "avg(case when lighting = 'glare' then 1.0 else 0 end)": (2 / 6, 2 / 3),
    "max(area)": (40, 20),
    "max(confidence) - min(confidence)": (0.65, 0.4),
    "median(area)": (10, 10),
    "quantile_cont(confidence, 0.5)": (0.75, 0.75),
    "quantile_cont(area, 0.25)": (0, 5),
    "bool_or(overridden)": (1, 1),
    "bool_and(overridden)": (0, 0),
    "count(*) > 5": (1, 0),
    "100 * count_if(confidence < 0.8) / count(*)": (50, 200 / 3),
    "sum(confidence * area)": (16, 20),
    "avg(confidence / area)": (-0.0725 / 3, 0.04375),
    "count(confidence / area)": (3, 2),
    "sum(area) / 0": (None, None),
    "coalesce(avg(confidence) filter (where class = 'none'), -1)": (-1, -1),
    "(epoch(max(time)) - epoch(min(time))) / 3600": (676, 16),
    "sum(area) filter (where confidence > 0.6) - sum(area) filter (where confidence <= 0.6)": (5, 10),
    "round(avg(confidence), 1)": (0.6, 0.7),
    "abs(min(area))": (5, 0),
    "greatest(min(area), 1)": (1, 1),
    "case when count(*) >= 5 then avg(area) end": (13, None),
    "min(lighting) = 'Glare '": (1, 0),
    "count(*) - 1": (5, 2),
    "sum(area * 900000000000)": (None, None),
    "count(distinct class) / count(distinct lighting)": (0.75, 1),
    "count(*) filter (where confidence is null)": (1, 0),
    "max(date_part('hour', time))": (20, 20),
    "count_if(date_trunc('day', time) = '2026-01-05')": (2, 2),
    "1 - count_if(overridden is not null) / count(*)": (1 / 6, 0),
}


@pytest.fixture(scope="module")
def table() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_table()
    yield connection
    connection.close()


@pytest.mark.parametrize("text", WHERE)
def test_a_condition_selects_the_rows_that_were_picked_by_hand(text: str, table: duckdb.DuckDBPyConnection) -> None:
    gated = pass_gate(text, "where")
    rows = table.execute(f"SELECT id FROM t WHERE {gated.sql} ORDER BY id").fetchall()
    assert [row for (row,) in rows] == WHERE[text]


@pytest.mark.parametrize("text", AGGREGATE)
def test_an_aggregate_has_the_value_computed_by_hand(text: str, table: duckdb.DuckDBPyConnection) -> None:
    gated = pass_gate(text, "aggregate")
    query = f"SELECT {gated.sql}, {gated.filtered('id <= 3')}, {gated.filtered('id = 0 OR id > 0')} FROM t"
    (plain, first_three, all_), description = table.execute(query).fetchall()[0], table.description
    assert plain == pytest.approx(AGGREGATE[text][0], abs=1e-12)
    assert first_three == pytest.approx(AGGREGATE[text][1], abs=1e-12)
    assert all_ == plain
    assert {str(column[1]) for column in description} == {"DOUBLE"}


@pytest.mark.parametrize("text", AGGREGATE)
def test_an_aggregate_over_no_rows_is_null_or_counts_zero(text: str, table: duckdb.DuckDBPyConnection) -> None:
    gated = pass_gate(text, "aggregate")
    plain, narrowed = table.execute(f"SELECT {gated.sql}, ({gated.filtered('false')}) FROM t WHERE false").fetchall()[0]
    assert plain == narrowed
    assert (table.execute(f"SELECT {gated.filtered('false')} FROM t").fetchall()[0][0]) == plain


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("confidence < 0.8 and lighting = 'glare'", {"confidence", "lighting"}),
        ("case when overridden then area else 1 end in (1, id)", {"overridden", "area", "id"}),
        ("true", set()),
    ],
)
def test_the_columns_that_are_used_are_told(text: str, columns: set[str]) -> None:
    assert pass_gate(text, "where").columns == columns


def test_columns_in_filters_are_told_too() -> None:
    assert pass_gate("avg(area) filter (where class = 'dent')", "aggregate").columns == {"area", "class"}


def test_the_canonical_form_leaves_out_mere_form() -> None:
    assert pass_gate("  COUNT_IF( overridden )", "aggregate").canonical == "count_if(overridden)"


@pytest.mark.parametrize(("text", "kind"), [*((t, "where") for t in WHERE), *((t, "aggregate") for t in AGGREGATE)])
def test_gating_the_canonical_form_changes_nothing(text: str, kind: Any) -> None:
    gated = pass_gate(text, kind)
    assert pass_gate(gated.canonical, kind) == gated


def test_every_function_of_the_table_has_a_case_here(table: duckdb.DuckDBPyConnection) -> None:
    met: set[str | None] = set()
    for text in (*WHERE, *AGGREGATE):
        tree = json.loads(table.execute("SELECT json_serialize_sql(?)", [f"SELECT {text}"]).fetchall()[0][0])
        rest = [tree]
        while rest:
            value = rest.pop()
            if isinstance(value, dict):
                met |= {value.get("function_name", "").lower(), value.get("type")}
                rest += value.values()
            elif isinstance(value, list):
                rest += value
    assert FUNCTIONS.keys() - met == set()


def test_many_windows_of_one_expression_share_a_scan(table: duckdb.DuckDBPyConnection) -> None:
    gated = pass_gate("sum(area) filter (where confidence > 0.6)", "aggregate")
    windows = [gated.filtered(f"id % 2 = {rest} AND \"time\" < TIMESTAMP '2027-01-01'") for rest in (0, 1)]
    assert table.execute(f"SELECT {', '.join(windows)} FROM t").fetchall() == [(20.0, 0.0)]
