"""What a change of a file leaves alone, and what it writes."""

from __future__ import annotations

import copy
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.source import Source, parse
from prism_rules.source.editing import Put, Remove, edit, is_same

from .documents import documents, values


def read(text: str) -> Source:
    return parse(text.encode(), "a.yaml")


def list_comments(text: str) -> set[str]:
    return set(re.findall(r"# c\d+\b", text))


def list_routes(source: Source) -> list[tuple[str | int, ...]]:
    return list(source.places)[1:]


@given(st.data())
@settings(max_examples=400)
def test_a_value_is_put_and_all_else_stays(data: st.DataObject) -> None:
    source = read(data.draw(documents()))
    route = data.draw(st.sampled_from(list_routes(source)))
    value = data.draw(values)
    assert_edited(source, Put(route, value))


@given(st.data())
@settings(max_examples=400)
def test_an_entry_is_added_and_all_else_stays(data: st.DataObject) -> None:
    source = read(data.draw(documents()))
    parents = [route for route in source.places if isinstance(find(source.data, route), dict | list)]
    parent = data.draw(st.sampled_from(parents))
    node = find(source.data, parent)
    route = (*parent, "added" if isinstance(node, dict) else len(node))
    edited = assert_edited(source, Put(route, data.draw(values)))
    assert list_comments(edited) == list_comments(source.text)


@given(st.data())
@settings(max_examples=400)
def test_an_entry_is_removed_and_all_else_stays(data: st.DataObject) -> None:
    source = read(data.draw(documents()))
    route = data.draw(st.sampled_from(list_routes(source)))
    assert_edited(source, Remove(route))


@given(documents())
def test_nothing_changes_where_what_is_put_is_there(text: str) -> None:
    source = read(text)
    assert edit(source, [Put((), source.data)]) == text
    assert edit(source, []) == text


def find(node: Any, route: tuple[str | int, ...]) -> Any:
    for step in route:
        node = node[step]
    return node


def assert_edited(source: Source, change: Put | Remove) -> str:
    """Edit, and hold data, comments and the lines of other entries against what the change may touch."""
    route = change.route
    expected = copy.deepcopy(source.data)
    parent = find(expected, route[:-1])
    if isinstance(change, Remove):
        del parent[route[-1]]
    elif isinstance(parent, list) and route[-1] == len(parent):
        parent.append(change.value)
    else:
        parent[route[-1]] = change.value
    edited = edit(source, [change])
    assert is_same(read(edited).data, expected)
    before, after = find_neighbours(source, route)
    assert edited.startswith(source.text[:before])
    assert edited.endswith(source.text[after:])
    return edited


def find_neighbours(source: Source, route: tuple[str | int, ...]) -> tuple[int, int]:
    """The end of what stands before an entry and the start of what stands behind it, keys and scalars alone."""
    spans = {}
    for each, place in source.places.items():
        if place.key:
            spans[each, "key"] = place.key
        if place.style not in ("block", "flow"):
            spans[each, "value"] = place.value
    start = source.places[route].key or source.places[route].value if route in source.places else None
    inside = [span for (each, _), span in spans.items() if each[: len(route)] == route]
    parent = [span for (each, _), span in spans.items() if each[: len(route) - 1] == route[:-1]]
    first = min(inside or [max(parent, default=(0, 0))])[0] if start is None or inside else start[0]
    last = max(inside or [max(parent, default=(0, 0))])[1] if start is None or inside else start[1]
    before = max((span[1] for span in spans.values() if span[1] <= first), default=0)
    after = min((span[0] for span in spans.values() if span[0] >= last), default=len(source.text))
    return before, after
