"""Laws of the canonical form, over random documents and over every YAML file of the repository."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings

from prism_rules.diagnostics import Refused
from prism_rules.formatting import format_source
from prism_rules.source import parse, read_source
from prism_rules.source.editing import is_same

from ..source.documents import documents

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("examples", "tests", "src", "docs")
    for path in (ROOT / folder).rglob("*.yaml")
    if not path.is_symlink() and path.stat().st_size < 20_000
)


@given(documents())
@settings(max_examples=120)
def test_a_random_document_says_the_same_and_keeps_its_comments(text: str) -> None:
    check_laws(text)
    formatted = format_source(parse(text.encode(), "a.yaml"))
    assert sorted(re.findall(r"# c\d+\b", formatted)) == sorted(re.findall(r"# c\d+\b", text))


def test_every_file_of_the_repository_says_the_same() -> None:
    count = 0
    for path in FILES:
        try:
            parse(path.read_bytes(), path.name)
        except Refused:
            continue
        check_laws(path.read_text("utf-8-sig"))
        count += 1
    assert count > 50


def check_laws(text: str) -> None:
    source = parse(text.encode(), "a.yaml")
    formatted = format_source(source)
    again = parse(formatted.encode(), "a.yaml")
    assert is_same(again.data, source.data)
    assert format_source(again) == formatted
    assert not re.search(r"\n\n\n[^ ]", formatted) or re.search(r": [|>]", formatted)


def test_the_examples_are_in_the_canonical_form() -> None:
    examples = [path for path in FILES if path.is_relative_to(ROOT / "examples")]
    assert examples
    loose = [path.name for path in examples if format_source(read_source(path)) != path.read_text("utf-8")]
    assert loose == [], "`prism-rules fmt examples` writes them"
