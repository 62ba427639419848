"""The index against figures of others, scipy's divergences, and chance itself; and how a rule is guarded by it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr

from prism_rules.metrics.psi import compute_psi, find_critical

COUNTS = st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any)


def count(numbers: list[Any]) -> Counter[tuple[str, ...]]:
    return Counter({(str(place),): int(number) for place, number in enumerate(numbers) if number})


@pytest.mark.parametrize(
    ("current", "reference", "psi"),
    [
        # Kullback (1959), Information Theory and Statistics, table 2.1: both divergences.
        ([0.36, 0.48, 0.16], [1 / 3, 1 / 3, 1 / 3], 0.0852996 + 0.0974550),
        # Shares of income bands of a tutorial, whose parts are 0.0066766, 0.0091161 and 0.0287682.
        ([0.35, 0.25, 0.4], [0.4, 0.3, 0.3], 0.0066766 + 0.0091161 + 0.0287682),
    ],
)
def test_of_very_many_rows_it_is_what_was_published(current: Any, reference: Any, psi: float) -> None:
    many = 3e9
    found = compute_psi(count([many * p for p in current]), count([many * q for q in reference]))
    assert found == pytest.approx(psi, rel=0, abs=2e-7)


@given(COUNTS, COUNTS)
def test_is_both_divergences_together(current: list[int], reference: list[int]) -> None:
    here, there = count(current), count(reference)
    met = [place for place in range(5) if current[place] or reference[place]]
    p = (np.array(current)[met] + 0.5) / (sum(current) + 0.5 * len(met))
    q = (np.array(reference)[met] + 0.5) / (sum(reference) + 0.5 * len(met))
    found = compute_psi(here, there)
    assert found == pytest.approx(float(rel_entr(p, q).sum() + rel_entr(q, p).sum()), rel=1e-9, abs=1e-12)
    assert found >= 0
    assert found == pytest.approx(compute_psi(there, here), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("n", "m", "shares"), [(100, 1000, [0.1] * 10), (300, 300, [0.5, 0.3, 0.2])])
def test_chance_exceeds_the_critical_value_once_in_twenty(n: int, m: int, shares: list[float]) -> None:
    draw = np.random.default_rng(20260301)
    exceeded = 0
    for _ in range(1000):
        here, there = (count(draw.multinomial(size, shares).tolist()) for size in (n, m))
        critical = find_critical(here, there)
        assert critical is not None
        exceeded += compute_psi(here, there) > critical
    assert 0.03 <= exceeded / 1000 <= 0.07


@pytest.mark.parametrize(
    ("glare", "rows", "status"),
    [
        (3, 10, "unsure"),  # a jump, and ten rows that say nothing
        (30, 100, "fail"),
        (11, 100, "pass"),
    ],
)
def test_a_rule_fails_above_its_bound_and_beyond_chance(glare: int, rows: int, status: str, world: Any) -> None:
    rule = {
        "source": "predictions", "metric": "psi", "of": ["lighting"], "min_n": 0,
        "baseline": {"source": "training", "by": []}, "fail": {"above": 0.2},
    }  # fmt: skip
    resolved = world.load(rules={"mix": rule})
    seen = [{"class": "dent", "time": "2026-02-28", "lighting": "glare", "x": glare}]
    seen += [{"class": "dent", "time": "2026-02-28", "lighting": "diffuse", "x": rows - glare}]
    known = [{"class": "dent", "lighting": "glare", "x": 100}, {"class": "dent", "lighting": "diffuse", "x": 900}]
    data = world.write_all(resolved, {"predictions": seen, "training": known})
    [finding] = world.evaluate(resolved, data, "2026-03-01").findings
    assert (finding.status, finding.n) == (status, rows)
    assert (finding.reason or "").startswith("not above the critical value") == (status == "unsure")
