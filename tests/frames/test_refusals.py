"""What is wrong with rows is told like what is wrong with files: by code, source and column, all of it at once."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

import prism_rules

from .conftest import AS_OF


class Unwritable:
    """What a library of frames may well do when it is asked for its rows."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise RuntimeError("the cluster\nis gone")


def refuse(ruleset: Path, data: Any, **more: Any) -> prism_rules.Refused:
    with pytest.raises(prism_rules.Refused) as refused:
        prism_rules.plan(ruleset, data, as_of=AS_OF, **more)
    return refused.value


@pytest.mark.parametrize(
    ("given", "message", "help"),
    [
        (
            {"data": pl.DataFrame()},
            "`data` is of type polars.dataframe.frame.DataFrame",
            'such as {"predictions": frame}',
        ),
        ({"data": None}, "`data` is of type NoneType", "`data` maps source to rows"),
        ({"data": [("predictions", 1)]}, "`data` is of type list", "`data` maps source to rows"),
        ({"data": {3: "a.parquet"}}, "`data` holds 3 of type int, which is no name", "`data` maps source to rows"),
        ({"as_of": 3}, "`as_of` is of type int", "write 2026-03-01 or 2026-03-01T06:00:00Z"),
        ({"as_of": "soon"}, "`as_of`: 'soon' is no time; write 2026-03-01 or 2026-03-01T06:00:00Z", None),
        ({"as_of": "0001-01-01"}, "`as_of`: '0001-01-01' is out of reach: a moment is a whole second of the ye", None),
        ({"ruleset": None}, "`ruleset` is of type NoneType", "give the path of a ruleset"),
        ({"select": 3}, "`select` is of type int", "list the names of rules"),
        ({"select": [3]}, "`select` holds 3 of type int, which is no name", "list the names of rules"),
        ({"trusted": "no"}, "`trusted` is of type str", "give True or False"),
        ({"annotator_key": b"short"}, "`annotator_key` is of type bytes", "give a text"),
        ({"ledger": 1}, "`ledger` is of type int", "give the path of a folder"),
        ({"baseline": {}}, "`baseline` is of type dict", "give a plan, or the path of one"),
    ],
)
def test_a_wrong_argument_is_told_by_its_name(given: Any, message: str, help: str | None, ruleset: Path) -> None:
    with pytest.raises(prism_rules.Refused) as refused:
        prism_rules.plan(**{"ruleset": ruleset, "data": {}, "as_of": AS_OF} | given)
    (found,) = refused.value.diagnostics
    assert (refused.value.exit_code, found.code) == (2, "usage")
    assert found.message.startswith(message)
    assert (found.help is None) if help is None else (help in (found.help or ""))


def test_all_wrong_arguments_are_told_at_once(ruleset: Path) -> None:
    found = refuse(ruleset, None, trusted="no")
    assert [each.message for each in found.diagnostics] == ["`data` is of type NoneType", "`trusted` is of type str"]


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ({"image": ["a"]}, "unsupported-format", "the data of source `predictions` is a dict"),
        ([1], "unsupported-format", "is a list"),
        (None, "unsupported-format", "is a NoneType"),
        (b"signals.parquet", "unsupported-format", "is a bytes"),
        (pl.Series([1]), "unsupported-format", "is a polars.series.series.Series"),
        (Unwritable(), "unreadable-data", "the data of source `predictions` cannot be computed: the cluster is gone"),
        (pl.DataFrame(), "missing-column", "source `predictions` has no column `image`"),
        (pl.LazyFrame({"a": [1]}).select("b"), "unreadable-data", "cannot be computed"),
        (SimpleNamespace(__arrow_c_stream__=lambda *_: 1), "unreadable-data", "cannot be computed"),
        (
            pl.scan_parquet("gone.parquet"),
            "unreadable-data",
            "of source `predictions` cannot be computed: No such file",
        ),
        (pl.scan_csv("gone.csv"), "unreadable-data", "gone.csv"),
    ],
)
def test_what_is_no_rows_is_refused(value: object, code: str, message: str, ruleset: Path) -> None:
    found = refuse(ruleset, {"predictions": value})
    assert found.exit_code == 3
    assert found.diagnostics[0].code == code
    assert message in found.diagnostics[0].message
    assert found.diagnostics[0].context == "<frame>"
    assert found.diagnostics[0].help


