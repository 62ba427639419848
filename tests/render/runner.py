"""What the runner of GitHub Actions takes for commands, from its own description of it: either stream, line by line."""

from __future__ import annotations

import re
from typing import NamedTuple


class Command(NamedTuple):
    """A command as the runner carries it out."""

    name: str
    properties: dict[str, str]
    message: str


def read_commands(text: str) -> list[Command]:
    """Read the commands of a log: `::name key=value::message` after any white space, or `##[name]` anywhere."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        if match := re.match(r"\s*::([^ :]+) ?(.*?)::(.*)", line):
            pairs = [pair.split("=", 1) for pair in match[2].split(",") if "=" in pair]
            found.append(Command(match[1], {key: _decode(value) for key, value in pairs}, _decode(match[3])))
        elif match := re.search(r"##\[([^\]]*)\](.*)", line):
            found.append(Command(match[1], {}, match[2]))
    return found


def _decode(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text
