"""What the language says and this version does not do yet: refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import ANNOTATOR, FIELD_DIMENSIONS

NOT_EVALUATED: tuple[Route, ...] = (
    ("sources", "*", "fields", "probabilities"),
    ("sources", "*", "fields", "batch"),
)
"""Places of a ruleset (``*`` is any key) that are refused."""


def find_not_evaluated(data: Any) -> Iterator[Problem]:
    """Refuse each such place of a ruleset's plain data: `not-evaluated-yet`."""
    for pattern in NOT_EVALUATED:
        for route in _find(data, pattern):
            yield _tell(f"`{pattern[-1]}`", Spot(route, at="key"))


def check_unit_queues(draft: Draft) -> Iterator[Problem]:
    """Refuse queues of units by what only their labels have, of which a unit has several: `not-evaluated-yet`."""
    for name, action in draft.model.actions.items():
        queue = action.queue
        source = draft.model.sources.get(queue.from_) if queue else None
        if queue is None or source is None:
            continue
        route: Route = ("actions", name, "queue")
        labels = {*FIELD_DIMENSIONS, "family"} if source.role == "annotations" else {ANNOTATOR}
        for dimension in queue.weights:
            if dimension in labels - {*source.dimensions}:
                yield _tell(f"weighting units by {dimension}", Spot((*route, "weights", dimension), at="key"))


def _tell(what: str, spot: Spot) -> Problem:
    message = f"{what} belongs to the language, and this version of prism-rules does not evaluate it yet"
    return Problem("not-evaluated-yet", message, (spot,), "take it out: a ruleset is never evaluated in part")


def _find(data: Any, pattern: Route, route: Route = ()) -> Iterator[Route]:
    if not pattern:
        yield route
        return
    if isinstance(data, dict):
        for key in data if pattern[0] == "*" else (pattern[0],):
            if key in data:
                yield from _find(data[key], pattern[1:], (*route, key))
