"""From plain data to YAML: scalars in the least quotes that read back alike, collections in brackets or in lines."""

from __future__ import annotations

import json
import re
from typing import Any

from prism_rules.source.characters import TRAPS
from prism_rules.source.scalars import Scalar, read_plain

WIDTH = 100
"""Columns up to which a collection is written on one line."""
_UNSAFE_START = re.compile(r"[\s,\[\]{}#&*!|>'\"%@`]|[-?:](?:\s|$)|---|\.\.\.")
_UNSAFE = re.compile(r"[\n\t\r]|: | #|[:\s]$")
_UNSAFE_IN_BRACKETS = re.compile(r"[,\[\]{}:?]")
_UNSAFE_LINES = re.compile(r"\A\s|[ \t]$|\t|\r|\n\n\Z", re.MULTILINE)


def write_scalar(value: Scalar, style: str = "", *, in_brackets: bool = False) -> str:
    """Return `value` on one line: text in `style` (``""``, ``'`` or ``"``) where that reads back alike.

    Text that would not is plain where it can be, else in double quotes. Raises `ValueError` for what is no value.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return json.dumps(value, allow_nan=False)
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} is no value of a ruleset")
    if style == "'" and not re.search(r"[\n\t\r]", value) and not TRAPS.search(value):
        return "'" + value.replace("'", "''") + "'"
    if style != '"' and is_plain(value, in_brackets=in_brackets):
        return value
    return TRAPS.sub(_escape, json.dumps(value, ensure_ascii=False))


def write_key(key: str, *, in_brackets: bool = False) -> str:
    """Return a mapping's key as it is written."""
    return write_scalar(key, '"' if key == "<<" else "", in_brackets=in_brackets)


def write_flow(value: Any) -> str:
    """Return `value` on one line, collections in brackets."""
    if isinstance(value, dict):
        pairs = (f"{write_key(key, in_brackets=True)}: {write_flow(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_flow, value)) + "]"
    return write_scalar(value, in_brackets=True)


def write_value(value: Any, lead: str, column: int, *, step: int = 2, style: str = "") -> tuple[str, str]:
    """Return what follows `lead` (``key:`` or ``-``, at `column`) on its line, and the lines below it.

    `style` is ``block`` or ``flow`` to ask for one of the two where it is possible. The lines below each begin with a
    line end, so that a comment may be put between.
    """
    if isinstance(value, dict | list) and value and not _fits(value, lead, column, style):
        inner = column + (2 if lead == "-" else step)
        entries = "".join(f"\n{entry}" for entry in _write_entries(value, inner, step))
        if lead != "-":
            return "", entries
        first, end, rest = entries[1:].partition("\n")
        return " " + first.lstrip(" "), end + rest
    if isinstance(value, str) and "\n" in value and is_literal(value):
        return write_literal(value, column + step)
    return " " + (write_flow(value) if isinstance(value, dict | list) else write_scalar(value)), ""


def write_literal(value: str, column: int) -> tuple[str, str]:
    """Return a text of lines as ``|`` and the lines below it, which begin at `column`."""
    lines = value.removesuffix("\n").split("\n")
    head = " |" if value.endswith("\n") else " |-"
    return head, "".join(f"\n{' ' * column}{line}" if line else "\n" for line in lines)


def is_plain(text: str, *, in_brackets: bool = False) -> bool:
    """Say whether `text` without quotes reads as that text."""
    if not text or _UNSAFE_START.match(text) or _UNSAFE.search(text) or TRAPS.search(text):
        return False
    return not (in_brackets and _UNSAFE_IN_BRACKETS.search(text)) and read_plain(text) == text


def is_literal(text: str) -> bool:
    """Say whether `text` can stand below a ``|``."""
    return bool(text) and not _UNSAFE_LINES.search(text) and not TRAPS.search(text)


def _fits(value: dict[str, Any] | list[Any], lead: str, column: int, style: str) -> bool:
    """A mapping of mappings reads better in lines, even where brackets would hold it."""
    nested = isinstance(value, dict) and any(isinstance(inner, dict | list) for inner in value.values())
    if style == "block" or (nested and lead != "-" and style != "flow") or _has_lines(value):
        return False
    return column + len(lead) + 1 + len(write_flow(value)) <= WIDTH


def _has_lines(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_lines, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and "\n" in value


def _write_entries(value: dict[str, Any] | list[Any], column: int, step: int) -> list[str]:
    leads = [f"{write_key(key)}:" for key in value] if isinstance(value, dict) else ["-"] * len(value)
    values = value.values() if isinstance(value, dict) else value
    return [
        " " * column + lead + "".join(write_value(inner, lead, column, step=step))
        for lead, inner in zip(leads, values, strict=True)
    ]


def _escape(trap: re.Match[str]) -> str:
    return "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in trap.group())
