"""Laws of queues over random rows: strata, probabilities, what was drawn before, and the two files of one queue."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prism_rules.planning.files import write_queue
from prism_rules.queues import Drawn, Row, compute_key, share_out

from .case import ACTION, Data, see

SITES = ("p", "q", "r", "s")
CELLS = st.one_of(
    st.none(),
    st.integers(-5, 5),
    st.booleans(),
    st.sampled_from(("=1+1", "+x", "-x", "@x", "a,b", '"q"', "")),
)


@given(
    st.lists(st.sampled_from(SITES), max_size=24), st.integers(1, 12),
    st.dictionaries(st.sampled_from((*SITES[:3], "*")), st.integers(1, 4), max_size=3), st.integers(0, 6),
)  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_strata_probabilities_and_rows_that_were_drawn_before(
    sites: list[str], size: int, weights: dict[str, int], before: int
) -> None:
    rows = [(f"row-{number}", site) for number, site in enumerate(sites)]
    gone = frozenset(identity for identity, _ in rows[:before])
    queue: dict[str, Any] = {"from": "seen", "size": size}
    if weights:
        queue["weights"] = {"site": weights}
    with tempfile.TemporaryDirectory() as folder:
        data = Data.write(Path(folder), seen=[see(identity, site=site) for identity, site in rows])
        drawn = data.draw(queue, drawn=gone)
        frozen = (
            data.draw(queue, frozen=tuple(row.id for row in drawn.rows), strata=drawn.strata) if drawn.rows else drawn
        )
    # What may be drawn, worked out by hand.
    pools: dict[str, list[str]] = {name: [] for name in weights or {"*": 1}}
    for identity, site in rows:
        stratum = site if site in weights else "*"
        if identity not in gone and stratum in pools:
            pools[stratum].append(identity)
    shares = share_out(
        size, {n: float(w) for n, w in (weights or {"*": 1}).items()}, {n: len(p) for n, p in pools.items()}
    )
    expected = [
        identity for name in sorted(pools)
        for identity in sorted(pools[name], key=lambda one: (compute_key(ACTION, 0, one), one))[: shares[name]]
    ]  # fmt: skip
    assert [row.id for row in drawn.rows] == expected
    assert drawn.eligible == sum(map(len, pools.values()))
    by_id = {row.id: row for row in drawn.rows}
    for name, stratum in zip(sorted(pools), drawn.strata, strict=True):
        assert (stratum.eligible, stratum.taken) == (len(pools[name]), shares[name])
        chances = [by_id[identity].probability for identity in pools[name] if identity in by_id]
        assert set(chances) <= {round(float(Fraction(shares[name], len(pools[name]) or 1)), 6)}
        # Each row stands for 1 / probability of those that could have been drawn.
        assert abs(sum(1 / chance for chance in chances) - (len(pools[name]) if chances else 0)) < 0.01
    assert [(row.id, row.probability) for row in frozen.rows] == [(row.id, row.probability) for row in drawn.rows]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=6).filter(str.isprintable), CELLS), min_size=1, max_size=6))
@settings(max_examples=100)
def test_both_files_hold_the_same_rows_and_no_formula(cells: list[tuple[str, Any]]) -> None:
    rows = tuple(Row(identity, ("weak",), 7, 0.5, {"note": note}) for identity, note in cells)
    files = write_queue("look", Drawn(len(rows), (), rows), 1)
    told = [json.loads(line) for line in files["queues/look.jsonl"].decode().split("\n")[:-1]]
    shown = list(csv.DictReader(io.StringIO(files["queues/look.csv"].decode(), newline="")))
    assert [(row["row_id"], row["note"]) for row in told] == cells
    assert len(shown) == len(told) and [*shown[0]] == [*told[0]]
    for row, (identity, note) in zip(shown, cells, strict=True):
        for text, value in ((row["row_id"], identity), (row["note"], note)):
            # A formula is defused by what stands before it; all else is as it was.
            assert text.endswith("" if value is None else str(value))
            assert not isinstance(value, str) or text[:1] not in ("=", "+", "-", "@")
