"""Expressions: every `where` and `metric: sql` of a ruleset through the SQL gate, all problems together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.metrics import METRICS
from prism_rules.metrics.metric import Whole
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.expressions import Expression, list_expressions, type_columns
from prism_rules.sql_gate import Gated, gate

_OF_UNITS = Whole(frozenset({"class", "annotator"}), "is about all labels of a unit")
_WHOLE: Mapping[str, Whole] = {
    "votes": _OF_UNITS,
    "pairs": _OF_UNITS,
    "patterns": Whole(frozenset({"class"}), "is estimated from all labels of a unit together"),
    "repeats": Whole(frozenset({"class"}), "compares all labels that an annotator gave a unit"),
}
"""Relation -> what its metrics look at as a whole."""


def gate_expressions(resolved: Resolved) -> Mapping[Route, Gated]:
    """Gate every author's expression of a ruleset: route -> what may be run. Raises `Refused` with exit 2."""
    gated: dict[Route, Gated] = {}
    problems: dict[Problem, None] = {}
    for expression in list_expressions(resolved.model):
        outcome = _gate(resolved.model, expression)
        if isinstance(outcome, Gated):
            gated.setdefault(expression.route, outcome)
        else:
            problems |= dict.fromkeys(outcome)
    if problems:
        raise resolved.refuse(problems, 2)
    return gated


def check_expressions(draft: Draft) -> Iterator[Problem]:
    """Find what is wrong with the SQL of a ruleset that may have other faults; each is told once."""
    told: set[Problem] = set()
    for expression in list_expressions(draft.model):
        outcome = _gate(draft.model, expression) if _knows_columns(draft.model, expression.source) else ()
        if not isinstance(outcome, Gated):
            yield from (problem for problem in outcome if problem not in told)
            told.update(outcome)


def _knows_columns(model: Ruleset, source: str) -> bool:
    """Whether every column of a source is known: those of one that could not be read would seem to be missing."""
    return source in model.sources and all(other in model.sources for other in model.sources[source].lookup)


def _gate(model: Ruleset, expression: Expression) -> Gated | list[Problem]:
    route, source, kind, text = expression
    columns = {column: SQL_TYPES[its] for column, its in type_columns(model, source).items()}
    outcome = gate(text, kind=kind, columns=columns, route=route)
    if isinstance(outcome, Gated) and kind == "where" and (message := _tell_apart(model, route, outcome)):
        return [Problem("where-on-labels", message, (Spot(route),), "ask for something else, such as a dimension")]
    return outcome


def _tell_apart(model: Ruleset, route: Route, condition: Gated) -> str | None:
    """Tell which part of a whole a rule's condition asks for; None where it leaves whole what is compared."""
    metric = METRICS.get(model.rules[str(route[1])].metric) if route[0] == "rules" else None
    whole = metric and (metric.whole or _WHOLE.get(metric.relation))
    if not metric or not whole or not (taken := sorted(condition.columns & whole.columns)):
        return None
    return f"`{metric.name}` {whole.reason}, and this asks for the {' and the '.join(taken)}"
