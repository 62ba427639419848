"""Every hostile text, in every text of a plan, in every format: nothing is live, and nothing changes its structure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from prism_rules.cli.verdict import tell_plan
from prism_rules.columns import tabulate
from prism_rules.model.plan import Plan
from prism_rules.render import RENDERERS
from prism_rules.render.json import read_plan
from prism_rules.render.screen import list_rows, tell_entry, tell_queries
from prism_rules.render.screen.references import list_entries

from .checkers import CHECKERS, check_terminal
from .fields import AUTHORS, KEPT, change_texts, list_texts
from .generated import SEED, generate
from .plans import make_full_plan, spoil_authors, spoil_one, spoil_plan
from .readers import AUTHORS as ELEMENTS
from .readers import LEFT, Shape
from .table import HOSTILE, is_unicode

HARMLESS = "plain"


def tell_screens(plan: Plan) -> str:
    """All that `plan` and `explain` say of a plan on a terminal."""
    entries = list_entries(plan)
    told = [tell(plan, entry) for entry in entries for tell in (tell_entry, tell_queries)]
    return "\n".join(
        [tell_plan(plan, None), tabulate(["STATE", "WHERE", "ID"], [*list_rows(plan, entries)], prose=True), *told]
    )


WRITERS: dict[str, Callable[[Plan], str]] = {**RENDERERS, "terminal": tell_screens}
READERS = {**CHECKERS, "terminal": check_terminal}


def test_every_format_has_a_checker() -> None:
    assert RENDERERS.keys() == CHECKERS.keys()


def test_every_text_of_a_plan_is_spoilt() -> None:
    seen: set[str] = set()
    change_texts(make_full_plan(), lambda name, text: (seen.add(name), text)[1])
    assert seen == list_texts(Plan), "a new text needs a value in `make_full_plan`"
    assert not seen & KEPT.keys() and seen > AUTHORS


def test_half_a_character_is_told_in_a_plan_that_can_be_read_back() -> None:
    written = RENDERERS["json"](make_full_plan().model_copy(update={"command": "a\ud800 \\ud800 \U0001f600"}))
    assert read_plan(written).command == "a\\ud800 \\ud800 \U0001f600"


@pytest.mark.parametrize("format_", WRITERS)
def test_a_hostile_text_changes_no_structure(format_: str) -> None:
    leaks = [leak for text in HOSTILE.values() if (leak := find_leak(text, format_))]
    assert not leaks, "\n".join(leaks)


def find_leak(text: str, format_: str) -> str:
    """Find what a text does to a format, and through which fields; empty if nothing."""
    try:
        leak = compare(READERS[format_](WRITERS[format_](spoil_plan(text))), read_harmless(format_))
    except AssertionError as error:
        leak = str(error)
    where = leak and (find_fields(text, format_) or "several fields at once")
    return leak and f"{text[:40]!r} in {where}: {leak}"


@pytest.mark.parametrize("format_", sorted(WRITERS.keys() - {"json"}))
def test_an_authors_markdown_has_paragraphs_lists_emphasis_and_code(format_: str) -> None:
    expected = read_authors(HARMLESS, format_)
    for name, text in HOSTILE.items():
        try:
            leak = compare(read_authors(text, format_), expected)
        except AssertionError as error:
            leak = str(error)
        assert not leak, f"{name}: {leak}"


def read_authors(text: str, format_: str) -> Shape:
    """Read what is not an author's to write."""
    shape = READERS[format_](WRITERS[format_](spoil_authors(text)))
    return Counter({path: n for path, n in shape.items() if path[1] not in ELEMENTS})


def test_json_holds_what_is_hostile_unaltered() -> None:
    for text in filter(is_unicode, HOSTILE.values()):
        plan = spoil_plan(text).model_copy(update={"selected": ()})
        assert read_plan(RENDERERS["json"](plan)) == plan, text


@pytest.mark.parametrize("format_", WRITERS)
def test_generated_texts_change_no_structure(format_: str) -> None:
    texts = generate(10_000)
    for _ in range(10):
        given: dict[str, str] = {}
        hostile = change_texts(make_full_plan(), lambda name, old, given=given: _replace(name, old, given, texts))
        try:
            leak = compare(READERS[format_](WRITERS[format_](hostile)), read_harmless(format_))
        except AssertionError as error:
            leak = str(error)
        assert not leak, f"PRISM_SEED={SEED}: {leak}"


def _replace(name: str, old: str, given: dict[str, str], texts: Iterator[str]) -> str:
    """Put a text of its own before each text of a plan, the same before what is alike."""
    return old if name in AUTHORS else given.setdefault(old, f"{next(texts)}{old}")


@cache
def read_harmless(format_: str) -> Shape:
    return READERS[format_](WRITERS[format_](spoil_plan(HARMLESS)))


def compare(shape: Shape, expected: Shape) -> str:
    """Say how a structure differs. What was left out because the texts are long is said, and leads to nothing else."""
    more, less = shape - expected, expected - shape
    if more.pop(LEFT, 0):
        more, less = Counter({path: n for path, n in more.items() if path[1] not in ELEMENTS}), Counter()
    return "".join(f"\n{word}: {dict(some)}" for word, some in (("more", more), ("less", less)) if some)


def find_fields(text: str, format_: str) -> list[str]:
    """Find the fields through which it leaks, one at a time: only asked when it does."""
    found = []
    for field in sorted(list_texts(Plan) - AUTHORS):
        try:
            shape = READERS[format_](WRITERS[format_](spoil_one(text, field)))
            expected = READERS[format_](WRITERS[format_](spoil_one(HARMLESS, field)))
        except AssertionError:
            found.append(field)
        else:
            found += [field] if compare(shape, expected) else []
    return found
