"""Escaping: how a text that came from data, or from an untrusted ruleset, stays a text where it is shown.

The sets are written out as ranges and not asked of `unicodedata`, so that the bytes do not depend on Python's version.
"""

from __future__ import annotations

import hashlib
import re

MOST = 80
"""Characters shown of one name."""
GAP = "\u200b"
"""A zero-width space: the one thing that keeps hosts from linking `@name` and `#1`, since they look after entities."""

ENTITIES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;", "`": "&#96;", "*": "&#42;", "[": "&#91;", "]": "&#93;",
    "|": "&#124;", "~": "&#126;", "$": "&#36;", "_": "&#95;",
}  # fmt: skip
"""Punctuation of Markdown as entities: right in text, table cells and HTML, and harmless even inside a code span."""
LEADING = {" ": "&#32;", "-": "&#45;", "+": "&#43;", "=": "&#61;", ":": "&#58;", ".": "&#46;", ")": "&#41;"}
"""What means something only at the start of a line, or after a number there."""

_INVISIBLE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\uf8ff\U000e0000-\U0010ffff]"
)
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_FLOOD = re.compile(f"(?<={_MARK}{{3}}){_MARK}+")
_REFERENCES = re.compile(
    r"@(?=[a-z0-9])|#(?=[a-z0-9#\s]|$)|:(?=//)|(?<!\d):(?=[a-z0-9_+-]+:)|www(?=\.)|\bGH(?=-\d)"
    r"|\b[0-9a-f](?=[0-9a-f]{6,39}\b)",
    re.IGNORECASE | re.ASCII,
)
_PUNCTUATION = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[&<>\\`*\[\]|~$]")
_LEADING = re.compile(r"^(?P<number>[0-9]{1,9})(?P<after>[.)])(?= |$)|^[ =+:-]| $")
_FORMULA = re.compile("[\\s\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r\\n]")


def show_invisible(text: str) -> str:
    r"""Write control, reordering and zero-width characters, and the fourth combining mark in a row, as `\u202e`."""
    shown = _INVISIBLE.sub(lambda found: _name_character(found[0]), text)
    return _FLOOD.sub(lambda found: "".join(map(_name_character, found[0])), shown)


def show_plain(text: str, most: int = MOST) -> str:
    """Make data fit for a plain text: one line, nothing invisible, at most `most` characters, then a digest of all."""
    shown = show_invisible(text)
    if len(shown) <= most:
        return shown
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{shown[: most - 12]}… ({digest})"


def escape_markdown(text: str, most: int = MOST) -> str:
    """Make a text inert in GitHub's Markdown wherever it may stand: paragraph, list, table cell, HTML, even code."""
    shown = defuse_references(show_plain(text, most))
    return _LEADING.sub(_encode_leading, _PUNCTUATION.sub(lambda found: ENTITIES[found[0]], shown))


def defuse_references(text: str) -> str:
    """Keep hosts from linking: mentions, issues, commits, addresses, emoji. Nothing that is seen changes."""
    return _REFERENCES.sub(lambda found: found[0] + GAP, text)


def escape_csv(text: str) -> str:
    """Keep a spreadsheet from reading a cell as a formula, by an apostrophe before it. Quoting is the CSV writer's."""
    shown = show_invisible(text)
    return f"'{shown}" if _FORMULA.match(text) else shown


def _encode_leading(found: re.Match[str]) -> str:
    number = found["number"]
    return number + LEADING[found["after"]] if number else LEADING[found[0]]


def _name_character(char: str) -> str:
    code = ord(char)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    return named or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
