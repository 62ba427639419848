"""Reading a ruleset entry by entry, so that one broken entry hides neither the others nor what they say about it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from prism_rules.diagnostics import Problem, Route
from prism_rules.model.frozen import Frozen, Id
from prism_rules.model.ruleset import Action, Cause, Class, ClassName, Rule, Ruleset, Source, Waiver
from prism_rules.ruleset.form import Flaw, find_flaws, is_id, write_id
from prism_rules.ruleset.grain import list_dimensions

M = TypeVar("M", bound=Frozen)

SECTIONS: Mapping[str, type[Frozen]] = {
    "sources": Source, "classes": Class, "rules": Rule, "causes": Cause, "actions": Action, "waivers": Waiver,
}  # fmt: skip
NOUNS: Mapping[str, str] = dict(zip(SECTIONS, ("source", "class", "rule", "cause", "action", "waiver"), strict=True))
"""Section -> what one of its entries is called."""
_LATER = ConfigDict(defer_build=True)
_IDS = TypeAdapter(dict[Id, Any], config=_LATER)
_CLASS_NAMES = TypeAdapter(dict[ClassName, Any], config=_LATER)

_SHAPING = frozenset(
    {"source", "metric", "of", "by", "baseline", "role", "fields", "dimensions", "features", "lookup", "when", "for"}
)
"""Keys that decide what an entry's other keys mean: where one has no readable value, the rest is not judged."""
_STAND_INS: Mapping[type[Frozen], Mapping[str, Any]] = {
    Cause: {"kind": "drift"},
    Action: {"kind": "review", "title": "-"},
    Waiver: {"until": "9999-12-31", "by": "-", "because": "-"},
    Ruleset: {
        "apiVersion": "prism-rules/v1", "kind": "Ruleset",
        "metadata": {"name": "unread", "version": "0.0.0", "owners": ["unread"]},
    },
}  # fmt: skip
"""Values that no check looks at, put where a required one is missing or wrong: the rest of the entry is then read."""
_UNJUDGED = "insufficient"
"""A status that every rule may have, whatever its bounds."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """What of a ruleset could be read. `model` leaves out entries that could not; it never leaves the checks."""

    model: Ruleset
    written: Mapping[str, frozenset[str] | None]
    """Section -> every id that stands in it, readable or not; None where the section itself could not be read."""
    dimensions: Mapping[str, frozenset[str]]
    """Source -> what its rows can be grouped by."""
    shaken: frozenset[Route]
    """Places that hold something unreadable: what seems to be wanting there may only be a consequence."""

    def knows(self, section: str, name: str) -> bool:
        """Say whether an entry of that name is written, or might be."""
        written = self.written[section]
        return written is None or name in written


Check = Callable[[Draft], Iterator[Problem]]


def read_draft(data: Mapping[str, Any]) -> tuple[Draft, list[Problem]]:
    """Read every part of a ruleset that can be read, and tell every flaw of form."""
    flaws: list[Flaw] = []
    try:
        ruleset = Ruleset.model_validate(data)
    except ValidationError:
        ruleset, flaws = _read_parts(data)
    places = [flaw.problem.spots[0].route for flaw in flaws if not (flaw.unknown and flaw.meant)]
    shaken = frozenset(place[:length] for place in places for length in range(len(place) + 1))
    misspelt = {flaw.meant for flaw in flaws if flaw.unknown and len(flaw.problem.spots[0].route) == 1}
    written = {
        section: _list_ids(entries, section) if isinstance(entries, dict) and section not in misspelt else None
        for section in SECTIONS for entries in (data.get(section, {}),)
    }  # fmt: skip
    dimensions = {name: list_dimensions(ruleset, name) for name in ruleset.sources}
    return Draft(ruleset, written, dimensions, shaken), [flaw.problem for flaw in flaws]


def _list_ids(entries: Mapping[str, Any], section: str) -> frozenset[str]:
    """List what the entries of a section are to be called: those that have no id, by the one that is suggested."""
    return frozenset(entries if section == "classes" else (name if is_id(name) else write_id(name) for name in entries))


def _read_parts(data: Mapping[str, Any]) -> tuple[Ruleset, list[Flaw]]:
    head, flaws = _read_entry(Ruleset, {key: value for key, value in data.items() if key not in SECTIONS}, ())
    read: dict[str, dict[str, Frozen]] = {}
    for section, model in SECTIONS.items():
        entries = data.get(section, {})
        try:
            (_CLASS_NAMES if section == "classes" else _IDS).validate_python(entries, strict=True)
        except ValidationError as error:
            flaws += find_flaws(error, dict, entries, (section,))
        read[section] = {}
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            value, found = _read_entry(model, entry, (section, name))
            flaws += found
            if value is not None:
                read[section][name] = value
    # Not validated again: each part was.
    head = head or Ruleset.model_validate(_STAND_INS[Ruleset])
    return head.model_copy(update={section: read[section] for section in read if section in data}), flaws


def _read_entry(model: type[M], data: Any, route: Route) -> tuple[M | None, list[Flaw]]:
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        flaws = find_flaws(error, model, data, route)
    if not isinstance(data, dict):
        return None, flaws
    mended = copy.deepcopy(data)
    rest = flaws
    for _ in range(_ROUNDS):
        if any(not flaw.unknown and _SHAPING & {*flaw.route[:1]} and not _find_status(flaw) for flaw in rest):
            break
        for flaw in rest:
            _mend(model, mended, flaw)
        try:
            return model.model_validate(mended), flaws
        except ValidationError as error:
            rest = find_flaws(error, model, mended)
    return None, flaws


def _find_status(flaw: Flaw) -> Route:
    """Find the item of `when` or `for` of which a status could not be read: what it names is known all the same."""
    route = flaw.route
    return route[: route.index("status")] if "status" in route and route[0] in _SHAPING else ()


def _mend(model: type[Frozen], data: dict[str, Any], flaw: Flaw) -> None:
    """Take out what could not be read: the key, or the whole list that holds it, since items must keep their places."""
    if flaw.missing and not flaw.route:
        if flaw.missing in _STAND_INS.get(model, {}):
            data[flaw.missing] = _STAND_INS[model][flaw.missing]
        return
    node: Any = data
    if status := _find_status(flaw):
        for step in status:
            node = node[step]
        node["status"] = _UNJUDGED
        return
    for step in flaw.route[:-1]:
        if isinstance(node.get(step), list):
            node.pop(step)
            return
        if step not in node:
            return
        node = node[step]
    value = node.pop(flaw.route[-1], None)
    if flaw.unknown and flaw.meant:
        node[flaw.meant] = value
    elif flaw.problem.code == "bad-duration":
        node[flaw.route[-1]] = "7d"
