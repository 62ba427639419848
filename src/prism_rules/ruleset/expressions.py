"""Authors' SQL: where a ruleset holds it, and the columns that it may name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Kind, Ruleset
from prism_rules.ruleset.grain import find_kind


class Expression(NamedTuple):
    """A text of SQL, and over which source it is asked."""

    route: Route
    source: str
    kind: Literal["where", "aggregate"]
    text: str


def list_expressions(model: Ruleset) -> Iterator[Expression]:
    """List authors' SQL. One that is asked of two sources, the rule's own and its baseline's, comes twice."""
    for name, rule in model.rules.items():
        route = ("rules", name)
        other = (rule.baseline and rule.baseline.source) or rule.source
        if rule.where is not None:
            yield Expression((*route, "where"), rule.source, "where", rule.where)
        if rule.baseline and rule.baseline.where is not None:
            yield Expression((*route, "baseline", "where"), other, "where", rule.baseline.where)
        if rule.metric == "sql" and isinstance(rule.of, str):
            for source in dict.fromkeys((rule.source, other)):
                yield Expression((*route, "of"), source, "aggregate", rule.of)
    for name, action in model.actions.items():
        if action.queue and action.queue.where is not None:
            yield Expression(("actions", name, "queue", "where"), action.queue.from_, "where", action.queue.where)


def type_columns(model: Ruleset, source: str) -> dict[str, Kind]:
    """Logical column -> kind, for a source with its look-ups: what authors' SQL may name."""
    declared = model.sources[source]
    looked_up = (column for columns in declared.lookup.values() for column in columns)
    return {column: find_kind(model, source, column) for column in (*declared.columns, *looked_up)}
