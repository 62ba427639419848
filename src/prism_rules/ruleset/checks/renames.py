"""Former names: each belongs to one entry, and to none that still has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.renames import RENAMED

_Names = Mapping[str, tuple[tuple[str, ...], Route]]
"""Name of today -> its former names, and where the entry stands."""


def check_renames(draft: Draft) -> Iterator[Problem]:
    """Refuse a former name that is in use (`renamed-in-use`), or that is claimed twice (`renamed-twice`)."""
    metadata, head = draft.model.metadata, ("metadata",)
    yield from _check_names({metadata.name: (metadata.renamed_from, head)}, {metadata.name: (*head, "name")})
    for section in RENAMED:
        entries = getattr(draft.model, section)
        names: _Names = {name: (entry.renamed_from, (section, name)) for name, entry in entries.items()}
        yield from _check_names(names, {name: (section, name) for name in draft.written[section] or ()})


def _check_names(entries: _Names, in_use: Mapping[str, Route]) -> Iterator[Problem]:
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
