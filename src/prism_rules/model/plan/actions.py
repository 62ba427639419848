"""What a plan says of work: actions with their gates, acceptance and queues."""

from __future__ import annotations

from typing import Literal

from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.plan.findings import Bound, Scope
from prism_rules.model.ruleset import ActionKind

ActionState = Literal["proposed", "blocked", "open", "done", "verified", "closed", "rejected"]
"""Where an action stands.

- `proposed`: by a plan, and nobody has said yes yet
- `blocked`: proposed or open, and a gate is shut or another action comes first
- `open`: approved
- `done`: somebody says that it is done
- `verified`: done, and its acceptance holds
- `closed`: done without acceptance, or lapsed
- `rejected`: somebody has said no
"""


DecisionName = Literal["approved", "rejected", "done", "reopened"]
"""What people can decide about an action."""


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
    unchanged: Many[str] = ()
    """Collections that it rests on and that nothing was added to since the work was done."""


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
    preview: Many[dict[str, str | int | float | bool | None]] = ()
    """The first rows of the queue, as the file for programs has them: field -> value."""
    kept: int = 0
    """Rows that were recorded before its action was blocked, and are written again once it is not."""


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
    episode: int = 1
    override: bool = False
    """`done` although the action was blocked."""
    to: str | None = None
    """Whom an escalation went to."""


class LostHistory(Frozen):
    """Live actions of the ledger that the ruleset no longer knows: no plan shows or finishes them."""

    kind: Literal["action", "class", "ruleset"]
    """What is gone, or has another name now."""
    name: str
    actions: Many[str]


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
    conflict: Many[Decision] = ()
    """Concurrent decisions that disagree, the one that counts first; empty once a later one followed both."""
    history: Many[Decision] = ()
    """What the ledger knows of it, in the ledger's order, earlier episodes too."""
    decidable: Many[DecisionName] = ()
    """What people can decide about it once this plan is recorded."""


class Stuck(Frozen):
    """A gate that is shut and that no live action works on."""

    rule: str
    scope: Scope
    because: str
    blocks: Many[str]
