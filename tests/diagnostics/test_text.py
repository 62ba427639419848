"""The form in which a person reads diagnostics, written out by hand."""

from __future__ import annotations

import re

import pytest

from prism_rules.diagnostics import Diagnostic, Label
from prism_rules.diagnostics.text import count_problems, format_text, say_count
from prism_rules.escaping import show_invisible

LINE = "    when: {all: [slice-abscent], any: [low-confidence]}"
UNKNOWN = Diagnostic(
    "unknown-rule",
    "cause `unseen-lighting` asks for a rule that does not exist",
    (Label("rulesets/surface.yaml", 61, 18, 31, "no rule has this id", LINE),),
    "did you mean `slice-absent`?",
)


def draw(*labels: Label, context: str | None = None) -> list[str]:
    """Return what stands between the first line and the count."""
    return format_text([Diagnostic("x", "m", labels, context=context)]).split("\n")[1:-3]


def test_a_problem_is_shown_in_its_line() -> None:
    assert format_text([UNKNOWN]) == (
        "error[unknown-rule]: cause `unseen-lighting` asks for a rule that does not exist\n"
        "  --> rulesets/surface.yaml:61:18\n"
        "   |\n"
        "61 |     when: {all: [slice-abscent], any: [low-confidence]}\n"
        "   |                  ^^^^^^^^^^^^^ no rule has this id\n"
        "   = help: did you mean `slice-absent`?\n"
        "\n"
        "1 error\n"
    )


def test_lines_that_disagree_share_a_frame() -> None:
    again = Label("a.yaml", 112, 3, 4, "given again here", "  b: 2")
    first = Label("a.yaml", 9, 3, 4, "first given here", "  b: 1")
    assert draw(again, first) == [
        "   --> a.yaml:112:3",
        "    |",
        "  9 |   b: 1",
        "    |   - first given here",
        "...",
        "112 |   b: 2",
        "    |   ^ given again here",
    ]


def test_adjacent_lines_and_places_on_one_line() -> None:
    line = "fail: {below: 0.7, above: 0.6}"
    labels = [
        Label("a.yaml", 2, 8, 18, "crossed below", line),
        Label("a.yaml", 2, 20, 30, "and above", line),
        Label("a.yaml", 3, 1, 2, "", "b: 1"),
    ]
    assert draw(*labels) == [
        " --> a.yaml:2:8",
        "  |",
        "2 | fail: {below: 0.7, above: 0.6}",
        "  |        ^^^^^^^^^^ crossed below",
        "  |                    ---------- and above",
        "3 | b: 1",
        "  | -",
    ]


def test_another_file_has_a_frame_of_its_own() -> None:
    assert draw(Label("a.yaml", 10, 1, 2, "here", "a: 1"), Label("base.yaml", 4, 1, 2, "there", "a: 2")) == [
        "  --> a.yaml:10:1",
        "   |",
        "10 | a: 1",
        "   | ^ here",
        "  ::: base.yaml:4:1",
        "   |",
        " 4 | a: 2",
        "   | - there",
    ]


def test_places_without_a_line() -> None:
    assert draw(context="data/predictions.parquet, column `confidence`") == [
        " --> data/predictions.parquet, column `confidence`"
    ]
    assert draw(Label("a.csv", 7, 1, 2, "not a number")) == [" --> a.csv:7:1", "  = not a number"]
    assert draw(Label("a.yaml", 1, 1, 2, "", "a: 1"), context="--data")[-1] == "  = in: --data"


@pytest.mark.parametrize(
    ("line", "col", "end", "shown", "carets"),
    [
        ("\ta: no", 5, 7, r"\ta: no", "     ^^"),
        ("a: \x1b[31mno", 9, 11, r"a: \x1b[31mno", "           ^^"),
        ("a: \u202eno", 5, 7, r"a: \u202eno", "         ^^"),
        ("a: \u202eno", 4, 5, r"a: \u202eno", "   ^^^^^^"),
        ("表面: no", 5, 7, "表面: no", "      ^^"),
        ("表面: no", 1, 3, "表面: no", "^^^^"),
        ("cafe\u0301: no", 8, 10, "cafe\u0301: no", "      ^^"),
        ("a: 1", 5, 6, "a: 1", "    ^"),
        ("", 1, 2, "", "^"),
    ],
)
def test_carets_stand_under_the_text_that_is_seen(line: str, col: int, end: int, shown: str, carets: str) -> None:
    assert draw(Label("a.yaml", 1, col, end, "", line))[2:] == [f"1 | {shown}".rstrip(), f"  | {carets}"]


@pytest.mark.parametrize("col", [1, 60, 700, 1397])
def test_a_long_line_is_cut_around_the_carets(col: int) -> None:
    line = "".join(f"{i:04}" for i in range(350))
    _, _, shown, carets = draw(Label("a.yaml", 1, col, col + 4, "here", line))
    assert len(shown) <= len("1 | ") + 3 + 120 + 3
    at = carets.index("^")
    assert carets[at:] == "^^^^ here"
    assert shown[at : at + 4] == line[col - 1 : col + 3]
    assert shown.startswith("1 | ...") == (col > 40)
    assert shown.endswith("...") == (col < 1300)


def test_carets_end_where_the_shown_line_ends() -> None:
    _, _, shown, carets = draw(Label("a.yaml", 1, 1, 1001, "", "x" * 1000))
    assert (shown, carets) == ("1 | " + "x" * 120 + "...", "  | " + "^" * 120)


