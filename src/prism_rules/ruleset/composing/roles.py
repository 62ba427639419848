"""Roles: in what is taken over, `predictions` also means the one source of that role, whatever it is called here."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import FIELDS
from prism_rules.ruleset.composing.parts import Composition, Part

_NAMING: tuple[Route, ...] = (
    ("rules", "*", "source"),
    ("rules", "*", "baseline", "source"),
    ("actions", "*", "queue", "from"),
)


def name_sources(composition: Composition) -> Composition:
    """Read names of sources that parents say and nobody declares as roles, where one source alone has the role."""
    only = {role: names[0] for role, names in list_holders(composition).items() if len(names) == 1}
    changes: dict[Route, Part] = {}
    for pattern in _NAMING if only else ():
        for route, part in _find(composition.part, pattern):
            if part.source is not composition.root and isinstance(part.value, str) and part.value in only:
                changes[route] = Part(only[part.value], part.source, part.route)
    return composition.turn(composition.part.put(changes))


def list_holders(composition: Composition) -> dict[str, list[str]]:
    """List, for each role that is no source's name, the sources that have it."""
    sources = composition.data.get("sources")
    entries = sources if isinstance(sources, dict) else {}
    holders: dict[str, list[str]] = {role: [] for role in FIELDS if role not in entries}
    for name, source in entries.items():
        role = source.get("role") if isinstance(source, dict) else None
        if isinstance(role, str) and role in holders:
            holders[role].append(name)
    return holders


def _find(part: Part, pattern: Route, route: Route = ()) -> Iterator[tuple[Route, Part]]:
    if not pattern:
        yield route, part
    elif part.is_map:
        inner = part.open()
        for key in inner if pattern[0] == "*" else [key for key in pattern[:1] if key in inner]:
            yield from _find(inner[key], pattern[1:], (*route, key))
