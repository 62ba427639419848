"""Cadence, budget, sampling, escalation; and waivers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from prism_rules.model.frozen import Day, Duration, Fraction, Frozen, Id, Logical, Many
from prism_rules.model.ruleset.words import Glob, Risk, Status, Text


class Cadence(Frozen):
    """How often the ruleset is evaluated and reviewed."""

    evaluate: Duration | None = None
    """How often the ruleset is evaluated: `7d`."""
    full_review: Duration | None = None
    """How often all of it is reviewed: `90d`."""


class Rate(Frozen):
    """A sampling rate and the value from which it applies."""

    at_least: float | None = None
    """The value from which this rate applies."""
    rate: Fraction | None = None
    """The share of rows that is sampled: `0.05`."""
    otherwise: Fraction | None = None
    """The share where no other rate applies, or where nothing is known."""


class QaSampling(Frozen):
    """Sampling rates per class from a rule's measured value."""

    rule: Id
    """Id of the rule whose measured value decides."""
    rates: Many[Rate] = Field(min_length=1)
    """Rates, the strictest value first: `[{at_least: 0.90, rate: 0.02}, {otherwise: 0.25}]`."""
    effort: Duration | None = None
    """Time that one label takes to check: `1m`. It is taken from the review budget before all else."""


class EscalationWhen(Frozen):
    """When an action is told to somebody else."""

    overdue: Duration | None = None
    """So long ago the action was due: `7d`."""
    status: Status | None = None
    """A finding that the action rests on has this status, and is not waived."""
    risk: Many[Risk] = ()
    """The action's risk is one of these: that of its class, else of what it covers, else of the question."""
    class_: Many[Glob] = Field(default=(), alias="class")
    """The class is one of these, or matches a pattern: `[surface-scratch]`."""


class Escalation(Frozen):
    """One step of escalation."""

    when: EscalationWhen
    """When it is told. All that is said must hold."""
    to: Text
    """Whom it is told: `"@org/safety"`."""


class Governance(Frozen):
    """Cadence, turnaround, budget, sampling, escalation."""

    cadence: Cadence | None = None
    """How often the ruleset is evaluated and reviewed."""
    turnaround: Duration | None = None
    """The time from signal to queue: `7d`. It bounds a rule of the name `turnaround`, which comes with it."""
    review_budget: Duration | None = None
    """Time for reviews per cadence: `40h`. Over it, queues shrink by priority."""
    qa_sampling: QaSampling | None = None
    """Sampling rates per class, from a rule's measured value."""
    escalation: Annotated[Many[Escalation], Field(max_length=100)] = ()
    """When an action is told to somebody else, and whom. The furthest step stands last."""
    days: Literal["calendar", "business"] | None = None
    """Which days count for `due`, `overdue` and `turnaround`.

    - `calendar`: every day; this holds if nothing is said
    - `business`: Monday to Friday, without `holidays`
    """
    holidays: Annotated[Many[Day], Field(max_length=1_000)] = ()
    """Days that are no business days: `[2026-12-25]`."""
    annotators: Literal["pseudonyms", "named"] | None = None
    """How annotators appear in reports.

    - `pseudonyms`: under those that a key makes, else under letters; this holds if nothing is said
    - `named`: under their names
    """


class Waiver(Frozen):
    """A finding that is set aside until a day, by somebody, for a reason."""

    rule: Id
    """Id of the rule whose findings are set aside."""
    match: dict[Logical, Glob] = Field(default_factory=dict)
    """Every dimension of the rule → value, or a pattern with `*`; `"*"` alone means every value. A rule without `by`
    needs none."""
    until: Day
    """The first day on which nothing is hidden any more: `2026-04-30`."""
    by: Text
    """Who answers for it: `"@org/reliability"`."""
    because: Text
    """Why they are set aside: `Guideline rewrite under way, DQ-112`."""
