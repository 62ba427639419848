"""Series: one measurement over many steps of time. A test asks whether the metric has been leaving its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prism_rules.evaluation.measurement import Measurement, round_value, write_moment
from prism_rules.inference import TESTS, find_slope
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Series
from prism_rules.program.relations.asking import PERIOD
from prism_rules.program.scans import MOST_GROUPS

TREND = "mann_kendall"
"""The test of a trend, whose slope is told."""
LEAST_POINTS = 8
"""Steps with a value below which a series is not judged."""

MOST_PAIRS = 200_000_000
"""Pairs of points that the tests of one rule may look at: about a minute."""

Row = Mapping[str, Any]


def count_most_scopes(series: Series) -> int:
    """Count the scopes that a series may have: the test of a trend compares every point with every other."""
    steps = series.over // series.every
    return min(MOST_GROUPS, MOST_PAIRS // (steps * steps if series.test == TREND else steps))


def trace_series(
    series: Series,
    start: datetime,
    anchor: datetime | None,
    rows: Iterable[tuple[Scope, Row]],
    until: str,
) -> Iterator[Measurement]:
    """Turn the metric's values, one per scope and step since `start`, into one measurement per scope.

    The value is the statistic of the test at the end of the span; `n` is the support of all its steps together. A step
    without a value is a gap: nothing is put in its place. From an anchor on only whole steps since then count.
    """
    reference = series.reference // series.every
    first = reference if anchor is None else max(reference, -((start - anchor) // series.every))
    window = write_moment(start + first * series.every), until
    scopes: dict[tuple[tuple[str, str], ...], tuple[Scope, dict[int, Row]]] = {}
    for scope, row in rows:
        scopes.setdefault(tuple(scope.items()), (scope, {}))[1][int(row[PERIOD])] = row
    for scope, steps in scopes.values():
        points = {step: steps[step] for step in sorted(steps) if steps[step]["value"] is not None}
        span = {step: row for step, row in points.items() if step >= first}
        n = sum(row["n"] for step, row in steps.items() if step >= first)
        found = TESTS[series.test](
            [row["value"] for row in span.values()],
            [row["value"] for step, row in points.items() if step < reference],
        ) if len(span) >= LEAST_POINTS else None  # fmt: skip
        short = f"{len(span)} of the {LEAST_POINTS} points that a series needs" if found is None else None
        moved = None if found is None or found.change is None else start + [*span][found.change] * series.every
        yield Measurement(
            scope, window, None if short or found is None else round_value(found.value), n,
            found.reason if found else "no_rows", short=short,
            changed_at=write_moment(moved) if moved else None,
            slope=round_value(find_slope({step: row["value"] for step, row in span.items()}))
            if found is not None and series.test == TREND else None,
        )  # fmt: skip
