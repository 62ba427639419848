"""Escaping: how a text that came from data, or from an untrusted ruleset, stays a text where it is shown.

Every text that a person or a machine is shown goes through here, and no other module writes an escape of its own. The
sets are written out as ranges and not asked of `unicodedata`, so that the bytes do not depend on Python's version.
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
LEADING = {
    " ": "&#32;", "-": "&#45;", "+": "&#43;", "=": "&#61;", ":": "&#58;", "/": "&#47;", ".": "&#46;", ")": "&#41;",
}  # fmt: skip
"""What means something only at the start of a line, or after a number there; a slash is a command to hosts and bots."""

_INVISIBLE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe-\U0010ffff]"
)
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_FLOOD = re.compile(f"(?<={_MARK}{{3}}){_MARK}+")
_REFERENCES = re.compile(
    # People; issues and headings; GitLab's merge requests, epics and snippets; addresses; emoji, which
    # may end with a colon of ours, but not 12:00:00.
    r"@(?=[\w.]|$)|#(?=[a-z0-9#\s]|$)|[!&$](?=\d)|:(?=//)|www(?=\.)|\bGH(?=-\d)"
    r"|:(?=[a-z0-9_+-]+(?::|$))(?!\d\d(?:[:Z]|$))"
    # Commits are named by 7 to 40 digits: what is left on either side of a gap has to be shorter.
    r"|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])",
    re.IGNORECASE | re.ASCII,
)
_PUNCTUATION = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[&<>\\`*\[\]|~$]")
_LEADING = re.compile(r"^(?P<number>[0-9]{1,9})(?P<after>[.)])(?= |$)|^[\s=+:/-]|\s$")
_FORMULA = re.compile('(?:^|;)(?=[\\s"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])')


def show_invisible(text: str) -> str:
    r"""Write what does not show, or moves what does, as `\x1b` or `\u202e`: control, reordering, zero-width and private
    characters, and the fourth combining mark in a row. The result is one line. Letters too new to be known are left."""
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
    return _REFERENCES.sub(lambda found: GAP.join(re.findall(".{1,6}", found[0])) + GAP * (len(found[0]) < 7), text)


def escape_csv(text: str) -> str:
    """Keep a spreadsheet from reading a formula, by an apostrophe before it. Quoting is the CSV writer's.

    Where a list is parted by semicolons, as in much of Europe, a file with commas is parted by them too, quoted or not.
    """
    return ("'" if text[:1] in ("\t", "\r", "\n") else "") + _FORMULA.sub(r"\g<0>'", show_invisible(text))


def write_key(id_: str) -> str:
    """Write an id where letters, digits and hyphens alone may stand; one that no plan of ours has, as its digest."""
    known = re.fullmatch("[a-z0-9-]{1,160}", id_)
    return id_ if known else hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()


def _encode_leading(found: re.Match[str]) -> str:
    number = found["number"]
    # A wide or no-break space at either end keeps emphasis from being read just as well.
    return number + LEADING[found["after"]] if number else LEADING.get(found[0], LEADING[" "])


def _name_character(char: str) -> str:
    # As YAML's double quotes do: \\t, \\x07, \\u202e.
    return char.encode("unicode_escape").decode("ascii")
