"""Distances of two mixes, against scipy and numpy and against what was published."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, entropy

from prism_rules.metrics import METRICS
from prism_rules.metrics.distances import Mix, SmoothedBins, name_bins
from prism_rules.metrics.psi import measure as measure_psi

COUNTS = st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any)
NAMES = tuple("abcde")


def measure(name: str, current: list[int], reference: list[int], **parameters: Any) -> Mapping[str, Any]:
    module = __import__(f"prism_rules.metrics.{name}", fromlist=["measure"])
    found: Mapping[str, Any] = module.measure(
        METRICS[name].params(**parameters), Mix(NAMES, tuple(current), tuple(reference))
    )
    return found


def smooth(counts: list[int]) -> Any:
    return (np.array(counts) + 0.5) / (sum(counts) + 2.5)


@given(COUNTS, COUNTS)
def test_distances_are_those_of_scipy(current: list[int], reference: list[int]) -> None:
    p, q = (np.array(side) / sum(side) for side in (current, reference))
    there, back = (
        float(entropy(*sides)) for sides in ((smooth(current), smooth(reference)), (smooth(reference), smooth(current)))
    )
    expected = {
        "js_distance": float(np.nan_to_num(jensenshannon(p, q, base=2))),
        "hellinger": math.sqrt(max(0.0, 1 - float(np.sqrt(p * q).sum()))),
        "total_variation": float(abs(p - q).sum()) / 2,
        "similarity": float(np.minimum(p, q).sum()),
        "kl_divergence": there,
        "psi": there + back,
    }
    # The root of what scipy rounds to 1e-16 is 1e-8.
    found = {name: measure(name, current, reference)["value"] for name in expected}
    assert found == pytest.approx(expected, rel=1e-9, abs=3e-8)


@given(COUNTS, COUNTS)
def test_cramers_v_is_that_of_scipys_test(current: list[int], reference: list[int]) -> None:
    found = measure("cramers_v", current, reference)
    table = np.array([[c, r] for c, r in zip(current, reference, strict=True) if c or r]).T
    if table.shape[1] == 1:
        assert found == {"value": None, "reason": "single_category"}
        return
    tested = chi2_contingency(table, correction=False)
    if (tested.expected_freq < 5).sum() > tested.expected_freq.size * 0.2:
        assert found == {"value": None, "reason": "small_expected"}
        return
    assert found["value"] == pytest.approx(math.sqrt(tested.statistic / table.sum()), rel=1e-9, abs=1e-12)
    assert (found["value"] > found["critical"]) == (tested.pvalue < 0.05)


@pytest.mark.parametrize(
    ("p", "q", "distance"), [([1, 0, 0], [0, 1, 0], 1.0), ([2, 0], [1, 1], 0.464501404022), ([1, 0, 0], [1, 0, 0], 0.0)]
)
def test_js_distance_is_what_scipy_documents(p: list[int], q: list[int], distance: float) -> None:
    # The second is in nats there.
    found = measure("js_distance", p, q)["value"] * (math.sqrt(math.log(2)) if len(p) == 2 else 1)
    assert found == pytest.approx(distance, rel=0, abs=1e-9)


def test_both_divergences_of_incomes_together_are_the_index() -> None:
    # Shares of income bands of a tutorial, whose parts are 0.0066766, 0.0091161 and 0.0287682.
    shares = Mix(("a", "b", "c"), (35, 25, 40), (40, 30, 30))
    found = measure_psi(SmoothedBins(zeros="floor"), shares)["value"]
    assert found == pytest.approx(0.044560854716, rel=0, abs=1e-9)


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        ([10.9, 20.8], ("(-inf, 10.9]", "(10.9, 20.8]", "(20.8, inf)")),
        ([1700000000.0, 1700000001.0], ("(-inf, 1700000000]", "(1700000000, 1700000001]", "(1700000001, inf)")),
        ([0.1 + 0.2], ("(-inf, 0.3]", "(0.3, inf)")),
    ],
)  # fmt: skip
def test_bins_are_named_as_short_as_tells_them_apart(edges: list[float], names: tuple[str, ...]) -> None:
    assert name_bins(edges) == names


def test_metrics_of_which_chance_has_a_critical_value_say_so() -> None:
    # As their pages say under "How sure".
    assert {name for name, metric in METRICS.items() if metric.guarded} == {"cramers_v", "ece", "ks_statistic", "psi"}
