"""Names and values of data that would be SQL, YAML or markup elsewhere: here they are themselves."""

from __future__ import annotations

import random
import string
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from prism_rules.diagnostics import Refused

WRITTEN = [
    'a"b', "a'b", "a''b", "'; DROP TABLE predictions; --", '"; SELECT 1; --', "a;b", "a--b", "/* a */", "a\\b", "\\'",
    "a b", " a", "a ", "%s", "{x}", "$1", "?", ":x", "@x", "#", "*", "é", "ä́", "😀", "日本", "א", "A", "a",
    "NULL", "null",     "None", "true", "007", "1e9", "NA", "nan", "-", ",", "[x]", "(x)", "`x`", "<b>", "&amp;",
    "x" * 200, "--", "''",
    '""',     "{relation}", "{where}", "select", "\u00a0", "e\u0301", "\u00e9",
]  # fmt: skip
"""Printable: a ruleset may declare them."""
FURTHER = ["\n", "a\nb", "\r\n", "\t", "a\tb", "\x01", "a\x00b", "\u200b", "\u202e", "\ufeff", "\x1b[31m", "", "\u2028"]
"""In data alone."""
ALPHABET = string.printable + "éß漢😀\u200b\u202e\x00'\"\\;`$"
COLUMNS = ("id", "time", "class", "confidence", "label", "overridden", "site", "lighting", "brightness")
MEAN = {"source": "predictions", "metric": "mean_confidence", "min_n": 1, "fail": {"below": 0.0001}}


def draw_names(count: int) -> list[str]:
    draw = random.Random(11)
    names = {"".join(draw.choices(ALPHABET, k=draw.randint(1, 12))) for _ in range(2 * count)}
    return sorted(names)[:count]


def write_each(world: Any, names: list[str]) -> dict[str, str]:
    """One row per name as its class and its site, with a confidence of its own."""
    rows = [
        {"time": "2026-02-28", "class": name, "site": name, "label": name, "confidence": number / 10_000}
        for number, name in enumerate(names, 1)
    ]
    world.write("predictions", rows, COLUMNS)
    return {"predictions": "predictions.parquet"}


def test_five_hundred_values_are_themselves(world: Any) -> None:
    names = [*WRITTEN, *FURTHER, *draw_names(500)]
    names = [*dict.fromkeys(names)]
    resolved = world.load(rules={"mean": {**MEAN, "by": ["class", "site"]}})
    found = world.evaluate(resolved, write_each(world, names), "2026-03-01").findings
    assert {(f.scope["class"], f.scope["site"]): f.value for f in found} == {
        (name, name): number / 10_000 for number, name in enumerate(names, 1)
    }
    assert len({f.id for f in found}) == len(names)


def test_declared_classes_are_themselves(world: Any) -> None:
    declared = {
        name: {"family": f"f{number}"}
        for number, name in enumerate(WRITTEN)
        if name not in ("*",) and name.isprintable()
    }
    resolved = world.load(
        classes=declared,
        rules={
            "mean": {**MEAN, "by": ["class"], "unknown": True},
            "pooled": {**MEAN, "by": ["family"]},
            "wrong": {"source": "predictions", "metric": "confident_wrong_share", "with": {"at_least": 0.0}, "min_n": 1,
                      "fail": {"above": 0.5}},
        },
    )  # fmt: skip
    evaluation = world.evaluate(resolved, write_each(world, [*declared, *FURTHER]), "2026-03-01")
    means = {f.scope["class"]: f.n for f in evaluation.findings if f.rule == "mean"}
    assert means == {**dict.fromkeys(declared, 1), "(unknown)": len(FURTHER)}
    families = {f.scope["family"]: f.value for f in evaluation.findings if f.rule == "pooled"}
    assert families == {entry["family"]: number / 10_000 for number, entry in enumerate(declared.values(), 1)}
    [wrong] = [f for f in evaluation.findings if f.rule == "wrong"]
    assert (wrong.value, wrong.n) == (0.0, len(declared) + len(FURTHER)), "each label is equal to its class"
    [unknown] = [note for note in evaluation.notes if note.code == "unknown_class"]
    assert unknown.n == len(FURTHER) and {*unknown.names} == {*FURTHER}


@pytest.mark.parametrize("name", [n for n in WRITTEN if n not in ("A", "a")] + ["a\tb", "a\nb", "confidence "])
def test_columns_are_themselves(world: Any, name: str) -> None:
    sources = {"predictions": {"dimensions": {"site": name, "lighting": "lighting"}}}
    resolved = world.load(sources=sources, rules={"mean": {**MEAN, "by": ["site"], "where": "site <> 'q'"}})
    rows = [{"time": "2026-02-28", "class": "x", name: value, "confidence": 0.5} for value in ("p", "q")]
    world.write("predictions", rows, [name if column == "site" else column for column in COLUMNS])
    found = world.evaluate(resolved, {"predictions": "predictions.parquet"}, "2026-03-01").findings
    assert [(f.scope, f.value, f.n) for f in found] == [({"site": "p"}, 0.5, 1)]


def test_columns_that_differ_in_case_alone_are_refused_rather_than_confused(world: Any) -> None:
    world.write("predictions", [{"time": "2026-02-28", "class": "x", "site": "p", "Site": "q"}], ["Site", *COLUMNS])
    resolved = world.load(rules={"mean": {**MEAN, "by": ["site"]}})
    with pytest.raises(Refused) as refused:
        world.evaluate(resolved, {"predictions": "predictions.parquet"}, "2026-03-01")
    assert [d.code for d in refused.value.diagnostics] == ["missing-column"]


START, END = datetime(2026, 2, 22), datetime(2026, 3, 1)  # noqa: DTZ001
TOKYO = timedelta(hours=9)
MICRO = timedelta(microseconds=1)
ENDS = [START - MICRO, START, END - MICRO, END]
COARSE = [START - timedelta(milliseconds=1), START, END - timedelta(milliseconds=1), END]
IN_TOKYO = pl.Series([moment + TOKYO for moment in ENDS]).dt.replace_time_zone("Asia/Tokyo")
TIMES = {
    "naive is UTC": pl.Series(ENDS),
    "with a zone": pl.Series(ENDS).dt.replace_time_zone("UTC"),
    "another zone": IN_TOKYO,
    "a day is its midnight": pl.Series([date(2026, 2, 21), date(2026, 2, 22), date(2026, 2, 28), date(2026, 3, 1)]),
    "milliseconds": pl.Series(COARSE).cast(pl.Datetime("ms")),
    "nanoseconds": pl.Series(ENDS).cast(pl.Datetime("ns")),
    "nanoseconds and a zone": IN_TOKYO.cast(pl.Datetime("ns", "Asia/Tokyo")),
}


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns", "Pacific/Kiritimati"])
@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_a_window_has_its_start_and_not_its_end_in_every_kind_of_time(
    world: Any, times: pl.Series, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    rows = [{"class": "x", "confidence": confidence} for confidence in (0.1, 0.5, 0.7, 0.2)]
    world.write("predictions", rows, COLUMNS)
    path = world.folder / "predictions.parquet"
    pl.read_parquet(path).with_columns(time=times).write_parquet(path)
    evaluation = world.evaluate(world.load(rules={"mean": MEAN}), {"predictions": path.name}, "2026-03-01")
    [finding] = evaluation.findings
    assert (finding.value, finding.n) == (0.6, 2)
    assert {note.code: note.n for note in evaluation.notes} == {"later": 1}
