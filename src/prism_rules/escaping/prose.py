"""The encoder of an author's Markdown for HTML: paragraphs, lists, emphasis and code; anything else is text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from prism_rules.escaping import GAP, show_invisible
from prism_rules.escaping.html import defuse_markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_READ = ("fence", "code", "list", "backticks", "emphasis", "escape", "entity", "newline", "text_join")
"""What of Markdown is read: no links, images, HTML, headings, quotes, rules or tables."""


def write_prose(text: str) -> str:
    """Write an author's Markdown, in which data is escaped already, as HTML without links, classes or styles."""
    reader = _make_reader()
    # A reader of Markdown puts a sign of its own where a text has a zero.
    tokens = reader.parse(text.replace("\t", "    ").replace("\0", show_invisible("\0")))
    for token in _list_all(tokens):
        # The gap that keeps a host from linking has nothing to do here.
        token.content = "\n".join(map(show_invisible, token.content.replace(GAP, "").split("\n")))
        token.info = ""
    shown: str = reader.renderer.render(tokens, reader.options, {})
    return defuse_markup(shown)


@cache
def _make_reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"html": False}).enable([*_READ])


def _list_all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _list_all(token.children or [])
