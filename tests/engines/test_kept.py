"""Kept answers: the same question about the same bytes is asked once, and nothing else is taken for it."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.cache import Cache
from prism_rules.engines import Batch, Limits, kept
from prism_rules.engines.isolation import open_engine
from prism_rules.engines.kept import key_queries, open_kept

HERE, THERE = "/data/a.parquet", "/else/where/it's a.parquet"
DIGESTS = {HERE: "a" * 64, THERE: "a" * 64, "/data/b.parquet": "b" * 64}


def ask(path: str = HERE, query: str = "SELECT 1", view: str = "*", table: str = "SELECT count(*) FROM v") -> Batch:
    quoted = path.replace("'", "''")
    read = f"SELECT {view} FROM read_parquet(['{quoted}'], hive_partitioning = false)"
    return Batch((path,), (("v", read),), (("q", query),), (("t", table),))


def key(batch: Batch, digests: dict[str, str] = DIGESTS) -> str:
    return key_queries(batch, digests)["q"]


SAME: dict[str, Batch] = {
    "elsewhere": ask(THERE),
    "beside other queries": replace(ask(), queries=(("p", "SELECT 2"), ("q", "SELECT 1"))),
}
DIFFERENT: dict[str, Batch] = {
    "other bytes": ask("/data/b.parquet"),
    "another query": ask(query="SELECT 2"),
    "another view": ask(view="a"),
    "another table": ask(table="SELECT max(a) FROM v"),
    "no table": replace(ask(), tables=()),
    "a variable": replace(ask(), variables=(("e", "SELECT 1"),)),
    "another variable": replace(ask(), variables=(("e", "SELECT 2"),)),
    "another name of a variable": replace(ask(), variables=(("f", "SELECT 1"),)),
    "one file more": replace(ask(), files=(HERE, "/data/b.parquet")),
    "the same file twice": replace(ask(), files=(HERE, THERE)),
    "another name of a view": replace(ask(), views=(("w", ask().views[0][1]),)),
    "a view for a table": replace(ask(), views=(), tables=(*ask().views, *ask().tables)),
}


@pytest.mark.parametrize("name", SAME)
def test_what_asks_the_same_has_the_same_key(name: str) -> None:
    assert key(SAME[name]) == key(ask())


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_asks_something_else_has_another_key(name: str) -> None:
    assert key(DIFFERENT[name]) != key(ask())


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT '{HERE}'",
        f"SELECT 'read_parquet([''{HERE}''])'",
        f"SELECT \"read_parquet(['{HERE}']\"",
        f"SELECT 'it''s', \"a\"\"b\" -- read_parquet(['{HERE}']",
    ],
)
def test_a_text_a_name_or_a_comment_is_no_file(text: str) -> None:
    other = text.replace(HERE, "/data/moved.parquet")
    digests = {**DIGESTS, "/data/moved.parquet": "a" * 64}
    assert key(ask(query=text), digests) != key(ask("/data/moved.parquet", query=other), digests)


def test_a_reading_after_texts_names_and_comments_is_found() -> None:
    query = "SELECT 'it''s', \"a\"\"b\" -- don't\nFROM read_parquet(['{}', '/data/b.parquet'])"
    here, there = (ask(path, query=query.format(path.replace("'", "''"))) for path in (HERE, THERE))
    assert key(here) == key(there)
    turned = "SELECT 'it''s', \"a\"\"b\" -- don't\nFROM read_parquet(['/data/b.parquet', '/data/a.parquet'])"
    assert key(ask(query=turned)) != key(here)


VERSIONS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "of the program": lambda patch: patch.setattr(kept, "__version__", "99"),
    "of DuckDB": lambda patch: patch.setattr(importlib.metadata, "version", lambda name: f"{name} 99"),
    "of the form": lambda patch: patch.setattr(kept, "FORMAT", 99),
}


@pytest.mark.parametrize("which", VERSIONS)
def test_another_version_has_other_keys(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(ask())
    VERSIONS[which](monkeypatch)
    assert key(ask()) != before


class Counted:
    """An engine that is opened as often as `opened` says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.opened = 0
        self.asked: list[tuple[str, ...]] = []

    @contextlib.contextmanager
    def open(self) -> Iterator[Counted]:
        self.opened += 1
        yield self

    def answer(self, batch: Batch) -> dict[str, pl.DataFrame]:
        self.asked.append(tuple(name for name, _ in batch.queries))
        return {name: pl.DataFrame({"said": [query]}) for name, query in batch.queries}


