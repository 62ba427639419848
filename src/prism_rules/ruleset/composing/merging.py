"""Merging: what files give together, key by key. What a file gives goes before what those that it extends give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prism_rules.diagnostics import Diagnostic, Label, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.ruleset.composing.parts import REMOVED, Part
from prism_rules.ruleset.form import name_place
from prism_rules.source import Source, find_label

Shape = Mapping[str, Any] | None
"""What merges by key (``*`` is any other key), and how what stands there does; None is replaced whole."""
Ancestors = Mapping[Source, frozenset[Source]]
"""File -> every file that it extends, also through others."""

_FIELDS: Shape = {"*": None}
_ENTRIES: Shape = {"*": _FIELDS}
SHAPE: Shape = {
    "question": _FIELDS,
    "sources": {"*": {"fields": _FIELDS, "*": None}},
    "classes": _ENTRIES,
    "defaults": _FIELDS,
    "rules": {"*": {"overrides": _ENTRIES, "*": None}},
    "causes": _ENTRIES,
    "actions": _ENTRIES,
    "governance": _FIELDS,
    "waivers": _ENTRIES,
}


def join(shape: Shape, parts: Sequence[Part], ancestors: Ancestors) -> Part:
    """Join what several files give for one key. Values that differ, of which none goes before, become rivals."""
    flat = [rival for part in parts for rival in part.rivals or (part,)]
    if len(flat) == 1:
        return flat[0]
    givers = [frozenset(_list_files(part)) for part in flat]
    # What is given by files that another one extends was known there: the other goes before.
    known = [frozenset[Source]().union(*(ancestors[file] for file in files)) for files in givers]
    left = [part for part, files in zip(flat, givers, strict=True) if not any(files <= below for below in known)]
    first = left[0]
    if len(left) == 1:
        return first
    if shape is not None and all(part.is_map for part in left):
        found: dict[str | int, list[Part]] = {}
        for part in left:
            for key, inner in part.open().items():
                found.setdefault(key, []).append(inner)
        return first.hold({key: join(_step(shape, key), given, ancestors) for key, given in found.items()})
    if all(part.value == first.value for part in left):
        return first
    return Part(first.value, first.source, first.route, first.inner, tuple(left))


def _list_files(part: Part) -> Iterator[Source]:
    if not part.inner or not part.is_map:
        yield part.source
        return
    for inner in part.inner.values():
        yield from _list_files(inner)


def lay_over(shape: Shape, below: Part | None, own: Part, problems: list[Diagnostic]) -> Part:
    """Lay what a file says itself over what it takes over: null removes, `key+` adds to a list."""
    if own.value is None:
        return Part(REMOVED, own.source, own.route)
    if shape is None or not own.is_map:
        return own
    if below is not None and below.rivals:
        below = next((part for part in below.rivals if part.is_map), None)
    if below is not None and not below.is_map and not below.removed:
        return below  # whose form is wrong, which is told by itself
    inner = below.open() if below is not None and not below.removed else {}
    given = own.open()
    for key, part in given.items():
        name, step = str(key), _step(shape, key)
        if name.endswith("+") and step is None:
            name = name[:-1]
            inner[name] = _add(name, inner.get(name), part, given, problems)
            continue
        taken = inner.get(name)
        if part.value is None and (taken is None or taken.removed):
            problems.append(_tell_nothing(name, part, inner))
        inner[name] = lay_over(step, taken, part, problems)
    return own.hold(inner)


def _step(shape: Shape, key: str | int) -> Shape:
    assert shape is not None
    inner: Shape = shape.get(str(key), shape.get("*"))
    return inner


def _add(name: str, below: Part | None, own: Part, given: Mapping[str | int, Part], problems: list[Diagnostic]) -> Part:
    """Add to a list what it does not have yet."""
    if below is None or below.removed:
        nothing = Part(REMOVED, own.source, own.route)
        below = Part([], own.source, own.route) if isinstance(own.value, list) else nothing
    if not isinstance(own.value, list):
        is_mapping = own.is_map and not isinstance(below.value, list)
        help = f"only lists take `+`: write `{name}`" if is_mapping else f"write `{name}+: [...]`"
        told = f"`{name}+` adds to a list, and this is none", help
    elif name in given:
        told = f"`{name}` replaces a list, and `{name}+` adds to the one that it replaces", "keep one of them"
    elif not below.rivals and not isinstance(below.value, list):
        told = f"`{name}+` adds to a list, and what is taken over is none", f"write all of `{name}`"
    else:
        if below.rivals:
            return below
        new = [part for part in own.open().values() if part.value not in below.value]
        return own.listing([*below.open().values(), *new])
    labels = (own.label(key=True), *((below.label("taken over from here"),) if below.source is not own.source else ()))
    problems.append(Diagnostic("bad-addition", told[0], labels, told[1]))
    return below


def _tell_nothing(name: str, part: Part, inner: Mapping[str | int, Part]) -> Diagnostic:
    place = name_place(part.route)
    known = (str(key) for key, other in inner.items() if not other.removed and other.source is not part.source)
    help = did_you_mean(name, known) or "take this line out"
    message = f"{place} is null, which removes what is taken over, and no parent has it"
    return Diagnostic("nothing-to-remove", message, (part.label(key=True),), help)


def settle(part: Part, source: Source, problems: list[Diagnostic], route: Route = ()) -> Part:
    """Refuse rivals that are left, and go on with the first of them: `parents-differ`."""
    if part.rivals:
        problems.append(_tell_rivals(part.rivals, source, route))
        return Part(part.value, part.source, part.route, part.inner)
    if part.inner is None:
        return part
    inner = {step: settle(found, source, problems, (*route, step)) for step, found in part.inner.items()}
    if all(inner[step] is part.inner[step] for step in inner):
        return part
    return part.hold(inner) if part.is_map else part.listing(inner.values())


def _tell_rivals(rivals: Iterable[Part], source: Source, route: Route) -> Diagnostic:
    labels: list[Label] = [find_label(Spot(("extends",), "both come from here", "key"), source)]
    labels += [part.label("removed here" if part.removed else "one says this", key=True) for part in rivals]
    help = f"say in this file what holds: {name_place(route)}, or null to remove it"
    return Diagnostic("parents-differ", f"the parents differ in {name_place(route)}", tuple(labels), help)
