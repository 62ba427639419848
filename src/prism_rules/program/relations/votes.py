"""Votes: how many of a unit's annotators chose each class."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics.votes import name_label
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.settled import MARKS, write_doubtful, write_seen_labels, write_settled
from prism_rules.program.relations.units import want_of_units

PASSES = 2
"""Of relations/votes.sql over its rows: all are counted, and those of doubtful units are settled."""


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of votes."""
    label = name_label(part.by)
    composed = part.source in asking.once(_list_composed)
    return want_of_units(asking, part, label, partial(write_votes, label=label, composed=composed), passes=PASSES)


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
    label: str = "class",
    composed: bool = False,
) -> str:
    """Write relations/votes.sql for a source: a row per (unit, label) with `n_uc`, `m_u`, `newest` and the dimensions.

    When `composed` also with `composition`, a text that units have in common whose labels are the same. `where` is
    asked of the labels that are left when duplicates are settled. A dimension that is not the same on all labels of a
    unit is null.
    """
    name, time = quote_name(label), quote_name("time")
    if "time" not in model.sources[source].fields:
        time = "CAST(NULL AS TIMESTAMP)"
    names = sorted(dimensions)
    ends = [(end, quote_name(d), quote_name(f"_{end}_{d}")) for d in names for end in ("min", "max")]
    # With its length before it no label can be taken for two.
    written = _keep(f"concat(n_uc, 'x', length({name}), ':', {name})", where and "n_uc > 0")
    parts = {
        "relation": relation,
        "seen": write_seen_labels(model, source, until=until, since=since),
        "settled": write_settled(model, source, write_doubtful(relation), until=until, since=since),
        "where": where or "true",
        "label": name,
        "counted": f"count_if({where})" if where else "count(*)",
        "marks": MARKS,
        "composition": f", array_to_string(list_sort(list({written})), ',') AS composition" if composed else "",
        "unit_composition": ", u.composition" if composed else "",
        "newest": f"max({time})",
        "newest_where": f"max({_keep(time, where)})",
        "ends": "".join(f", {end}({d}) AS {column}" for end, d, column in ends),
        "ends_where": "".join(f", {end}({_keep(d, where)}) AS {column}" for end, d, column in ends),
        "dimensions": "".join(
            f', CASE WHEN min("_min_{d}") = max("_max_{d}") THEN min("_min_{d}") END AS {quote_name(d)}' for d in names
        ),
        "unit_dimensions": "".join(f", u.{quote_name(d)}" for d in names),
    }
    return fill("votes", parts).strip()


def _keep(expression: str, where: str | None) -> str:
    """Write an expression that is null where a condition does not hold."""
    return f"CASE WHEN {where} THEN {expression} END" if where else expression
