"""The locked connection with no gate before it: what an author's statement could reach, if one ever got so far."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from prism_rules.engines.connection import open_locked

CANARY = "canary-7f3a"


@dataclass(frozen=True)
class Trap:
    """A folder with data, a secret beside it, a secret in the environment, and a port that nobody may call."""

    folder: Path
    port: socket.socket
    connection: duckdb.DuckDBPyConnection

    def fill(self, text: str) -> str:
        places = {
            "data": self.folder / "data.parquet", "secret": self.folder / "secret.parquet", "dir": self.folder,
            "text": self.folder / "secret.txt", "link": self.folder / "link.parquet",
            "spill": self.folder / "spill", "port": self.port.getsockname()[1],
        }  # fmt: skip
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def was_called(self) -> bool:
        try:
            self.port.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def list_files(self) -> dict[str, bytes]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    pl.DataFrame({"x": [1, 2, 3]}).write_parquet(tmp_path / "data.parquet")
    pl.DataFrame({"x": [CANARY]}).write_parquet(tmp_path / "secret.parquet")
    (tmp_path / "secret.txt").write_text(f"{CANARY}\n")
    (tmp_path / "link.parquet").symlink_to(tmp_path / "secret.parquet")
    (tmp_path / "spill").mkdir()
    monkeypatch.setenv("PRISM_CANARY", CANARY)
    monkeypatch.setenv("HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as port:
        port.setblocking(False)
        files = [str(tmp_path / "data.parquet")]
        with open_locked(
            files, threads=1, memory_mb=256, seconds=5, spill=tmp_path / "spill", spill_gb=1
        ) as connection:
            yield Trap(tmp_path, port, connection)


REFUSED = """
SELECT * FROM read_parquet('{secret}')
SELECT * FROM '{secret}'
SELECT * FROM read_parquet(['{data}', '{secret}'])
SELECT * FROM read_parquet('{dir}/*.parquet')
SELECT * FROM read_parquet('{dir}/spill/../secret.parquet')
SELECT * FROM read_parquet('{link}')
SELECT * FROM read_parquet('{data}.bak')
SELECT * FROM read_parquet('file://{secret}')
SELECT * FROM parquet_metadata('{secret}')
SELECT * FROM parquet_schema('{secret}')
SELECT * FROM read_text('{text}')
SELECT * FROM read_blob('{text}')
SELECT * FROM read_csv('{text}')
SELECT * FROM read_csv_auto('{text}')
SELECT * FROM sniff_csv('{text}')
SELECT * FROM read_json('{text}')
SELECT * FROM read_json_auto('{text}')
SELECT * FROM read_text('/proc/self/environ')
SELECT * FROM read_text('/proc/self/cmdline')
SELECT * FROM read_text('/dev/fd/0')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM glob('{dir}/*')
SELECT * FROM query('SELECT * FROM read_text(''{text}'')')
SELECT * FROM query_table('{secret}')
SELECT * FROM read_parquet('http://127.0.0.1:{port}/a.parquet')
SELECT * FROM read_csv('http://127.0.0.1:{port}/a.csv')
SELECT * FROM read_parquet('s3://bucket/a.parquet')
SELECT getenv('PRISM_CANARY')
SELECT * FROM canary_frame
COPY (SELECT 1) TO '{dir}/out.parquet'
COPY (SELECT 1) TO '{dir}/out.csv'
COPY (SELECT 1) TO '{secret}'
COPY (SELECT 1) TO 'http://127.0.0.1:{port}/out.csv'
CREATE TABLE t AS SELECT * FROM read_text('{text}')
CREATE VIEW v AS SELECT * FROM read_text('{text}')
EXPORT DATABASE '{dir}/out'
IMPORT DATABASE '{dir}/out'
ATTACH '{dir}/new.duckdb'
ATTACH '{secret}' AS s
ATTACH 'http://127.0.0.1:{port}/x.duckdb'
INSTALL httpfs
INSTALL 'http://127.0.0.1:{port}/x.duckdb_extension'
FORCE INSTALL httpfs FROM community
LOAD httpfs
LOAD '{text}'
SET enable_external_access = true
SET lock_configuration = false
SET allowed_paths = ['{secret}']
SET allowed_directories = ['{dir}']
SET temp_directory = '{dir}'
SET home_directory = '{dir}'
SET extension_directory = '{dir}'
SET memory_limit = '100GB'
SET threads = 64
SET max_execution_time = 0
SET python_enable_replacements = true
SET autoinstall_known_extensions = true
SET custom_extension_repository = 'http://127.0.0.1:{port}'
SET GLOBAL enable_external_access = true
RESET enable_external_access
RESET lock_configuration
PRAGMA enable_profiling = 'json'
PRAGMA profiling_output = '{dir}/profile.json'
PRAGMA log_query_path = '{dir}/log.sql'
CALL enable_logging(storage = 'file', storage_config = {'path': '{dir}/log'})
CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')
""".strip().splitlines()

HARMLESS = """
SELECT * FROM duckdb_settings()
SELECT current_setting('allowed_paths')
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_extensions()
SELECT * FROM pragma_database_list()
ATTACH ':memory:' AS other
CREATE TABLE t AS SELECT 1 AS x
CREATE MACRO sum(x) AS 0
SET VARIABLE v = 1
SELECT json_execute_serialized_sql('{}')
""".strip().splitlines()


def run(trap: Trap, statement: str) -> Any:
    canary_frame = pl.DataFrame({"x": [CANARY]})  # what a replacement scan would find
    assert canary_frame.height == 1
    return trap.connection.execute(trap.fill(statement)).fetchall()


def check_untouched(trap: Trap, before: dict[str, bytes]) -> None:
    assert trap.list_files() == before
    assert not trap.was_called()
    assert trap.connection.execute("SELECT x FROM read_parquet($p)", {"p": trap.fill("{data}")}).fetchall() == [
        (1,),
        (2,),
        (3,),
    ]


@pytest.mark.parametrize("statement", REFUSED)
def test_a_statement_that_would_reach_out_is_refused(trap: Trap, statement: str) -> None:
    before = trap.list_files()
    with pytest.raises(duckdb.Error) as refused:
        run(trap, statement)
    assert CANARY not in str(refused.value)
    check_untouched(trap, before)


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_still_runs_reaches_nothing(trap: Trap, statement: str) -> None:
    before = trap.list_files()
    try:
        shown = str(run(trap, statement))
    except duckdb.Error as refused:
        shown = str(refused)
    assert CANARY not in shown
    check_untouched(trap, before)


def test_the_canaries_would_have_been_seen(trap: Trap) -> None:
    with duckdb.connect() as free:
        assert CANARY in str(free.execute(trap.fill("SELECT * FROM '{secret}'")).fetchall())
        assert CANARY in str(free.execute(trap.fill("SELECT content FROM read_text('{text}')")).fetchall())
    assert os.environ["PRISM_CANARY"] == CANARY
    socket.create_connection(trap.port.getsockname()).close()
    assert trap.was_called()


def test_a_link_put_in_the_place_of_an_allowed_file_is_not_followed(trap: Trap) -> None:
    (trap.folder / "data.parquet").unlink()
    (trap.folder / "data.parquet").symlink_to(trap.folder / "secret.parquet")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        run(trap, "SELECT * FROM read_parquet('{data}')")


WRITING = """
COPY (SELECT 1) TO '{data}' (USE_TMP_FILE false)
COPY (SELECT 1) TO '{spill}/out.csv'
ATTACH '{spill}/new.duckdb'
""".strip().splitlines()


@pytest.mark.parametrize("statement", WRITING)
def test_the_data_and_the_spill_folder_are_all_that_a_statement_could_write(trap: Trap, statement: str) -> None:
    # DuckDB has no setting against it; that no such statement gets so far is the gate's part, and a file of data that
    # was written to is noticed by its size and time.
    before = trap.list_files()
    run(trap, statement)
    after = trap.list_files()
    assert {name for name in after if after[name] != before.get(name)} <= {
        "data.parquet",
        "spill/out.csv",
        "spill/new.duckdb",
    }
    assert before.keys() <= after.keys()


def test_an_allowed_file_is_found_through_its_link(trap: Trap) -> None:
    (trap.folder / "alias.parquet").symlink_to(trap.folder / "data.parquet")
    alias = trap.folder / "alias.parquet"
    with open_locked([str(alias)], threads=1, memory_mb=64, seconds=5) as connection:
        real = os.path.realpath(alias)
        assert connection.execute(f"SELECT sum(x) FROM read_parquet('{real}')").fetchall() == [(6,)]


def test_a_path_with_quotes_is_one_path(trap: Trap) -> None:
    odd = trap.folder / "it's, ['odd'].d"
    odd.mkdir()
    with open_locked([str(odd / "a.parquet")], threads=1, memory_mb=64, seconds=5) as connection:
        [[paths]] = connection.execute("SELECT current_setting('allowed_paths')").fetchall()
        assert str(odd / "a.parquet") in str(paths)
        assert len(paths) <= 2, "the spill folder may stand beside it"


def test_limits_come_first_then_paths_then_no_access_and_the_lock_last(monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []

    class Recorder:
        def execute(self, statement: str) -> None:
            statements.append(statement)

    monkeypatch.setattr(duckdb, "connect", lambda _: Recorder())
    open_locked(["/a.parquet"], threads=1, memory_mb=64, seconds=5)
    assert [statement.split()[1] for statement in statements[-3:]] == [
        "allowed_paths", "enable_external_access", "lock_configuration"
    ]  # fmt: skip
    assert {statement.split()[1] for statement in statements[:-3]} >= {
        "threads", "memory_limit", "temp_directory", "max_temp_directory_size", "TimeZone", "enable_progress_bar",
        "autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions",
        "allow_persistent_secrets", "python_enable_replacements",
    }  # fmt: skip


def test_the_settings_are_in_force(trap: Trap) -> None:
    asked = {
        "lock_configuration": "true", "enable_external_access": "false", "TimeZone": "UTC", "threads": "1",
        "python_enable_replacements": "false", "autoload_known_extensions": "false", "max_execution_time": "5000",
    }  # fmt: skip
    found = dict(trap.connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert {name: found[name] for name in asked} == asked


def test_a_notebook_without_widgets_is_locked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []

    class Notebook:
        def execute(self, statement: str) -> None:
            if "progress_bar" in statement:
                raise duckdb.InvalidInputException("required package 'ipywidgets' is missing")
            statements.append(statement)

    monkeypatch.setattr(duckdb, "connect", lambda _: Notebook())
    open_locked(["/a.parquet"], threads=1, memory_mb=64, seconds=5)
    assert statements[-1] == "SET lock_configuration = true"
