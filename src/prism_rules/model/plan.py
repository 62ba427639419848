"""The plan: everything a renderer may tell, as written to plan.json.

Times are UTC, ISO 8601 with `Z`; dates are ISO; values are rounded half-even to 6 decimals. Texts are
plain (title, owner, reason: never markup) or Markdown (steps, text), with data in them already escaped.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.ruleset import ActionKind, CauseKind, Gap, Question, Risk, Status

Scope = dict[str, str]
"""Dimension -> value; empty for a rule without `by`."""
ShownStatus = Literal["fail", "warn", "unsure", "pass", "insufficient", "no_data", "waived"]
BoundKind = Literal["below", "above", "outside", "drop", "rise", "change"]
Change = Literal["new", "worse", "same", "better", "cleared", "lost"]
ActionState = Literal["proposed", "blocked", "open", "done", "verified", "closed", "rejected"]


class Tool(Frozen):
    """The program that made the plan."""

    name: Literal["prism-rules"] = "prism-rules"
    version: str


class FileDigest(Frozen):
    """A file and the digest of its bytes."""

    path: str
    sha256: str


class RulesetRef(Frozen):
    """Which ruleset, by name, version and digest of its resolved content."""

    name: str
    version: str
    digest: str
    files: Many[FileDigest] = ()


class PreviousRef(Frozen):
    """The plan that changes are told against."""

    digest: str
    as_of: str


class LedgerRef(Frozen):
    """The ledger heads the plan was made with."""

    heads: Many[str] = ()


class Input(Frozen):
    """One source's data: how many rows before `as_of`, over which time, and its digest."""

    source: str
    rows: int
    digest: str
    files: int
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None


class IntakeNote(Frozen):
    """Something about the data itself that people should know before they read findings."""

    source: str
    code: str
    n: int
    text: str
    names: Many[str] = ()


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
    sql: str
    bounds: Many[ResolvedBound]


class Origin(Frozen):
    """Where in which file something was written. Lines live here only."""

    file: str
    line: int
    col: int


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
    """A slice of production that the reference does not have, or has too little of."""

    of: Scope
    n: int
    reference: int
    kind: Literal["absent", "under_represented"]


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
    hides: Status | None = None
    value: float | None
    n: int
    unit: str
    interval: tuple[float, float] | None = Field(default=None, strict=False)
    bound: Bound | None = None
    baseline: BaselineValue | None = None
    window: tuple[str | None, str] = Field(strict=False)
    reason: str | None = None
    excluded: dict[str, int] = Field(default_factory=dict)
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


class Blocker(Frozen):
    """A closed gate or an unfinished predecessor."""

    rule: str | None = None
    action: str | None = None
    scope: Scope
    because: Literal["fails", "unsure", "unmeasured", "awaiting", "not_yet_measured"]


class Acceptance(Frozen):
    """What will count as done, measured after the action's anchor."""

    rule: str
    scope: Scope
    holds: bool
    was: float | None
    value: float | None
    n: int
    bound: Bound | None = None
    reason: str | None = None


class Stratum(Frozen):
    """A weighted part of a queue."""

    value: Scope
    weight: float
    eligible: int
    taken: int


class QueueEntry(Frozen):
    """Which rows to review, and how they were drawn."""

    path: str | None
    source: str
    rows: int
    size: int
    eligible: int
    seed: int
    digest: str | None
    effort_minutes: int | None
    strata: Many[Stratum] = ()


class Decision(Frozen):
    """An event of the ledger about an action."""

    action: str
    name: str
    scope: Scope
    event: str
    by: str | None = None
    because: str | None = None
    at: str | None = None
    entry: str


class ActionEntry(Frozen):
    """One action of the plan."""

    id: str
    action: str
    kind: ActionKind
    scope: Scope
    covers: Many[str]
    state: ActionState
    overdue: bool = False
    title: str
    steps: str | None
    owner: str | None
    due: str | None
    priority: int
    after: Many[str] = ()
    opened_at: str | None = None
    escalated_to: str | None = None
    episode: int = 1
    blocked_by: Many[Blocker] = ()
    acceptance: Many[Acceptance] = ()
    queue: QueueEntry | None = None


class Stuck(Frozen):
    """A gate that is shut and that no live action works on."""

    rule: str
    scope: Scope
    because: str
    blocks: Many[str]


class Cleared(Frozen):
    """A finding of the previous plan that holds now."""

    id: str
    rule: str
    scope: Scope
    was: float | None
    value: float | None
    since: str


class HistoryPoint(Frozen):
    """A finding in an earlier window."""

    to: str
    value: float | None
    n: int
    status: str


class Counts(Frozen):
    """How many of what."""

    findings: dict[str, int]
    actions: dict[str, int]
    changes: dict[str, int]


class Plan(Frozen):
    """The action plan: plan.json, whole."""

    api_version: Literal["prism-rules/v1"] = Field(default="prism-rules/v1", alias="apiVersion")
    kind: Literal["Plan"] = "Plan"
    tool: Tool
    command: str
    ruleset: RulesetRef
    question: Question
    as_of: str
    previous: PreviousRef | None = None
    ledger: LedgerRef
    inputs: Many[Input]
    intake: Many[IntakeNote] = ()
    status: ShownStatus
    counts: Counts
    rules: dict[str, RuleEntry]
    origins: dict[str, Origin]
    findings: Many[Finding]
    passes: Many[Passing]
    history: dict[str, Many[HistoryPoint]] = Field(default_factory=dict)
    diagnoses: Many[Diagnosis]
    chain: Many[Many[str]] = ()
    unexplained: Many[str] = ()
    stuck: Many[Stuck] = ()
    cleared: Many[Cleared] = ()
    actions: Many[ActionEntry]
    decisions: Many[Decision] = ()
    files: Many[FileDigest] = ()
