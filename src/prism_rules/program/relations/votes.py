"""Votes: how many of a unit's annotators chose each class."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from prism_rules.engines.quoting import quote_name
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations.asking import Asking, fill, list_unit_dimensions
from prism_rules.program.relations.settled import write_settled
from prism_rules.program.views import Clock, name_relation


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of votes: those of all rules of a source are one relation, as dimensions and conditions
    on them are told apart later."""
    model, metric = asking.model, asking.find_metric(part)
    label: Literal["class", "family"] = "family" if "family" in part.by and "class" not in part.by else "class"
    units, labels = asking.part_conditions(part)
    dimensions = asking.once(_list_unit_dimensions)[part.source]
    asked = {column for condition in labels for column in condition.columns}
    # At most one window: whatever was done before it began is measured alike, and in one scan.
    since = part.window[0] if part.anchor else None
    votes = write_votes(
        model,
        part.source,
        name_relation(model, part.source, {label, *dimensions, *asked, *metric.fields}),
        dimensions,
        until=asking.as_of,
        since=since,
        where=" AND ".join(f"({condition.sql})" for condition in labels) or None,
        label=label,
        composed=part.source in asking.once(_list_composed),
    )
    clock = Clock("newest") if "time" in model.sources[part.source].fields else None
    own = [f"{quote_name(d)} IS NOT NULL" for d in sorted(asking.list_of_unit(part))]
    # Which of a unit's labels count is settled by all that the source declares.
    columns = frozenset({label, *dimensions, *asked, *metric.fields, *model.sources[part.source].columns})
    return Wanted(
        part,
        f"(\n{votes}\n)",
        Access(columns, (since, asking.as_of) if clock else None),
        {**metric.keys(part.ask), **asking.write_period(part, clock)},
        metric.measures(part.ask),
        clock,
        (*own, *(f"({condition.sql})" for condition in units)),
    )


def _list_unit_dimensions(asking: Asking) -> dict[str, frozenset[str]]:
    return list_unit_dimensions(asking.model, asking.gated, asking.parts)


def _list_composed(asking: Asking) -> frozenset[str]:
    """List the sources of labels of which some rule asks what labels a unit has together."""
    parts = asking.list_parts("votes")
    return frozenset(p.source for p in parts if "composition" in asking.find_metric(p).keys(p.ask))


def write_votes(
    model: Ruleset,
    source: str,
    relation: str,
    dimensions: Iterable[str],
    *,
    until: datetime,
    since: datetime | None = None,
    where: str | None = None,
    label: Literal["class", "family"] = "class",
    composed: bool = False,
) -> str:
    """Write relations/votes.sql for a source: a row per (unit, label) with `n_uc`, `m_u`, `newest` and the dimensions.

    When `composed` also with `composition`, a text that units have in common whose labels are the same.

    `where` is asked of the labels that are left when duplicates are settled. A dimension that is not the same on all
    labels of a unit is null.
    """
    timed = "time" in model.sources[source].fields
    name = quote_name(label)
    names = [quote_name(d) for d in sorted(dimensions)]
    parts = {
        "settled": write_settled(model, source, relation, until=until, since=since),
        "where": where or "true",
        "label": quote_name(label),
        # With its length before it no label can be taken for two.
        "composition": f", array_to_string(list_sort(list(concat(length({name}), ':', {name}))), ',') AS composition"
        if composed
        else "",
        "unit_composition": ", u.composition" if composed else "",
        "newest": 'max("time")' if timed else "CAST(NULL AS TIMESTAMP)",
        "dimensions": "".join(f", CASE WHEN min({d}) = max({d}) THEN min({d}) END AS {d}" for d in names),
        "unit_dimensions": "".join(f", u.{d}" for d in names),
    }
    return fill("votes", parts).strip()
