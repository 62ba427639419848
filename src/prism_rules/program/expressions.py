"""Expressions: every `where` and `metric: sql` of a ruleset through the SQL gate, all problems together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.metrics import METRICS
from prism_rules.metrics.metric import Whole
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.expressions import Expression, list_expressions, type_columns
from prism_rules.ruleset.renames import list_renames
from prism_rules.sql_gate import Gated, Node, gate

_OF_UNITS = Whole(frozenset({"class", "annotator"}), "is about all labels of a unit")
_WHOLE: Mapping[str, Whole] = {
    "votes": _OF_UNITS,
    "pairs": _OF_UNITS,
    "patterns": Whole(frozenset({"class"}), "is estimated from all labels of a unit together"),
    "repeats": Whole(frozenset({"class"}), "compares all labels that an annotator gave a unit"),
}
"""Relation -> what its metrics look at as a whole."""
_OF_CLASSES = ("class", "label", "gold")
"""Columns whose values are classes, which a row has under the names of today."""
_COMPARISONS = frozenset(
    {"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_IN", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"}
)


def gate_expressions(resolved: Resolved) -> Mapping[Route, Gated]:
    """Gate every author's expression of a ruleset: route -> what may be run. Raises `Refused` with exit 2."""
    gated: dict[Route, Gated] = {}
    problems: dict[object, Problem] = {}
    for expression in list_expressions(resolved.model):
        outcome = _gate(resolved.model, expression)
        if isinstance(outcome, Gated):
            gated.setdefault(expression.route, outcome)
        else:
            problems = {_name(problem): problem for problem in outcome} | problems
    if problems:
        raise resolved.refuse(problems.values(), 2)
    return gated


def check_expressions(draft: Draft) -> Iterator[Problem]:
    """Find what is wrong with the SQL of a ruleset that may have other faults; each is told once."""
    problems: dict[object, Problem] = {}
    for expression in list_expressions(draft.model):
        outcome = _gate(draft.model, expression) if _knows_columns(draft.model, expression.source) else []
        found = _find_class_names(draft, expression.route, outcome.tree) if isinstance(outcome, Gated) else outcome
        problems = {_name(problem): problem for problem in found} | problems
    yield from problems.values()


def _find_class_names(draft: Draft, route: Route, node: Node) -> Iterator[Problem]:
    """Warn of texts that a column of classes is compared with and no row has: `renamed-name`, `unknown-class`."""
    columns = [arg.text for arg in node.args if arg.op == "COLUMN_REF" and arg.text in _OF_CLASSES]
    texts = [arg for arg in node.args if arg.op == "STRING"] if columns and node.op in _COMPARISONS else []
    renames, declared = list_renames(draft.model), draft.model.classes
    # A label or gold may be anything; a class outside the taxonomy reads as `(unknown)`.
    closed = "class" in columns and bool(declared)
    for text in texts:
        told, spot = f"`{columns[0]}` is compared with `{text.text}`", (Spot(route, within=text.at),)
        if (today := renames.name("classes", text.text)) != text.text:
            message = f"{told}, which was renamed to `{today}`: rows have the new name"
            yield Problem("renamed-name", message, spot, f"write `{today}`", "warning")
        elif closed and not text.text.startswith("(") and not draft.knows("classes", text.text):
            message, help = f"{told}, which is no class: no row has it", did_you_mean(text.text, declared)
            yield Problem("unknown-class", message, spot, help, "warning")
    for part in (*node.args, *filter(None, [node.filter])):
        yield from _find_class_names(draft, route, part)


def _name(problem: Problem) -> object:
    """What is asked of two sources and wrong in both is one mistake."""
    return problem.code, problem.spots[0]


def _knows_columns(model: Ruleset, source: str) -> bool:
    """Whether every column of a source is known: those of one that could not be read would seem to be missing."""
    return source in model.sources and all(other in model.sources for other in model.sources[source].lookup)


def _gate(model: Ruleset, expression: Expression) -> Gated | list[Problem]:
    route, source, kind, text = expression
    columns = {column: SQL_TYPES[its] for column, its in type_columns(model, source).items()}
    outcome = gate(text, kind=kind, columns=columns, route=route)
    if isinstance(outcome, Gated) and kind == "where" and (message := _tell_apart(model, route, outcome)):
        return [Problem("where-on-labels", message, (Spot(route),), "ask for something else, such as a dimension")]
    return outcome if isinstance(outcome, Gated) else [_add_names(model, expression, problem) for problem in outcome]


def _add_names(model: Ruleset, expression: Expression, problem: Problem) -> Problem:
    """Say of a name that SQL does not see what the ruleset calls that column, and in which source it is missing."""
    (spot,) = problem.spots
    if problem.code != "sql-unknown-column" or spot.within is None:
        return problem
    start, length = spot.within
    word = expression.text[start : start + length].strip('"')
    called = [logical for logical, column in model.sources[expression.source].columns.items() if column == word]
    help = f"that column is called `{called[0]}` here" if called else problem.help
    _, name, *rest = spot.route
    if rest == ["of"] and expression.source != model.rules[str(name)].source:
        compared = Spot(("rules", name, "baseline", "source"), "asked of this source as well")
        return replace(problem, spots=(spot, compared), help=help)
    return replace(problem, help=help)


def _tell_apart(model: Ruleset, route: Route, condition: Gated) -> str | None:
    """Tell which part of a whole a rule's condition asks for; None where it leaves whole what is compared."""
    metric = METRICS.get(model.rules[str(route[1])].metric) if route[0] == "rules" else None
    whole = metric and (metric.whole or _WHOLE.get(metric.relation))
    if not metric or not whole or not (taken := sorted(condition.columns & whole.columns)):
        return None
    return f"`{metric.name}` {whole.reason}, and this asks for the {' and the '.join(taken)}"
