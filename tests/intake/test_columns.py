"""Columns of the data against what a source declares: there, of a type that serves, the same in all files."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.text import format_text

MOMENT, DAY = datetime(2026, 2, 28, tzinfo=UTC), date(2026, 2, 28)
NAIVE = MOMENT.replace(tzinfo=None)
GOOD: dict[str, pl.Series] = {
    "id": pl.Series(["a"]), "time": pl.Series([MOMENT]), "class": pl.Series(["dent"]), "confidence": pl.Series([0.5]),
    "label": pl.Series(["ok"]), "overridden": pl.Series([True]), "site": pl.Series(["p"]),
    "lighting": pl.Series(["glare"]), "brightness": pl.Series([1.0]),
}  # fmt: skip
RULES = {"sure": {"source": "predictions", "metric": "mean_confidence", "min_n": 1, "fail": {"below": 0.1}}}


def write(folder: Path, name: str = "a.parquet", **columns: pl.Series | None) -> str:
    kept = {key: series for key, series in (GOOD | columns).items() if series is not None}
    pl.DataFrame(kept).write_parquet(folder / name)
    return name


def refuse(world: Any, data: str, **sections: Any) -> Refused:
    resolved = world.load(**{"rules": RULES, **sections})
    with pytest.raises(Refused) as refused:
        world.bind(resolved, {"predictions": data})
    assert refused.value.exit_code == 3
    return refused.value


TEXT = [pl.Series(["x"]), pl.Series([7]), pl.Series([7], dtype=pl.UInt64), pl.Series([True]),
        pl.Series(["x"], dtype=pl.Categorical), pl.Series([None], dtype=pl.Null)]  # fmt: skip
NUMBER = [pl.Series([0.5]), pl.Series([1]), pl.Series([0.5], dtype=pl.Float32), pl.Series([Decimal("0.50")]),
          pl.Series([1], dtype=pl.Int8), pl.Series([None], dtype=pl.Null)]  # fmt: skip
TIME = [pl.Series([MOMENT]), pl.Series([NAIVE]), pl.Series([DAY]), *(
    pl.Series([NAIVE]).cast(pl.Datetime(unit)).dt.replace_time_zone(zone)
    for unit in ("ms", "us", "ns") for zone in ("UTC", "Asia/Tokyo")
), *(pl.Series([NAIVE]).cast(pl.Datetime(unit)) for unit in ("ms", "us", "ns"))]  # fmt: skip
ODD = [pl.Series([b"x"]), pl.Series([[1]]), pl.Series([{"x": 1}]), pl.Series([time(1, 2)])]
GIVEN = [
    *((column, series, True) for column in ("id", "class", "label", "site") for series in TEXT),
    *((column, series, True) for column in ("confidence", "brightness") for series in NUMBER),
    *(("time", series, True) for series in TIME),
    ("overridden", pl.Series([False]), True),
    ("overridden", pl.Series([None], dtype=pl.Null), True),
    *((column, series, False) for column in ("id", "confidence", "time", "overridden", "site") for series in ODD),
    *(("id", series, False) for series in (pl.Series([0.5]), pl.Series([MOMENT]), pl.Series([DAY]))),
    *(("confidence", series, False) for series in (pl.Series(["0.5"]), pl.Series([True]), pl.Series([MOMENT]))),
    *(("time", series, False) for series in (pl.Series(["2026-02-28"]), pl.Series([1]), pl.Series([0.5]))),
    *(("overridden", series, False) for series in (pl.Series(["true"]), pl.Series([1]), pl.Series([0.5]))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "series", "fits"),
    [pytest.param(*given, id=f"{given[0]}-{given[1].dtype}-{given[2]}") for given in GIVEN],
)
def test_a_type_serves_or_is_refused_at_its_declaration(world: Any, column: str, series: pl.Series, fits: bool) -> None:
    data = write(world.folder, **{column: series})
    if fits:
        resolved = world.load(rules=RULES)
        [finding] = world.evaluate(resolved, {"predictions": data}, "2026-03-01").findings
        assert finding.rule == "sure"
        return
    [diagnostic] = refuse(world, data).diagnostics
    assert diagnostic.code == "wrong-column-type"
    assert f"column `{column}`" in diagnostic.message and "must be" in diagnostic.message
    [label] = diagnostic.labels
    assert label.source_line[label.col - 1 : label.end - 1] == f'"{column}"'


@pytest.mark.parametrize(
    ("named", "help"),
    [
        ("Confidence", "did you mean `Confidence`?"),
        ("con fidence", "did you mean `con fidence`?"),
        ("confidnce", "did you mean `confidnce`?"),
        (
            "score",
            "its columns are `id`, `time`, `class`, `label`, `overridden`, `site`, `lighting`, `brightness`, `score`",
        ),
    ],
)
def test_a_missing_column_is_told_with_the_nearest_one(world: Any, named: str, help: str) -> None:
    data = write(world.folder, confidence=None, **{named: pl.Series([0.5])})
    [diagnostic] = refuse(world, data).diagnostics
    assert (diagnostic.code, diagnostic.context, diagnostic.help) == ("missing-column", "a.parquet", help)
    assert "has no column `confidence`" in diagnostic.message


def test_all_columns_are_told_at_once(world: Any) -> None:
    data = write(world.folder, confidence=None, site=None, time=pl.Series(["x"]))
    found = refuse(world, data).diagnostics
    assert sorted(d.code for d in found) == ["missing-column", "missing-column", "wrong-column-type"]


def test_columns_that_nothing_declares_do_not_matter(world: Any) -> None:
    data = write(world.folder, further=pl.Series([[1]]), Class=pl.Series([b"x"]), **{'odd "name"': pl.Series([1])})
    assert world.evaluate(world.load(rules=RULES), {"predictions": data}, "2026-03-01").findings


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"confidence": pl.Series([1])}, "`confidence` (DOUBLE, BIGINT)"),
        ({"time": pl.Series([NAIVE])}, "`time` (TIMESTAMP WITH TIME ZONE, TIMESTAMP)"),
        ({"more": pl.Series([1])}, "`more` (absent, BIGINT)"),
        ({"site": None}, "`site` (VARCHAR, absent)"),
    ],
)
def test_files_of_one_source_have_one_schema(world: Any, change: dict[str, Any], told: str) -> None:
    write(world.folder, "a.parquet")
    write(world.folder, "b.parquet", **change)
    [diagnostic] = refuse(world, "?.parquet").diagnostics
    assert (diagnostic.code, diagnostic.context) == ("mixed-schemas", "a.parquet, b.parquet")
    assert told in diagnostic.message


def test_the_order_of_columns_is_no_difference(world: Any) -> None:
    write(world.folder, "a.parquet", confidence=pl.Series([0.25]))
    pl.read_parquet(world.folder / "a.parquet").select(*reversed(GOOD)).write_parquet(world.folder / "b.parquet")
    [finding] = world.evaluate(world.load(rules=RULES), {"predictions": "?.parquet"}, "2026-03-01").findings
    assert (finding.value, finding.n) == (0.25, 2)


def test_folders_named_like_values_add_no_column(world: Any) -> None:
    (world.folder / "site=q").mkdir()
    write(world.folder, "site=q/a.parquet")
    rules = {"sure": {**RULES["sure"], "by": ["site"]}}
    [finding] = world.evaluate(world.load(rules=rules), {"predictions": "*/a.parquet"}, "2026-03-01").findings
    assert finding.scope == {"site": "p"}


def test_messages_name_files_as_people_know_them(world: Any) -> None:
    (world.folder / "deep").mkdir()
    (world.folder / "deep" / "a.parquet").write_bytes(b"")
    refused = refuse(world, "deep/a.parquet")
    assert refused.diagnostics[0].context == "deep/a.parquet"
    assert str(world.folder) not in format_text(refused.diagnostics)
