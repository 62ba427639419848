"""Find the words of a template's tags in its text: the syntax tree knows lines alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

_TAG = re.compile(r"\{[{%](.*?)(?:[%}]\}|\Z)", re.DOTALL)
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def find_path(text: str, line: int | None, written: Sequence[str]) -> tuple[int, int]:
    """Find a name with its keys, written with dots or brackets; gives offset and length in characters."""
    root, *keys = (re.escape(word) for word in written)
    steps = "".join(rf"\s*(?:\.\s*{key}(?!\w)|\[\s*['\"]{key}['\"]\s*\])" for key in keys)
    return _find(text, line, (rf"(?<![\w.]){root}(?!\w)" if root else "") + steps)


def find_word(text: str, line: int | None, word: str) -> tuple[int, int]:
    """Find a word or sign outside quotes; without one (""), the line's first tag. Falls back to the line."""
    edges = (r"(?<!\w)", r"(?!\w)") if word[:1].isalnum() else ("", "")
    return _find(_blank_quotes(text), line, edges[0] + re.escape(word) + edges[1] if word else None)


@lru_cache(maxsize=4)
def _blank_quotes(text: str) -> str:
    return _TAG.sub(lambda tag: _QUOTED.sub(lambda quoted: " " * len(quoted[0]), tag[0]), text)


@lru_cache(maxsize=4)
def _list_tags(text: str) -> tuple[list[re.Match[str]], list[int]]:
    """List the tags, and where each line starts: a text with many mistakes is asked many times."""
    return list(_TAG.finditer(text)), [0, *(found.end() for found in re.finditer("\n", text))]


def _find(text: str, line: int | None, pattern: str | None) -> tuple[int, int]:
    tags, starts = _list_tags(text)
    # A node that the parser gave no line (`autoescape`) is sought from the beginning.
    first, last = (0, len(text)) if line is None else _span_line(text, starts, line)
    inside = re.compile(pattern) if pattern else None
    met = (tag for tag in tags if tag.start() <= last and tag.end() > first)
    for match in _match(inside, text, met):
        if first <= match[0] <= last:
            return match[0], match[1] - match[0]
    first, last = _span_line(text, starts, line or 1)
    for tag in tags:
        if tag.start() <= last and tag.end() > first:
            return tag.start(), len(tag[0].split("\n", 1)[0])
    return first, max(1, last - first)


def _span_line(text: str, starts: list[int], line: int) -> tuple[int, int]:
    line = min(line, len(starts))
    return starts[line - 1], starts[line] - 1 if line < len(starts) else len(text)


def _match(inside: re.Pattern[str] | None, text: str, tags: Iterable[re.Match[str]]) -> Iterator[tuple[int, int]]:
    for tag in tags if inside else ():
        for match in inside.finditer(text, *tag.span(1)) if inside else ():
            yield match.span()
