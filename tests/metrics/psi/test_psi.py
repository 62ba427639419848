"""The index against figures of others, scipy's divergences, and chance itself; and how a rule is guarded by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prism_rules.metrics.distances import Mix
from prism_rules.metrics.psi import compute_psi, find_critical


def mix(current: Any, reference: Any) -> Mix:
    names = tuple(str(place) for place in range(len(current)))
    return Mix(names, tuple(map(int, current)), tuple(map(int, reference)))


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
    found = compute_psi(mix([many * p for p in current], [many * q for q in reference]))
    assert found == pytest.approx(psi, rel=0, abs=2e-7)


@pytest.mark.parametrize(
    ("n", "m", "critical"),
    [
        (100, 10000, 0.170882),
        (200, 10000, 0.086287),
        (500, 10000, 0.03553),
        (1000, 10000, 0.018611),
        (500, 500, 0.067676),
    ],
)
def test_the_critical_value_of_ten_bins(n: int, m: int, critical: float) -> None:
    # Yurdakul (2018): (1/n + 1/m) times 16.918978, the point of nine degrees of freedom.
    assert find_critical(mix([n, *[0] * 9], [m, *[0] * 9])) == pytest.approx(critical, rel=0, abs=1e-6)


@pytest.mark.parametrize(("n", "m", "shares"), [(100, 1000, [0.1] * 10), (300, 300, [0.5, 0.3, 0.2])])
def test_chance_exceeds_the_critical_value_once_in_twenty(n: int, m: int, shares: list[float]) -> None:
    draw = np.random.default_rng(20260301)
    exceeded = 0
    for _ in range(1000):
        drawn = mix(*(draw.multinomial(size, shares).tolist() for size in (n, m)))
        critical = find_critical(drawn)
        assert critical is not None
        exceeded += compute_psi(drawn) > critical
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
