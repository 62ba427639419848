"""The process border: the same tables on both sides of it, and an end of the child that is always explained."""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.diagnostics import Refused
from prism_rules.engines import Batch, Limits
from prism_rules.engines.child import MOST_BYTES, read_frame, write_frame
from prism_rules.engines.isolation import open_engine

SLOW = "SELECT sleep_ms(20000)"
"""Does not look at the database's own clock."""
BOMBS = [
    "SELECT length(repeat('x', 2000000000))",
    "SELECT length(printf('%2000000000d', 1))",
    "SELECT damerau_levenshtein(repeat('a', 20000), repeat('b', 20000))",
    "SELECT repeat('x', 100) || i AS x FROM range(20000000) r(i)",  # an answer that is too long
]
SORT = "SELECT count(*) FROM (SELECT i, md5(i::VARCHAR) AS h FROM range(4000000) r(i) ORDER BY h, i LIMIT 3999999)"


def ask(*queries: str, files: tuple[str, ...] = ()) -> Batch:
    return Batch(files, (), tuple((f"q{index}", query) for index, query in enumerate(queries)))


def list_spills(folder: Path) -> list[Path]:
    return list(folder.glob("prism-rules-spill-*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "data.parquet"
    moments = [datetime.datetime(2026, 2, day, tzinfo=datetime.UTC) for day in range(1, 4)]
    pl.DataFrame(
        {"name": ["dent", 'a"; DROP', "\n😀"], "n": [1, None, 3], "share": [0.1, float("nan"), None], "time": moments,
         "flag": [True, None, False]}
    ).write_parquet(path)  # fmt: skip
    return str(path)


def test_both_engines_give_the_same_tables(data: str) -> None:
    view = (('it\'s "odd"', f"SELECT * FROM read_parquet(['{data}'])"),)
    queries = (
        ("all", 'SELECT * REPLACE (epoch_us("time") AS "time") FROM "it\'s ""odd""" ORDER BY "time"'),
        ("sum", 'SELECT sum(n)::BIGINT AS n, avg(share) AS share FROM "it\'s ""odd""" WHERE NOT isnan(share)'),
        ("none", 'SELECT name, n FROM "it\'s ""odd""" WHERE false'),
    )
    variables = (("it's", 'SELECT {\'a\': [1.5, 2.5], \'b\': max(n)} FROM "it\'s ""odd"""'),)
    queries += (
        (
            "edges",
            "SELECT unnest(getvariable('it''s')), (SELECT count_if(n <= getvariable('it''s')['a'][2]) FROM t) AS n",
        ),
    )
    tables = (("t", 'SELECT n FROM "it\'s ""odd""" WHERE n <= getvariable(\'it\'\'s\').b'),)
    batch = Batch((data,), view, queries, tables, variables)
    answers = []
    for isolated in (False, True):
        with open_engine(Limits(threads=1), isolated=isolated) as engine:
            answers.append(engine.answer(batch))
            assert [*engine.answer(batch)] == ["all", "sum", "none", "edges"], "an engine answers more than once"
    local, child = answers
    assert [*local] == [*child] == ["all", "sum", "none", "edges"]
    for name, table in local.items():
        assert table.schema == child[name].schema
        assert table.equals(child[name], null_equal=True)
    assert local["sum"].rows() == [(1, 0.1)]
    assert local["none"].height == 0
    assert local["edges"].rows() == [([1.5, 2.5], 3, 1)]


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize(
    ("query", "code", "exit_code"),
    [
        ("SELECT * FROM nowhere", "query-failed", 3),
        ("SELECT * FROM read_parquet(['{damaged}'])", "unreadable-data", 3),
        ("SELECT * FROM read_parquet(['{data}.not-mine'])", "query-failed", 3),
        (SORT, "out-of-memory", 6),
    ],
)
def test_both_engines_explain_alike(data: str, query: str, code: str, exit_code: int, isolated: bool) -> None:
    damaged = data.replace("data.parquet", "damaged.parquet")
    whole = Path(data).read_bytes()
    Path(damaged).write_bytes(whole[: len(whole) // 2] + whole[-8:])
    batch = ask(query.replace("{damaged}", damaged).replace("{data}", data), files=(data, damaged))
    with open_engine(Limits(threads=1, memory_mb=32, spill_gb=0), isolated=isolated) as engine:
        with pytest.raises(Refused) as refused:
            engine.answer(batch)
        assert engine.answer(ask("SELECT 1 AS one"))["q0"].rows() == [(1,)], "an engine survives what it refuses"
    assert ([d.code for d in refused.value.diagnostics], refused.value.exit_code) == ([code], exit_code)
    assert all(d.message for d in refused.value.diagnostics)


def test_the_local_engine_keeps_the_clock_where_the_database_can() -> None:
    with open_engine(Limits(seconds=1, threads=1), isolated=False) as engine, pytest.raises(Refused) as refused:
        engine.answer(ask("SELECT count(*) FROM range(100000000) a, range(100000000) b"))
    assert ([d.code for d in refused.value.diagnostics], refused.value.exit_code) == (["out-of-time"], 6)


def test_a_child_that_is_late_is_ended(temporary: Path) -> None:
    started = time.monotonic()
    with open_engine(Limits(seconds=2, threads=1), isolated=True) as engine:
        assert list_spills(temporary)
        with pytest.raises(Refused) as refused:
            engine.answer(ask(SLOW))
    assert time.monotonic() - started < 12
    assert ([d.code for d in refused.value.diagnostics], refused.value.exit_code) == (["out-of-time"], 6)
    assert not list_spills(temporary)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_memory_bomb_ends_as_a_budget(temporary: Path, bomb: str) -> None:
    with open_engine(Limits(memory_mb=64, threads=1), isolated=True) as engine, pytest.raises(Refused) as refused:
        engine.answer(ask(bomb))
    assert ([d.code for d in refused.value.diagnostics], refused.value.exit_code) == (["out-of-memory"], 6)
    assert not list_spills(temporary)


@pytest.mark.parametrize("threads", [1, 16])
def test_what_is_reserved_and_never_used_is_no_bomb(threads: int) -> None:
    counts = ", ".join(f"sum(CAST(i AS HUGEINT)) FILTER (WHERE i > {n})::DOUBLE AS c{n}" for n in range(100))
    query = f"SELECT i % 160 AS g, {counts} FROM range(200000) r(i) GROUP BY g"
    with open_engine(Limits(memory_mb=128, threads=threads), isolated=True) as engine:
        assert engine.answer(ask(query))["q0"].shape == (160, 101)


@pytest.mark.parametrize(
    ("sent", "exit_code"), [(signal.SIGSEGV, 3), (signal.SIGABRT, 3), (signal.SIGKILL, 6), (signal.SIGXCPU, 6)]
)
def test_a_child_that_is_ended_by_a_signal_is_named(temporary: Path, sent: signal.Signals, exit_code: int) -> None:
    with open_engine(Limits(threads=1), isolated=True) as engine:
        child: Any = engine.child  # type: ignore[attr-defined]
        engine.answer(ask("SELECT 1"))
        threading.Timer(0.3, child.send_signal, [sent]).start()
        with pytest.raises(Refused) as refused:
            engine.answer(ask(SLOW))
        with pytest.raises(Refused, match="engine-ended"):
            engine.answer(ask("SELECT 1"))
    [diagnostic] = refused.value.diagnostics
    assert (diagnostic.code, refused.value.exit_code) == ("engine-ended", exit_code)
    assert sent.name in diagnostic.message and diagnostic.help
    assert not list_spills(temporary)


@pytest.mark.parametrize(
    "reply", [b"", b"\x00", b"\x00" * 7 + b"\x09{}", b"\xff" * 8, b"\x00" * 7 + b"\x02[]", b"\x00" * 7 + b"\x03???"]
)
def test_a_child_that_answers_nonsense_is_no_answer(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, reply: bytes
) -> None:
    octal = "".join(f"\\{byte:03o}" for byte in reply)
    start_script(temporary, monkeypatch, f"head -c 8 > /dev/null; printf '{octal}'")
    with open_engine(Limits(), isolated=True) as engine, pytest.raises(Refused) as refused:
        engine.answer(ask("SELECT 1"))
    assert ([d.code for d in refused.value.diagnostics], refused.value.exit_code) == (["engine-ended"], 3)


def start_script(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Have the child be a shell script."""
    script = folder / "child.sh"
    script.write_text(f"#!/bin/sh\n{command}\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))


def test_the_child_has_nothing_of_the_parents_environment(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_CANARY", "canary-7f3a")
    monkeypatch.setenv("PYTHONPATH", str(temporary))
    seen = temporary / "environment"
    start_script(temporary, monkeypatch, f'/usr/bin/env > {seen}; echo "$@" >> {seen}; exec {sys.executable} "$@"')
    with open_engine(Limits(threads=1), isolated=True) as engine:
        assert engine.answer(ask("SELECT 1 AS one"))["q0"].rows() == [(1,)]
    *environment, arguments = seen.read_text().splitlines()
    # What a shell sets by itself.
    assert {line.split("=")[0] for line in environment} <= {"PWD", "OLDPWD", "SHLVL", "_"}
    assert arguments.startswith("-I "), "neither PYTHONPATH nor the working folder has a say in what it imports"


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize("failing", [False, True])
def test_no_spill_folder_is_left(temporary: Path, isolated: bool, failing: bool) -> None:
    with contextlib.suppress(ZeroDivisionError), open_engine(Limits(), isolated=isolated):
        [spill] = list_spills(temporary)
        assert spill.stat().st_mode & 0o077 == 0, "what is spilled is nobody else's to read"
        (spill / "block").write_bytes(b"x")
        assert 1 / (not failing)
    assert not list_spills(temporary)


LOUD = """
import os, runpy, sys
from prism_rules.engines import duckdb

answer = duckdb.Database.answer

def answer_loudly(*batch):
    print("progress", flush=True)
    os.write(1, b"progress")
    return answer(*batch)

duckdb.Database.answer = answer_loudly
sys.argv = sys.argv[3:]
runpy.run_module("prism_rules.engines.child", run_name="__main__")
"""


def test_what_a_library_prints_is_not_among_the_frames(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = temporary / "loud.py"
    script.write_text(LOUD)
    start_script(temporary, monkeypatch, f'exec {sys.executable} {script} "$@"')
    with open_engine(Limits(threads=1), isolated=True) as engine:
        assert engine.answer(ask("SELECT 1 AS one", "SELECT 2 AS two"))["q1"].rows() == [(2,)]


@pytest.mark.parametrize("body", [b"", b"x", bytes(range(256)) * 300])
def test_a_frame_comes_back_as_it_went(body: bytes) -> None:
    stream = io.BytesIO()
    write_frame(stream, body)
    write_frame(stream, b"next")
    stream.seek(0)
    assert (read_frame(stream), read_frame(stream), read_frame(stream)) == (body, b"next", None)


@pytest.mark.parametrize(
    "sent", [b"\x00", b"\x00" * 7, b"\x00" * 7 + b"\x02x", (MOST_BYTES + 1).to_bytes(8, "big"), b"\xff" * 8]
)
def test_a_torn_or_boundless_frame_is_the_end(sent: bytes) -> None:
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(sent))


@pytest.mark.parametrize(
    ("asked", "lent", "used"), [(3, {0}, 3), (None, {0}, 1), (None, {0, 5, 7}, 3), (None, set(range(64)), 4)]
)
def test_threads_are_as_asked_or_at_most_four_of_those_lent(
    monkeypatch: pytest.MonkeyPatch, asked: int | None, lent: set[int], used: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: lent, raising=False)
    with open_engine(Limits(threads=asked), isolated=False) as engine:
        [(threads,)] = engine.answer(ask("SELECT current_setting('threads')::BIGINT AS n"))["q0"].rows()
    assert threads == used


def test_what_a_killed_run_spilled_goes_with_the_next_run(temporary: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"prism-rules-spill-{ended.pid}-a1b2c3", f"prism-rules-spill-{os.getpid()}-a1b2c3", "prism-rules-spill-x"]
    for name in names:
        (temporary / name).mkdir()
        (temporary / name / "block").write_bytes(b"1")
    with open_engine(Limits(), isolated=False):
        (own,) = {path.name for path in list_spills(temporary)} - {*names}
        assert own.startswith(f"prism-rules-spill-{os.getpid()}-")
    assert {path.name for path in list_spills(temporary)} == {*names[1:]}
