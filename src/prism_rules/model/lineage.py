"""Lineage for machines: where recorded actions stand, and where rows, actions and entries are from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.ledger import Event, InputUsed, RulesetUsed
from prism_rules.model.plan import Decision, FileDigest, QaRate, Scope


class RecordedAction(Frozen):
    """One action that plans recorded, and all that happened to it."""

    id: str
    action: str
    scope: Scope
    state: str
    episode: int
    opened_at: str
    kind: str
    title: str
    owner: str | None
    due: str | None
    rows: Many[str]
    """Ids of the rows of its frozen queue, in queue order."""
    conflict: Many[Decision]
    """Concurrent decisions that disagree, the one that counts first."""
    history: Many[Decision]
    """In the ledger's order; of one action after a head, only what happened since."""


class LedgerState(Frozen):
    """Where recorded actions stand."""

    api_version: Literal["prism-rules/v1"] = Field(default="prism-rules/v1", alias="apiVersion")
    kind: Literal["LedgerState"] = "LedgerState"
    heads: Many[str]
    actions: Many[RecordedAction]


class TracedStratum(Frozen):
    """What a row was drawn from: how many rows were eligible, and how many were taken."""

    value: Scope
    eligible: int
    taken: int


class TracedRow(Frozen):
    """A row of a queue."""

    id: str
    number: int
    """Its place in the queue, from 1."""
    stratum: TracedStratum
    inclusion_probability: float | None


class Made(Frozen):
    """What something was decided on, and the entry that recorded it."""

    entry: str | None
    """None where the ledger has no entry of the plan."""
    parents: Many[str]
    plan: str | None
    """Digest of plan.json; a decision by hand has none."""
    as_of: str | None
    ruleset: RulesetUsed
    inputs: Many[InputUsed]
    tool: str
    """Version of prism-rules."""


class TracedQueue(Frozen):
    """A queue: of an action, or of a sample of a class's labels."""

    id: str
    action: str | None = None
    """The action's entry id in the ruleset; a sample has none."""
    scope: Scope
    state: str | None = None
    """Where the action stands now; of one that is not recorded, where its plan has it."""
    episode: int | None = None
    sample: QaRate | None = None
    """Of a sample, what the plan says of it."""
    file: FileDigest | None = None
    """Of a plan's queue, the file that holds the row; it is as the plan wrote it."""
    rows: int
    row: TracedRow | None = None
    """The row that was asked for."""
    recorded: Made
    since: Many[Decision] = ()
    """What happened to the action after that."""


class Trace(Frozen):
    """Where something is from: the queues of a row or an action, or what an entry recorded."""

    api_version: Literal["prism-rules/v1"] = Field(default="prism-rules/v1", alias="apiVersion")
    kind: Literal["Trace"] = "Trace"
    what: str
    queues: Many[TracedQueue] = ()
    recorded: Made | None = None
    """Of an entry."""
    events: Many[Event] = ()
    """Of an entry."""
