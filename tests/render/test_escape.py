"""Escaping: whatever a text holds, it is read back as that text by independent parsers, and links to nothing."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from prism_rules.escaping import GAP, MOST, escape_csv, escape_markdown, show_invisible, show_plain
from prism_rules.escaping.markdown import (
    escape_line,
    escape_mermaid,
    restrict_markdown,
    write_code,
    write_fence,
    write_quoted,
)
from prism_rules.render.markdown import render_markdown

from .plans import make_glare_plan

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200c-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
LIVE = re.compile(r"@[A-Za-z0-9]|#[0-9]|://|www\.|\bGH-[0-9]", re.IGNORECASE)

# Texts made mostly of what Markdown, hosts and spreadsheets look at.
PIECES = st.sampled_from([
    *"|`<>[]()*_#~&\\!@:$=+-.1 ^\n\t\r'\"", "```", "~~~", "---", "===", "</details>", "<!--", "<script>", "![a](b)",
    "[a](b)", "[a]: b", "[a]", "@org/team", "#12", "GH-12", "http://a.example", "www.a.example", "a@b.example",
    "&commat;", "&#64;", "&lt;", "0a1b2c3d", ":tada:", "1. ", "- ", "> ", "    ", "# ", "| a | b |", "| - | - |",
    "[!NOTE]", "[^1]", "=1+1", "\u202e", "\u200b", "\x1b[31m", "\ufeff", "\u0301", "a", "surface-scratch", "low_light",
    "Gro\u00dfe Kratzer", "\u5bc6",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=100)


def read_tokens(text: str) -> list[Token]:
    """All tokens of a document, those inside lines too."""
    tokens = PARSER.parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def read_text(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type == "text").replace(GAP, "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("surface-scratch", "surface-scratch"),
        ("low_light", "low_light"),
        ("_low_", "&#95;low&#95;"),
        ("a|b", "a&#124;b"),
        ("@org/team", f"@{GAP}org/team"),
        ("fixes #12", f"fixes #{GAP}12"),
        ("http://a.example", f"http:{GAP}//a.example"),
        ("www.a.example", f"www{GAP}.a.example"),
        ("R&D <b>", "R&amp;D &lt;b&gt;"),
        ("a\nb\u202e", "a&#92;nb&#92;u202e"),
        ("---", "&#45;--"),
        ("  a ", "&#32; a&#32;"),
        ("1. a", "1&#46; a"),
        ("1.3.0", "1.3.0"),
        ("12:00:00", "12:00:00"),
        ("e\u0301", "e\u0301"),
        ("e\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301&#92;u0301"),
    ],
)
def test_markdown_escape(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown


def test_a_long_name_is_cut_and_still_tells_itself_from_another() -> None:
    one, other = show_plain("x" * 100 + "1"), show_plain("x" * 100 + "2")
    assert len(one) == len(other) == MOST
    assert one.startswith("x" * 68 + "… (") and one != other


@given(TEXTS)
def test_escaped_data_is_one_paragraph_with_that_text(text: str) -> None:
    escaped = escape_markdown(text)
    assert not re.search(r"[|`<\[\n]", escaped)
    assert not INVISIBLE.search(escaped)
    tokens = read_tokens(escaped)
    assert not any(LIVE.search(token.content) for token in tokens if token.type == "text")
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "text", "paragraph_close"}
    # The parser strips wide and no-break spaces from the ends of a paragraph, which the standard does not.
    assert read_text(tokens).strip() == show_plain(text).strip()


@given(TEXTS, TEXTS)
def test_escaped_data_stays_in_its_cell(one: str, other: str) -> None:
    row = f"| {escape_markdown(one)} | {escape_markdown(other)} |"
    tokens = read_tokens(f"| a | b |\n| --- | --- |\n{row}\n\nafter")
    assert [token.type for token in tokens].count("td_open") == 2
    assert read_text(tokens).startswith("ab") and read_text(tokens).endswith("after")


@given(TEXTS.filter(bool))
def test_data_in_an_authors_code_span_does_not_leave_it(text: str) -> None:
    tokens = [token.type for token in read_tokens(f"x `{escape_markdown(text)}` y") if token.type != "text"]
    assert tokens == ["paragraph_open", "inline", "code_inline", "paragraph_close"]


@given(TEXTS)
def test_plain_text_is_one_visible_line_and_stays_the_same_when_shown_again(text: str) -> None:
    shown = show_plain(text)
    assert len(shown) <= MOST
    assert not INVISIBLE.search(shown)
    assert show_plain(shown) == shown


@given(TEXTS.filter(str.strip))
def test_a_quoted_text_is_one_code_span_with_that_text(text: str) -> None:
    tokens = read_tokens(f"x {write_quoted(text)} y")
    assert [token.type for token in tokens if token.type != "text"] == [
        "paragraph_open", "inline", "code_inline", "paragraph_close",
    ]  # fmt: skip
    [code] = [token.content for token in tokens if token.type == "code_inline"]
    assert code == show_plain(re.sub(r"[ \t\r\n]+", " ", text).strip(" "), 600)


AUTHORS = {"paragraph", "bullet_list", "ordered_list", "list_item", "em", "strong", "blockquote", "s"}
AUTHORS_LEAVES = {"inline", "text", "softbreak", "hardbreak", "code_inline", "fence", "code_block"}


@given(st.lists(TEXTS, max_size=4).map("\n".join))
def test_an_authors_markdown_keeps_to_paragraphs_lists_emphasis_and_code(text: str) -> None:
    quoted = "\n".join(f"> {line}".rstrip() for line in restrict_markdown(text).split("\n"))
    tokens = read_tokens(f"{quoted}\n\nafter")
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= AUTHORS | AUTHORS_LEAVES
    assert [token.type for token in tokens].count("blockquote_open") == 1
    assert tokens[-2].content == "after", "nothing left open swallows what follows"
    assert not any(LIVE.search(token.content) for token in tokens if token.type == "text")
    assert all(not re.match(r"\w", token.info.strip()) for token in tokens if token.type == "fence")


@given(TEXTS.filter(str.strip))
@example("x|y")
@example("a*b")
@example("3. dot")
@example("[link]")
@example("=")
@example("\\")
def test_data_in_an_explanation_is_read_in_the_report_as_it_is(data: str) -> None:
    plan = make_glare_plan()
    explained = plan.diagnoses[0].model_copy(update={"text": escape_markdown(data)})
    tokens = PARSER.parse(render_markdown(plan.model_copy(update={"diagnoses": (explained,)})))
    lines = [token for token in tokens if token.type == "inline"]
    after = next(n for n, line in enumerate(lines) if "is diagnosed for" in line.content) + 1
    assert read_text(list(lines[after].children or ())).strip() == show_plain(data).strip()


@pytest.mark.parametrize("text", ["&commat;you", "&#64;you", "&#12;", "fixes #124;", "& #124"])
def test_an_authors_own_entities_and_references_stay_text(text: str) -> None:
    assert not any(LIVE.search(token.content) for token in read_tokens(restrict_markdown(text)))
    assert read_text(read_tokens(restrict_markdown(text))) == text


@pytest.mark.parametrize(
    "text",
    [
        "1. Look *closely*.\n2. Write `a < b` down.",
        "One.\n\nTwo **bold**, R&amp;D.",
        "```\ncode | more\n```",
        "a < b > c, 3 * 4",
    ],
)
def test_an_authors_plain_markdown_is_left_as_it_is(text: str) -> None:
    assert restrict_markdown(text) == text


@given(TEXTS)
def test_a_csv_cell_is_one_line_and_no_formula(text: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(["a", escape_csv(text), "b"])
    rows = list(csv.reader(io.StringIO(written.getvalue())))
    assert len(rows) == 1 and len(rows[0]) == 3
    assert not rows[0][1].lstrip().startswith(("=", "+", "-", "@"))
    assert rows[0][1].removeprefix("'") == show_invisible(text).removeprefix("'")


@given(TEXTS)
def test_a_mermaid_label_is_letters_digits_and_codes(text: str) -> None:
    label = escape_mermaid(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ,_\-\u00a0-\U0010ffff]|#\d+;)*", label)
    assert not re.match(r"\d+\. |[-_+*] ", label)


@given(TEXTS)
def test_a_name_as_code_is_a_span_or_text(text: str) -> None:
    tokens = read_tokens(f"x {write_code(text)} y")
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "text", "code_inline", "paragraph_close"}


@given(TEXTS)
def test_a_fence_closes_at_its_end(text: str) -> None:
    tokens = PARSER.parse(f"{write_fence(text)}\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_a_title_of_several_lines_becomes_one() -> None:
    assert escape_line("  Review\n  low-confidence cases\n") == "Review low-confidence cases"
