"""Scopes: when two places are the same place."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Ruleset


def add_family(model: Ruleset, scope: Mapping[str, str]) -> Scope:
    """Add the family that a scope's class implies, so that a class never meets another family's findings."""
    declared = model.classes.get(scope.get("class", ""))
    if "family" in scope or declared is None:
        return dict(scope)
    return {**scope, "family": declared.family or "(none)"}


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two scopes say the same on every dimension that both have."""
    return all(other.get(dimension, value) == value for dimension, value in one.items())
