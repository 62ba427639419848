"""Strangers: entries that lack keys, as a change of something does, and no parent has anything so called."""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import nearest
from prism_rules.ruleset.composing.parts import Composition
from prism_rules.ruleset.draft import NOUNS, SECTIONS
from prism_rules.source import find_label


def tell_strangers(composition: Composition, flaws: Iterable[Problem]) -> list[Problem]:
    """Say once of such an entry that no parent has it, in the place of all that it lacks."""
    told: dict[Route, Problem] = {}
    left: list[Problem] = []
    for flaw in flaws:
        route = flaw.spots[0].route
        is_bare = flaw.code == "missing-key" and len(route) == 2 and route[0] in SECTIONS
        stranger = _tell(composition, str(route[0]), str(route[1])) if is_bare else None
        if stranger:
            told[route] = stranger
        else:
            left.append(flaw)
    return [*left, *told.values()]


def _tell(composition: Composition, section: str, name: str) -> Problem | None:
    file = composition.find((section, name))[0]
    entries = composition.part.open()[section].open()
    entry = entries[name].open()
    if not file.data.get("extends") or any(part.source is not file for part in entry.values()):
        return None
    near = nearest(name, [str(key) for key, part in entries.items() if part.source is not file])
    fields = SECTIONS[section].model_fields.items()
    needed = [key for key in (field.alias or name for name, field in fields if field.is_required()) if key not in entry]
    if near is None and len(needed) == 1:
        return None
    help = f"give it {' and '.join(f'`{key}`' for key in needed)}"
    if near:
        label = find_label(Spot((section, near), at="key"), composition)
        help = f"did you mean `{near}` ({label.file}:{label.line})? else {help}"
    spot = Spot((section, name), at="key")
    return Problem("missing-key", f"no parent has a {NOUNS[section]} `{name}`", (spot,), help)
