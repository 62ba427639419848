"""A problem points at the wrong word, says what is wrong with it, and what to write."""

from __future__ import annotations

from typing import Any

import pytest

from prism_rules.diagnostics import Route
from prism_rules.sql_gate import Gated, gate, prescan
from prism_rules.sql_gate.prescan import scan

from .table import ROUTE, fail_gate

# kind, text, a line with carets under the wrong word, code, what the help must say.
MISTAKES = [
    ("where",
     "confidance < 0.8",
     "^^^^^^^^^^",
     "sql-unknown-column", "did you mean `confidence`?"),
    ("where",
     "lighting = 'glänzend ≠' and Class = 'dent'",
     "                            ^^^^^",
     "sql-unknown-column", "did you mean `class`?"),
    ("where",
     "confidence < random()",
     "             ^^^^^^",
     "sql-forbidden", "explain sql-forbidden"),
    ("where",
     "lower(lighting) = 'a' and trimm(class) = 'b'",
     "                          ^^^^^",
     "sql-forbidden", "did you mean `trim`?"),
    ("where",
     "area in (select 1)",
     "        ^^^^^^^^^^",
     "sql-forbidden", "one expression"),
    ("where",
     "confidence > 0.5 -- sure",
     "                 ^^",
     "sql-forbidden", "YAML"),
    ("where",
     "lighting = 'ä' and confidence > > 1",
     "                                ^",
     "sql-syntax", "double quotes"),
    ("where",
     "area > 1 and lighting > 5",
     "                        ^",
     "sql-type", "one type"),
    ("where",
     "time > '2026-13-01'",
     "       ^^^^^^^^^^^^",
     "sql-type", "UTC"),
    ("where",
     "count(*) > 5",
     "^^^^^",
     "sql-forbidden", "metric: sql"),
    ("where",
     "case area when 1 then true end",
     "^^^^",
     "sql-forbidden", "CASE WHEN"),
    ("where",
     "area::varchar = '1'",
     "      ^^^^^^^",
     "sql-forbidden", "DOUBLE"),
    ("where",
     "area = 0x1f",
     "        ^^^",
     "sql-syntax", "space"),
    ("where",
     "time > current_date",
     "       ^^^^^^^^^^^^",
     "sql-unknown-column", "--as-of"),
    ("aggregate",
     "stddev(confidence) / 2",
     "^^^^^^",
     "sql-forbidden", "quantile_cont"),
    ("aggregate",
     "avg(confidence) - confidence",
     "                  ^^^^^^^^^^",
     "sql-type", "count, sum, avg"),
    ("aggregate",
     "count(*) FILTER (WHERE area)",
     "                       ^^^^",
     "sql-type", None),
    ("aggregate",
     "sum(avg(area))",
     "    ^^^",
     "sql-forbidden", "one"),
    ("aggregate",
     "avg(overridden) + sum(lighting)",
     "                      ^^^^^^^^",
     "sql-type", None),
    ("aggregate",
     "quantile_cont(confidence, 95)",
     "                          ^^",
     "sql-type", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "carets", "code", "hint"), MISTAKES, ids=[m[1] for m in MISTAKES])
def test_the_carets_stand_under_the_wrong_word(kind: Any, text: str, carets: str, code: str, hint: str | None) -> None:
    (problem,) = fail_gate(text, kind)
    (spot,) = problem.spots
    assert (problem.code, spot.route) == (code, ROUTE)
    assert spot.within is not None
    offset, length = spot.within
    assert " " * offset + "^" * length == carets
    assert (hint or "") in (problem.help or "")


def test_all_mistakes_of_a_text_are_told_together() -> None:
    problems = fail_gate("confidance < now() and lighting = 5 and random() > foo", "where")
    assert sorted(problem.code for problem in problems) == [
        "sql-forbidden", "sql-forbidden", "sql-type", "sql-unknown-column", "sql-unknown-column",
    ]  # fmt: skip


def test_what_is_too_long_is_marked_from_where_it_is_too_long() -> None:
    (problem,) = fail_gate("a" * 1004, "where")
    assert (problem.code, problem.spots[0].within) == ("sql-too-large", (1000, 4))


def test_an_expression_is_read_once_and_its_problem_is_told_at_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(prescan, "scan", lambda text: read.append(text) or scan(text))  # type: ignore[func-returns-value]
    text = "confidence < missing_once"
    places: list[Route] = [("rules", f"rule-{i}", "where") for i in range(3)]
    found = [gate(text, kind="where", columns={"confidence": "DOUBLE"}, route=place) for place in places]
    assert [problem.spots[0].route for problems in found for problem in problems] == places  # type: ignore[union-attr]
    assert read == [text]
    assert isinstance(
        gate(text, kind="where", columns={"confidence": "DOUBLE", "missing_once": "DOUBLE"}, route=places[0]), Gated
    )
