"""Relations: what the metrics of a ruleset are measured over, one file each, and the SQL that shapes it beside them in
`prism_rules/relations/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from prism_rules.diagnostics import Route
from prism_rules.intake import Intake
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations import binned, ecdf, labels, pairs, patterns, quantiles, repeats, rows, schema, votes
from prism_rules.program.relations.asking import Asking
from prism_rules.sql_gate import Gated

__all__ = ["RELATIONS", "Asking", "list_wanted"]

RELATIONS: Mapping[str, Callable[[Asking, Part], Wanted]] = {
    "binned": binned.want,
    "ecdf": ecdf.want,
    "labels": labels.want,
    "pairs": pairs.want,
    "patterns": patterns.want,
    "quantiles": quantiles.want,
    "repeats": repeats.want,
    "rows": rows.want,
    "schema": schema.want,
    "votes": votes.want,
}
"""Relation of a metric -> what a part of a rule wants of it."""


def list_wanted(
    model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], parts: Sequence[Part], as_of: datetime
) -> list[Wanted]:
    """Give every part its relation, keys, measures and conditions, in the order of the parts."""
    asking = Asking(model, intake, gated, parts, as_of)
    return [RELATIONS[asking.find_metric(part).relation](asking, part) for part in parts]
