"""Segment gap: how far the error rate of one segment lies from that of all other rows, where it lies farthest.

**Definition.** A segment is a value of the dimension in `of`, or a combination of several. Its error rate is rows
with `label` other than `class` / rows with a `label`; the rest are all other labelled rows of the scope. The value is
the largest distance |rate of the segment - rate of its rest| over the segments that have `min_rows` labelled rows
(default 30) on both sides. Those segments are listed, the largest distance first and 20 at most, as worse or better
than the rest, with their labelled rows and those of the rest.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Labelled rows of the scope, in all segments.

**How sure.** With `confidence`, the interval of Newcombe (1998) for the difference of the two rates, as if the
segment had been chosen beforehand. It was not: it is the largest of several, which chance alone moves up, so the
interval lies too high, the more so the more segments there are. Raise `confidence` with their number: with 10
segments 0.995 in place of 0.95, as Bonferroni would.

**When it misleads.** Labels that were given where people doubted make rates of segments incomparable when people
doubt more in one. Segments differ in what they contain: a site with harder classes errs more without any bias; ask by
class too. A single small segment decides, and two that are bad alike hide each other in the rest. `(none)` is a
segment. The gap has no direction: the listed slices do.

**Usual bounds.** `above: 0.05`; `above: 0.02` where segments are groups of people.

**Degenerate cases.** No labelled row: null, `no_labels`. All labelled rows in one segment: null, `one_segment`. No
segment with enough labelled rows on both sides: null, `small_segments`.

**Source.** Newcombe (1998), Interval Estimation for the Difference Between Independent Proportions, Statistics in
Medicine 17, 873-890. Examination for biases is asked of high-risk systems by Regulation (EU) 2024/1689, article
10(2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from prism_rules.metrics.errors import name_errors
from prism_rules.metrics.metric import SHARES, Ask, Metric, Table, build_results, name_columns
from prism_rules.metrics.slices import MOST_NAMED, Values, name_slice
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """Which segments are large enough."""

    min_rows: Annotated[int, Field(ge=1)] = 30
    """The least labelled rows of a segment, and of the rest."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Labelled rows, and those of them that are wrong."""

    n: int = 0
    wrong: int = 0

    @property
    def rate(self) -> Fraction:
        """The exact error rate; there is a row."""
        return Fraction(self.wrong, self.n)

    def without(self, part: Tally) -> Tally:
        """What is left when a part is taken out."""
        return Tally(self.n - part.n, self.wrong - part.wrong)


def compare_segments(segments: Mapping[Values, Tally], least: int) -> dict[Values, tuple[Fraction, Tally]]:
    """Set each segment that is large enough against its rest: (rate - rate of the rest, the rest), farthest first."""
    whole = Tally(sum(one.n for one in segments.values()), sum(one.wrong for one in segments.values()))
    rests = {name: whole.without(one) for name, one in segments.items()}
    gaps = {
        name: (one.rate - rests[name].rate, rests[name])
        for name, one in segments.items()
        if min(one.n, rests[name].n) >= least
    }
    return dict(sorted(gaps.items(), key=lambda item: (-abs(item[1][0]), item[0])))


def measure_gap(ask: Ask, segments: Mapping[Values, Tally]) -> dict[str, object]:
    """Measure the largest gap between labelled segments, with the two shares of which it is the difference."""
    n = sum(one.n for one in segments.values())
    gaps = compare_segments(segments, ask.params.min_rows)
    if not gaps:
        reason = "small_segments" if len(segments) > 1 else "one_segment" if segments else "no_labels"
        return {"value": None, "n": n, "reason": reason, "slices": []}
    first, (gap, rest) = next(iter(gaps.items()))
    high, low = (segments[first], rest) if gap >= 0 else (rest, segments[first])
    named = [
        name_slice(ask.of, name, segments[name].n, other.n, "worse" if distance > 0 else "better")
        for name, (distance, other) in gaps.items()
        if distance
    ]
    shares = dict(zip(SHARES, (float(high.rate), high.n, float(low.rate), low.n), strict=True))
    return {"value": float(abs(gap)), "n": n, "reason": None, "slices": named[:MOST_NAMED], **shares}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Compare the segments of each scope."""
    scopes: dict[Values, dict[Values, Tally]] = defaultdict(dict)
    for row in current.frame.iter_rows(named=True):
        segments = scopes[tuple(row[name] for name in current.by)]
        if row["n"]:
            segments[tuple(row[name] for name in ask.of)] = Tally(row["n"], row["wrong"])
    results = [
        {**dict(zip(current.by, values, strict=True)), **measure_gap(ask, segments)}
        for values, segments in sorted(scopes.items())
    ]
    return build_results(current.by, results, "slices", *SHARES)


METRIC = Metric(
    name="segment_gap",
    title="Largest gap in error rate between a segment and the rest",
    roles=("predictions",),
    fields=("label", "class"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    interval="difference",
    of="dimensions",
    keys=lambda ask: name_columns(*ask.of),
    measures=name_errors,
    finish=finish,
    subject="coverage",
)
