"""What the language says and this version does not do yet: refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import ANNOTATOR, FIELD_DIMENSIONS, find_grain

NOT_EVALUATED: tuple[Route, ...] = (
    ("sources", "*", "fields", "probabilities"),
    ("sources", "*", "fields", "batch"),
)
"""Places of a ruleset (``*`` is any key) that are refused."""


_PEOPLE = "telling reviewers apart elsewhere than in `by` of rules, baselines and causes"


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
    """Refuse whatever would print the names of reviewers, or needs them: `not-evaluated-yet`.

    Scopes of rules and of causes have pseudonyms in their place.
    """
    for route, names in _list_named(draft.model):
        for place, name in enumerate(names):
            if name == ANNOTATOR:
                spot = Spot((*route, name), at="key") if isinstance(names, dict) else Spot((*route, place))
                yield _tell(_PEOPLE, spot)
    for rule, asked in draft.model.rules.items():
        if asked.of == ANNOTATOR:
            yield _tell(_PEOPLE, Spot(("rules", rule, "of")))
    for name, action in draft.model.actions.items():
        if "by" not in action.model_fields_set and ANNOTATOR in find_grain(draft.model, action):
            yield _tell("an action for each reviewer", Spot(("actions", name, "for"), at="key"))
    # A column that names annotators in one source names them in every other one.
    people = {entry.fields[ANNOTATOR] for entry in draft.model.sources.values() if ANNOTATOR in entry.fields}
    for source, entry in draft.model.sources.items():
        for group in ("fields", "dimensions", "features"):
            columns = getattr(entry, group)
            named = columns.items() if isinstance(columns, dict) else enumerate(columns)
            for key, column in named:
                if column in people and (group, key) != ("fields", ANNOTATOR):
                    yield _tell(_PEOPLE, Spot(("sources", source, group, key)))


def _list_named(model: Ruleset) -> Iterator[tuple[Route, Collection[str]]]:
    """List the places of a ruleset whose dimensions and columns a plan or its files show."""
    for name, rule in model.rules.items():
        if isinstance(rule.of, tuple):
            yield ("rules", name, "of"), rule.of
        for key, override in rule.overrides.items():
            yield ("rules", name, "overrides", key, "match"), override.match
    for name, waiver in model.waivers.items():
        # A waiver says for all dimensions what it is for, and this one says: everybody.
        yield ("waivers", name, "match"), {key: value for key, value in waiver.match.items() if value != "*"}
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
