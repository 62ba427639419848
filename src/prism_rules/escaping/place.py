"""The encoder of files' names, where services look for what a name says."""

from __future__ import annotations

import re
from urllib.parse import quote

from prism_rules.escaping import show_invisible


def is_inside(file: str) -> bool:
    """Whether a name leads to nothing outside of the folder that it is read from, on whatever system."""
    return bool(file) and not re.match(r"[/\\]|[A-Za-z]:", file) and ".." not in re.split(r"[/\\]", file)


def write_uri(file: str) -> str:
    """Write a file's name as a reference in a URI: its bytes, where they are no UTF-8; other halves of characters as
    `\\ud800`."""
    shown = re.sub("[\ud800-\udc7f\udd00-\udfff]", lambda half: show_invisible(half[0]), file)
    uri = quote(shown, errors="surrogateescape")
    return f"file://{uri}" if uri.startswith("/") else uri
