"""How wide a text is on a screen, where it is wrapped, and that tables fit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.columns import UNPARTED, WIDTH, measure_width, tabulate, wrap_page, wrap_text

TEXTS = st.text("ab-é日本 \u0301", max_size=60)


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("dent", 4), ("é", 1), ("e\u0301", 1), ("傷", 2), ("傷あり", 6), ("ｱ", 1), ("Ａ", 2), ("a\u20dd", 1)],
)
def test_ideographs_take_two_columns_and_combining_marks_none(text: str, width: int) -> None:
    assert measure_width(text) == width


@given(TEXTS, st.integers(4, 30))
def test_a_wrapped_text_fits_and_loses_nothing(text: str, width: int) -> None:
    lines = wrap_text(text, width, "- ")
    assert max(map(measure_width, lines), default=0) <= width
    assert "".join(line[2:] for line in lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("must be at least 0.75", 12, ["must be at", "least 0.75"]),
        ("a  b", 10, ["a  b"]),
        ("confident-and-wrong", 16, ["confident-and-", "wrong"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("見出し語", 5, ["見出", "し語"]),
        ("one\ntwo", 20, ["one two"]),
    ],
)
def test_a_text_is_parted_between_words_then_behind_hyphens_then_anywhere(
    text: str, width: int, lines: list[str]
) -> None:
    assert wrap_text(text, width) == lines


def test_what_people_copy_is_not_parted() -> None:
    assert wrap_text("see class-agreement-dent", 10, whole=True) == ["see", "class-agreement-dent"]
    assert wrap_text("see that", 7, hang=3) == ["see", "   that"]


def test_a_page_is_wrapped_and_its_code_is_not() -> None:
    page = "# a: what is far too long\n\nOne two\nthree four.\n\n- five six seven\n  eight\n- nine\n"
    page += "\n```yaml\nrules: {a: b, c: d}\n```\n\n| | |\n| --- | --- |\n| On | ten eleven |\n| Of | - |\n"
    assert wrap_page(page, 14).splitlines() == [
        "# a: what is", "far too long", "", "One two three", "four.", "", "- five six", "  seven eight", "- nine", "",
        "```yaml", "rules: {a: b, c: d}", "```", "", "On  ten eleven", "Of  -",
    ]  # fmt: skip


def test_columns_are_aligned_by_what_is_seen() -> None:
    table = tabulate(["WHERE", "N"], [["傷", "1"], ["e\u0301", "2"], ["dent", "3"]])
    assert table.splitlines() == ["WHERE  N", "傷     1", "e\u0301      2", "dent   3"]


def test_prose_stands_beside_where_it_fits_and_below_where_it_does_not() -> None:
    rows = [["fail", "class-agreement", "must be at least 0.75"], ["pass", "x", "-"]]
    assert tabulate(["STATE", "RULE", "BOUND"], rows, prose=True).splitlines() == [
        "STATE  RULE             BOUND",
        "fail   class-agreement  must be at least 0.75",
        "pass   x                -",
    ]
    assert tabulate(["STATE", "RULE", "BOUND"], rows, prose=True, width=30).splitlines() == [
        "STATE  RULE",
        "       BOUND",
        "fail   class-agreement",
        "       must be at least 0.75",
        "pass   x",
    ]


def test_phrases_give_way_before_words() -> None:
    row = ["low-confidence", "surface-scratch at plant-2", "2026-03-01T00:00:00Z", "x" * 60]
    table = tabulate(["RULE", "WHERE", "AT", "WHY"], [row], prose=True, width=56)
    assert table.splitlines()[2:4] == [
        "low-confidence  surface-scratch at  2026-03-01T00:00:00Z",
        "                plant-2",
    ]


def test_the_last_column_is_wrapped_and_its_words_stay_whole() -> None:
    rows = [["scan-1", f"captured{UNPARTED}at, " + "y" * 20]]
    assert tabulate(["SCAN", "COLUMNS"], rows, width=30).splitlines()[1:] == [
        "scan-1  captured at,",
        "        " + "y" * 20,
    ]
    assert tabulate(["SCAN", "COLUMNS"], rows, width=18).splitlines()[2:] == [
        "scan-1", "      captured at,", "      " + "y" * 20,
    ]  # fmt: skip


ROW = ["fail", "class-agreement", "surface-scratch at plant-2", "0.47 (0.36 to 0.57)", "new", "at least 0.75"]


def draw(width: int) -> list[str]:
    return tabulate([*"ABCDEF"], [ROW], prose=True, firm=(0, 3, 4), width=width).splitlines()


def test_long_columns_are_wrapped_then_stand_below_and_short_ones_stay_as_they_are() -> None:
    assert draw(70)[2:] == [
        "fail  class-agreement  surface-scratch at     0.47 (0.36 to 0.57)  new",
        "                       plant-2",
        "      at least 0.75",
    ]
    assert draw(60)[3:] == [
        "fail  class-agreement  0.47 (0.36 to 0.57)  new",
        "      surface-scratch at plant-2",
        "      at least 0.75",
    ]
    assert draw(40)[4:] == [
        "fail  0.47 (0.36 to 0.57)  new",
        "      class-agreement",
        "      surface-scratch at plant-2",
        "      at least 0.75",
    ]


def test_where_even_short_columns_do_not_fit_they_stand_below_too() -> None:
    assert draw(26)[5:] == [
        "fail  0.47 (0.36 to 0.57)",
        "      class-agreement",
        "      surface-scratch at",
        "      plant-2",
        "      new",
        "      at least 0.75",
    ]


def test_a_tone_colours_a_cell_and_moves_nothing() -> None:
    rows = [["fail", "a", "b" * 90], ["pass, experimental", "c", "-"]]
    plain, painted = (
        tabulate(["STATE", "X", "Y"], rows, prose=True, width=20, tones=tones)
        for tones in ((), [lambda text: f"\x1b[31m{text}\x1b[0m", None])
    )
    assert "\x1b[31mfail\x1b[0m" in painted
    assert re.sub("\x1b\\[[0-9]*m", "", painted) == plain


@given(st.lists(st.tuples(*[st.text("ab日\u0301-\x1b ", max_size=120)] * 6), max_size=4), st.integers(40, 120))
def test_a_table_with_prose_always_fits(rows: list[tuple[str, ...]], width: int) -> None:
    table = tabulate(list("ABCDEF"), rows, prose=True, width=width)
    assert max(map(measure_width, table.splitlines())) <= width
    assert "\x1b" not in table


def test_tables_are_as_wide_as_all_terminals() -> None:
    assert WIDTH == 80


def test_a_lead_as_wide_as_the_screen_leaves_a_character_a_line() -> None:
    assert wrap_text("ab c", 4, " " * 6) == ["      a", "      b", "      c"]
