"""Plain data put together from several files, each part of which remembers where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prism_rules.diagnostics import Label, Route, Spot
from prism_rules.source import Source, find_label

REMOVED: Any = object()
"""The value of what a file has removed: nothing, said by somebody."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A value, and the place that gives it; what stands inside it may come from other places."""

    value: Any
    source: Source
    route: Route
    inner: Mapping[str | int, Part] | None = None
    """What stands inside; None where all of it stands at the same place below."""
    rivals: tuple[Part, ...] = ()
    """Different values of which nobody has chosen one yet; the first of them is the value."""

    @property
    def is_map(self) -> bool:
        """Whether it holds keys."""
        return isinstance(self.value, dict)

    @property
    def removed(self) -> bool:
        """Whether somebody has removed it."""
        return self.value is REMOVED

    def open(self) -> dict[str | int, Part]:
        """Give what stands inside, by key or by index."""
        if self.inner is not None:
            return dict(self.inner)
        steps = self.value.items() if self.is_map else enumerate(self.value) if isinstance(self.value, list) else ()
        return {step: Part(value, self.source, (*self.route, step)) for step, value in steps}

    def hold(self, inner: Mapping[str | int, Part]) -> Part:
        """Give the mapping of these parts, standing at the same place."""
        value = {key: part.value for key, part in inner.items() if not part.removed}
        return Part(value, self.source, self.route, inner)

    def listing(self, items: Iterable[Part]) -> Part:
        """Give the list of these parts, standing at the same place."""
        inner: dict[str | int, Part] = dict(enumerate(items))
        return Part([part.value for part in inner.values()], self.source, self.route, inner)

    def put(self, changes: Mapping[Route, Part]) -> Part:
        """Give the same with other parts at routes at which there are some already, none of them below another."""
        if not changes or () in changes:
            return changes.get((), self)
        inner = self.open()
        below: dict[str | int, dict[Route, Part]] = {}
        for route, part in changes.items():
            below.setdefault(route[0], {})[route[1:]] = part
        inner |= {step: inner[step].put(found) for step, found in below.items()}
        return self.hold(inner) if self.is_map else self.listing(inner.values())

    def label(self, text: str = "", *, key: bool = False) -> Label:
        """Give the label of its place."""
        return find_label(Spot(self.route, text, "key" if key else "value"), self.source)


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """A ruleset that extends others as one document: routes lead to whichever file says what stands there."""

    root: Source
    sources: tuple[Source, ...]
    """Every file that was read, the root first."""
    part: Part
    declared: Mapping[Source, frozenset[str]]
    """File -> the sources that it declares, together with those that it extends."""

    @property
    def name(self) -> str:
        """The path of the ruleset that extends."""
        return self.root.name

    @property
    def data(self) -> dict[str, Any]:
        """The plain data of all files together."""
        found: dict[str, Any] = self.part.value
        return found

    def find(self, route: Route) -> tuple[Source, Route]:
        """Find the file that gives what stands at `route`, and its route there."""
        part = self.part
        for depth, step in enumerate(route):
            if part.inner is None or step not in part.inner:
                return part.source, (*part.route, *route[depth:])
            part = part.inner[step]
        return part.source, part.route

    def arrange(self, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        """Put the places of a problem in the order of their files, the nearest to the root first.

        A pack cannot be mended: a problem of nothing else stands where the pack is extended.
        """
        near = {source.name: number for number, source in enumerate((*self.sources[1:], self.root))}
        arranged = tuple(sorted(labels, key=lambda label: -near[label.file]))
        packs = {source.name: source for source in self.sources[1:] if source.path is None}
        if arranged and arranged[0].file in packs:
            return self._find_extending(arranged[0].file.partition("@")[0]), *arranged
        return arranged

    def _find_extending(self, pack: str) -> Label:
        """Find the line that extends a pack: of the root, else of a file that the root extends."""
        for source in self.sources:
            for index, entry in enumerate(source.data.get("extends", []) if source.path else ()):
                place = entry["from"] if isinstance(entry, dict) else entry
                if place.partition("@")[0] == pack:
                    return find_label(Spot(("extends", index), "extended here"), source)
        return find_label(Spot(("extends",), "extended here", "key"), self.root)

    def turn(self, part: Part) -> Composition:
        """Give the same files with other data."""
        return replace(self, part=part)
