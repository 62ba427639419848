"""Who reads what: which entries of a ruleset name a rule, a cause or an action, and as what."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Literal, NamedTuple

from prism_rules.model.ruleset import Action, Hold, Occasion, Ruleset
from prism_rules.ruleset.terms import list_terms, read_leaf

Part = Literal["evidence", "against", "opens", "gate", "acceptance", "sampling"]


class Reader(NamedTuple):
    """An entry that asks for a rule's findings."""

    section: Literal["causes", "actions", "governance"]
    id: str
    part: Part
    """What the rule is to it: `evidence` for a cause or `against` it; of an action what `opens` it, its `gate`, or its
    `acceptance`; or what the rates of `sampling` follow."""


_LISTED: dict[int, tuple[weakref.ref[Ruleset], dict[str, list[Reader]]]] = {}
"""What was listed of a ruleset, for as long as that lives: a manual asks for each of its rules."""


def list_readers(model: Ruleset) -> dict[str, list[Reader]]:
    """List who reads each rule, in the order of the file; nobody reads some."""
    key = id(model)
    if key not in _LISTED:
        readers: dict[str, dict[Reader, None]] = {rule: {} for rule in model.rules}
        for rule, reader in _list_all(model):
            readers.setdefault(rule, {})[reader] = None
        listed = {rule: [*found] for rule, found in readers.items()}
        _LISTED[key] = weakref.ref(model, lambda _: _LISTED.pop(key, None)), listed
    return _LISTED[key][1]


def _list_all(model: Ruleset) -> Iterator[tuple[str, Reader]]:
    for name, cause in model.causes.items():
        yield from ((leaf.rule, Reader("causes", name, "evidence")) for leaf, _ in list_terms(cause.when, ()))
        yield from ((read_leaf(term).rule, Reader("causes", name, "against")) for term in cause.against)
    for name, action in model.actions.items():
        for occasion in list_occasions(action):
            yield occasion.rule, Reader("actions", name, "opens")
        for hold in map(read_hold, action.requires):
            yield hold.rule, Reader("actions", name, "gate")
        for hold in map(read_hold, action.done_when):
            yield hold.rule, Reader("actions", name, "acceptance")
    if model.governance and model.governance.qa_sampling:
        yield model.governance.qa_sampling.rule, Reader("governance", "qa_sampling", "sampling")


def list_occasions(action: Action) -> list[Occasion]:
    """List the findings that open an action without a cause."""
    return [target for target in action.for_ if isinstance(target, Occasion)]


def list_causes(action: Action) -> list[str]:
    """List the causes that an action is for."""
    return [target for target in action.for_ if not isinstance(target, Occasion)]


def read_hold(gate: str | Hold) -> Hold:
    """Give what a bare id in `requires` or `done_when` stands for."""
    return Hold(rule=gate) if isinstance(gate, str) else gate
