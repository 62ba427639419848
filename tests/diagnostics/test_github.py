"""Workflow commands, written out by hand from GitHub's own description of them."""

from __future__ import annotations

from itertools import permutations

from prism_rules.diagnostics import Diagnostic, Label
from prism_rules.diagnostics.github import format_github


def at(line: int, code: str = "x", severity: str = "warning") -> Diagnostic:
    return Diagnostic(code, f"m{line}", (Label("a.yaml", line, 3, 5, "", "  no"),), None, severity)  # type: ignore[arg-type]


def test_a_problem_is_one_command_at_its_place() -> None:
    labels = (Label("rules/a,b.yaml", 7, 3, 8, "here"), Label("rules/c.yaml", 2, 1, 2, "and there"))
    found = Diagnostic("unknown-rule", "50% of `x`\nare gone", labels, "did you mean: `y`?")
    assert format_github([found]) == (
        "::error file=rules/a%2Cb.yaml,line=7,endLine=7,col=3,endColumn=7,title=unknown-rule::"
        "50%25 of `x`\\nare gone%0Arules/c.yaml:2: and there%0Ahelp: did you mean: `y`?\n"
    )
    assert format_github([Diagnostic("missing-file", "m", context="a:b.yaml")]) == (
        "::error file=a%3Ab.yaml,title=missing-file::m\n"
    )
    assert format_github([]) == ""


def test_ten_of_each_severity_are_all_annotations() -> None:
    lines = format_github([*map(at, range(1, 11)), *(at(n, severity="error") for n in range(1, 11))]).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10


def test_of_more_the_tenth_says_how_many_and_the_log_has_the_rest() -> None:
    lines = format_github(map(at, range(1, 13))).splitlines()
    assert [line.startswith("::warning file=a.yaml,") for line in lines] == [True] * 9 + [False] * 4
    assert lines[9].startswith("::warning title=prism-rules::3 more warnings")
    assert lines[10:] == [f"at a.yaml:{n}:3: warning[x]: m{n}" for n in (10, 11, 12)]


def test_each_code_comes_once_before_any_comes_again() -> None:
    found = [*map(at, range(1, 11)), at(20, "rare"), at(30, "seldom")]
    shown = [line.split(",")[1] for line in format_github(found).splitlines()[:9]]
    assert shown == [f"line={n}" for n in (1, 20, 30, 2, 3, 4, 5, 6, 7)]


def test_the_bytes_do_not_depend_on_the_order_of_finding() -> None:
    found = [at(1), at(2, "y"), at(1, "y", "error"), Diagnostic("c", "m", context="b")]
    assert len({format_github(order) for order in permutations(found)}) == 1


def test_no_file_can_write_a_command() -> None:
    hostile = "\n::error::forged\r::set-output name=a::b ##[error]forged \u202e\x1b[2J"
    many = [Diagnostic("x", hostile, (Label(hostile, n, 1, 2, hostile),), hostile, "warning") for n in range(1, 15)]
    lines = format_github([*many, Diagnostic("x", hostile, context=hostile)]).split("\n")
    assert len(lines) == 1 + 9 + 1 + 5 + 1
    assert all(
        line.startswith(("::error file=", "::warning file=", "::warning title=prism-rules::", "at "))
        for line in lines[:-1]
    )
    assert not any("##[" in line or "\x1b" in line or "\u202e" in line or "\r" in line for line in lines)
