"""Points: single things of a ruleset that a rule test can try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from prism_rules.diagnostics import Route
from prism_rules.model.plan import Finding, Origin, Plan
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.judgement import name_origin

Kind = Literal["rules", "bounds", "overrides", "causes", "gates"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Run(Protocol):
    """What one rule test gave."""

    @property
    def plan(self) -> Plan:
        """The plan of its data."""

    @property
    def findings(self) -> Sequence[Finding]:
        """Every finding, passes too."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to try, and where it is written."""

    id: str
    kind: Kind
    text: str
    """What is said while nothing tries it."""
    origin: Origin


def make_point(
    resolved: Resolved, kind: Kind, route: Route, trial: str, text: str, *, place: Route | None = None
) -> Point:
    """Make the point of a trial of what is written at `route`; people are sent to `place`, if that is another."""
    return Point(name_trial(route, trial), kind, text, resolved.origin(place or route))


def name_trial(route: Route, trial: str) -> str:
    """Name a trial of what is written at a place: ``rules.class-agreement.fail.below#on``."""
    return f"{name_origin(route)}#{trial}"


def find_status(finding: Finding) -> str:
    """Find what a finding says as evidence: of a waived one what the waiver hides."""
    return finding.hides or finding.status
