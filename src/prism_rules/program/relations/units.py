"""Units: what rules ask of a relation that is shaped from the labels of units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from prism_rules.engines.quoting import quote_name
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations.asking import Asking, list_unit_dimensions
from prism_rules.program.views import Clock, name_relation


class Write(Protocol):
    """Writes a relation that is shaped from units."""

    def __call__(
        self,
        model: Ruleset,
        source: str,
        relation: str,
        dimensions: Iterable[str],
        *,
        until: datetime,
        since: datetime | None = None,
        where: str | None = None,
    ) -> str:
        """Write a SELECT with the columns of the relation, `newest`, and the dimensions."""
        ...


def want_of_units(asking: Asking, part: Part, label: str, write: Write, *, passes: int = 1) -> Wanted:
    """Want a metric's measures of units: those of all rules of a source are one relation, as dimensions and conditions
    on them are told apart later. `label`: the column that says what a unit was labelled as; `passes`: how often its
    rows are gone over."""
    model, metric = asking.model, asking.find_metric(part)
    units, labels = asking.part_conditions(part)
    dimensions = asking.once(_list_unit_dimensions)[part.source]
    asked = {column for condition in labels for column in condition.columns}
    since = part.since
    shaped = write(
        model,
        part.source,
        name_relation(model, part.source, {label, *dimensions, *asked, *metric.fields}),
        dimensions,
        until=asking.as_of,
        since=since,
        where=" AND ".join(f"({condition.sql})" for condition in labels) or None,
    )
    clock = Clock("newest") if "time" in model.sources[part.source].fields else None
    own = [f"{quote_name(d)} IS NOT NULL" for d in sorted(asking.list_of_unit(part))]
    # Which of a unit's labels count is settled by all that the source declares.
    columns = frozenset({label, *dimensions, *asked, *metric.fields, *model.sources[part.source].columns})
    return Wanted(
        part,
        f"(\n{shaped}\n)",
        Access(columns, (since, asking.as_of) if clock else None, passes),
        {**metric.keys(part.ask), **asking.write_period(part, clock)},
        metric.measures(part.ask),
        clock,
        (*own, *(f"({condition.sql})" for condition in units)),
    )


def _list_unit_dimensions(asking: Asking) -> dict[str, frozenset[str]]:
    return list_unit_dimensions(asking.model, asking.gated, asking.parts)