def test_a_relation_whose_query_fails_is_refused(ruleset: Path, rows: pl.DataFrame, tmp_path: Path) -> None:
    rows.write_parquet(tmp_path / "rows.parquet")
    replaced = "error('no such\nshift')::VARCHAR AS site"
    relation = duckdb.sql(f"SELECT * REPLACE ({replaced}) FROM '{tmp_path / 'rows.parquet'}'")
    found = refuse(ruleset, {"predictions": relation})
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["unreadable-data"]
    assert "no such shift" in found.diagnostics[0].message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("holder", ["polars", "duckdb"])
def test_a_full_disk_is_no_fault_of_the_data(
    holder: str, rows: pl.DataFrame, ruleset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prism_rules.frames import take_rows

    monkeypatch.setattr("prism_rules.frames.take_rows", lambda *given: take_rows(*given[:3], Path("/dev/full")))
    relation = duckdb.sql("SELECT '' AS image, now() AS taken_at, '' AS label, 0.5 AS score, '' AS site")
    found = refuse(ruleset, {"predictions": rows.lazy() if holder == "polars" else relation})
    assert (found.exit_code, [each.code for each in found.diagnostics]) == (8, ["cannot-write"])
    assert "No space left on device" in found.diagnostics[0].message


def test_columns_that_are_missing_are_told_with_the_line_that_asks_for_them(ruleset: Path, rows: pl.DataFrame) -> None:
    found = refuse(ruleset, {"predictions": rows.rename({"score": "scores"}).drop("site")})
    told = {diagnostic.message: diagnostic for diagnostic in found.diagnostics}
    assert [*told] == ["source `predictions` has no column `score`", "source `predictions` has no column `site`"]
    first = told["source `predictions` has no column `score`"]
    assert first.labels[0].source_line is not None
    assert "confidence: score" in first.labels[0].source_line
    assert first.help == "did you mean `scores`?"


@pytest.mark.parametrize(
    ("column", "type_"),
    [
        (pl.struct("score").alias("site"), "STRUCT(score DOUBLE)"),
        (pl.concat_list("label").alias("site"), "VARCHAR[]"),
        (pl.col("site").cast(pl.Binary), "BLOB"),
        (pl.col("taken_at").dt.time().alias("site"), "TIME_NS"),
    ],
)
def test_a_type_that_a_field_cannot_have_is_told(
    column: pl.Expr, type_: str, ruleset: Path, rows: pl.DataFrame
) -> None:
    found = refuse(ruleset, {"predictions": rows.with_columns(column)})
    message = f"column `site` of source `predictions` is {type_}; `site` must be text (or whole numbers)"
    assert [(each.code, each.message) for each in found.diagnostics] == [("wrong-column-type", message)]


@pytest.mark.parametrize(("names", "help"), [([], "it has no columns"), (["a", "b"], "its columns are `a`, `b`")])
def test_the_columns_that_are_there_are_told(names: list[str], help: str, ruleset: Path) -> None:
    found = refuse(ruleset, {"predictions": pl.DataFrame({name: [1] for name in names})})
    assert {each.help for each in found.diagnostics} == {help}


def test_python_objects_are_no_values(ruleset: Path, rows: pl.DataFrame) -> None:
    objects = pl.Series("site", [object()] * 80, dtype=pl.Object)
    found = refuse(ruleset, {"predictions": rows.with_columns(objects)})
    assert [each.code for each in found.diagnostics] == ["wrong-column-type"]
    assert "column `site` of source `predictions` is Object" in found.diagnostics[0].message


def test_a_duration_is_no_number_of_an_unknown_unit(ruleset: Path, rows: pl.DataFrame) -> None:
    found = refuse(ruleset, {"predictions": rows.with_columns(score=pl.duration(hours=1))})
    assert [each.code for each in found.diagnostics] == ["wrong-column-type"]
    assert "column `score` of source `predictions` is Duration(time_unit='us')" in found.diagnostics[0].message


def test_rows_for_a_source_that_is_not_declared_are_refused(ruleset: Path, rows: pl.DataFrame) -> None:
    found = refuse(ruleset, {"prediction": rows})
    assert (found.exit_code, found.diagnostics[0].code) == (2, "unknown-source")
    assert found.diagnostics[0].help == "did you mean `predictions`?"


def test_no_rows_are_no_data(ruleset: Path, rows: pl.DataFrame) -> None:
    with pytest.raises(prism_rules.Refused, match="no-as-of"):
        prism_rules.plan(ruleset, {"predictions": rows.clear()})
    plan = prism_rules.plan(ruleset, {"predictions": rows.clear()}, as_of=AS_OF)
    assert plan.model.inputs[0].rows == 0
    assert plan.findings["value"].drop_nulls().to_list() == []


def test_what_an_exception_says_is_what_a_terminal_shows(ruleset: Path, rows: pl.DataFrame) -> None:
    found = refuse(ruleset, {"predictions": rows.drop("score", "site")})
    first, empty, *rest = str(found).splitlines()
    assert first == "missing-column: source `predictions` has no column `score` (2 errors)"
    assert (empty, rest[0]) == ("", "error[missing-column]: source `predictions` has no column `score`")
    assert rest[-1] == "2 errors"


def test_an_exception_of_one_thing_names_it_alone(ruleset: Path) -> None:
    found = refuse(ruleset, {"predictions": "signals.csv\u202e"})
    assert str(found).splitlines()[0].startswith("missing-data: ")
    assert "\u202e" not in str(found)


def test_files_are_checked_without_data(ruleset: Path, tmp_path: Path) -> None:
    assert prism_rules.check(ruleset) == []
    wrong = tmp_path / "ruleset.yaml"
    wrong.write_text(ruleset.read_text("utf-8").replace("mean_confidence", "mean_confidense"), "utf-8")
    found = prism_rules.check(tmp_path)
    assert [diagnostic.code for diagnostic in found] == ["unknown-metric"]
    assert [diagnostic.code for diagnostic in prism_rules.check(tmp_path / "nothing.yaml")] == ["missing-file"]


def test_a_folder_without_any_file_of_ours_is_told_as_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert [diagnostic.code for diagnostic in prism_rules.check(tmp_path)] == ["no-ruleset"]


class Reader:
    """A reader of Arrow whose rows were all read."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows.clear()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)

    def read_next_batch(self) -> object:
        raise StopIteration


def test_a_source_without_rows_is_warned_of(ruleset: Path, rows: pl.DataFrame) -> None:
    for value, help in ((Reader(rows), "a reader can be read once: give a new one"), (rows.clear(), None)):
        (told,) = prism_rules.plan(ruleset, {"predictions": value}, as_of=AS_OF).warnings
        assert told.message == "source `predictions`: there is no row before as-of"
        assert (told.code, told.severity, told.context, told.help) == ("missing-data", "warning", "<frame>", help)


def test_a_ledger_that_is_not_there_is_warned_of(ruleset: Path, rows: pl.DataFrame, tmp_path: Path) -> None:
    plan = prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF, ledger=tmp_path / "nolegder")
    assert [told.message for told in plan.warnings] == [f"there is no ledger at `{(tmp_path / 'nolegder').as_posix()}`"]
    (tmp_path / "ledger").mkdir()
    assert prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF, ledger=tmp_path / "ledger").warnings == ()


def test_no_option_of_the_command_line_is_told_alone(ruleset: Path, rows: pl.DataFrame) -> None:
    for found in (
        refuse(ruleset, {"predictions": rows}, select=["agre"]),
        refuse(ruleset, {"predicitons": rows}),
        refuse(ruleset, {}),
        refuse(ruleset, {"predictions": rows}, annotator_key="short"),
    ):
        text = str(found)
        assert "in Python" in text or not ("--" in text.replace("-->", "") or "PRISM_RULES" in text)
