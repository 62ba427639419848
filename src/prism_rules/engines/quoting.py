"""Quoting: names and values of data inside SQL text."""

from __future__ import annotations


def quote_name(name: str) -> str:
    """Write an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Write an SQL text literal. DuckDB knows no escapes but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"
