"""Alignment: the ruleset of before, said in the names of today, so that a renamed entry is compared with itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.model.plan import Origin
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.checks.references import list_references
from prism_rules.ruleset.renames import RENAMED, Renames, list_renames


class Side:
    """One of two versions: its entries under the names of today, and where each is written."""

    def __init__(self, resolved: Resolved, model: Ruleset, former: dict[tuple[str, str], str]) -> None:
        self.resolved = resolved
        self.model = model
        self._former = former

    def locate(self, route: Route) -> Origin:
        """Find where something is written, by its route under the names of today, or the nearest that holds it."""
        return self.resolved.origin(self.trace(route))

    def trace(self, route: Route) -> Route:
        """Give the route as it was written at the time."""
        section, *inner = route
        if not inner:
            return route
        return (section, self._former.get((str(section), str(inner[0])), inner[0]), *inner[1:])


def align(before: Resolved, after: Resolved) -> tuple[Side, Side]:
    """Give both versions under the names of `after`."""
    old, new = before.whole or before.model, after.whole or after.model
    renames = list_renames(new)
    moved = {
        section: {
            was: now for was, now in renames.sections[section].items()
            # An entry that was there all along is not the other one under a new name.
            if was in getattr(old, section) and now not in getattr(old, section)
        }
        for section in RENAMED
    }  # fmt: skip
    # A name may have changed more than once since then: the newest former name that was in use is the one.
    for section, names in moved.items():
        for now in {*names.values()}:
            known = [was for was in getattr(new, section)[now].renamed_from if was in names]
            for extra in known[1:]:
                del names[extra]
    former = {(section, now): was for section, names in moved.items() for was, now in names.items()}
    if former:
        old = _rename(old, Renames(renames.rulesets, moved))
    return Side(before, old, former), Side(after, new, {})


def _rename(model: Ruleset, renames: Renames) -> Ruleset:
    data = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for reference in list_references(model):
        name = renames.name(reference.section, reference.name)
        if name != reference.name:
            _replace(data, reference.route, name, on_key=reference.on_key)
    for holder, key in _list_class_keys(data):
        holder[key] = {renames.name("classes", name): value for name, value in holder[key].items()}
    for match in _list_matches(data):
        match.update(renames.place(match))
    for step in (data.get("governance") or {}).get("escalation", ()):
        step["when"] |= {"class": [renames.name("classes", one) for one in step["when"].get("class", ())]}
    for section in RENAMED:
        if section in data:
            data[section] = {renames.name(section, name): entry for name, entry in data[section].items()}
    return Ruleset.model_validate(data)


def _replace(data: Any, route: Route, name: str, *, on_key: bool) -> None:
    for step in route[:-1]:
        data = data[step]
    if on_key:
        data[name] = data.pop(route[-1])
    else:
        data[route[-1]] = name


def _list_class_keys(data: Any) -> Iterator[tuple[Any, str]]:
    """List the mappings whose keys are names of classes, each as what holds it and its key."""
    for judged in _list_judged(data):
        for condition in (judged.get("warn"), judged.get("fail")):
            if condition and "per_class" in condition:
                yield condition, "per_class"
    for action in data.get("actions", {}).values():
        weights = (action.get("queue") or {}).get("weights", {})
        if "class" in weights:
            yield weights, "class"


def _list_matches(data: Any) -> Iterator[Any]:
    for holder in (*_list_judged(data), *data.get("waivers", {}).values()):
        if "match" in holder:
            yield holder["match"]


def _list_judged(data: Any) -> Iterator[Any]:
    for rule in data.get("rules", {}).values():
        yield rule
        yield from rule.get("overrides", {}).values()
