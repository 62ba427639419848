"""DuckDB as parser, printer and type checker, on a private connection that can reach nothing.

The order of the settings matters: once the configuration is locked nothing can be opened again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from prism_rules.sql_gate.faults import Fault, Unreadable
from prism_rules.sql_gate.reading import check_size, unwrap
from prism_rules.sql_gate.tree import wrap, write

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from prism_rules.sql_gate.tree import Node

_LOCKS = (
    "SET threads = 1",
    "SET memory_limit = '256MB'",
    "SET max_temp_directory_size = '0B'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)

_ONE_AT_A_TIME = Lock()
_SEVERAL = Fault(
    "sql-forbidden",
    "this is more than one expression",
    None,
    "write one expression, without SELECT, FROM, AS, ORDER BY or further columns",
)
_DEEP = Fault("sql-too-large", "the SQL is nested too deep", None, "split it into several rules")


@cache
def open_locked() -> DuckDBPyConnection:
    """Return the one private connection, locked."""
    import duckdb

    connection = duckdb.connect(":memory:")
    for statement in _LOCKS:
        connection.execute(statement)
    return connection


def parse(text: str, *, limited: bool = False) -> dict[str, Any]:
    """Return the tree of one expression. Raises Unreadable where it is not one, or, if `limited`, too large.

    It is parsed twice, bare and in parentheses: what reads differently (`1) FROM t --`, a second item, a clause) is
    not one expression.
    """
    bare, enclosed = _serialize(f"SELECT {text}", f"SELECT ({text}\n)")
    if bare.get("error") is not False:
        raise Unreadable(_explain(bare, text))
    expression = unwrap(bare)
    if expression is None:
        raise Unreadable(_SEVERAL)
    if limited:
        check_size(expression)
    if _strip(unwrap(enclosed)) != _strip(expression):
        raise Unreadable(_SEVERAL)
    return expression


def _serialize(bare: str, enclosed: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        trees = _run("SELECT json_serialize_sql(?), json_serialize_sql(?)", bare, enclosed)
        return json.loads(trees[0]), json.loads(trees[1])
    except RecursionError:
        raise Unreadable(_DEEP) from None


def _explain(tree: dict[str, Any], text: str) -> Fault:
    message = str(tree.get("error_message", "")).split("\n")[0]
    word = message.partition('at or near "')[2].rstrip('"')
    position = str(tree.get("position", ""))
    if not text.strip():
        return Fault("sql-syntax", "there is no SQL here", None, "write one expression")
    if not word or not position.isdigit():
        return Fault("sql-syntax", f"the SQL cannot be read: {message[:120]}")
    offset = len(text.encode()[: int(position) - len("SELECT ")].decode(errors="ignore"))
    return Fault(
        "sql-syntax",
        f"the SQL cannot be read at `{word}`",
        (offset, len(word)),
        "a name that is a word of SQL is written in double quotes",
    )


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strip(item) for key, item in value.items() if not key.startswith("query_location")}
    return [_strip(item) for item in value] if isinstance(value, list) else value


def render(node: Node) -> str:
    """Return the text of the node as DuckDB writes it."""
    return str(_run("SELECT json_deserialize_sql(?)", json.dumps(wrap(write(node))))[0]).removeprefix("SELECT ")


def bind(sql: str, columns: Mapping[str, str], used: Iterable[str]) -> str:
    """Return DuckDB's type of the rendered text over an empty table. Raises Unreadable where it does not bind."""
    import duckdb

    listed = ", ".join(f'CAST(NULL AS {columns[name]}) AS "{name}"' for name in sorted(used))
    try:
        with _ONE_AT_A_TIME:
            described = open_locked().execute(f"SELECT {sql} FROM (SELECT {listed or '1'} WHERE false)").description
    except duckdb.Error as error:
        raise Unreadable(Fault("sql-type", f"DuckDB refuses it: {str(error).splitlines()[0][:160]}")) from None
    return str(described[0][1])


def _run(statement: str, *values: str) -> tuple[Any, ...]:
    with _ONE_AT_A_TIME:
        row = open_locked().execute(statement, list(values)).fetchone()
    assert row is not None
    return row
