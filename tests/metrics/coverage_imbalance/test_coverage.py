"""The metrics of coverage side by side, through the whole program and against a distance of scipy."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cityblock

from prism_rules.metrics import METRICS, Ask, NoParameters, Table

COUNTS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=25, max_size=25).filter(any)


@settings(max_examples=100)
@given(COUNTS, COUNTS)
def test_half_the_city_block_distance_of_two_mixes(here: list[int], there: list[int]) -> None:
    tables = [
        Table(pl.DataFrame([(f"s{i:02}", n) for i, n in enumerate(side) if n], ["lighting", "n"], orient="row"), ())
        for side in (here, there)
    ]
    ask = Ask(NoParameters(), ("lighting",), ())
    [row] = METRICS["coverage_imbalance"].finish(ask, *tables).iter_rows(named=True)
    p, q = ([n / sum(side) for n in side] for side in (here, there))
    assert row["value"] == pytest.approx(cityblock(p, q) / 2, rel=0, abs=1e-12)
    gaps = [abs(one["n"] / sum(here) - one["reference"] / sum(there)) for one in row["slices"]]
    assert len(gaps) <= 20 and gaps == pytest.approx(sorted(gaps, reverse=True))
    assert gaps == pytest.approx(sorted((abs(a - b) for a, b in zip(p, q, strict=True) if a != b), reverse=True)[:20])


SEEN = {"diffuse": 500, "glare": 300, "reflection": 150, "dark": 50}
KNOWN = {"diffuse": 900, "glare": 80, "dark": 20}
KINDS = {"under_represented": "under", "over_represented": "over", "absent": "absent"}


def test_what_is_absent_thin_covered_and_out_of_proportion(world: Any) -> None:
    rule = {"source": "predictions", "of": "lighting", "by": ["class"], "fail": {"above": 0.4}}
    rule["baseline"] = {"source": "training", "by": ["class"]}
    names = ("absent_share", "underrepresented_share", "covered_share", "coverage_imbalance")
    resolved = world.load(rules={name.replace("_", "-"): {**rule, "metric": name} for name in names})
    seen, known = (
        [{"class": "dent", "lighting": of, "time": "2026-02-28", "x": n} for of, n in side.items()]
        for side in (SEEN, KNOWN)
    )
    data = world.write_all(resolved, {"predictions": seen, "training": known})
    found = {f.rule: f for f in world.evaluate(resolved, data, "2026-03-01").findings}
    told = {
        name: (f.value, [(one.of["lighting"], one.n, one.reference, KINDS[one.kind]) for one in f.slices])
        for name, f in found.items()
    }
    assert told == {
        "absent-share": (0.15, [("reflection", 150, 0, "absent")]),
        "underrepresented-share": (0.35, [("glare", 300, 80, "under"), ("dark", 50, 20, "under")]),
        "covered-share": (0.8, [("reflection", 150, 0, "absent"), ("dark", 50, 20, "under")]),
        "coverage-imbalance": (
            0.4,
            [
                ("diffuse", 500, 900, "over"), ("glare", 300, 80, "under"), ("reflection", 150, 0, "absent"),
                ("dark", 50, 20, "under"),
            ],
        ),
    }  # fmt: skip
