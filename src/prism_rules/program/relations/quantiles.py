"""Quantiles: the two order statistics between which each lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics import Measure
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations.asking import Asking, fill, name_keys
from prism_rules.program.views import name_relation

BINS = 255
"""Of relations/quantiles.sql; the greatest value of all has one of its own."""
PASSES = 3
"""Of relations/quantiles.sql over its rows: for their span, for what is in the bins, and for the bins to be listed."""


MOST_BINS = 4_000_000
"""Bins that are read a second time: two for each of ten probabilities in as many scopes as a rule may have."""


FEW = 20_000_000
"""Values that quantiles of a source may keep in memory to sort them, each those of all rows: about 12 bytes each."""


class _Spread(NamedTuple):
    """Of which numbers quantiles are asked for: what agrees in it shares one relation."""

    source: str
    relation: str
    column: str
    by: tuple[str, ...]
    conditions: tuple[str, ...]


def want(asking: Asking, part: Part) -> Wanted:
    """Want the order statistics of a column: few values the engine keeps all, in the scan that measures all else; where
    they are many, it counts bins."""
    metric, picked = asking.find_metric(part), asking.pick_conditions(part)
    asked = {*part.ask.of, *part.by, *(name for condition in picked for name in condition.columns)}
    probabilities = asking.once(_find_probabilities)
    many = Counter(spread.source for spread, of in probabilities.items() for _ in of)
    if asking.intake.sources[part.source].rows * many[part.source] <= FEW:
        [at], [column] = metric.probabilities(part.ask), part.ask.of
        found = Measure("quantile", of=quote_name(column), at=at)
        clock = asking.find_clock(part)
        return Wanted(
            part,
            name_relation(asking.model, part.source, asked),
            asking.find_access(part, asked),
            asking.write_period(part, clock),
            {"n": Measure("count", of=quote_name(column)), "low": found, "high": found},
            clock,
            tuple(f"({condition.sql})" for condition in picked),
            numbers=asking.list_numbers(part, asked),
            classed=asking.has_class(part),
            constants=(("probability", at),),
        )
    spread = _spread(asking, part)
    sql = write_quantiles(spread.relation, spread.column, spread.by, spread.conditions, sorted(probabilities[spread]))
    keys = {**metric.keys(part.ask), **name_keys({*spread.by} - {*part.by})}
    access = replace(asking.find_access(part, asked, watched=False), passes=PASSES)
    return Wanted(part, f"(\n{sql}\n)", access, keys, metric.measures(part.ask))


def _find_probabilities(asking: Asking) -> dict[_Spread, set[float]]:
    found: dict[_Spread, set[float]] = {}
    for part in asking.list_parts("quantiles"):
        found.setdefault(_spread(asking, part), set()).update(asking.find_metric(part).probabilities(part.ask))
    return found


def _spread(asking: Asking, part: Part) -> _Spread:
    [column] = part.ask.of
    clock, picked = asking.find_clock(part), asking.pick_conditions(part)
    period = asking.write_period(part, clock)
    conditions = [*(clock.write(part.window) if clock else ()), *(f"({condition.sql})" for condition in picked)]
    asked = {column, *part.by, *(name for condition in picked for name in condition.columns)}
    view = name_relation(asking.model, part.source, asked)
    for name, expression in period.items():
        view = f"(SELECT *, {expression} AS {quote_name(name)} FROM {view})"
    return _Spread(part.source, view, column, tuple(sorted((*part.by, *period))), tuple(conditions))


def write_quantiles(
    relation: str,
    column: str,
    by: Iterable[str],
    conditions: Iterable[str],
    probabilities: Iterable[float],
) -> str:
    """Write relations/quantiles.sql: a row per scope and probability with `rows_of_scope` and the order statistics
    `low` and `high` between which the quantile lies."""
    name = quote_name(column)
    parts = {
        "relation": relation, "column": name, "bins": str(BINS), "most": str(MOST_BINS),
        "by": "".join(f"{quote_name(dimension)}, " for dimension in by),
        "conditions": " AND ".join(conditions) or "true",
        "probabilities": ", ".join(f"(CAST({p!r} AS DOUBLE))" for p in probabilities),
    }  # fmt: skip
    return fill("quantiles", parts).strip()
