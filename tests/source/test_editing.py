"""What a change of a file leaves alone, and what it writes."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.diagnostics import Refused
from prism_rules.source import Source, parse, read_source, write_source
from prism_rules.source.editing import EditFailed, Put, Remove, edit, is_same

from .documents import documents, values


def read(text: str) -> Source:
    return parse(text.encode(), "a.yaml")


def list_comments(text: str) -> set[str]:
    return set(re.findall(r"# c\d+\b", text))


def list_routes(source: Source) -> list[tuple[str | int, ...]]:
    return list(source.places)[1:]


RULES = """\
# yaml-language-server: $schema=x
rules:                        # what holds
  # Confidence, per class.
  low-confidence:
    status: stable            # or experimental
    by: [class, site]
    fail: {drop: 0.10}

  # Agreement, per class.
  class-agreement:
    fail:
      below: 0.75             # agreed in spring
      # per_class: {dent: 0.70}

# Why things happen.
causes:
- split
"""


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (
            Put(("rules", "low-confidence", "status"), "deprecated"),
            "status: stable            # or",
            "status: deprecated        # or",
        ),
        (Put(("rules", "low-confidence", "status"), "yes"), "stable            # or", '"yes"             # or'),
        (Put(("rules", "low-confidence", "fail", "drop"), 0.125), "0.10", "0.125"),
        (Put(("rules", "low-confidence", "fail"), {"drop": 0.1, "below": 1}), "0.10}", "0.10, below: 1}"),
        (
            Put(("rules", "low-confidence", "by"), "class\nsite\n"),
            "by: [class, site]\n",
            "by: |\n      class\n      site\n",
        ),
        (Remove(("rules", "low-confidence", "by", 0)), "[class, site]", "[site]"),
        (Remove(("rules", "low-confidence", "by", 1)), "[class, site]", "[class]"),
        (
            Put(("rules", "class-agreement", "min_n"), 30),
            "# per_class: {dent: 0.70}\n",
            "# per_class: {dent: 0.70}\n    min_n: 30\n",
        ),
        (
            Put(("rules", "class-agreement", "fail"), 1),
            "fail:\n      below: 0.75             # agreed in spring\n      # per_class: {dent: 0.70}\n",
            "fail: 1\n      # per_class: {dent: 0.70}\n",
        ),
        (
            Put(("rules", "third"), {"by": ["site"], "fail": {"above": 1.0}}),
            "{dent: 0.70}\n",
            "{dent: 0.70}\n\n  third:\n    by: [site]\n    fail: {above: 1.0}\n",
        ),
        (Put(("causes", 1), "drift"), "- split\n", "- split\n- drift\n"),
        (Put(("causes",), []), "causes:\n- split\n", "causes: []\n"),
        (
            Put(("waivers", "one", "match"), {"class": "edge-*"}),
            "- split\n",
            "- split\n\nwaivers:\n  one:\n    match: {class: edge-*}\n",
        ),
        (
            Remove(("rules", "class-agreement")),
            RULES[RULES.index("\n  # Agreement") : RULES.index("\n# Why")],
            "",
        ),
        (
            Remove(("rules", "low-confidence")),
            RULES[RULES.index("  # Confidence") : RULES.index("  # Agreement")],
            "",
        ),
        (Remove(("causes",)), "\n# Why things happen.\ncauses:\n- split\n", ""),
        (Remove(("causes", 0)), "causes:\n- split\n", "causes: []\n"),
    ],
)
def test_a_change_reads_as_if_its_author_had_made_it(change: Put | Remove, old: str, new: str) -> None:
    assert old in RULES
    assert edit(read(RULES), [change]) == RULES.replace(old, new)


def test_each_change_meets_what_the_one_before_left() -> None:
    changes = [
        Put(("waivers", "one"), {"rule": "a"}),
        Put(("waivers", "one", "match"), {"class": "dent"}),
        Put(("waivers", "one", "match", "site"), "1.10"),
        Put(("waivers", "two"), {"rule": "b"}),
        Remove(("waivers", "one", "rule")),
        Put(("list", 0), 1),
        Put(("list", 1), None),
    ]
    expected = 'a: 1\nwaivers:\n  one: {match: {class: dent, site: "1.10"}}\n  two: {rule: b}\nlist: [1, null]\n'
    assert edit(read("a: 1\n"), changes).replace("\n\n", "\n") == expected


@pytest.mark.parametrize(
    "change",
    [Remove(("b",)), Remove(("a", "b")), Put(("a", "b"), 1), Put(("list", 5), 1), Put(("list", "x"), 1)],
)
def test_what_is_not_there_is_not_changed(change: Put | Remove) -> None:
    with pytest.raises(EditFailed, match="nothing can be changed"):
        edit(read("a: 1\nlist: [1]\n"), [change])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), (1, 2), object()])
def test_what_is_no_plain_data_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON compliant|is no value"):
        edit(read("a: 1\n"), [Put(("a",), value)])


@pytest.mark.parametrize(("change", "line"), [(Put(("b",), 1), 1), (Remove(("a",)), 2)])
def test_a_text_that_would_read_otherwise_is_not_returned(change: Put | Remove, line: int) -> None:
    with pytest.raises(Refused) as refused:
        edit(read("# head\n? a\n: 1\n? c\n: 2\n"), [change])
    assert [(each.code, each.labels[0].line) for each in refused.value.diagnostics] == [("cannot-edit", line + 1)]
    assert refused.value.exit_code == 8


def test_a_file_keeps_its_line_ends_and_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1  # one\r\nb: 2\r\n")
    path.chmod(0o640)
    source = read_source(path)
    write_source(path, source, edit(source, [Put(("b",), {"c": "x\ny"})]))
    assert path.read_bytes() == b"\xef\xbb\xbfa: 1  # one\r\nb:\r\n  c: |-\r\n    x\r\n    y\r\n"
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"a: 1\n")
    source = read_source(path)
    path.write_bytes(b"a: 2\n")
    with pytest.raises(Refused, match="file-changed"):
        write_source(path, source, "a: 3\n")
    assert path.read_bytes() == b"a: 2\n"


@given(st.data())
@settings(max_examples=75)
def test_a_value_is_put_and_all_else_stays(data: st.DataObject) -> None:
    source = read(data.draw(documents()))
    route = data.draw(st.sampled_from(list_routes(source)))
    value = data.draw(values)
    assert_edited(source, Put(route, value))


@given(st.data())
@settings(max_examples=75)
def test_an_entry_is_added_and_all_else_stays(data: st.DataObject) -> None:
    source = read(data.draw(documents()))
    parents = [route for route in source.places if isinstance(find(source.data, route), dict | list)]
    parent = data.draw(st.sampled_from(parents))
    node = find(source.data, parent)
    route = (*parent, "added" if isinstance(node, dict) else len(node))
    edited = assert_edited(source, Put(route, data.draw(values)))
    assert list_comments(edited) == list_comments(source.text)


@given(st.data())
@settings(max_examples=75)
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
    touched = find_touched(source, route)
    lines = list(enumerate(source.text.splitlines()))
    kept = [line for number, line in lines if number not in touched and not re.fullmatch(r"[- ]*(#.*)?", line)]
    rest = iter(edited.splitlines())
    assert all(line in rest for line in kept)  # in this order
    lost = list_comments(source.text) - list_comments(edited)
    own = {number for number, line in lines if number in touched or is_own(source.text.splitlines(), number, touched)}
    assert lost <= list_comments("\n".join(line for number, line in lines if number in own))
    return edited


def find_touched(source: Source, route: tuple[str | int, ...]) -> range:
    """The lines, from 0, that an entry takes; with those of brackets around it, or of a parent that it leaves empty."""
    while route and (source.places[route[:-1]].style == "flow" or len(find(source.data, route[:-1])) == 1):
        route = route[:-1]
    if route not in source.places:
        return range(0)
    inside = [place for each, place in source.places.items() if each[: len(route)] == route]
    spans = [place.key for place in inside if place.key]
    spans += [place.value for place in inside if place.style != "block"]
    first = source.text.count("\n", 0, min(spans)[0])
    return range(first, first + source.text[min(spans)[0] : max(span[1] for span in spans)].rstrip().count("\n") + 1)


def is_own(lines: list[str], number: int, touched: range) -> bool:
    """Say whether a comment stands directly above what is touched, or below it and further in."""
    above = lines[number : touched.start]
    if number < touched.start:
        return all(line and re.fullmatch(r"[- ]*(#.*)?", line) for line in above)
    below = lines[touched.stop : number + 1] if touched else []
    return all(not line or line.lstrip().startswith("#") for line in below)


def test_a_file_that_may_not_be_written_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n", "utf-8")
    path.chmod(0o444)
    with pytest.raises(Refused, match=r"cannot-write: a\.yaml was not written: the file is read-only") as refused:
        write_source(path, read_source(path), "a: 2\n")
    assert refused.value.exit_code == 8
    assert path.read_text("utf-8") == "a: 1\n"
