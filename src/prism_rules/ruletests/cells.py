"""Cells: one value that a test gives for a column, read as the kind that the source declares."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from prism_rules.diagnostics import Problem, Spot
from prism_rules.model.moments import parse_moment
from prism_rules.model.ruleset import Kind

_WANTED = {"text": "text", "time": "a date or a time", "number": "a number", "flag": "true or false"}
_HELP = {
    "text": "put it in quotes",
    "time": "write 2026-03-01, or 2026-03-01T06:00:00Z",
    "number": "write a number such as 0.61",
    "flag": "write true or false",
}


class Cell(NamedTuple):
    """A value as it is written, and where."""

    value: Any
    spot: Spot
    is_text: bool = False
    """Whether it comes from a table, where everything is text."""


class Misread(NamedTuple):
    """Why a value is not of its kind."""

    code: str
    message: str
    help: str


def read_cell(column: str, kind: Kind, cell: Cell) -> Any | Problem:
    """Read a cell as its column's kind: str, UTC datetime, float or bool; None stays None."""
    value = read_text(kind, cell.value) if cell.is_text and cell.value is not None else read_value(kind, cell.value)
    if isinstance(value, Misread):
        return Problem(value.code, f"`{column}` {value.message}", (cell.spot,), value.help)
    return value


def read_value(kind: Kind, value: Any) -> Any | Misread:
    """Read a value of YAML or JSON as a kind."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None:
        return None
    if kind == "text" and (isinstance(value, str) or (number and isinstance(value, int))):
        return str(value)
    if kind == "time" and isinstance(value, str):
        return _read_moment(value)
    if kind == "number" and number and math.isfinite(value):
        return float(value)
    if kind == "flag" and isinstance(value, bool):
        return value
    return _misread(kind, value)


def read_text(kind: Kind, text: str) -> Any | Misread:
    """Read a cell of a table as a kind."""
    try:
        match kind:
            case "time":
                return _read_moment(text)
            case "number" if math.isfinite(number := float(text)):
                return number
            case "flag" if text.casefold() in ("true", "false"):
                return text.casefold() == "true"
            case "text":
                return text
    except ValueError:
        pass
    return _misread(kind, text)


def _read_moment(text: str) -> Any | Misread:
    try:
        return parse_moment(text)
    except (ValueError, OverflowError):
        return Misread("bad-date", f"is `{text[:60]}`, which is no time", _HELP["time"])


def _misread(kind: Kind, value: Any) -> Misread:
    shown = f"`{value[:60]}`" if isinstance(value, str) else _name(value)
    return Misread("wrong-type", f"takes {_WANTED[kind]}, not {shown}", _HELP[kind])


def _name(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value!r}"
    return "a list" if isinstance(value, list) else "a mapping"
