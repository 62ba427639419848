"""The encoder of HTML, and of XML: data as text and as values of attributes."""

from __future__ import annotations

import re

from prism_rules.escaping import MOST, show_plain

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escape_html(text: str, most: int = MOST) -> str:
    """Make a text inert in HTML and XML, between tags and in quoted attributes; longer than `most`, it is cut."""
    return defuse_markup(show_plain(text, most).translate(_ENTITIES))


def defuse_markup(markup: str) -> str:
    """Leave no command to a runner in finished HTML or XML, which may be printed into a log: it reads the same."""
    # Older commands count wherever they stand, the others at the beginning of a line.
    shown = re.sub(r"##(?=[a-z]*\[)", "#&#35;", markup, flags=re.IGNORECASE)
    return re.sub(r"^(\s*):(?=:\w)", r"\1&#58;", shown, flags=re.MULTILINE)
