"""Comparison: two versions of a ruleset by what they mean, and the version that their difference calls for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from prism_rules.comparison.alignment import Side, align
from prism_rules.comparison.changes import Change, Changes, Version
from prism_rules.comparison.entries import Pair, compare_entry, write_entry
from prism_rules.comparison.gates import compare_gates
from prism_rules.comparison.judgement import compare_judgement
from prism_rules.comparison.kinds import BUMPS, GROUPS, KINDS, Bump, Kind, write_next
from prism_rules.comparison.writing import write_names, write_step
from prism_rules.diagnostics import Route
from prism_rules.model.frozen import Frozen
from prism_rules.model.ruleset import Governance, Ruleset
from prism_rules.ruleset import Resolved, find_grain
from prism_rules.ruleset.renames import RENAMED, list_renames
from prism_rules.ruleset.windows import trace_length

__all__ = ["BUMPS", "GROUPS", "KINDS", "Bump", "Change", "Changes", "Kind", "Version", "compare", "write_next"]

Live = Mapping[tuple[str, str], tuple[str, ...]]
"""(section, name) -> ids of live actions that hang on it; ``("metadata", "name")`` stands for the ruleset, and
``("rulesets", name)`` for what was recorded under a former name of it alone."""


def compare(before: Resolved | None, after: Resolved, live: Live | None = None) -> Changes:
    """Compare two versions of a ruleset by meaning.

    What is written otherwise and means the same is no change: order, another way to give the same bound, an entry under
    the name that it now has. `live` names what open actions hang on, so that history that is lost is told as such.
    Where there was nothing before, nothing is told.
    """
    if before is None:
        return Changes(None, _name_version(after), ())
    old, new = align(before, after)
    found = [*_compare_heads(old, new, live or {}), *_compare_sections(old, new, live or {})]
    order = {group: index for index, group in enumerate(GROUPS)}
    found = sorted(_gather(found), key=lambda change: order[KINDS[change.kind].group])
    return Changes(_name_version(before), _name_version(after), tuple(found))


def _gather(changes: list[Change]) -> Iterator[Change]:
    """Tell once what several rules take from one place, which is `defaults`."""
    told: dict[object, list[Change]] = {}
    for change in changes:
        place = (change.before, change.after) if change.entry[0] == "rules" else change.entry
        told.setdefault((place, change.kind, change.text, repr((change.scopes, change.excepted))), []).append(change)
    for first, *more in told.values():
        if not more or first.entry[0] != "rules":
            yield from (first, *more)
        else:
            text = f"{first.text} for {write_names([str(one.entry[1]) for one in (first, *more)])}"
            yield replace(first, entry=("defaults",), text=text)


def _name_version(resolved: Resolved) -> Version:
    metadata = resolved.model.metadata
    return Version(metadata.name, metadata.version, resolved.digest, resolved.source.name)


def _compare_heads(old: Side, new: Side, live: Live) -> Iterator[Change]:
    was, now = old.model.metadata, new.model.metadata
    if was.name != now.name:
        lost = live.get(("metadata", "name"), ())
        kind = "renamed" if was.name in now.renamed_from else "lost-history" if lost else "other-name"
        yield _tell(old, new, kind, ("metadata", "name"), write_step(was.name, now.name) + _say_lost(kind, lost))
    yield from _compare_former(old, new, ("metadata",), was.name, live)
    for section in ("metadata", "question"):
        pair = Pair(getattr(old.model, section), getattr(new.model, section), old.model, new.model)
        for kind, route, text in compare_entry(pair):
            yield _tell(old, new, kind, (section, *route), text)
    was_governed, governed = (side.model.governance or Governance() for side in (old, new))
    for kind, route, text in compare_entry(Pair(was_governed, governed, old.model, new.model)):
        yield _tell(old, new, kind, ("governance", *route), text)


def _compare_sections(old: Side, new: Side, live: Live) -> Iterator[Change]:
    renames = list_renames(new.model)
    for section in (*RENAMED, "waivers"):
        was, now = getattr(old.model, section), getattr(new.model, section)
        waived = section == "waivers"
        for name, entry in now.items():
            route = (section, name)
            if name not in was:
                text = "new" + write_entry(entry)
                yield Change("waiver-added" if waived else "added", route, text, after=new.locate(route))
                continue
            if (former := old.trace(route)[1]) != name:
                yield _tell(old, new, "renamed", route, write_step(former, name))
            if not waived:
                yield from _compare_former(old, new, route, str(former), live)
            for kind, inner, text in compare_entry(Pair(was[name], entry, old.model, new.model)):
                yield _tell(old, new, kind, (*route, *inner), text)
            yield from _compare_resolved(old, new, section, name)
        for name in was:
            if name not in now:
                yield _tell_gone(old, new, section, name, renames.name(section, name), live)
    yield from _compare_windows(old, new)


def _tell_gone(old: Side, new: Side, section: str, name: str, today: str, live: Live) -> Change:
    route = (section, name)
    place = old.locate(route)
    if section == "waivers":
        return Change("waiver-removed", route, "gone" + write_entry(old.model.waivers[name]), before=place)
    if today != name:
        text = f"goes on as {today}, which was there before"
        return Change("renamed", route, text, before=place, after=new.locate((section, today)))
    lost = live.get(route, ())
    kind = "lost-history" if lost else "removed"
    return Change(kind, route, "gone" + _say_lost(kind, lost) + _find_twin(old, new, section, name), before=place)


def _find_twin(old: Side, new: Side, section: str, name: str) -> str:
    """Say which new entry says the same as one that is gone, if there is just one: it may have been renamed."""
    was, now = getattr(old.model, section), getattr(new.model, section)
    bare = {"title": None, "renamed_from": ()}
    twins = [one for one in now if one not in was and _strip(now[one], bare) == _strip(was[name], bare)]
    gone = [one for one in was if one not in now and _strip(was[one], bare) == _strip(was[name], bare)]
    if len(twins) != 1 or len(gone) != 1:
        return ""
    return f"; {twins[0]} says the same, and with `renamed_from: [{name}]` it would keep its history"


def _strip(entry: Frozen, bare: Mapping[str, object]) -> Frozen:
    return entry.model_copy(update={key: value for key, value in bare.items() if key in type(entry).model_fields})


def _say_lost(kind: str, lost: tuple[str, ...]) -> str:
    if kind != "lost-history":
        return ""
    more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
    return f", and what it began is still live: {', '.join(lost[:3])}{more}"


def _compare_former(old: Side, new: Side, route: Route, name: str, live: Live) -> Iterator[Change]:
    was, now = (_read_former(side.model, route) for side in (old, new))
    place = (*route, "renamed_from")
    section = str(route[0]) if len(route) > 1 else "rulesets"
    used = getattr(new.model, section, {new.model.metadata.name: None})
    if dropped := [one for one in was if one not in now]:
        lost = tuple(id for one in dropped if one not in used for id in live.get((section, one), ()))
        kind = "lost-history" if lost else "former-name-removed"
        yield _tell(old, new, kind, place, f"no longer goes on with {', '.join(dropped)}" + _say_lost(kind, lost))
    if added := [one for one in now if one not in was and one != name]:
        yield _tell(old, new, "former-name-added", place, f"goes on with {', '.join(added)}")


def _read_former(model: Ruleset, route: Route) -> tuple[str, ...]:
    entry = getattr(model, str(route[0]))
    names: tuple[str, ...] = (entry[route[1]] if len(route) > 1 else entry).renamed_from
    return names


def _compare_resolved(old: Side, new: Side, section: str, name: str) -> Iterator[Change]:
    """Compare what takes more than one entry to know: judgement of a rule, the grain of an action."""
    if section == "rules":
        judged = list(compare_judgement(old, new, name))
        for one in judged:
            kind = {True: "stricter", False: "looser", None: "recast"}[one.difference.stricter]
            yield Change(kind, ("rules", name), one.difference.text, one.scopes, one.excepted, one.before, one.after)
        yield from compare_gates(old, new, name, judged)
    elif section == "actions":
        was, now = (find_grain(side.model, side.model.actions[name]) for side in (old, new))
        if {*was} != {*now}:
            yield _tell(old, new, "grain", ("actions", name, "by"), f"by {write_step(was, now)}")


def _compare_windows(old: Side, new: Side) -> Iterator[Change]:
    """Compare how far rules look back; what a source says is told of the source."""
    for name in new.model.rules:
        if name not in old.model.rules or new.model.rules[name].series:
            continue  # a series says itself how far it looks back
        (was, there), (now, here) = (_find_window(side, name) for side in (old, new))
        if was != now and ("rules" in (there[0], here[0]) or "sources" not in (there[0], here[0])):
            places = old.locate(there), new.locate(here)
            yield Change("measured", ("rules", name), f"window {write_step(was, now)}", (), (), *places)


def _find_window(side: Side, rule: str) -> tuple[object, Route]:
    declared = side.model.rules[rule]
    return trace_length(side.model, declared.source, declared.window, ("rules", rule, "window"))


def _tell(old: Side, new: Side, kind: str, route: Route, text: str) -> Change:
    entry = route[:2] if route[0] not in ("metadata", "question", "governance") else route[:1]
    return Change(kind, entry, text, before=old.locate(route), after=new.locate(route))
