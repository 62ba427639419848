"""Rows: a source's rows as they are."""

from __future__ import annotations

from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations.asking import Asking
from prism_rules.program.views import name_relation


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of the rows themselves."""
    metric, keys = asking.find_metric(part), asking.find_metric(part).keys(part.ask)
    conditions, own = asking.pick_conditions(part), asking.gated.get(("rules", part.rule, "of"))
    clock = asking.find_clock(part)
    columns = {
        *part.by,
        *metric.fields,
        *(part.ask.identity if metric.identifies else ()),
        *(part.ask.of if metric.columnwise or metric.of in ("fields", "dimensions") else ()),
        *(column for expression in (*conditions, *([own] if own else [])) for column in expression.columns),
    }
    return Wanted(
        part,
        name_relation(asking.model, part.source, columns),
        asking.find_access(part, columns),
        {**keys, **asking.write_period(part, clock)},
        metric.measures(part.ask),
        clock,
        tuple(f"({condition.sql})" for condition in conditions),
        own,
        asking.list_numbers(part, columns),
        asking.has_class(part),
    )
