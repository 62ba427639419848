"""Adjusted p values against the example of those who invented them, scipy, and what follows from the definition."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from scipy import stats

from prism_rules.inference import adjust_pvalues

PUBLISHED = YAML(typ="safe").load(Path(__file__).with_name("published.yaml"))["benjamini_hochberg"]
PVALUES = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.02, 1.0]), max_size=12)


def test_published() -> None:
    adjusted = adjust_pvalues(PUBLISHED["p"])
    assert adjusted == pytest.approx(PUBLISHED["adjusted"], abs=PUBLISHED["within"])
    assert sum(p <= 0.05 for p in adjusted) == PUBLISHED["printed"]["rejected"]
    assert sum(p * len(adjusted) <= 0.05 for p in PUBLISHED["p"]) == PUBLISHED["printed"]["bonferroni"]


@pytest.mark.parametrize(
    ("pvalues", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.04, 0.01], [0.04, 0.02]),
        ([0.9, 0.02, 0.02, 0.5], [0.9, 0.04, 0.04, 2 / 3]),
        ([0.03, 0.031, 0.032], [0.032, 0.032, 0.032]),
        ([1, 0, 1], [1, 0, 1]),
    ],
)
def test_by_hand(pvalues: list[float], adjusted: list[float]) -> None:
    assert adjust_pvalues(pvalues) == pytest.approx(adjusted, rel=1e-15)


@given(PVALUES)
def test_laws(pvalues: list[float]) -> None:
    adjusted = adjust_pvalues(pvalues)
    assert len(adjusted) == len(pvalues)
    if pvalues:
        assert adjusted == pytest.approx(list(stats.false_discovery_control(pvalues)), rel=1e-12)
    assert all(p <= q <= 1 for p, q in zip(pvalues, adjusted, strict=True))
    assert adjust_pvalues(pvalues[::-1]) == adjusted[::-1]
    paired = sorted(zip(pvalues, adjusted, strict=True))
    assert [q for _, q in paired] == sorted(adjusted)
    assert len(dict(paired)) == len(set(paired))


@pytest.mark.parametrize("refused", [-0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_refused(refused: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust_pvalues([0.5, refused])
