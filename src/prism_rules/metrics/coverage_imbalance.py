"""Coverage imbalance: how far the mix of conditions in the reference is from how often they occur in operation.

**Definition.** A slice is a combination of the dimensions named in `of`, met on either side. With the part p of the
scope's rows and the part q of the reference's rows, at its own grain, that a slice has: half the sum over slices of
|p - q|, the total variation. It is the part of the rows that would have to lie in other slices for the mixes to be
the same: 0 for the same mix, 1 for mixes that share nothing. The slices with the largest gaps, 20 at most, are
listed: absent from the reference, under-represented (p > q) or over-represented (p < q) there.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows of the current side.

**When it misleads.** It says that the mixes differ, not that the model suffers; a reference that was balanced on
purpose is far from operation, and may be right so. Samples of the same mix differ by chance: n rows in B slices on
average by up to about sqrt(B / (6 n)), so ask for a `min_n` of several times B. A missing value is the slice
`(none)`. Of several dimensions the joint mix counts, which is at least as far away as that of each alone.

**Usual bounds.** `above: 0.20` to look at, `above: 0.40` to act: conventions.

**Degenerate cases.** The reference has no row at all for the scope: null, `no_baseline`. One slice on both sides: 0.
No interval is known, so `confidence` is refused.

**Source.** Total variation distance: Levin, Peres and Wilmer (2009), Markov Chains and Mixing Times, chapter 4.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Metric, Table, build_results, name_columns
from prism_rules.metrics.slices import MOST_NAMED, Values, name_counts, name_slice, pair_scopes

if TYPE_CHECKING:
    import polars as pl


def find_gaps(here: Counter[Values], there: Counter[Values]) -> dict[Values, int]:
    """Find p - q of each slice as an integer, in units of 1 / (n m): by it no rounding decides which gap is larger."""
    n, m = here.total(), there.total()
    return {slice_: here[slice_] * m - there[slice_] * n for slice_ in here | there}


def finish(ask: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Compare each scope's mix with that of the reference's scope that contains it."""
    assert reference is not None
    results: list[dict[str, object]] = []
    for values, here, there in pair_scopes(current, reference, ask.of):
        gaps = find_gaps(here, there) if there else {}
        largest = sorted((one for one in gaps if gaps[one]), key=lambda one: (-abs(gaps[one]), one))[:MOST_NAMED]
        kinds = {
            one: "over_represented" if gaps[one] < 0 else "under_represented" if there[one] else "absent"
            for one in largest
        }
        whole = 2 * here.total() * there.total()
        result: dict[str, object] = {
            "value": sum(map(abs, gaps.values())) / whole if there else None,
            "n": here.total(),
            "reason": None if there else "no_baseline",
            "slices": [name_slice(ask.of, one, here[one], there[one], kinds[one]) for one in largest],
        }
        results.append({**dict(zip(current.by, values, strict=True)), **result})
    return build_results(current.by, results, "slices")


METRIC = Metric(
    name="coverage_imbalance",
    title="Distance of the reference's mix of conditions from that of operation",
    roles=("predictions", "feedback", "training", "validation"),
    fields=(),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    of="dimensions",
    keys=lambda ask: name_columns(*ask.of),
    compares=True,
    measures=name_counts,
    finish=finish,
    subject="coverage",
)
