"""The same rows, however they are given, come to the same; what a row leaves out is filled in."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.ruletests.rows import Row

from .conftest import Bench

LOGICAL = ("id", "time", "class", "confidence", "overridden", "site")
ROWS = [
    ("1", "2026-02-27", "dent", 0.5, True, "p1"),
    ("2", "2026-02-28T06:00:00Z", "dent", 0.75, False, "p1"),
    ("3", "2026-02-28", "ok", None, None, "p, 2"),
]
FORMS = {
    "rows": """\
        rows:
          - {id: "1", time: 2026-02-27, class: dent, confidence: 0.5, overridden: true, site: p1}
          - {id: 2, time: "2026-02-28T06:00:00Z", class: dent, confidence: 0.75, overridden: false, site: p1}
          - {id: "3", time: 2026-02-28, class: ok, confidence: null, overridden: null, site: "p, 2"}
""",
    "markdown": """\
        table: |
          | id | time                 | class | confidence | overridden | site |
          |----|----------------------|-------|-----------:|------------|------|
          | 1  | 2026-02-27           | dent  | 0.50       | true       | p1   |
          | 2  | 2026-02-28T06:00:00Z | dent  | 0.75       | False      | p1   |
          | 3  | 2026-02-28           | ok    |            |            | p, 2 |
""",
    "csv in the test": """\
        table: |
          id,time,class,confidence,overridden,site
          1,2026-02-27,dent,0.5,true,p1
          2,2026-02-28T06:00:00Z,dent,0.75,false,p1

          3,2026-02-28,ok,,,"p, 2"
""",
    "generate": """\
        generate:
          - {rows: 1, with: {time: 2026-02-27, class: dent, confidence: 0.5, overridden: true, site: p1}}
          - rows: 2
            with:
              time: ["2026-02-28T06:00:00Z", 2026-02-28]
              class: [dent, ok]
              confidence: [0.75, null]
              overridden: [false, null]
              site: [p1, "p, 2"]
""",
    "rows and generate": """\
        generate:
          - {rows: 1, with: {time: 2026-02-28, class: ok, site: "p, 2"}}
        table: |
          class, time, confidence, overridden, site
          dent, 2026-02-28T06:00:00Z, 0.75, false, p1
        rows: [{time: 2026-02-27, class: dent, confidence: 0.5, overridden: true, site: p1}]
""",
    "csv": "        file: fixtures/rows.csv\n",
    "jsonl": "        file: fixtures/rows.jsonl\n",
    "parquet": "        file: fixtures/rows.parquet\n",
}


def write_fixtures() -> None:
    """Write the rows as files, with the columns of the data."""
    folder = Path("fixtures")
    folder.mkdir()
    physical = ("image", "taken_at", "label", "score", "undone", "site")
    lines = ["image,taken_at,label,score,undone,site,note", '1,2026-02-27,dent,0.5,true,p1,"a ""note"""']
    lines += ["2,2026-02-28T06:00:00Z,dent,0.75,false,p1,", '3,2026-02-28,ok,,,"p, 2",']
    (folder / "rows.csv").write_text("\r\n".join(lines), "utf-8-sig")
    records = [dict(zip(physical, row, strict=True)) for row in ROWS]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n", "utf-8")
    times = [datetime.fromisoformat(row[1]).replace(tzinfo=UTC) for row in ROWS]
    data = {name: [record[name] for record in records] for name in physical} | {"taken_at": times}
    pl.DataFrame(data).write_parquet(folder / "rows.parquet")


def test_rows_are_the_same_in_every_form(bench: Bench) -> None:
    write_fixtures()
    tests = "".join(
        f"  - name: {name}\n    as_of: 2026-03-01\n    sources: [predictions]\n    data:\n      predictions:\n{data}"
        "    expect:\n      findings:\n"
        # (0.5 + 0.75) / 2 over two rows; min_n is ten
        "        - {rule: low-confidence, scope: {class: dent}, status: insufficient, value: 0.625, support: 2}\n"
        '        - {rule: low-confidence, scope: {class: ok, site: "p, 2"}, status: no_data}\n'
        "        - {rule: overridden-again, scope: {site: p1}, status: insufficient, value: 0.5}\n"
        '        - {rule: overridden-again, scope: {site: "p, 2"}, status: no_data}\n'
        for name, data in FORMS.items()
    )
    trials = bench.run(tests)
    assert {trial.test.name: trial.differences for trial in trials} == dict.fromkeys(FORMS, ())
    wanted = [dict(zip(LOGICAL, row, strict=True)) for row in ROWS]
    for row in wanted:
        row["time"] = datetime.fromisoformat(str(row["time"])).replace(tzinfo=UTC)
    for case in trials[0].suite.cases:
        if case.test.name != "parquet":
            rows = [{name: row.get(name) for name in LOGICAL} for row in case.data["predictions"].rows]
            assert rows == wanted, case.test.name


