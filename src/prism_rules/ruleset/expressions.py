"""Authors' SQL in a ruleset: where each expression stands, and over which source it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Ruleset


def list_expressions(model: Ruleset) -> Iterator[tuple[Route, str, Literal["where", "aggregate"], str]]:
    """List authors' SQL: (route, source, kind, text)."""
    for name, rule in model.rules.items():
        if rule.where is not None:
            yield ("rules", name, "where"), rule.source, "where", rule.where
        if rule.baseline and rule.baseline.where is not None:
            yield (
                ("rules", name, "baseline", "where"),
                rule.baseline.source or rule.source,
                "where",
                rule.baseline.where,
            )
        if rule.metric == "sql" and isinstance(rule.of, str):
            # A baseline on another source is asked for the same, and must have the columns as well.
            for source in dict.fromkeys((rule.source, (rule.baseline and rule.baseline.source) or rule.source)):
                yield ("rules", name, "of"), source, "aggregate", rule.of
    for name, action in model.actions.items():
        if action.queue and action.queue.where is not None:
            yield ("actions", name, "queue", "where"), action.queue.from_, "where", action.queue.where