def test_distant_places_on_one_long_line_are_both_seen() -> None:
    line = "a" + "." * 998 + "b"
    drawn = draw(Label("a.yaml", 1, 1, 2, "first", line), Label("a.yaml", 1, 1000, 1001, "last", line))
    for mark, char in (("^ first", "a"), ("- last", "b")):
        under = next(i for i, text in enumerate(drawn) if text.endswith(mark))
        assert drawn[under - 1][drawn[under].index(mark)] == char


def test_messages_cannot_write_to_the_terminal() -> None:
    text = format_text([Diagnostic("x", "a\x1b[2Jb\nc", help="d\u202ee", context="f\rg")])
    assert text == "error[x]: a\\x1b[2Jb\\nc\n --> f\\rg\n  = help: d\\u202ee\n\n1 error\n"
    assert len(format_text([Diagnostic("x", "m" * 100_000)])) < 600


def test_diagnostics_come_in_the_order_of_their_places() -> None:
    def at(file: str, line: int, col: int) -> Diagnostic:
        return Diagnostic(f"{file}-{line}-{col}", "m", (Label(file, line, col, col + 1),))

    text = format_text([at("b", 1, 1), at("a", 10, 1), at("a", 2, 5), at("a", 2, 1), Diagnostic("none", "m")])
    assert re.findall(r"error\[(.*?)\]", text) == ["none", "a-2-1", "a-2-5", "a-10-1", "b-1-1"]


def test_at_most_fifty_are_shown_and_all_are_counted() -> None:
    many = [Diagnostic("x", f"m{i}", severity="warning" if i % 2 else "error") for i in range(2_500)]
    lines = format_text(many).splitlines()
    assert sum(line.startswith(("error[", "warning[")) for line in lines) == 50
    assert lines[-3:] == ["... and 2,450 more", "", "1,250 errors, 1,250 warnings"]


@pytest.mark.parametrize(
    ("severities", "count"),
    [
        ([], "no problems"),
        (["error"], "1 error"),
        (["warning"], "1 warning"),
        (["error", "warning", "error"], "2 errors, 1 warning"),
    ],
)
def test_the_last_line_counts(severities: list, count: str) -> None:
    found = [Diagnostic("x", "m", severity=severity) for severity in severities]
    assert count_problems(found) == count
    assert format_text(found).splitlines()[-1] == count


def test_colour_changes_nothing_but_colour() -> None:
    warning = Diagnostic(
        "w", "m", (Label("a.yaml", 1, 1, 2, "x", "a"), Label("a.yaml", 3, 1, 2, "y", "b")), "h", "warning"
    )
    coloured = format_text([UNKNOWN, warning], color=True)
    assert "\x1b[1;31merror[unknown-rule]\x1b[0m" in coloured
    assert "\x1b[1;33mwarning[w]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == format_text([UNKNOWN, warning])
    assert "\x1b" not in format_text([UNKNOWN, warning])


def test_what_does_not_show_is_written_as_an_escape() -> None:
    assert show_invisible("a b é 表 😀") == "a b é 表 😀"
    assert (
        show_invisible("\t\x00\x9b\u200b\ufeff\ud800\u2028\U000e0041")
        == r"\t\x00\x9b\u200b\ufeff\ud800\u2028\U000e0041"
    )


def alike(*lines: int, text: str = "", help: str | None = "read it") -> list[Diagnostic]:
    """Warnings that differ in the name that they say and the line that they stand on."""
    return [
        Diagnostic(
            "unread",
            f"nothing reads `r{n}`",
            (Label("a.yaml", n, 3, 4 + len(str(n)), text, f"  r{n}: {{}}"),),
            help,
            "warning",
        )
        for n in lines
    ]


def test_what_repeats_is_one_block_with_all_its_places() -> None:
    assert format_text(alike(1, 2, 4)) == (
        "warning[unread]: nothing reads `r1`\n"
        " --> a.yaml:1:3\n"
        "  |\n"
        "1 |   r1: {}\n"
        "  |   ^^\n"
        "  = and 2 more: r2 (2:3), r4 (4:3)\n"
        "  = help: read it\n"
        "\n"
        "3 warnings\n"
    )
    assert "  = and 2 more: r2 (2:3), r4 (4:3)\n\n3 warnings" in format_text(alike(1, 2, 4, help=None))


def test_two_of_a_kind_and_what_says_something_else_stay_apart() -> None:
    assert format_text(alike(1, 2)).count("warning[") == 2
    others = [*alike(1, 2), *alike(3, help="or not"), *alike(4, text="here")]
    assert format_text(others).count("warning[") == 4


def test_a_group_is_wrapped_between_its_places_and_names_a_hundred() -> None:
    lines = format_text(alike(*range(1, 203))).splitlines()
    places = [line for line in lines if "(" in line]
    assert places[0].startswith("  = and 201 more: r2 (2:3), r3 (3:3), ")
    assert all(len(line) <= 126 and line.startswith("    ") for line in places[1:])
    assert re.findall(r"r(\d+) \((\d+):3\)", "\n".join(places)) == [(str(n), str(n)) for n in range(2, 102)]
    assert places[-1].endswith(", ...")


def test_colour_changes_nothing_of_a_group_but_colour() -> None:
    found = alike(*range(1, 60))
    assert re.sub(r"\x1b\[[0-9;]*m", "", format_text(found, color=True)) == format_text(found)


def test_one_thing_is_no_plural() -> None:
    assert [say_count(n, "row") for n in (0, 1, 2_000)] == ["0 rows", "1 row", "2,000 rows"]
    assert [say_count(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]
