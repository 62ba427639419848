"""Patterns with stars: what fits one, and what fits two at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.ruleset.globs import find_common, matches

patterns = st.text("ab*", max_size=6)


def fits_by_expression(pattern: str, value: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value, re.DOTALL) is not None


@given(patterns, st.text("ab", max_size=7))
def test_a_pattern_fits_as_its_regular_expression_does(pattern: str, value: str) -> None:
    assert matches(pattern, value) == fits_by_expression(pattern, value)


@given(patterns, patterns)
def test_what_is_found_fits_both(one: str, other: str) -> None:
    common = find_common(one, other)
    if common is not None:
        assert fits_by_expression(one, common)
        assert fits_by_expression(other, common)


@given(patterns, patterns, st.text("ab", max_size=7))
def test_what_fits_both_is_not_missed(one: str, other: str, value: str) -> None:
    if fits_by_expression(one, value) and fits_by_expression(other, value):
        assert find_common(one, other) is not None


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("a*", "b*"), ("*a", "*b"), ("ab", "a"), ("", "a")])
def test_patterns_that_never_meet(one: str, other: str) -> None:
    assert find_common(one, other) is None


def test_many_stars_cost_little() -> None:
    assert not matches("*a" * 99 + "*b", "a" * 200)
