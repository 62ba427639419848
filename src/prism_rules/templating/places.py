"""Find the words of a template's tags in its text: the syntax tree knows lines alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_TAG = re.compile(r"\{[{%](.*?)(?:[%}]\}|\Z)", re.DOTALL)
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def find_path(text: str, line: int | None, written: Sequence[str]) -> tuple[int, int]:
    """Find a name with its keys, written with dots or brackets; gives offset and length in characters."""
    root, *keys = (re.escape(word) for word in written)
    steps = "".join(rf"\s*(?:\.\s*{key}(?!\w)|\[\s*['\"]{key}['\"]\s*\])" for key in keys)
    return _find(text, line, (rf"(?<![\w.]){root}(?!\w)" if root else "") + steps)


def find_word(text: str, line: int | None, word: str) -> tuple[int, int]:
    """Find a word or sign outside quotes; without one (""), the line's first tag. Falls back to the line."""
    text = _TAG.sub(lambda tag: _QUOTED.sub(lambda quoted: " " * len(quoted[0]), tag[0]), text)
    edges = (r"(?<!\w)", r"(?!\w)") if word[:1].isalnum() else ("", "")
    return _find(text, line, edges[0] + re.escape(word) + edges[1] if word else None)


def _find(text: str, line: int | None, pattern: str | None) -> tuple[int, int]:
    tags = list(_TAG.finditer(text))
    inside = re.compile(pattern) if pattern else None
    for start, end in _match(inside, text, tags):
        if line in (None, text.count("\n", 0, start) + 1):
            return start, end - start
    # A node that the parser gave no line (`autoescape`) is sought from the beginning.
    line = line or 1
    for tag in tags:
        if text.count("\n", 0, tag.start()) < line <= text.count("\n", 0, tag.end()) + 1:
            first = tag[0].split("\n", 1)[0]
            return tag.start(), len(first)
    lines = text.split("\n")
    line = min(line, len(lines))
    return sum(len(before) + 1 for before in lines[: line - 1]), max(1, len(lines[line - 1]))


def _match(inside: re.Pattern[str] | None, text: str, tags: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    for tag in tags if inside else ():
        for match in inside.finditer(text, *tag.span(1)) if inside else ():
            yield match.span()
