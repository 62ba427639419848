"""Values of options: a time, a size, a duration, a named path, a head."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import click

from prism_rules.model.moments import read_moment

_SIZES = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


class Moment(click.ParamType):  # type: ignore[type-arg]
    """A date or an ISO time."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return read_moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Mebibytes(click.ParamType):  # type: ignore[type-arg]
    """A size such as 512MB or 2GiB, in MiB."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?) *([KMGT]i?B)", value.strip(), re.IGNORECASE)
        size = int(float(match[1]) * _SIZES[match[2].upper()] / 2**20) if match else 0
        if size < 64:
            self.fail(f"{value!r} is no size of at least 64MiB; write 512MB or 2GiB", param, ctx)
        return size


class Seconds(click.ParamType):  # type: ignore[type-arg]
    """A duration such as 90s or 5m, or bare seconds."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"([1-9]\d{0,5})([smh]?)", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no duration; write 90s or 5m", param, ctx)
        return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


class Pair(click.ParamType):  # type: ignore[type-arg]
    """Two texts with `=` between them, such as a source and the path of its data."""

    def __init__(self, name: str, example: str) -> None:
        self.name = name
        self._example = example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        left, equals, right = value.partition("=")
        if not (left and equals and right):
            self.fail(f"{value!r} is not {self.name}, such as {self._example}", param, ctx)
        return left, right


class Head(click.ParamType):  # type: ignore[type-arg]
    """An entry of the ledger by the beginning of its hash, as reports and `decide` print it."""

    def __init__(self, name: str = "HEAD") -> None:
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[0-9a-f]{8,64}", value.strip().lower()):
            what = self.name.lower()
            self.fail(f"{value!r} is no {what}; write 8 to 64 hex digits, as a report shows them", param, ctx)
        return str(value.strip().lower())
