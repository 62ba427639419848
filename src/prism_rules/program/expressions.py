"""Expressions: every `where` and `metric: sql` of a ruleset through the SQL gate, all problems together."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.metrics import METRICS
from prism_rules.metrics.metric import Whole
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.views import list_lookup_columns
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.expressions import list_expressions
from prism_rules.sql_gate import Gated, gate

_OF_UNITS = Whole(frozenset({"class", "annotator"}), "is about all labels of a unit")
_WHOLE: Mapping[str, Whole] = {
    "votes": _OF_UNITS,
    "pairs": _OF_UNITS,
    "patterns": Whole(frozenset({"class"}), "is estimated from all labels of a unit together"),
    "repeats": Whole(frozenset({"class"}), "compares all labels that an annotator gave a unit"),
}
"""Relation -> what its metrics look at as a whole."""


def type_columns(model: Ruleset, source: str) -> dict[str, str]:
    """Logical column -> DuckDB type, for a source with its look-ups: what authors' SQL may name."""
    declared = model.sources[source]
    types = {logical: SQL_TYPES[declared.name_kind(logical)] for logical in declared.columns}
    for column, other in list_lookup_columns(declared).items():
        types[column] = type_columns(model, other).get(column, "VARCHAR") if other != source else "VARCHAR"
    return types


def gate_expressions(resolved: Resolved) -> Mapping[Route, Gated]:
    """Gate every author's expression of a ruleset: route -> what may be run. Raises `Refused` with exit 2."""
    gated: dict[Route, Gated] = {}
    problems: list[Problem] = []
    for route, source, kind, text in list_expressions(resolved.model):
        outcome = gate(text, kind=kind, columns=type_columns(resolved.model, source), route=route)
        if not isinstance(outcome, Gated):
            problems += outcome
        elif kind == "where" and (message := _tell_apart(resolved.model, route, outcome)):
            help = "ask for something else, such as a dimension"
            problems.append(Problem("where-on-labels", message, (Spot(route),), help))
        else:
            gated.setdefault(route, outcome)
    if problems:
        raise resolved.refuse(problems, 2)
    return gated


def _tell_apart(model: Ruleset, route: Route, condition: Gated) -> str | None:
    """Tell which part of a whole a rule's condition asks for; None where it leaves whole what is compared."""
    if route[0] != "rules":
        return None
    metric = METRICS[model.rules[str(route[1])].metric]
    whole = metric.whole or _WHOLE.get(metric.relation)
    if whole is None or not (taken := sorted(condition.columns & whole.columns)):
        return None
    return f"`{metric.name}` {whole.reason}, and this asks for the {' and the '.join(taken)}"