def read_rows(bench: Bench, source: str, data: str) -> list[Row]:
    suite = bench.read(
        f"  - {{name: one, as_of: 2026-03-01, data: {{{source}: {data}}}, expect: {{findings: [], partial: true}}}}\n"
    )
    return suite.cases[0].data[source].rows


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 2, number, hour, tzinfo=UTC)


def test_ids_count_up_and_times_lie_just_before_the_moment(bench: Bench) -> None:
    rows = read_rows(bench, "predictions", "{rows: [{class: ok}, {id: mine}, {}]}")
    assert [row["id"] for row in rows] == ["1", "mine", "2"]
    assert {row["time"] for row in rows} == {day(28, 23) + timedelta(minutes=59, seconds=59)}


@pytest.mark.parametrize(
    ("group", "times"),
    [
        ("{rows: 7}", [day(number) for number in range(22, 29)]),
        ("{rows: 2, from: 2026-02-01, to: 2026-02-03}", [day(1), day(2)]),
        ("{rows: 4, from: 2026-02-28}", [day(28, hour) for hour in (0, 6, 12, 18)]),
        ("{rows: 1, to: 2026-02-15}", [day(8)]),
        ("{rows: 2, with: {time: 2026-02-20}}", [day(20), day(20)]),
    ],
)
def test_rows_spread_over_the_window_or_as_they_are_told(bench: Bench, group: str, times: list[datetime]) -> None:
    assert [row["time"] for row in read_rows(bench, "predictions", f"{{generate: [{group}]}}")] == times


def test_rows_that_no_window_counts_lie_just_before_the_moment(bench: Bench) -> None:
    rows = read_rows(bench, "validation-run", "{generate: [{rows: 3}]}")
    assert {row["time"].date().isoformat() for row in rows} == {"2026-02-28"}


def test_units_get_a_label_of_each_annotator(bench: Bench) -> None:
    data = "{generate: [{units: 2, labels: [dent, null, ok]}, {units: 1, labels: [ok], with: {annotator: ana}}]}"
    rows: list[dict[str, Any]] = [dict(row) for row in read_rows(bench, "annotations", data)]
    told = [(row["unit"], row["annotator"], row["class"]) for row in rows]
    assert told == [("1", "r1", "dent"), ("1", "r3", "ok"), ("2", "r1", "dent"), ("2", "r3", "ok"), ("3", "ana", "ok")]
    assert Counter(row["time"] for row in rows)[day(22)] == 3


def test_rules_of_other_sources_are_off(bench: Bench) -> None:
    given = "predictions: {rows: []}"
    listed = {
        "": ("low-confidence", "overridden-again"),
        "sources: [predictions, validation-run], ": ("low-confidence", "confidence-falls", "overridden-again"),
        "sources: [annotations], ": ("class-agreement",),
        "sources: [], ": (),
    }
    for sources, rules in listed.items():
        test = f"{{name: one, as_of: 2026-03-01, {sources}data: {{{given}}}, expect: {{causes: []}}}}"
        assert bench.read(f"  - {test}\n").cases[0].rules == rules


def test_a_ruleset_with_two_names_for_one_column_is_fed_through_either(bench: Bench) -> None:
    text = Path("press.yaml").read_text("utf-8").replace("overridden: undone}", "overridden: undone, label: label}")
    Path("press.yaml").write_text(text, "utf-8")
    (trial,) = bench.run("""\
  - name: one
    as_of: 2026-03-01
    data: {predictions: {generate: [{rows: 12, with: {label: dent, site: p1, confidence: 0.5, overridden: false}}]}}
    expect:
      findings: [{rule: low-confidence, scope: {class: dent, site: p1}, status: fail, value: 0.50}]
""")
    assert trial.differences == ()
