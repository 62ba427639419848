"""The quantile of censored times against the Kaplan-Meier estimate of an independent library."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from prism_rules.metrics.routing_latency import Step, find_quantile

SIGNALS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=30)
"""(hours, whether it was routed then)."""


@settings(max_examples=100)
@given(SIGNALS, st.integers(0, 100))
@example([(5, True), (5, False)], 50)
def test_against_scipy(signals: list[tuple[int, bool]], percent: int) -> None:
    routed = [hours for hours, seen in signals if seen]
    still = [hours for hours, seen in signals if not seen]
    steps = [
        Step(hours, routed.count(hours) + still.count(hours), routed.count(hours))
        for hours in {hours for hours, _ in signals}
    ]
    found = find_quantile(steps, percent / 100)
    estimate = ecdf(CensoredData(uncensored=np.array(routed, float), right=np.array(still, float))).sf
    survival = {int(hours): left for hours, left in zip(estimate.quantiles, estimate.probabilities, strict=True)}
    left = 1 - percent / 100
    # Its floats may miss a tie; what is further off than that must agree.
    sure = [hours for hours in sorted(set(routed)) if survival[hours] < left - 1e-9]
    perhaps = [hours for hours in sorted(set(routed)) if survival[hours] < left + 1e-9]
    assert found in {min(sure, default=None), min(perhaps, default=None)}
    if not still:
        # Without censoring it is the smallest time within which the part is routed.
        met = [h for h in sorted(set(routed)) if Fraction(sum(r <= h for r in routed), len(routed)) * 100 >= percent]
        assert found == met[0]


@pytest.mark.parametrize("q", [0.1, 0.3, 0.7, 0.9, 0.95, 0.99])
def test_a_part_is_met_exactly(q: float) -> None:
    hundred = [Step(hours, 1, 1) for hours in range(1, 101)]
    assert find_quantile(hundred, q) == round(100 * q)
