"""Laws that hold for any text: an answer and no exception, bounded filling, and the same words as Jinja itself."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prism_rules.diagnostics import Refused
from prism_rules.templating import Template, parse_template

from .context import CONTEXT, SHAPE

PIECES = [
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{#",
    "#}",
    "-%}",
    "{%- ",
    "if ",
    "else ",
    "elif ",
    "endif ",
    "for ",
    "in ",
    "endfor ",
    "set ",
    "macro ",
    "raw",
    "endraw",
    "scope",
    ".class",
    ".site",
    "['site']",
    "covers",
    "tags",
    "value",
    "as_of",
    "urgent",
    "c",
    "c.cause",
    "loop.index",
    " | ",
    "upper",
    "fmt",
    "fmt(2)",
    "join(', ')",
    "default('x')",
    "first",
    "sort",
    "length",
    "date",
    "round(1)",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "'x'",
    "0.5",
    "1",
    "-",
    "+",
    "*",
    "**",
    "%",
    "//",
    "~",
    "==",
    "<",
    " and ",
    " or ",
    " not ",
    " is ",
    ",",
    ":",
    "\n",
    "\\x1b",
    "\ud800",
    "\u202e",
    "é",
    "true",
    "none",
    "recursive",
    "self",
    "__class__",
    "range(9)",
    "text ",
]

ATOMS = st.sampled_from(
    [
        "scope.class",
        "scope['site']",
        "class.risk",
        "action.priority",
        "'x & y'",
        "''",
        "7",
        "tags | first",
    ]
)
TEXTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} ~ {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} if {} == {} else {})".format, inner, inner, inner, inner),
        st.builds("(({} ~ '') | {})".format, inner, st.sampled_from(["upper", "lower", "length"])),
    ),
    max_leaves=8,
)
CONDITIONS = st.one_of(
    TEXTS,
    st.builds("{} != {}".format, TEXTS, TEXTS),
    st.builds("not {}".format, TEXTS),
    st.just("'A' in tags"),
    st.builds("({} ~ '') {} ({} ~ '')".format, TEXTS, st.sampled_from(["<", "<=", ">", ">="]), TEXTS),
    st.builds("{} {} action.priority < {}".format, st.integers(0, 9), st.sampled_from(["<", "=="]), st.integers(0, 9)),
)
WORDS = st.text("ab *_\n", max_size=5)
PRINTED = st.builds("{}{{{{ {} }}}}".format, WORDS, TEXTS)
CHOSEN = st.builds(
    "{{% if {} %}}{}{{% elif {} %}}{}{{% else %}}{}{{% endif %}}".format,
    CONDITIONS,
    PRINTED,
    CONDITIONS,
    PRINTED,
    WORDS,
)
LISTED = st.one_of(
    st.builds(
        "{{% for c in covers %}}{}{{{{ loop.index ~ c.cause }}}}{{% if not loop.last %}}{}{{% endif %}}"
        "{{% endfor %}}".format,
        WORDS,
        CHOSEN,
    ),
    st.builds(
        "{{% for t in {} %}}{{{{ t }}}}{}{{% else %}}{}{{% endfor %}}".format,
        st.sampled_from(["tags", "tags | sort", "empty"]),
        WORDS,
        PRINTED,
    ),
    st.just("{{ tags | sort | join(' & ') }}"),
)
SOUND = st.lists(st.one_of(WORDS, PRINTED, CHOSEN, LISTED), max_size=6).map("".join)

JINJA = ImmutableSandboxedEnvironment(lstrip_blocks=True, keep_trailing_newline=True)
ONLY_TAGS = re.compile(r"^( *(?:\{%[^%]*%\} *)*\{%[^%]*%\})\n", re.MULTILINE)


def look(text: str, context: dict[str, Any]) -> None:
    """Parse any text and fill what is let in; the only exception allowed is the refusal of too much output."""
    began = time.process_time()
    parsed = parse_template(text, shape=SHAPE, route=("title",))
    if isinstance(parsed, Template):
        with suppress(Refused):
            assert len(parsed.render(context, escape=lambda data: data * 2).encode("utf-8", "surrogatepass")) <= 16_384
    else:
        assert parsed
        for problem in parsed:
            offset, length = problem.spots[0].within or (-1, -1)
            assert 0 <= offset < offset + length <= len(text)
    assert time.process_time() - began < 1


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_gives_a_template_or_problems_in_place(text: str) -> None:
    look(text, CONTEXT)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map(lambda pieces: "{{ " + " ".join(pieces) + " }}"))
def test_any_expression_gives_a_template_or_problems_in_place(text: str) -> None:
    look(text, CONTEXT)


@given(st.sampled_from(PIECES), st.integers(1, 4_100))
def test_any_repetition_gives_a_template_or_problems_in_place(piece: str, count: int) -> None:
    look("{{ " + piece * count, CONTEXT)
    look(("{% if urgent %}" + piece) * (count // 16), CONTEXT)


@given(
    SOUND,
    st.fixed_dictionaries(
        {},
        optional={
            "scope": st.fixed_dictionaries({}, optional={"class": st.none() | st.integers() | st.floats() | st.text()}),
            "class": st.none(),
            "action": st.fixed_dictionaries({"priority": st.none() | st.text() | st.floats() | st.integers()}),
            "covers": st.lists(st.fixed_dictionaries({"cause": st.none() | st.text(max_size=99)}), max_size=400),
            "tags": st.none() | st.lists(st.none() | st.text() | st.integers() | st.floats(allow_nan=False)),
        },
    ),
)
def test_a_sound_template_is_filled_whatever_plain_data_comes(text: str, context: dict[str, Any]) -> None:
    look(text, context)


@given(SOUND)
def test_sound_templates_read_as_jinja_reads_them(text: str) -> None:
    parsed = parse_template(text, shape=SHAPE, route=("title",))
    assert isinstance(parsed, Template), parsed
    assert parsed.render(CONTEXT, escape=str) == JINJA.from_string(ONLY_TAGS.sub(r"\1{#\n#}", text)).render(CONTEXT)


@given(SOUND)
def test_escaping_leaves_the_authors_words_alone(text: str) -> None:
    parsed = parse_template(text, shape=SHAPE, route=("title",))
    assert isinstance(parsed, Template), parsed
    marked = parsed.render(CONTEXT, escape=lambda data: f"\0{data}\1")
    assert marked.replace("\0", "").replace("\1", "") == parsed.render(CONTEXT, escape=str)
    # Every mark opens and closes before the next: no piece of data was escaped twice.
    assert "".join(sign for sign in marked if sign in "\0\1") == "\0\1" * marked.count("\0")


@given(
    st.sampled_from(
        [
            "{{ value }}",
            "{{ value | fmt(2) }}",
            "{{ value | round(2) }}",
            "{{ as_of | date }}",
            "{{ as_of }}",
            "{{ tags | sort | join }}",
            "{% if value > 1 %}a{% endif %}",
            "{% if as_of > 'a' %}a{% endif %}",
            "{{ class.owner | default('x') | length }}",
        ]
    ),
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text() | st.datetimes(),
)
def test_filters_take_any_plain_value(text: str, value: Any) -> None:
    look(text, {"value": value, "as_of": value, "tags": [value, None, "b"], "class": {"owner": value}})
