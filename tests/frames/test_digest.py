"""The digest of rows says which rows there are, and nothing of their order, their chunks or what held them."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.engines import Engine, Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.frames.digest import digest_rows

NAN = float("nan")
NUMBERS = count()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(Limits(), isolated=False) as engine:
        yield engine


def digest(rows: pl.DataFrame, folder: Path, engine: Engine) -> str:
    path = folder / f"{next(NUMBERS)}.parquet"
    rows.write_parquet(path)
    return digest_rows(str(path), engine)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("digests")


def frame(*values: object, of: pl.DataType | type[pl.DataType] | None = None) -> pl.DataFrame:
    return pl.DataFrame({"column": pl.Series([*values], dtype=of)})


MOMENT = datetime.fromisoformat("2026-03-01T10:00:00")
ZONED = frame(MOMENT).select(pl.col("column").dt.replace_time_zone("UTC"))
ALIKE = {
    "order": (frame("a", "b", "c"), frame("c", "a", "b")),
    "order of columns": (pl.DataFrame({"a": [1], "b": [2]}), pl.DataFrame({"b": [2], "a": [1]})),
    "chunks": (frame(1, 2, 3), pl.concat([frame(3), frame(1, 2)], rechunk=False)),
    "minus zero": (frame(0.0), frame(-0.0)),
    "NaN with a sign": (frame(NAN), frame(-NAN)),
    "text in categories": (frame("a", "b"), frame("a", "b", of=pl.Categorical)),
    "text of a fixed list": (frame("a", None), frame("a", None, of=pl.Enum(["b", "a"]))),
    "milliseconds": (frame(MOMENT, of=pl.Datetime("ms")), frame(MOMENT, of=pl.Datetime("us"))),
    "zone": (ZONED, ZONED.select(pl.col("column").dt.convert_time_zone("Asia/Tokyo"))),
}
APART = {
    "a row more": (frame("a"), frame("a", "a")),
    "another count of the same": (frame("a", "a", "b"), frame("a", "b", "b")),
    "null and empty text": (frame("a", None), frame("a", "")),
    "null and a dash": (frame("a", None), frame("a", "-")),
    "null and NaN": (frame(1.0, None), frame(1.0, NAN)),
    "no rows and a null": (frame(of=pl.String), frame(None, of=pl.String)),
    "where a text ends": (pl.DataFrame({"a": ["x"], "b": ["yz"]}), pl.DataFrame({"a": ["xy"], "b": ["z"]})),
    "a text that looks like two": (pl.DataFrame({"a": ["x"], "b": ["y"]}), pl.DataFrame({"a": ["x1:y"], "b": [""]})),
    "which column": (pl.DataFrame({"a": ["x"], "b": ["y"]}), pl.DataFrame({"a": ["y"], "b": ["x"]})),
    "name of a column": (frame("a"), frame("a").rename({"column": "other"})),
    "whole number and text": (frame(1), frame("1")),
    "width of a number": (frame(1, of=pl.Int32), frame(1, of=pl.Int64)),
    "last bit": (frame(0.1 + 0.2), frame(0.3)),
    "last microsecond": (frame(MOMENT), frame(MOMENT.replace(microsecond=1))),
    "last nanosecond": (frame(1).cast(pl.Datetime("ns")), frame(2).cast(pl.Datetime("ns"))),
    "a zone and none": (frame(MOMENT), ZONED),
    "composed or not": (frame("\u00e9"), frame("e\u0301")),
    "places of a decimal": (frame(Decimal("1.10")), frame(Decimal("1.1"))),
    "days": (frame(date(2026, 3, 1)), frame(date(2026, 3, 2))),
    "flags": (frame(True), frame(False)),
}


@pytest.mark.parametrize("name", ALIKE)
def test_the_same_rows_have_one_digest(name: str, folder: Path, engine: Engine) -> None:
    one, other = (digest(rows, folder, engine) for rows in ALIKE[name])
    assert one == other


@pytest.mark.parametrize("name", APART)
def test_other_rows_have_another(name: str, folder: Path, engine: Engine) -> None:
    one, other = (digest(rows, folder, engine) for rows in APART[name])
    assert one != other


def write_field(value: str | float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        # By its bits, the first one first; a minus zero is a zero.
        value = "nan" if value != value else f"{struct.unpack('>Q', struct.pack('>d', value + 0))[0]:064b}"  # noqa: PLR0124
    return f"{len(value.encode())}:{value}"


@settings(max_examples=15)
@given(rows=st.lists(st.tuples(st.none() | st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.floats())))
def test_it_is_the_sum_that_is_documented(
    folder: Path, engine: Engine, rows: list[tuple[str | None, float | None]]
) -> None:
    rows += rows[:1]
    texts = [write_field(text) + write_field(number) for text, number in rows]
    total = sum(int(hashlib.sha256(text.encode()).hexdigest(), 16) for text in texts) % 2**256
    told = {"columns": [["a", "VARCHAR"], ["b", "DOUBLE"]], "rows": len(rows), "sum": f"{total:064x}"}
    table = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.Float64}, orient="row")
    assert digest(table, folder, engine) == hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
