"""The engine in this process: what stays from batch to batch, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from prism_rules.diagnostics import Refused
from prism_rules.engines import Batch, Limits
from prism_rules.engines.duckdb import Database

SUM = Batch((), (("numbers", "SELECT * FROM range(4) r(i)"),), (("sum", "SELECT sum(i)::BIGINT AS n FROM kept"),),
            (("kept", "SELECT * FROM numbers"),))  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(Limits(threads=1), tmp_path)
    yield database
    database.close()


@pytest.mark.parametrize("failure", [MemoryError, KeyboardInterrupt, SystemExit, ValueError])
def test_whatever_ends_a_batch_leaves_no_tables(
    database: Database, failure: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(pl, "DataFrame", fail)
        with pytest.raises(failure):
            database.answer(SUM)
    assert database.answer(SUM)["sum"].rows() == [(6,)]


def test_a_variable_is_gone_with_its_batch(database: Database) -> None:
    asked = (("edge", "SELECT getvariable('edge') AS edge"),)
    assert database.answer(Batch((), (), asked, (), (("edge", "SELECT 1.5::DOUBLE"),)))["edge"].rows() == [(1.5,)]
    assert database.answer(Batch((), (), asked))["edge"].rows() == [(None,)]


def test_views_stay_while_the_files_are_the_same(database: Database, tmp_path: Path) -> None:
    database.answer(SUM)
    again = Batch((), (), (("n", "SELECT count(*) AS n FROM numbers"),))
    assert database.answer(again)["n"].rows() == [(4,)]
    path = tmp_path / "data.parquet"
    pl.DataFrame({"x": [1]}).write_parquet(path)
    with pytest.raises(Refused, match="numbers"):
        database.answer(Batch((str(path),), (), again.queries))
