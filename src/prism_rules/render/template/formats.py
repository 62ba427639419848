"""The formats that a template can write, by the name of its file, each with its encoders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape

from prism_rules.escaping import GAP, show_plain
from prism_rules.escaping.html import escape_html
from prism_rules.escaping.markdown import escape_part, quote_markdown, restrict_markdown
from prism_rules.escaping.prose import write_prose
from prism_rules.escaping.workflow import defuse_line

MOST = 1_500
"""Characters of one value; sentences name several things, each of which is cut already."""


@dataclass(frozen=True, slots=True)
class Format:
    """How values enter: plain text by `escape`, as one line; a ruleset's Markdown by `restrict`."""

    escape: Callable[[str], str]
    restrict: Callable[[str], str]
    marks: bool = True
    """Whether it has tags and links, which values could become a part of."""
    quotes: bool = False
    """Whether a value may stand in a quoted attribute."""


def _write_line(text: str) -> str:
    return defuse_line(show_plain(_join_lines(text), MOST))


def _write_html(text: str) -> str:
    return defuse_line(escape_html(_join_lines(text), MOST))


def _join_lines(text: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def _restrict_plain(text: str) -> str:
    # Data in it was escaped for Markdown, which plain text does not read.
    return "\n".join(_write_line(unescape(line).replace(GAP, "")) for line in text.splitlines())


def _restrict_html(text: str) -> str:
    return "\n".join(map(defuse_line, write_prose(text).strip().split("\n")))


FORMATS: Mapping[str, Format] = {
    ".md": Format(lambda text: escape_part(text, MOST), lambda text: quote_markdown(restrict_markdown(text).strip())),
    ".html": Format(_write_html, _restrict_html, quotes=True),
    ".txt": Format(_write_line, _restrict_plain, marks=False),
}
"""The end of a file's name, without `.j2` -> its format."""


def find_format(name: str) -> Format | None:
    """Find the format of a template by the name of its file; None for a name that says none."""
    base = name.removesuffix(".j2")
    return next((form for end, form in FORMATS.items() if base.endswith(end)), None)
