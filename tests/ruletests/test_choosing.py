"""`-k`: names by words that are joined."""

from __future__ import annotations

import re

import pytest

from prism_rules.ruletests.choosing import read_choice

NAMES = ("agreement opens the gate", "the gate is shut", "a waiver hides Agreement", "rows (many)")


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("gate", "01"),
        ("AGREEMENT", "02"),
        ("agreement and gate", "0"),
        ("agreement or gate", "012"),
        ("agreement and not gate", "2"),
        ("not agreement", "13"),
        ("not not gate", "01"),
        ("not (agreement or gate)", "3"),
        ("gate or rows and waiver", "01"),
        ("(gate or rows) and not shut", "03"),
        ('"gate is"', "1"),
        ("'the gate' and opens", "0"),
        ('"(many)"', "3"),
        ('"and"', ""),
        ("andy or rows", "3"),
    ],
)
def test_an_expression_chooses_names(expression: str, chosen: str) -> None:
    choice = read_choice(expression)
    assert "".join(str(number) for number, name in enumerate(NAMES) if choice(name)) == chosen


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("gate shut", "`shut` is not expected"),
        ("gate and", "a name is missing"),
        ("and gate", "a name is missing"),
        ("", "a name is missing"),
        ("not", "a name is missing"),
        ("(gate", "a bracket is not closed"),
        ("gate)", "`)` is not expected"),
        ('"gate', "a quote is not closed"),
        ("(" * 5_000, "it has more than 100 `not` and brackets"),
        ("not " * 5_000 + "gate", "it has more than 100 `not` and brackets"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        read_choice(expression)
