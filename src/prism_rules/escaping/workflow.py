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
    return _break_old(f"::{name}{' ' if said else ''}{said}::{message}")


def defuse_line(text: str) -> str:
    """Make any text a line of a log in which no runner reads a command: it neither begins with one nor holds one."""
    return defuse_text(show_invisible(text))


def defuse_text(text: str) -> str:
    """Leave no command in a finished text of any lines, in which data is shown already; its colours stay."""
    # A runner ends lines at either character, and takes any white space off their beginnings, also what is none to
    # ASCII. What has no name after it, such as the arrow of a diagnostic, is no command.
    return re.sub(r"((?:^|[\r\n])\s*:)(?=:\w)", r"\1 ", _break_old(text))


def _break_old(line: str) -> str:
    """Older commands, and those of some other runners such as `##vso[`, count wherever they stand in a line."""
    return re.sub(r"##(?=[a-z]*\[)", "## ", line, flags=re.IGNORECASE)
