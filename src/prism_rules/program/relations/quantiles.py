"""Quantiles: the two order statistics between which each lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics import Measure
from prism_rules.metrics.metric import name_columns
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.numbers import Numbers, find_numbers, list_asked
from prism_rules.program.views import name_relation

BINS = 255
"""Of relations/quantiles.sql; the greatest value of all has one of its own."""
PASSES = 3
"""Of relations/quantiles.sql over its rows: for their span, for what is in the bins, and for the bins to be listed."""


MOST_BINS = 4_000_000
"""Bins that are read a second time: two for each of ten probabilities in as many scopes as a rule may have."""


FEW = 20_000_000
"""Values that quantiles of a source may keep in memory to sort them, each those of all rows: about 12 bytes each."""


def want(asking: Asking, part: Part) -> Wanted:
    """Want the order statistics of a column: few values the engine keeps all, in the scan that measures all else; where
    they are many, it counts bins."""
    metric, asked = asking.find_metric(part), list_asked(asking, part)
    probabilities = asking.once(_find_probabilities)
    many = Counter(numbers.source for numbers, of in probabilities.items() for _ in of)
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
            tuple(f"({condition.sql})" for condition in asking.pick_conditions(part)),
            numbers=asking.list_numbers(part, asked),
            classed=asking.has_class(part),
            constants=(("probability", at),),
        )
    numbers = find_numbers(asking, part)
    sql = write_quantiles(numbers, sorted(probabilities[numbers]))
    keys = {**metric.keys(part.ask), **name_columns(*({*numbers.by} - {*part.by}))}
    access = replace(asking.find_access(part, asked, watched=False), passes=PASSES)
    return Wanted(part, f"(\n{sql}\n)", access, keys, metric.measures(part.ask))


def _find_probabilities(asking: Asking) -> dict[Numbers, set[float]]:
    found: dict[Numbers, set[float]] = {}
    for part in asking.list_parts("quantiles"):
        probabilities = asking.find_metric(part).probabilities(part.ask)
        found.setdefault(find_numbers(asking, part), set()).update(probabilities)
    return found


def write_quantiles(numbers: Numbers, probabilities: Iterable[float]) -> str:
    """Write relations/quantiles.sql: a row per scope and probability with `rows_of_scope` and the order statistics
    `low` and `high` between which the quantile lies."""
    parts = {
        "relation": numbers.relation, "column": quote_name(numbers.column), "bins": str(BINS), "most": str(MOST_BINS),
        "by": "".join(f"{quote_name(dimension)}, " for dimension in numbers.by),
        "conditions": numbers.where,
        "probabilities": ", ".join(f"(CAST({p!r} AS DOUBLE))" for p in probabilities),
    }  # fmt: skip
    return fill("quantiles", parts).strip()
