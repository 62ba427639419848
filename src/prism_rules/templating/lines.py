"""Which newlines of a template stay: Jinja's `trim_blocks` takes each one after a tag, and so joins lines of text."""

from __future__ import annotations

import re

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
# What is not closed runs to the end of the text, so that nothing is looked through twice; Jinja then tells of it.
_PIECE = re.compile(
    r"(?P<raw>\{%[-+]?\s*raw\s*-?%\}.*?(?:\{%[-+]?\s*endraw\s*[-+]?%\}|\Z))"
    rf"|(?P<tag>\{{%(?:[^'\"%]|%(?!\}})|{_QUOTED}|['\"])*(?:%\}})?|\{{#.*?(?:#\}}|\Z))"
    rf"|(?P<value>\{{\{{(?:[^'\"}}]|\}}(?!\}})|{_QUOTED}|['\"])*(?:\}}\}})?)"
    r"|(?P<end>\n)|(?P<space>[^\S\n]+)|(?P<word>\{|[^\s{]+)",
    re.DOTALL,
)


def keep_line_ends(text: str) -> str:
    """Mark with Jinja's `+` each tag or comment that ends a line with words or values, so that its newline stays."""
    written, told = [], False
    for piece in _PIECE.finditer(text):
        part, kind = piece[0], piece.lastgroup
        told = kind != "end" and (told or kind in ("raw", "value", "word"))
        closed = kind in ("raw", "tag") and part[-2:] in ("%}", "#}") and part[-3] not in "-+"
        if told and closed and text.startswith("\n", piece.end()):
            part = f"{part[:-2]}+{part[-2:]}"
        written.append(part)
    return "".join(written)
