"""The encoder of HTML, and of XML: data as text and as values of attributes."""

from __future__ import annotations

import re

from prism_rules.escaping import MOST, show_plain

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escape_html(text: str, most: int = MOST) -> str:
    """Make a text inert in HTML and XML, between tags and in quoted attributes; longer than `most`, it is cut."""
    # What older commands to runners begin with, wherever they stand: a page may be printed into a log.
    return re.sub(r"##(?=[a-z]*\[)", "#&#35;", show_plain(text, most).translate(_ENTITIES), flags=re.IGNORECASE)
