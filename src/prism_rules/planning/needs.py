"""Needs: what a plan has to know beyond what rules measure anyway."""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.ledger import LIVE, ActionState
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Annotators, Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import FEW
from prism_rules.planning.changes import set_apart
from prism_rules.planning.earlier import Previous
from prism_rules.program import Anchor
from prism_rules.ruleset.grain import ANNOTATOR, list_scope
from prism_rules.ruleset.people import is_named
from prism_rules.ruleset.terms import list_holds


def list_anchors(model: Ruleset, recorded: Iterable[ActionState]) -> list[Anchor]:
    """List the second measurements to make: of what was done, the rules that accept it (until it is closed), and those
    that gate what comes after it."""
    anchors: dict[Anchor, None] = {}
    for state in recorded:
        if state.anchor is None or state.state not in ("done", "verified", "closed") or state.name not in model.actions:
            continue
        holds = [*model.actions[state.name].done_when] if state.state != "closed" else []
        holds += [hold for other in model.actions.values() if state.name in other.after for hold in other.requires]
        anchors |= {Anchor(rule, parse_moment(state.anchor)): None for rule, _ in list_holds(holds)}
    return [*anchors]


def list_expected(model: Ruleset, previous: Previous | None, recorded: Iterable[ActionState]) -> dict[str, list[Scope]]:
    """List by rule the scopes that must have a finding even where no row is met.

    They are those of the last plan, so that a site whose feed ends does not vanish in silence, and those that live
    actions wait for.
    """
    expected: dict[str, list[Scope]] = {}
    if previous and is_named(model):
        previous = set_apart(previous, Annotators(kind="named"))  # pseudonyms are no names
    for entry in previous.findings if previous else ():
        if entry.scope.get(ANNOTATOR) != FEW:
            expected.setdefault(entry.rule, []).append(entry.scope)
    for state in recorded:
        if state.name not in model.actions or state.state not in LIVE:
            continue
        action = model.actions[state.name]
        for criterion in state.opening.acceptance:
            expected.setdefault(criterion.rule, []).append(criterion.scope)
        for rule, _ in list_holds((*action.requires, *action.done_when)):
            by = list_scope(model.rules[rule])
            if {*by} <= {*state.scope}:
                expected.setdefault(rule, []).append({dimension: state.scope[dimension] for dimension in by})
    return expected
