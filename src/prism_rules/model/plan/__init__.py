"""The plan: everything a renderer may tell, as written to plan.json.

Times are UTC, ISO 8601 with `Z`; dates are ISO; values are rounded half-even to 6 decimals. Texts are
plain (title, owner, reason: never markup) or Markdown (steps, text), with data in them already escaped.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Frozen, Id, Many
from prism_rules.model.plan.actions import (
    Acceptance,
    ActionEntry,
    ActionState,
    Blocker,
    Decision,
    DecisionName,
    LostHistory,
    QueueEntry,
    Stratum,
    Stuck,
)
from prism_rules.model.plan.findings import (
    COMPARED,
    UNEVALUATED,
    BaselineValue,
    Bound,
    BoundKind,
    Change,
    Cleared,
    Diagnosis,
    Finding,
    HistoryPoint,
    Pair,
    Passing,
    ResolvedBound,
    RuleEntry,
    Scope,
    ShownStatus,
    Slice,
)
from prism_rules.model.plan.governance import GovernanceEntry, OwnerWork, QaRate, Waiting
from prism_rules.model.plan.waivers import WaiverEntry
from prism_rules.model.ruleset import Question

__all__ = [
    "COMPARED",
    "UNEVALUATED",
    "Acceptance",
    "ActionEntry",
    "ActionState",
    "Annotators",
    "BaselineValue",
    "Blocker",
    "Bound",
    "BoundKind",
    "Change",
    "Cleared",
    "Counts",
    "Decision",
    "DecisionName",
    "Diagnosis",
    "FileDigest",
    "Finding",
    "GovernanceEntry",
    "HistoryPoint",
    "Input",
    "IntakeNote",
    "LedgerRef",
    "LostHistory",
    "Origin",
    "OwnerWork",
    "Pair",
    "Passing",
    "PeopleKind",
    "Plan",
    "PreviousRef",
    "QaRate",
    "QueueEntry",
    "ResolvedBound",
    "RuleEntry",
    "RulesetRef",
    "Scope",
    "ShownStatus",
    "Slice",
    "Stratum",
    "Stuck",
    "Tool",
    "Waiting",
    "WaiverEntry",
]


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
    actions: dict[str, ActionState] | None = None
    """Its actions' states by id, of a saved plan and but for those about one annotator; else the ledger has them."""


class LedgerRef(Frozen):
    """The ledger heads the plan was made with."""

    heads: Many[str] = ()
    later: str | None = None
    """The last moment that it has a plan of the ruleset for, where that is after `as_of`."""


class Input(Frozen):
    """One source's data: how many rows before `as_of`, over which time, and its digest."""

    source: str
    rows: int
    digest: str
    """`bytes:` of files, `rows:` of rows that lay in memory, in whatever order."""
    files: int
    """How many files; none where the rows lay in memory."""
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None


class IntakeNote(Frozen):
    """Something about the data itself that people should know before they read findings."""

    source: str
    code: str
    n: int
    text: str
    names: Many[str] = ()


class Origin(Frozen):
    """Where in which file something was written. Lines live here only."""

    file: str
    line: int
    col: int


PeopleKind = Literal["letters", "keyed", "named"]
"""How annotators are told apart.

- `letters`: A, B, C, in an order that moves when somebody joins
- `keyed`: by pseudonyms that a key makes, the same in every run
- `named`: by their names
"""


class Annotators(Frozen):
    """How a plan tells annotators apart. Where two plans have this alike, a pseudonym is the same person in both."""

    kind: PeopleKind
    fingerprint: str | None = None
    """Of the key; of letters, of all who are met."""

    def describe(self) -> str:
        """Describe it for a message: `keyed (3f9a2c1b0d4e)`."""
        return f"{self.kind} ({self.fingerprint})" if self.fingerprint else self.kind


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
    annotators: Annotators | None = None
    """How annotators are told apart, where they are."""
    selected: Many[Id] = ()
    """The rules that were looked at, where they were selected; without them, all were."""
    only_changes: bool = False
    """Whether this is a plan without what did not change, as `render --only-changes` makes it; counts are of all."""
    status: ShownStatus
    counts: Counts
    scans: dict[str, str]
    """Id -> SELECT. Rules share them, so they stand here once."""
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
    waivers: Many[WaiverEntry] = ()
    decisions: Many[Decision] = ()
    lost_history: Many[LostHistory] = ()
    qa_sampling: Many[QaRate] = ()
    governance: GovernanceEntry | None = None
    files: Many[FileDigest] = ()
