"""Where entries name other entries, in plain data; and entries without the names of what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prism_rules.diagnostics import Route
from prism_rules.ruleset.composing.parts import Part
from prism_rules.ruleset.terms import BRANCHES


class Mention(NamedTuple):
    """An id that one entry says of another."""

    section: str
    """Of the entry that is named; what a text names in `for` and `leads_to` is a cause."""
    name: str
    by: Route
    """The entry that says it."""
    key: str
    """Under which key, such as `any` or `leads_to`."""
    part: Part


_LISTS = (
    ("causes", "against", "rules"),
    ("causes", "leads_to", "causes"),
    ("actions", "for", "causes"),
    ("actions", "requires", "rules"),
    ("actions", "after", "actions"),
    ("actions", "done_when", "rules"),
)
_KEPT = ("all", "requires", "rule")
"""Where a name cannot be left out: the cause or the gate would be another one."""
_NEVER_EMPTY = ("any", "for")
"""Lists that cannot lose their last name: without any, they ask for nothing."""


class Pruning:
    """A tree without the names of what is gone, as far as it can be without them."""

    def __init__(self, tree: Part, gone: Callable[[Mention], bool]) -> None:
        self.gone = gone
        self.dropped: list[Mention] = []
        """Names that were left out."""
        self.needed: list[Mention] = []
        """Names that cannot be left out."""
        self.void: dict[Route, None] = {}
        """Entries that mean nothing without what is gone."""
        changes: dict[Route, Part] = {}
        sections = tree.open()
        for section in ("causes", "actions", "waivers"):
            entries = sections[section].open() if section in sections and sections[section].is_map else {}
            for name, entry in entries.items():
                if entry.is_map:
                    changes |= self._prune_entry(section, (section, name), entry.open())
        governance = sections["governance"].open() if "governance" in sections else {}
        if "qa_sampling" in governance:
            self._look_at_rule(("governance", "qa_sampling"), governance["qa_sampling"].open())
        self.part = tree.put(changes)

    def _prune_entry(self, section: str, by: Route, keys: dict[str | int, Part]) -> Iterator[tuple[Route, Part]]:
        """Prune an entry; give what is another part of it now."""
        if section == "waivers":
            self._look_at_rule(by, keys)
        if section == "causes" and "when" in keys:
            when, holds = self._prune_when(keys["when"], by)
            yield from self._list_change((*by, "when"), keys["when"], when, holds)
        for home, key, named in _LISTS:
            if home == section and key in keys:
                names, holds = self._prune_list(keys[key], by, key, named)
                yield from self._list_change((*by, key), keys[key], names, holds or key == "requires")

    def _list_change(self, route: Route, before: Part, after: Part, holds: bool) -> Iterator[tuple[Route, Part]]:
        if after is not before:
            yield route, after
        if not holds:
            self.void[route[:2]] = None

    def _look_at_rule(self, by: Route, keys: dict[str | int, Part]) -> None:
        mention = _read(keys["rule"], by, "rule", "rules") if "rule" in keys else None
        if mention and self.gone(mention):
            self.needed.append(mention)
            self.void[by] = None

    def _prune_when(self, part: Part, by: Route) -> tuple[Part, bool]:
        """Give a `when` without what is gone, and whether it can still hold."""
        keys, can_hold = part.open() if part.is_map else {}, True
        branches = {branch: keys[branch] for branch in BRANCHES if branch in keys}
        for branch, before in branches.items():
            keys[branch], holds = self._prune_list(before, by, branch, "rules")
            can_hold = can_hold and holds
        if all(keys[branch] is before for branch, before in branches.items()):
            return part, can_hold
        return part.hold(keys), can_hold and any(keys[branch].value for branch in branches)

    def _prune_list(self, part: Part, by: Route, key: str, named: str) -> tuple[Part, bool]:
        kept: list[Part] = []
        lost: list[Mention] = []
        holds, items = True, list(part.open().values()) if isinstance(part.value, list) else []
        for item in items:
            if key in BRANCHES and item.is_map and item.value.keys() & {*BRANCHES}:
                item, can_hold = self._prune_when(item, by)
                holds = holds and (can_hold or key != "all")
                kept += [item] if can_hold else []
                continue
            mention = _read(item, by, key, named)
            if mention is None or not self.gone(mention):
                kept.append(item)
            elif key in _KEPT:
                self.needed.append(mention)
                kept.append(item)
                holds = False
            else:
                lost.append(mention)
        if len(kept) == len(items) and all(one is other for one, other in zip(kept, items, strict=True)):
            return part, holds
        if not kept and key in _NEVER_EMPTY:
            self.needed += lost
            return part, False
        self.dropped += lost
        return part.listing(kept), holds


def _read(part: Part, by: Route, key: str, named: str) -> Mention | None:
    if part.is_map:
        part, named = part.open().get("rule", part), "rules"
    return Mention(named, part.value, by, key, part) if isinstance(part.value, str) else None
