"""Pairs: what two annotators of the same unit chose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prism_rules.engines.quoting import quote_name
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.settled import write_newest, write_settled, write_shared
from prism_rules.program.relations.units import want_of_units


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of pairs."""
    return want_of_units(asking, part, "class", write_pairs)


def write_pairs(
    model: Ruleset,
    source: str,
    relation: str,
    dimensions: Iterable[str],
    *,
    until: datetime,
    since: datetime | None = None,
    where: str | None = None,
) -> str:
    """Write relations/pairs.sql for a source: a row per unit and pair of annotators, and one per unit with its last
    annotator alone, with `m_u`, `newest` and the dimensions. `where` is asked of the labels that are left when
    duplicates are settled."""
    names = [quote_name(d) for d in sorted(dimensions)]
    parts = {
        "settled": write_settled(model, source, relation, until=until, since=since),
        "where": where or "true",
        "newest": write_newest(model, source),
        "dimensions": write_shared(names),
        "unit_dimensions": "".join(f", u.{d}" for d in names),
    }
    return fill("pairs", parts).strip()
