"""Which problems of files have come since an earlier revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prism_rules.diagnostics import Diagnostic


def subtract(found: Iterable[Diagnostic], before: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Leave out what was there before: as often as it was, by code, message and entry, wherever the line is now."""
    known = Counter(map(_name, before))
    new = []
    for diagnostic in found:
        name = _name(diagnostic)
        if known[name]:
            known[name] -= 1
        else:
            new.append(diagnostic)
    return new


def _name(diagnostic: Diagnostic) -> tuple[object, ...]:
    return diagnostic.code, diagnostic.message, diagnostic.route[:2]
