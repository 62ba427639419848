"""Earlier: what a plan is told of the plan before it, be that one saved or recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from prism_rules.model.plan import ActionState, Annotators, Scope, ShownStatus
from prism_rules.model.ruleset import Status

SHOWN = 8
"""Windows of a finding's history."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finding of an earlier plan, a pass too, as far as later ones ask for it."""

    id: str
    rule: str
    scope: Scope
    status: ShownStatus
    value: float | None
    n: int
    hides: Status | None = None
    distance: float = 0.0
    """How far the value lies beyond the bound that decided it."""
    unit: str = ""
    window: tuple[str | None, str] = (None, "")
    since: str = ""


class Point(NamedTuple):
    """A finding in the window of an earlier plan. There are many, of which a plan tells few."""

    to: str
    value: float | None
    n: int
    status: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The plan that changes are told against."""

    digest: str
    as_of: str
    ruleset: str
    """Its name."""
    heads: tuple[str, ...] = ()
    """The ledger's, when it was made."""
    selected: tuple[str, ...] = ()
    findings: tuple[Earlier, ...] = ()
    history: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    """Finding -> at most `SHOWN` windows, the plan's own last."""
    annotators: Annotators | None = None
    """How it tells annotators apart, if it does."""
    personal: frozenset[str] = frozenset()
    """Ids of its findings, and of its history, that are about annotators."""
    actions: Mapping[str, ActionState] | None = None
    """Its actions' states by id; None where a ledger has them."""
