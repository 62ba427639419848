"""Reads columns and frames of pandas, and prints what came of them as JSON; run by `test_pandas.py`."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

import prism_rules
from prism_rules.frames.pandas import read_pandas

RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: press-shop, version: "1.0.0"}
sources:
  predictions:
    role: predictions
    fields: {id: image, time: taken_at, class: label, confidence: score}
defaults: {window: 7d, min_n: 30}
rules:
  low-confidence: {source: predictions, metric: mean_confidence, by: [class], fail: {below: 0.80}}
"""
path = Path(tempfile.mkdtemp()) / "ruleset.yaml"
path.write_text(RULESET, "utf-8")
last = datetime.fromisoformat("2026-02-28T23:00:00")
rows = pl.DataFrame(
    {
        "image": [f"image-{row:02}" for row in range(80)],
        "taken_at": [last - timedelta(hours=row) for row in range(80)],
        "label": [("dent", "scratch")[row % 2] for row in range(80)],
        "score": [(0.9, 0.5)[row % 2] for row in range(79)] + [None],
    }
)


def plan(data: object) -> str:
    """Digest the plan of rows."""
    made = prism_rules.plan(path, {"predictions": data}, as_of="2026-03-01")
    return hashlib.sha256(made.to_json().encode()).hexdigest()


plans = {"polars": plan(rows)}
uncalled = sorted({"pandas", "pyarrow", "numpy"} & {*sys.modules})

import pandas as pd  # noqa: E402

there = find_spec("pyarrow") is not None
moments = ["2026-03-01 10:00", None, "2026-03-02 10:00"]
columns: dict[str, Any] = {
    "text": ["a", None, "c"],
    "objects of text": pd.Series(["a", None, float("nan")], dtype=object),
    "whole": [1, 2, 3],
    "fraction": [1.5, float("nan"), 2.0],
    "narrow": pd.Series([1, 2, 3], dtype="uint8"),
    "flag": [True, False, True],
    "nullable whole": pd.Series([2**62 + 1, None, 3], dtype="Int64"),
    "nullable flag": pd.Series([True, None, False], dtype="boolean"),
    "nullable fraction": pd.Series([1.5, None, 2.0], dtype="Float32"),
    "sparse": pd.arrays.SparseArray([1.0, float("nan"), 2.0]),
    "category": pd.Series(["x", None, "y"], dtype="category"),
    "category of numbers": pd.Series([1, 2, 1]).astype("category"),
    "moment": pd.to_datetime(moments),
    "moment in Berlin": pd.to_datetime(moments).tz_localize("Europe/Berlin"),
    "nanoseconds": pd.to_datetime(moments[:1] * 3).as_unit("ns"),
    "seconds": pd.to_datetime(moments[:1] * 3).as_unit("s"),
    "day": [date(2026, 3, 1), None, date(2026, 3, 2)],
    "decimal": [Decimal("1.10"), None, Decimal("2.25")],
    "index": ["i", "j", "k"],
}
if there:
    columns |= {
        "Arrow text": pd.Series(["a", None, "c"], dtype="string[pyarrow]"),
        "Arrow whole": pd.Series([1, None, 3], dtype="int64[pyarrow]"),
        "Arrow moment": pd.to_datetime(pd.Series(moments)).astype("timestamp[us][pyarrow]"),
    }
frame = pd.DataFrame(columns).set_index("index")


def refuse(*told: str) -> prism_rules.Refused:
    """A column of the above that cannot be read is a fault of the test."""
    raise AssertionError(told)


read = {name: read_pandas(frame, lambda _, name=name: [name], refuse)[name] for name in columns}

same = pd.DataFrame({name: rows[name].to_list() for name in rows.columns})
same["taken_at"] = same["taken_at"].astype("datetime64[us]")
held: dict[str, Any] = {
    "pandas": same,
    "pandas shuffled": same.sample(frac=1, random_state=1),
    "pandas by index": same.set_index(["image", "taken_at"]),
    "pandas with categories": same.astype({"label": "category"}),
}
if there:
    import nanoarrow
    import pyarrow as pa

    table = pa.Table.from_pandas(same, preserve_index=False)
    held |= {
        "pyarrow table": table,
        "pyarrow reader": table.to_reader(max_chunksize=7),
        "nanoarrow": nanoarrow.ArrayStream(table),
    }
plans |= {name: plan(data) for name, data in held.items()}

wrong = {
    "mixed": [1, "a"] * 40,
    "periods": pd.period_range("2026-01", periods=80, freq="M"),
    "things": [object()] * 80,
    "twice": ["a"] * 80,
}
refused = {}
for name, values in wrong.items():
    path.write_text(RULESET.replace("class: label", f"class: {name}"), "utf-8")
    given = same.assign(**{name: values})
    given = pd.concat([given, given[[name]]], axis=1) if name == "twice" else given
    try:
        plan(given)
    except prism_rules.Refused as error:
        refused[name] = [[each.code, each.message.partition(" and cannot")[0]] for each in error.diagnostics]
told = {
    "pyarrow": there,
    "columns": {name: [str(column.dtype), column.to_list()] for name, column in read.items()},
    "plans": plans,
    "refused": refused,
    "imported without being asked for": uncalled,
}
print(json.dumps(told, default=str))  # noqa: T201
