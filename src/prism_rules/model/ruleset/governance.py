"""Cadence, budget, sampling, escalation; and waivers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Day, Duration, Fraction, Frozen, Id, Logical, Many
from prism_rules.model.ruleset.words import Glob, Risk, Status, Text


class Cadence(Frozen):
    """How often the ruleset is evaluated and reviewed."""

    evaluate: Duration | None = None
    full_review: Duration | None = None


class Rate(Frozen):
    """A sampling rate and the value from which it applies."""

    at_least: float | None = None
    rate: Fraction | None = None
    otherwise: Fraction | None = None


class QaSampling(Frozen):
    """Sampling rates per class from a rule's measured value."""

    rule: Id
    rates: Many[Rate] = Field(min_length=1)


class EscalationWhen(Frozen):
    """When an action is told to somebody else."""

    overdue: Duration | None = None
    status: Status | None = None
    risk: Many[Risk] = ()


class Escalation(Frozen):
    """One step of escalation."""

    when: EscalationWhen
    to: Text


class Governance(Frozen):
    """Cadence, turnaround, budget, sampling, escalation."""

    cadence: Cadence | None = None
    turnaround: Duration | None = None
    review_budget: Duration | None = None
    qa_sampling: QaSampling | None = None
    escalation: Many[Escalation] = ()
    annotators: Literal["pseudonyms", "named"] | None = None


class Waiver(Frozen):
    """A finding that is set aside until a day, by somebody, for a reason."""

    rule: Id
    match: dict[Logical, Glob] = Field(default_factory=dict)
    """Every dimension of the rule -> exact value, or a glob with `*`; empty for a rule without dimensions."""
    until: Day
    """The first day on which it hides nothing any more."""
    by: Text
    because: Text
