"""Arguments: what a caller gave in Python, of a type that it may have and with what it may hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.frames.result import PlanResult
from prism_rules.model.moments import read_moment

Kinds = tuple[type[Any], ...]
_PLACE: Kinds = (str, os.PathLike)
_NONE: Kinds = (type(None),)
_ARGUMENTS: Mapping[str, tuple[Kinds, str]] = {
    "ruleset": (_PLACE, "give the path of a ruleset"),
    "data": ((Mapping,), '`data` maps source to rows, such as {"predictions": frame}'),
    "as_of": ((str, date, *_NONE), "write 2026-03-01 or 2026-03-01T06:00:00Z"),
    "ledger": ((*_PLACE, *_NONE), "give the path of a folder"),
    "baseline": ((PlanResult, *_PLACE, *_NONE), "give a plan, or the path of one"),
    "select": ((Iterable,), 'list the names of rules, such as ["low-confidence"]'),
    "cache": ((*_PLACE, *_NONE), "give the path of a folder"),
    "trusted": ((bool,), "give True or False"),
    "annotator_key": ((str, *_NONE), "give a text"),
}
"""Name -> the types that it may have, and what to give."""


def check_arguments(given: Mapping[str, Any]) -> None:
    """Check the types of arguments, by name. Raises `Refused` (`usage`, exit 2) with all that are wrong."""
    wrong = {
        name: f"`{name}` is of type {name_type(given[name])}"
        for name, (kinds, _) in _ARGUMENTS.items()
        if not isinstance(given[name], kinds)
    }
    if wrong:
        raise _refuse(wrong)
    read_names("data", given["data"])


def read_names(argument: str, given: Iterable[str]) -> tuple[str, ...]:
    """Read what names sources or rules; a text is one name. Raises `Refused` (`usage`, exit 2)."""
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise _refuse({argument: f"`{argument}` holds {name!r:.100} of type {name_type(name)}, which is no name"})
    return names


def read_as_of(as_of: str | date | None) -> datetime | None:
    """Read the moment to plan for. Raises `Refused` (`usage`, exit 2)."""
    if as_of is None:
        return None
    try:
        return read_moment(as_of.isoformat() if isinstance(as_of, date) else as_of)
    except ValueError as error:
        raise Refused([Diagnostic("usage", f"`as_of`: {error}")], 2) from error


def name_type(value: object) -> str:
    """Name the type of a value, with the module that it is of."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _refuse(wrong: Mapping[str, str]) -> Refused:
    return Refused([Diagnostic("usage", text, help=_ARGUMENTS[name][1]) for name, text in wrong.items()], 2)
