"""What the language says and this version does not do yet: refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import FIELD_DIMENSIONS

NOT_EVALUATED: tuple[Route, ...] = (
    ("extends",),
    ("governance",),
    ("metadata", "renamed_from"),
    ("sources", "*", "renamed_from"),
    ("classes", "*", "renamed_from"),
    ("rules", "*", "renamed_from"),
    ("causes", "*", "renamed_from"),
    ("actions", "*", "renamed_from"),
    ("sources", "*", "fields", "probabilities"),
    ("sources", "*", "fields", "gold"),
    ("sources", "*", "fields", "batch"),
)
"""Places of a ruleset (``*`` is any key) that are refused."""


_PEOPLE = "telling reviewers apart, under pseudonyms,"


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
        if queue is None or source is None or source.role != "annotations":
            continue
        route: Route = ("actions", name, "queue")
        for dimension in queue.weights:
            if dimension in {*FIELD_DIMENSIONS, "family"} - {"annotator", *source.dimensions}:
                yield _tell(f"weighting units by {dimension}", Spot((*route, "weights", dimension), at="key"))


def check_people(draft: Draft) -> Iterator[Problem]:
    """Refuse whatever would print the names of reviewers, who have no pseudonyms yet: `not-evaluated-yet`."""
    for route, names in _list_named(draft.model):
        for place, name in enumerate(names):
            if name == "annotator":
                spot = Spot((*route, name), at="key") if isinstance(names, dict) else Spot((*route, place))
                yield _tell(_PEOPLE, spot)
    for rule, asked in draft.model.rules.items():
        if asked.of == "annotator":
            yield _tell(_PEOPLE, Spot(("rules", rule, "of")))
    for source, entry in draft.model.sources.items():
        for group in ("dimensions", "features"):
            columns = getattr(entry, group)
            named = columns.items() if isinstance(columns, dict) else enumerate(columns)
            for key, column in named:
                if column == entry.fields.get("annotator"):
                    yield _tell(_PEOPLE, Spot(("sources", source, group, key)))


def _list_named(model: Ruleset) -> Iterator[tuple[Route, Collection[str]]]:
    """List the places of a ruleset whose dimensions and columns a plan or its files show."""
    for name, rule in model.rules.items():
        metric = METRICS.get(rule.metric)
        if metric is None or not metric.of_units:  # agreement by annotator is refused for good
            yield ("rules", name, "by"), rule.by
        if isinstance(rule.of, tuple):
            yield ("rules", name, "of"), rule.of
        if rule.baseline and rule.baseline.by:
            yield ("rules", name, "baseline", "by"), rule.baseline.by
        for key, override in rule.overrides.items():
            yield ("rules", name, "overrides", key, "match"), override.match
    for name, cause in model.causes.items():
        yield ("causes", name, "by"), cause.by
    for name, action in model.actions.items():
        yield ("actions", name, "by"), action.by
        if action.queue:
            yield ("actions", name, "queue", "show"), action.queue.show
            yield ("actions", name, "queue", "weights"), action.queue.weights


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
