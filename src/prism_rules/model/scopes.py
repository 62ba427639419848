"""Scopes: when two places are the same place. Two scopes agree when they are equal on every dimension that both have.

A class belongs to one family, so a scope with a class has its family too while scopes are compared: a finding on a
class never meets a finding on another class's family.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Ruleset

T = TypeVar("T")

UNKNOWN, NONE = "(unknown)", "(none)"
OUTSIDE = (UNKNOWN, NONE)
"""Beside the declared classes: the class of rows whose own is not declared, and of rows that have none. As it is
measured, a class without a family has the family `(none)`."""
FEW = "(few)"
"""All annotators together of whom a rule has too little to say anything of one."""


def add_family(model: Ruleset, scope: Mapping[str, str]) -> Scope:
    """Give the scope as it is compared with others: with a class it has a family too, `(none)` if none is declared."""
    if "class" not in scope:
        return dict(scope)
    declared = model.classes.get(scope["class"])
    return {"family": (declared and declared.family) or NONE, **scope}


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two scopes say the same on every dimension that both have."""
    return all(other.get(dimension, value) == value for dimension, value in one.items())


class Located(Generic[T]):
    """Things at scopes, found by agreement: hashed on the dimensions shared, never compared pair by pair."""

    def __init__(self, things: Iterable[tuple[Scope, T]]) -> None:
        self.things: list[T] = []
        self._groups: dict[frozenset[str], list[tuple[Scope, T]]] = {}
        self._tables: dict[frozenset[str], list[tuple[list[str], dict[tuple[str, ...], list[T]]]]] = {}
        for scope, thing in things:
            self.things.append(thing)
            self._groups.setdefault(frozenset(scope), []).append((scope, thing))

    @property
    def dimensions(self) -> frozenset[str]:
        """Every dimension that one of the scopes has."""
        return frozenset().union(*self._groups)

    def find_agreeing(self, scope: Scope) -> Iterator[T]:
        """Find what stands at a scope that agrees with this one."""
        dimensions = frozenset(scope)
        if dimensions not in self._tables:
            self._tables[dimensions] = [self._hash(group, sorted(group & dimensions)) for group in self._groups]
        for shared, table in self._tables[dimensions]:
            yield from table.get(tuple([scope[dimension] for dimension in shared]), ())

    def _hash(self, group: frozenset[str], shared: list[str]) -> tuple[list[str], dict[tuple[str, ...], list[T]]]:
        table: dict[tuple[str, ...], list[T]] = {}
        for scope, thing in self._groups[group]:
            table.setdefault(tuple([scope[dimension] for dimension in shared]), []).append(thing)
        return shared, table
