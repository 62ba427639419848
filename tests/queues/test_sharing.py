"""Shares of strata: by largest remainder, ties by name, and what one cannot fill goes to the others."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.queues import share_out

MANY = 10_000

CASES = [
    # size, weights, eligible (MANY where not given), shares
    (340, {"scratch": 3, "chip": 2}, {}, {"scratch": 204, "chip": 136}),
    (10, {"a": 1, "b": 1, "c": 1}, {}, {"a": 4, "b": 3, "c": 3}),
    (11, {"a": 1, "b": 1, "c": 1}, {}, {"a": 4, "b": 4, "c": 3}),
    (1, {"b": 1, "a": 1}, {}, {"a": 1, "b": 0}),
    (2, {"a": 5, "b": 3, "c": 2}, {}, {"a": 1, "b": 1, "c": 0}),  # 1, 0.6, 0.4
    (7, {"a": 5, "b": 3, "c": 2}, {}, {"a": 4, "b": 2, "c": 1}),  # 3.5, 2.1, 1.4
    # A tie as its author sees it: 0.5 and 1.5, though no binary fraction is 0.1.
    (2, {"a": 0.1, "b": 0.3}, {}, {"a": 1, "b": 1}),
    (2, {"b": 0.1, "a": 0.3}, {}, {"a": 2, "b": 0}),
    # What one cannot fill goes to the others, by their weights.
    (10, {"a": 1, "b": 1}, {"a": 2}, {"a": 2, "b": 8}),
    (12, {"a": 6, "b": 2, "c": 1}, {"a": 3}, {"a": 3, "b": 6, "c": 3}),
    (12, {"a": 6, "b": 2, "c": 1}, {"a": 3, "b": 4}, {"a": 3, "b": 4, "c": 5}),
    (12, {"a": 1, "b": 1}, {"a": 3, "b": 4}, {"a": 3, "b": 4}),
    # One that is just filled takes nothing away from the shares of the others: 0.93, 100.55, 0.52 of 102.
    (102, {"a": 93, "b": 52, "c": 10_055}, {"a": 1}, {"a": 1, "b": 0, "c": 101}),
    # None eligible.
    (5, {"a": 1, "b": 1}, {"a": 0}, {"a": 0, "b": 5}),
    (5, {"a": 1, "b": 1}, {"a": 0, "b": 0}, {"a": 0, "b": 0}),
    # One stratum.
    (5, {"*": 1}, {"*": 9}, {"*": 5}),
    (5, {"*": 1}, {"*": 3}, {"*": 3}),
]


@pytest.mark.parametrize(("size", "weights", "eligible", "shares"), CASES)
def test_shares(size: int, weights: dict[str, float], eligible: dict[str, int], shares: dict[str, int]) -> None:
    assert share_out(size, weights, dict.fromkeys(weights, MANY) | eligible) == shares


def test_a_stratum_that_the_data_does_not_have_gets_nothing() -> None:
    assert share_out(5, {"a": 1, "b": 1}, {"b": 9}) == {"a": 0, "b": 5}


STRATA = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(1, 1000), st.integers(0, 60)), min_size=1, max_size=8
)


@given(st.integers(1, 200), STRATA)
def test_all_that_can_be_filled_is_and_none_beyond_what_is_eligible(
    size: int, strata: dict[str, tuple[int, int]]
) -> None:
    weights = {name: weight / 10 for name, (weight, _) in strata.items()}
    eligible = {name: number for name, (_, number) in strata.items()}
    shares = share_out(size, weights, eligible)
    assert shares.keys() == weights.keys()
    assert sum(shares.values()) == min(size, sum(eligible.values()))
    assert all(0 <= shares[name] <= eligible[name] for name in shares)


@given(st.integers(1, 200), STRATA)
def test_where_nothing_is_short_every_share_is_its_quota_rounded_down_or_up(
    size: int, strata: dict[str, tuple[int, int]]
) -> None:
    weights = {name: float(weight) for name, (weight, _) in strata.items()}
    shares = share_out(size, weights, dict.fromkeys(weights, size))
    total = sum(weight for weight, _ in strata.values())
    quotas = {name: Fraction(size * weight, total) for name, (weight, _) in strata.items()}
    for name, share in shares.items():
        assert share - 1 < quotas[name] < share + 1
    raised = {name for name in shares if shares[name] > quotas[name] // 1}
    for up in raised:
        for down in shares.keys() - raised:
            # A larger remainder is raised first, and of equal ones the first name.
            assert (-(quotas[up] % 1), up) < (-(quotas[down] % 1), down)


@given(st.integers(1, 200), STRATA, st.randoms())
def test_the_order_of_the_strata_plays_no_part(size: int, strata: dict[str, tuple[int, int]], random: object) -> None:
    names = list(strata)
    random.shuffle(names)  # type: ignore[attr-defined]
    both = [
        share_out(size, {n: float(strata[n][0]) for n in order}, {n: strata[n][1] for n in order})
        for order in (list(strata), names)
    ]
    assert both[0] == both[1]
