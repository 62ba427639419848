"""Patterns: which annotators gave a unit which classes, all at once."""

from __future__ import annotations

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics.votes import name_label
from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.settled import write_newest, write_settled, write_shared
from prism_rules.program.views import Clock, name_relation


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of units with all their labels, which belong to windows as units of votes do."""
    model, metric = asking.model, asking.find_metric(part)
    label, dimensions = name_label(part.by), sorted(map(quote_name, asking.list_of_unit(part)))
    units, labels = asking.part_conditions(part)
    asked = {label, *part.by, *metric.fields, *(c for condition in (*units, *labels) for c in condition.columns)}
    timed = "time" in model.sources[part.source].fields
    since = part.since
    view = name_relation(model, part.source, asked)
    sql = fill(
        "patterns",
        {
            "settled": write_settled(model, part.source, view, until=asking.as_of, since=since),
            "where": " AND ".join(f"({condition.sql})" for condition in labels) or "true",
            "label": quote_name(label),
            "newest": write_newest(model, part.source),
            "dimensions": write_shared(dimensions),
            "unit_dimensions": "".join(f", u.{d}" for d in dimensions),
        },
    ).strip()
    clock = Clock("_newest") if timed else None
    # Which of a unit's labels count is settled by all that the source declares.
    columns = frozenset({*asked, *model.sources[part.source].columns})
    return Wanted(
        part,
        f"(\n{sql}\n)",
        Access(columns, (since, asking.as_of) if clock else None),
        {**metric.keys(part.ask), **asking.write_period(part, clock)},
        metric.measures(part.ask),
        clock,
        (*(f"{d} IS NOT NULL" for d in dimensions), *(f"({condition.sql})" for condition in units)),
    )
