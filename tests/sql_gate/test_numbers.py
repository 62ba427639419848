"""Numbers are the same in every run, and what is not finite satisfies nothing."""

from __future__ import annotations

import random
from fractions import Fraction

import duckdb
import pytest

from .table import open_table, pass_gate

# The largest float and the largest integer: clean columns from which arithmetic leaves what is finite.
EXTREMES = """
    (9223372036854775807, 1.7e308, 9223372036854775807, '', '', true, '9999-12-31 23:59:59'),
    (1, -1.7e308, -9223372036854775807 - 1, '%_', 'ß', false, '0001-01-01 00:00:00')
"""
NOT_FINITE = [
    "confidence / 0",
    "confidence * 10",
    "confidence * 10 - confidence * 10",
    "0 / (confidence - confidence)",
    "1 / (1 / (confidence - confidence))",
    "confidence % 0",
    "abs(confidence * 10)",
    "-(confidence * 10)",
    "round(confidence * 10, 2)",
    "floor(1 - ceil(confidence * 10))",
    "greatest(confidence * 10, confidence / 0)",
    "least(area / 0, confidence * 10)",
    "nullif(confidence * 10, 1)",
    "case when true then confidence * 10 end",
    "coalesce(confidence * 10, confidence / 0)",
]
CONDITIONS = [
    "{} = 1", "{} != 1", "{} < 1", "{} <= 1", "{} > 1", "{} >= 1", "1 > {}", "{} = {}", "{} between -1 and 1e17",
    "1 between {} and 2", "{} in (1, 2)", "{} not in (1, 2)", "1 in (2, {})", "{} is not null",
    "{} is distinct from null", "abs({}) >= 0", "case when {} > 0 then true end", "coalesce({}, 0) > 0",
]  # fmt: skip


@pytest.mark.parametrize("expression", NOT_FINITE)
def test_what_is_not_finite_satisfies_nothing(expression: str) -> None:
    table = open_table(EXTREMES)
    for condition in CONDITIONS:
        text = condition.format(expression, expression)
        gated = pass_gate(text, "where")
        assert table.execute(f"SELECT count(*) FILTER (WHERE {gated.sql}) FROM t").fetchall() == [(0,)], text
        if "null" not in text and "coalesce({}" not in condition:
            gated = pass_gate(f"not ({text})", "where")
            assert table.execute(f"SELECT count(*) FILTER (WHERE {gated.sql}) FROM t").fetchall() == [(0,)], text
    for aggregate in ("sum", "avg", "min", "max", "median"):
        gated = pass_gate(f"{aggregate}({expression})", "aggregate")
        assert table.execute(f"SELECT {gated.sql} FROM t").fetchall() == [(None,)], aggregate
    counted = pass_gate(f"count({expression})", "aggregate")
    assert table.execute(f"SELECT {counted.sql} FROM t").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "text",
    ["sum(area * area)", "sum(area + area)", "sum(-area)", "avg(abs(area))", "sum(area) * sum(area) + sum(area) * 1e17",
     "sum(confidence)", "avg(confidence)", "max(round(area, -3))", "sum(nullif(area, 0.5) * area)",
     "sum(case when overridden then area else 0.5 end * area)", "count_if(area > 0.123456789012345678901234567890)",
     "max(epoch(time)) - min(epoch(time))", "count_if(date_trunc('year', time) > '2026-01-01')"],
)  # fmt: skip
def test_no_row_makes_a_shared_scan_fail(text: str) -> None:
    gated = pass_gate(text, "aggregate")
    (value,) = open_table(EXTREMES).execute(f"SELECT {gated.sql} FROM t").fetchall()[0]
    assert value is None or abs(value) < 1.8e308


@pytest.mark.parametrize(
    ("row", "total"),
    [("1e12", 1e12), ("-1e12", -1e12), ("1.0000001e12", None), ("'nan'", None), ("'inf'", None), ("'-inf'", None),
     ("5e-10", 1e-9), ("4e-10", 0), ("NULL", None)],
)  # fmt: skip
def test_a_sum_is_null_where_one_row_does_not_fit(row: str, total: float | None) -> None:
    table = open_table(f"(1, {row}, NULL, NULL, NULL, true, NULL), (2, NULL, NULL, NULL, NULL, false, NULL)")
    for text in ("sum(confidence)", "avg(confidence)", "sum(confidence) filter (where overridden)"):
        assert table.execute(f"SELECT {pass_gate(text, 'aggregate').sql} FROM t").fetchall() == [(total,)]


@pytest.mark.parametrize("row", ["1.0000001e12", "'nan'", "'-inf'"])
def test_one_row_that_does_not_fit_is_not_left_out_in_silence(row: str) -> None:
    table = open_table(f"(1, {row}, NULL, NULL, NULL, true, NULL), (2, 0.5, NULL, NULL, NULL, false, NULL)")
    values = [pass_gate(text, "aggregate") for text in ("sum(confidence)", "avg(confidence)")]
    assert table.execute(f"SELECT {values[0].sql}, {values[1].sql} FROM t").fetchall() == [(None, None)]
    assert table.execute(f"SELECT {values[0].filtered('id = 2')} FROM t").fetchall() == [(0.5,)]


def test_sums_are_exact_and_the_same_in_any_order_on_any_number_of_threads() -> None:
    chance = random.Random(7)
    values = [chance.uniform(-1, 1) * 10 ** chance.randint(-6, 6) for _ in range(50_000)]
    exact = sum(round(Fraction(value) * 10**9) for value in values) / Fraction(10**9)
    sums, means = pass_gate("sum(confidence)", "aggregate").sql, pass_gate("avg(confidence)", "aggregate").sql
    seen = set()
    for threads in (1, 2, 4):
        chance.shuffle(values)
        connection = duckdb.connect(config={"threads": threads})
        connection.execute("CREATE TABLE t AS SELECT unnest(?::DOUBLE[]) AS confidence", [values])
        seen |= set(connection.execute(f"SELECT {sums}, {means} FROM t").fetchall())
    ((total, mean),) = seen
    assert abs(Fraction(total) - exact) <= Fraction(1, 10**6)
    assert mean == pytest.approx(float(exact / 50_000), rel=1e-15)
