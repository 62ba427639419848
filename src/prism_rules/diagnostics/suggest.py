"""What a misspelled name was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAX_LISTED = 8
_MIN_BEGUN = 3


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `name`, one that differs in case, spaces, `_` or `-` only before any other,
    then one of the same words in another order, then the shortest that begins with it."""
    import difflib

    names = sorted(set(candidates))
    for form in (_fold, _sort_words):
        alike = next((candidate for candidate in names if form(candidate) == form(name)), None)
        if alike is not None:
            return alike
    if len(_fold(name)) >= _MIN_BEGUN:
        begun = [candidate for candidate in names if _fold(candidate).startswith(_fold(name))]
        if begun:
            return min(begun, key=len)
    close = difflib.get_close_matches(name.casefold(), [c.casefold() for c in names], n=1)
    return next((c for c in names if close and c.casefold() == close[0]), None)


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Return a sentence of help: the nearest candidate, else the candidates if they are few, else None."""
    names = list(dict.fromkeys(candidates))
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    if 0 < len(names) <= _MAX_LISTED:
        return f"known: {', '.join(f'`{n}`' for n in names)}"
    return None


def _fold(name: str) -> str:
    return "".join(char for char in name.casefold() if char not in " _-")


def _sort_words(name: str) -> list[str]:
    return sorted(re.findall("[^ _-]+", name.casefold()))
