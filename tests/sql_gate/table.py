"""Six rows small enough to compute with by hand, and the way in."""

from __future__ import annotations

from typing import Literal

import duckdb

from prism_rules.diagnostics import Problem
from prism_rules.sql_gate import Gated, gate

ROUTE = ("rules", "glare", "where")
COLUMNS = {
    "id": "BIGINT",
    "confidence": "DOUBLE",
    "area": "BIGINT",
    "lighting": "VARCHAR",
    "class": "VARCHAR",
    "overridden": "BOOLEAN",
    "time": "TIMESTAMP",
}
ROWS = """
    (1, 0.5,  10,   'glare',      'dent',    true,  '2026-01-05 08:00:00'),
    (2, 0.75, 20,   'diffuse',    'dent',    false, '2026-01-05 20:30:00'),
    (3, 0.9,  0,    'glare',      'scratch', true,  '2026-01-06 00:00:00'),
    (4, NULL, 40,   'Glare ',     'scratch', NULL,  '2026-02-01 12:00:00'),
    (5, 0.25, NULL, NULL,         'dent',    false, '2026-02-02 12:00:00'),
    (6, 0.8,  -5,   'reflection', '100%',    false, NULL)
"""


def open_table(rows: str = ROWS) -> duckdb.DuckDBPyConnection:
    """Return a connection with table `t` of COLUMNS."""
    connection = duckdb.connect()
    listed = ", ".join(f'"{name}" {type_}' for name, type_ in COLUMNS.items())
    connection.execute(f"CREATE TABLE t ({listed})")
    connection.execute(f"INSERT INTO t VALUES {rows}")
    return connection


def pass_gate(text: str, kind: Literal["where", "aggregate"]) -> Gated:
    """Return what the gate made of a text that it must accept."""
    gated = gate(text, kind=kind, columns=COLUMNS, route=ROUTE)
    assert isinstance(gated, Gated), gated
    return gated


def fail_gate(text: str, kind: Literal["where", "aggregate"]) -> list[Problem]:
    """Return the problems of a text that the gate must refuse."""
    gated = gate(text, kind=kind, columns=COLUMNS, route=ROUTE)
    assert isinstance(gated, list), f"accepted: {text!r} as {gated.sql}"
    assert gated
    return gated
