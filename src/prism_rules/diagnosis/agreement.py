"""Agreement: two scopes agree when they are equal on every dimension that both have.

A class belongs to one family, so a scope with a class has its family too while scopes are compared: a finding on a
class never meets a finding on another class's family.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Ruleset

T = TypeVar("T")

NO_FAMILY = "(none)"
"""The family of a class without one, as it is measured."""


class Located(Generic[T]):
    """Things at scopes, found by agreement. They are hashed on the dimensions shared, never compared pair by pair."""

    def __init__(self, things: Iterable[tuple[Scope, T]]) -> None:
        self._things: dict[frozenset[str], list[tuple[Scope, T]]] = {}
        self._tables: dict[tuple[frozenset[str], frozenset[str]], dict[frozenset[tuple[str, str]], list[T]]] = {}
        self.size = 0
        for scope, thing in things:
            self._things.setdefault(frozenset(scope), []).append((scope, thing))
            self.size += 1

    @property
    def dimensions(self) -> frozenset[str]:
        """Every dimension that one of the scopes has."""
        return frozenset().union(*self._things)

    def find_agreeing(self, scope: Scope) -> Iterator[T]:
        """Find what stands at a scope that agrees with this one."""
        for dimensions in self._things:
            shared = dimensions.intersection(scope)
            yield from self._hash(dimensions, shared).get(_cut(scope, shared), ())

    def _hash(self, dimensions: frozenset[str], shared: frozenset[str]) -> dict[frozenset[tuple[str, str]], list[T]]:
        table = self._tables.get((dimensions, shared))
        if table is None:
            table = self._tables[dimensions, shared] = {}
            for scope, thing in self._things[dimensions]:
                table.setdefault(_cut(scope, shared), []).append(thing)
        return table


class Families:
    """Which family each class belongs to."""

    def __init__(self, model: Ruleset) -> None:
        self._families = {name: entry.family for name, entry in model.classes.items() if entry.family}

    def complete(self, scope: Scope) -> Scope:
        """Add the family of the scope's class, where the ruleset has families."""
        if "class" not in scope or not self._families:
            return scope
        return {**scope, "family": self._families.get(scope["class"], NO_FAMILY)}


def _cut(scope: Scope, dimensions: frozenset[str]) -> frozenset[tuple[str, str]]:
    return frozenset((dimension, scope[dimension]) for dimension in dimensions)
