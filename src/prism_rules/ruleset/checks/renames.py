"""Former names: each belongs to one entry, and to none that still has it."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.renames import RENAMED


def check_renames(draft: Draft) -> Iterator[Problem]:
    """Refuse a former name that is in use (`renamed-in-use`), or that is claimed twice (`renamed-twice`)."""
    metadata = draft.model.metadata
    yield from _check_names({metadata.name: (metadata.renamed_from, ("metadata",))}, {metadata.name: ("metadata", "name")})
    for section in RENAMED:
        entries = getattr(draft.model, section)
        names = {name: (entry.renamed_from, (section, name)) for name, entry in entries.items()}
        yield from _check_names(names, {name: (section, name) for name in draft.written[section] or ()})


def _check_names(entries: dict[str, tuple[tuple[str, ...], Route]], in_use: dict[str, Route]) -> Iterator[Problem]:
    claimed: dict[str, Route] = {}
    for name, (former, route) in entries.items():
        for index, old in enumerate(former):
            place = (*route, "renamed_from", index)
            if old in in_use:
                message = f"`{name}` cannot have been `{old}`, which is in use"
                spots = Spot(place), Spot(in_use[old], "in use here", "value" if route == ("metadata",) else "key")
                yield Problem("renamed-in-use", message, spots, "take it out, or give the other one another name")
            elif old in claimed:
                message = f"`{old}` goes on under one name only"
                yield Problem("renamed-twice", message, (Spot(place), Spot(claimed[old], "first here")), "take one out")
            claimed.setdefault(old, place)
