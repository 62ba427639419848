"""Changing a few values of a file and nothing else: comments, quotes and blank lines stay as somebody wrote them.

The text is spliced at the places that were kept when it was read, then read again: what it says must be what was
asked for, or nothing is returned.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prism_rules.diagnostics import Problem, Refused, Route, Spot
from prism_rules.source.places import Source, locate
from prism_rules.source.reading import parse
from prism_rules.source.splicing import Splicer


@dataclass(frozen=True, slots=True)
class Put:
    """Replace the value at `route`; or add the key, or append the item, to what is at ``route[:-1]``.

    Parents that are missing are made. `value` is plain data: dict, list, str, int, float, bool, None.
    """

    route: Route
    value: Any


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the entry at `route` with the comments that are its own: above it, beside it and inside it."""

    route: Route


class EditFailed(LookupError):
    """A change at a route where nothing can be changed: a mistake of the caller."""


def edit(source: Source, changes: Sequence[Put | Remove]) -> str:
    """Return the text of `source` with the changes made one after the other; everything else stays as it was.

    Each change meets the document as the one before left it. A mapping put over a mapping changes only the entries
    that differ. Raises `EditFailed` for a route that is not there, `ValueError` for values that plain data do not
    have, `Refused` (exit 8, `cannot-edit`) where the new text would not read as it should.
    """
    for change in changes:
        for small in _refine(source.data, change):
            source = _apply(source, small)
    return source.text


def _apply(source: Source, change: Put | Remove) -> Source:
    """Make one change, and hold the text against the data that it should give."""
    expected = copy.deepcopy(source.data)
    splicer = Splicer(source)
    try:
        splice = splicer.put(change.route, change.value) if isinstance(change, Put) else splicer.remove(change.route)
        _change_data(expected, change)
    except (LookupError, TypeError) as error:
        raise EditFailed(f"{source.name}: nothing can be changed at {list(change.route)}") from error
    (start, end), new = splice
    try:
        edited = parse((source.text[:start] + new + source.text[end:]).encode(), source.name)
    except Refused as refused:
        raise _cannot_edit(source, change) from refused
    if not is_same(edited.data, expected):
        raise _cannot_edit(source, change)
    return edited


def _cannot_edit(source: Source, change: Put | Remove) -> Refused:
    spot = Spot(change.route, "a new text here would not read as it should")
    message = "the file is written in a way that cannot be changed here"
    help = "`prism-rules fmt` writes it plainly; what was there before is intact"
    return Refused(locate([Problem("cannot-edit", message, (spot,), help)], source), exit_code=8)


def is_same(one: Any, other: Any) -> bool:
    """Say whether two pieces of plain data are equal in types, too: 1 is neither 1.0 nor true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def _refine(data: Any, change: Put | Remove) -> Iterator[Put | Remove]:
    """Yield the smallest changes that do the same, so that comments inside a changed collection stay."""
    if isinstance(change, Remove):
        yield change
        return
    node = data
    for depth, step in enumerate(change.route):
        if not _holds(node, step):
            value = change.value
            for missing in reversed(change.route[depth + 1 :]):
                value = {missing: value} if isinstance(missing, str) else [value]
            yield Put(change.route[: depth + 1], value)
            return
        node = node[step]
    yield from _compare(node, change.value, change.route)


def _compare(old: Any, new: Any, route: Route) -> Iterator[Put | Remove]:
    if is_same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        for key, value in new.items():
            yield from _compare(old[key], value, (*route, key)) if key in old else [Put((*route, key), value)]
        yield from (Remove((*route, key)) for key in old if key not in new)
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        for index, value in enumerate(new):
            if index < len(old):
                yield from _compare(old[index], value, (*route, index))
            else:
                yield Put((*route, index), value)
        yield from (Remove((*route, index)) for index in reversed(range(len(new), len(old))))
    else:
        yield Put(route, new)


def _change_data(data: Any, change: Put | Remove) -> None:
    *above, last = change.route
    for step in above:
        data = data[step]
    if isinstance(change, Remove):
        del data[last]
    elif isinstance(data, list) and last == len(data):
        data.append(change.value)
    else:
        data[last] = change.value


def _holds(node: Any, step: str | int) -> bool:
    return step in node if isinstance(node, dict) else isinstance(node, list) and step in range(len(node))
