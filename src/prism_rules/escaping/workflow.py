"""The encoder of workflow commands: what a runner reads on standard output as `::error file=...::message`."""

from __future__ import annotations

import re

from prism_rules.escaping import show_invisible

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write_command(name: str, properties: dict[str, str | int], *lines: str) -> str:
    """Write one workflow command in one line; `lines` are its message."""
    said = ",".join(f"{key}={show_invisible(str(value)).translate(_PROPERTY)}" for key, value in properties.items())
    message = "\n".join(map(show_invisible, lines)).translate(_DATA)
    return _break_old(f"::{name} {said}".rstrip() + f"::{message}")


def defuse_line(text: str) -> str:
    """Make any text a line of a log in which no runner reads a command: it neither begins with one nor holds one."""
    shown = _break_old(show_invisible(text))
    return re.sub("^( *):(?=:)", r"\1: ", shown)


def defuse_text(text: str) -> str:
    """Leave no command in a finished text of any lines, in which data is shown already; its colours stay."""
    # A runner ends lines at either character, and takes any white space off their beginnings.
    return re.sub(r"((?:^|[\r\n])\s*:)(?=:)", r"\1 ", _break_old(text))


def _break_old(line: str) -> str:
    """The runner's older commands count wherever they stand in a line."""
    return line.replace("##[", "## [")
