"""Choosing: `-k EXPR`, words of names joined by `and`, `or`, `not` and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(r"""\s*(?:(?P<mark>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()"']+))""")
_KEYWORDS = ("and", "or", "not")

Choice = Callable[[str], bool]
"""Says of a test's name whether it is chosen."""


MOST_NESTED = 100


def read_choice(text: str) -> Choice:
    """Read an expression: a word is true of names that hold it, in any case. Raises ValueError with the reason."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError("a quote is not closed")
            kind, value = next((kind, value) for kind, value in found.groupdict().items() if value is not None)
            stands_alone = kind == "mark" or (kind == "word" and value in _KEYWORDS)
            self._tokens.append((value if stands_alone else "name", value))
            at = found.end()
        if sum(kind in ("not", "(") for kind, _ in self._tokens) > MOST_NESTED:
            raise ValueError(f"it has more than {MOST_NESTED} `not` and brackets")

    def read(self) -> Choice:
        choice = self._read_or()
        if self._tokens:
            raise ValueError(f"`{self._tokens[0][1]}` is not expected: join names by `and` or `or`, or quote them")
        return choice

    def _take(self, kind: str) -> str | None:
        return self._tokens.pop(0)[1] if self._tokens and self._tokens[0][0] == kind else None

    def _read_or(self) -> Choice:
        choices = [self._read_and()]
        while self._take("or"):
            choices.append(self._read_and())
        return lambda name: any(choice(name) for choice in choices)

    def _read_and(self) -> Choice:
        choices = [self._read_not()]
        while self._take("and"):
            choices.append(self._read_not())
        return lambda name: all(choice(name) for choice in choices)

    def _read_not(self) -> Choice:
        if self._take("not"):
            choice = self._read_not()
            return lambda name: not choice(name)
        if self._take("("):
            choice = self._read_or()
            if not self._take(")"):
                raise ValueError("a bracket is not closed")
            return choice
        word = self._take("name")
        if word is None:
            raise ValueError("a name is missing")
        return lambda name: word.casefold() in name.casefold()
