"""What a template may name: nested plain data, with the kind of each value at the leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Leaf(Enum):
    """The kind of one value. Any value may be null; the words are those that messages use."""

    TEXT = "text"
    NUMBER = "a number"
    TIME = "a time"
    FLAG = "true or false"
    MARKDOWN = "Markdown"
    """Markdown of a ruleset: it can be written out, joined and asked for, and no filter changes it."""
    ANY = "a value"
    """A value whose kind is not known before data, such as a number or else a text."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list whose items have one kind: `Many({"rule": Leaf.TEXT})`, `Many(Leaf.TEXT)`."""

    of: Kind


Kind: TypeAlias = "Leaf | Many | Mapping[str, Kind]"
Shape: TypeAlias = Mapping[str, Kind]
"""Name -> kind, such as ``{"scope": {"site": Leaf.TEXT}, "covers": Many({"cause": Leaf.TEXT})}``."""


def describe_kind(kind: Kind) -> str:
    """Say a kind in words: "text", "a list", "a group of class, site"."""
    if isinstance(kind, Leaf):
        return kind.value
    return "a list" if isinstance(kind, Many) else f"a group of {', '.join(kind) or 'nothing'}"


def join_kinds(one: Kind, other: Kind) -> Kind | None:
    """Give the kind of "one or else the other"; None when a list or a group would be mixed with something else."""
    if one == other:
        return one
    return Leaf.ANY if isinstance(one, Leaf) and isinstance(other, Leaf) else None


def list_paths(shape: Shape) -> list[str]:
    """List the dotted paths of all leaves and lists, in the shape's order: `scope.class`, `scope.site`, `covers`."""
    paths = []
    for name, kind in shape.items():
        paths += [f"{name}.{rest}" for rest in list_paths(kind)] if isinstance(kind, Mapping) else [name]
    return paths
