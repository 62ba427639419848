"""Votes: how many of a unit's annotators chose each class."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Literal

from prism_rules.engines.quoting import quote_name
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.units import want_of_units, write_units


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of votes."""
    label: Literal["class", "family"] = "family" if "family" in part.by and "class" not in part.by else "class"
    composed = part.source in asking.once(_list_composed)
    return want_of_units(asking, part, label, partial(write_votes, label=label, composed=composed))


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
    """Write relations/votes.sql for a source: a row per (unit, label) with `n_uc`, `m_u`, `newest` and the dimensions;
    see `write_units`.

    When `composed` also with `composition`, a text that units have in common whose labels are the same.
    """
    name = quote_name(label)
    # With its length before it no label can be taken for two.
    text = f", array_to_string(list_sort(list(concat(length({name}), ':', {name}))), ',') AS composition"
    parts = {
        **write_units(
            model, source, relation, dimensions,
            until=until, since=since, where=where, composition=text if composed else "",
        ),
        "label": name,
        "unit_composition": ", u.composition" if composed else "",
    }  # fmt: skip
    return fill("votes", parts).strip()
