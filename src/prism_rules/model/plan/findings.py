"""What a plan says of data: findings with what decided them, and diagnoses."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.ruleset import CauseKind, Gap, Risk, Status, Test

Scope = dict[str, str]
"""Dimension -> value; empty for a rule without `by`."""
ShownStatus = Literal["fail", "warn", "unsure", "insufficient", "no_data", "pass", "waived"]
"""What a finding says, as a plan shows it.

- `waived`: a waiver sets it aside
"""
UNEVALUATED: tuple[ShownStatus, ...] = ("insufficient", "no_data")
"""The statuses without a verdict."""
BoundKind = Literal["below", "above", "outside", "drop", "rise", "change"]
COMPARED: frozenset[BoundKind] = frozenset({"drop", "rise", "change"})
"""Bounds on the distance from the baseline."""
Change = Literal["new", "worse", "same", "better", "cleared", "lost"]
"""How a finding stands to the plan before.

- `new`: it was not there, or it passed
- `worse`: of a higher status, or further from the bound
- `same`: as it was
- `better`: of a lower status, or nearer to the bound
- `cleared`: it was there, and holds now
- `lost`: it was there, and is not evaluated now
"""


class ResolvedBound(Frozen):
    """A bound as it applies: to which scopes, at which level, and where it was written."""

    match: Scope = Field(default_factory=dict)
    level: Literal["warn", "fail"]
    kind: BoundKind
    value: float | Many[float]
    relative: bool = False
    """True when `value` is a fraction of the baseline (written as a percentage)."""
    origin: str


class RuleEntry(Frozen):
    """A rule, as a reader of the plan needs it."""

    title: str
    source: str
    metric: str
    by: Many[str]
    status: Literal["experimental", "stable", "deprecated"]
    unit: str
    scan: str
    """The query of the plan's `scans` that measured it."""
    bounds: Many[ResolvedBound]
    test: Test | None = None
    """Of a series: the test whose statistic its values are."""


class Bound(Frozen):
    """The bound that decided a finding."""

    level: Literal["warn", "fail"]
    kind: BoundKind
    value: float | Many[float]
    relative: bool = False
    origin: str


class BaselineValue(Frozen):
    """What the value was compared with."""

    value: float | None
    n: int
    scope: Scope
    source: str
    window: tuple[str | None, str] = Field(strict=False)


class Slice(Frozen):
    """What stands out: a slice by how the reference has it or how it fares beside the rest of the rows, or a column
    that differs."""

    of: Scope
    n: int
    reference: int
    """Its rows in the reference; of `worse` and `better` those of the rest; of `chosen_more` and `chosen_less` how
    often others chose it."""
    kind: Literal[
        "absent",
        "under_represented",
        "over_represented",
        "worse",
        "better",
        "chosen_more",
        "chosen_less",
        "more",
        "less",
        "vanished",
        "new",
        "gone",
        "retyped",
    ]


class Pair(Frozen):
    """Two classes that reviewers chose for the same units, and how often."""

    classes: tuple[str, str] = Field(strict=False)
    n: int


class Finding(Frozen):
    """A rule's judgement of one measurement."""

    id: str
    rule: str
    scope: Scope
    status: ShownStatus
    unsure_of: Literal["warn", "fail"] | None = None
    """The higher level that may be reached."""
    doubted: Bound | None = None
    """The bound of that level, which is crossed, though not beyond doubt."""
    hides: Status | None = None
    """The status that a waiver hides; it is still evidence."""
    waiver: str | None = None
    """Id of the waiver that hides it."""
    value: float | None
    n: int
    unit: str
    interval: tuple[float, float] | None = Field(default=None, strict=False)
    """Of what the bound is about: of the value, or of its distance from the baseline."""
    confidence: float | None = None
    """Of the interval."""
    bound: Bound | None = None
    baseline: BaselineValue | None = None
    window: tuple[str | None, str] = Field(strict=False)
    reason: str | None = None
    excluded: dict[str, int] = Field(default_factory=dict)
    """Why rows of the scope were not measured -> how many: `null` are those without the value that is measured."""
    changed_at: str | None = None
    """Of a series: since when it has been leaving its place."""
    slope: float | None = None
    """Of a series: the change per step, where the test estimates one."""
    change: Change = "new"
    since: str
    slices: Many[Slice] = ()
    pairs: Many[Pair] = ()


class Passing(Frozen):
    """A finding that passed, in short."""

    id: str
    rule: str
    scope: Scope
    value: float | None
    n: int


class Cleared(Frozen):
    """A finding of the previous plan that holds now."""

    id: str
    rule: str
    scope: Scope
    was: float | None
    value: float | None
    since: str
    baseline: BaselineValue | None = None


class HistoryPoint(Frozen):
    """A finding in an earlier window."""

    to: str
    value: float | None
    n: int
    status: str


class Diagnosis(Frozen):
    """A cause at a scope, with its evidence."""

    id: str
    cause: str
    title: str
    kind: CauseKind
    gap: Gap | None
    scope: Scope
    at: Many[Scope] = ()
    verdict: Literal["diagnosed", "undetermined", "waived"]
    score: float
    rank: int
    head: bool
    evidence: Many[str]
    against: Many[str] = ()
    unknown: Many[str] = ()
    leads_to: Many[str] = ()
    risk: Risk | None = None
    text: str = ""