def find_digest(path: str) -> str:
    return DIGESTS[path]


def test_an_engine_is_opened_for_what_is_missing_and_for_that_alone(tmp_path: Path) -> None:
    engine, batch = Counted(), replace(ask(), queries=(("a", "SELECT 1"), ("b", "SELECT 2")))
    for queries, asked in [
        (batch.queries, [("a", "b")]),
        (batch.queries[::-1], []),
        ((("c", "SELECT 3"), *batch.queries), [("c",)]),
    ]:
        cache, engine.opened, engine.asked = Cache(tmp_path), 0, []
        with open_kept(cache, find_digest, engine.open) as keeping:
            assert engine.opened == 0, "not before something is asked"
            tables = keeping.answer(replace(batch, queries=queries))
        assert [(name, table["said"][0]) for name, table in tables.items()] == [*queries], "in the order of the queries"
        assert (engine.asked, engine.opened) == (asked, len(asked))
        cache.save()


def test_an_engine_is_opened_once_and_closed(tmp_path: Path) -> None:
    events = []

    @contextlib.contextmanager
    def opener() -> Iterator[Counted]:
        events.append("open")
        yield Counted()
        events.append("close")

    with open_kept(Cache(tmp_path), find_digest, opener) as keeping:
        keeping.answer(ask())
        keeping.answer(ask(query="SELECT 2"))
        events.append("end")
    assert events == ["open", "end", "close"]


def test_a_file_that_cannot_be_read_is_the_engines_to_explain(tmp_path: Path) -> None:
    def fail(path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    cache, engine = Cache(tmp_path), Counted()
    with open_kept(cache, fail, engine.open) as keeping:
        assert [*keeping.answer(ask())] == ["q"]
    assert engine.asked == [("q",)]
    assert cache.new == {}


@pytest.mark.parametrize("value", [b"", b"no table", b"\xff\xff\xff\xff\x10\0\0\0" + bytes(16)])
def test_an_entry_that_is_whole_and_no_table_is_asked_again(value: bytes, tmp_path: Path) -> None:
    cache, engine = Cache(tmp_path), Counted()
    cache.keep(key(ask()), value)
    cache.save()
    with open_kept(cache, find_digest, engine.open) as keeping:
        assert keeping.answer(ask())["q"]["said"].to_list() == ["SELECT 1"]
    assert engine.asked == [("q",)]
    assert cache.save() == 1, "and is replaced"


def test_a_table_that_is_too_large_is_answered_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 4)
    cache = Cache(tmp_path)
    with open_kept(cache, find_digest, Counted().open) as keeping:
        assert keeping.answer(ask())["q"].height == 1
    assert cache.new == {}


@pytest.mark.parametrize("isolated", [False, True])
def test_a_kept_table_is_the_table_that_was_answered(isolated: bool, tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    days = [datetime.datetime(2026, 2, day, tzinfo=datetime.UTC) for day in (1, 2, 3)]
    frame = pl.DataFrame(
        {"name": ["dent", 'a"; DROP', "\n😀"], "n": [1, None, 3], "day": days, "x": [0.1, float("nan"), None]}
    )
    frame.write_parquet(path)
    view = ("v", f"SELECT * FROM read_parquet(['{path}'], hive_partitioning = false)")
    queries = (
        ("all", 'SELECT * REPLACE (epoch_us("day") AS "day"), n > 1 AS many FROM v ORDER BY "day"'),
        ("none", "SELECT name, n FROM v WHERE false"),
        ("sum", "SELECT sum(n)::BIGINT AS n, avg(n) AS mean FROM v"),
    )
    answers: list[Any] = []
    opened = []

    def opener() -> Any:
        opened.append(1)
        return open_engine(Limits(threads=1), isolated=isolated)

    for _ in range(2):
        cache = Cache(tmp_path / "cache")
        with open_kept(cache, lambda p: hashlib.sha256(Path(p).read_bytes()).hexdigest(), opener) as keeping:
            answers.append(keeping.answer(Batch((str(path),), (view,), queries)))
        cache.save()
    assert opened == [1], "the second time no engine and no child is started"
    first, second = answers
    assert [*first] == [*second] == ["all", "none", "sum"]
    for name, table in first.items():
        assert table.schema == second[name].schema
        assert table.equals(second[name], null_equal=True)
    assert second["sum"].rows() == [(4, 2.0)]
