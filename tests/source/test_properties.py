"""Laws that hold for any bytes, any JSON, any text."""

from __future__ import annotations

import json
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

from prism_rules import source
from prism_rules.diagnostics import Diagnostic, Problem, Refused, Spot
from prism_rules.source import reading

SAMPLE = (Path(__file__).parent / "sample.yaml").read_bytes()
PIECES = [
    b"\t", b": ", b":", b"- ", b"[", b"]", b"{", b"}", b",", b" #", b"&a ", b"*a", b"!t ", b"'", b'"', b"\\", b"|",
    b">-", b"|2", b"%", b"@", b"? ", b"\n", b"\n  ", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff",
    b"\0", b"~", b"\n---\n", b"\n...\n", b"null", b"no", b"1e9", b"<<: ", b"\xf0\x9f\x98\x80", b"\\ud83d",
    b"\\U00110000", b"k: ", b"x",
]  # fmt: skip
fast, pure = reading.scan_events, partial(reading.scan_events, pure=True)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A stretch of the sample's lines with pieces put in, cut out and doubled."""
    lines = SAMPLE.splitlines(keepends=True)
    first = draw(st.integers(0, len(lines) - 1))
    data = b"".join(lines[first : first + draw(st.integers(1, 15))])
    for _ in range(draw(st.integers(0, 5))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 8))
        cut = draw(st.sampled_from(["insert", "delete", "double"]))
        if cut == "insert":
            data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
        else:
            data = data[:at] + data[at + length :] if cut == "delete" else data[: at + length] + data[at:]
    return data


def read(data: bytes, scan: Any) -> object:
    """Return the document's data, or None; check that a refusal says where."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "scan_events", scan)
        try:
            return source.parse(data, "a.yaml").data
        except Refused as refused:
            check_places(refused.diagnostics)
            return None


def check_places(diagnostics: list[Diagnostic]) -> None:
    assert diagnostics
    assert all(diagnostic.labels for diagnostic in diagnostics)
    for label in (label for diagnostic in diagnostics for label in diagnostic.labels):
        assert label.line >= 1
        if label.source_line is None:
            assert {diagnostic.code for diagnostic in diagnostics} == {"not-utf8"}
            continue
        assert 1 <= label.col <= len(label.source_line) + 1
        assert label.end > label.col


@settings(max_examples=125)
@given(mutants() | st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
@example(b'a: "\\ud83d"')
@example(b"k: |\n \n  x")
@example(b"k: !t  #\n|2-")
@example(b"a: 1\n...\n...\n")
@example(b"k: [a:b, c?]")
def test_bytes_are_read_or_refused_with_a_place_alike_by_both_scanners(data: bytes) -> None:
    assert read(data, fast) == read(data, pure)


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"]), max_size=12)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT.map(lambda text: f'{text}\n\t\\"/\x01{text}')
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100)
@given(st.dictionaries(TEXT, JSON, max_size=4), st.sampled_from([None, 2]))
def test_json_is_read_as_json(data: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    assert json.dumps(source.parse(text.encode(), "a.json").data) == json.dumps(data)


WORDS = st.text("abé表😀'\"\\# ", min_size=1, max_size=30).map(lambda text: f"a{text}z")
LINES = st.lists(WORDS | st.just(""), min_size=1, max_size=4).map("\n".join).map(lambda text: f"a{text}z")


@settings(max_examples=100)
@given(
    st.one_of(
        st.tuples(st.just(SingleQuotedScalarString), LINES),
        st.tuples(st.just(DoubleQuotedScalarString), LINES),
        st.tuples(st.just(LiteralScalarString), LINES),
        st.tuples(st.just(FoldedScalarString), LINES),
        st.tuples(st.just(str), WORDS),
    ),
    st.sampled_from([12, 80]),
)
def test_each_character_of_a_text_is_found_where_it_stands(styled: tuple[type[str], str], width: int) -> None:
    style, text = styled
    writer = YAML()
    writer.width = width
    writer.allow_unicode = True
    written = StringIO()
    writer.dump({"k": {"text": style(text)}}, written)
    document = source.parse(written.getvalue().encode(), "a.yaml")
    assert document.data == {"k": {"text": text}}
    spots = [Spot(("k", "text"), within=(i, 1)) for i in range(len(text))]
    (found,) = source.locate([Problem("x", "m", tuple(spots))], document)
    for char, label in zip(text, found.labels, strict=True):
        assert label.source_line is not None
        shown = label.source_line[label.col - 1 : label.end - 1]
        # An escape shows as itself, a break as the blank or the line's end it was written as.
        assert char in shown or (char in " \n" and shown.strip() == "") or shown.startswith("\\"), (char, shown)
