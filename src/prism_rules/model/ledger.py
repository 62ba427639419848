"""One entry of the ledger: what was decided about actions, and what it was decided on.

No field is a float, so that an entry has exactly one canonical form and its name can be the hash of its bytes.
"""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from prism_rules.model.frozen import Frozen, Id, Many
from prism_rules.model.plan import Annotators, FileDigest, ShownStatus
from prism_rules.model.ruleset import Status

BY_PLAN = "prism-rules"
"""Whom events are by that a plan recorded."""
EventName = Literal["opened", "approved", "rejected", "done", "verified", "reopened", "closed", "escalated", "waived"]


def _check_calendar(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _check_finite(text: str) -> str:
    if not isfinite(float(text)):
        raise ValueError("a number must be finite")
    return text


Text = Annotated[str, Field(min_length=1)]
Scope = dict[Text, str]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), AfterValidator(_check_calendar)]
"""UTC, whole seconds, such as ``2026-03-01T00:00:00Z``: text order is time order."""
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_check_calendar)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of an entry's bytes, in hex: its name."""
Decimal = Annotated[str, Field(pattern=r"^-?[0-9]{1,309}(\.[0-9]{1,400})?$"), AfterValidator(_check_finite)]
"""A number as text, without exponent, such as ``0.630000``; none that a float cannot hold."""
ActionId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
"""An action's id names files too, so it can hold nothing that leads elsewhere."""
Count = Annotated[int, Field(ge=0, le=2**53)]


class Criterion(Frozen):
    """A rule that must hold at a scope for the action to count as verified, and its value at the opening."""

    rule: Id
    scope: Scope
    was: Decimal | None = None


class DrawnStratum(Frozen):
    """A part of a frozen queue: how many rows were eligible when it was drawn, and how many were taken."""

    value: Scope
    weight: Decimal
    eligible: Count
    taken: Count


class Opening(Frozen):
    """What the plan knew of an action when it recorded it. A blocked action has no `due` and no `rows` yet."""

    kind: Text
    title: Text
    due: Day | None = None
    owner: Text | None = None
    rows: Many[str] = ()
    """Row ids of the frozen queue, in queue order: stratum by stratum, as `strata` lists them."""
    strata: Many[DrawnStratum] = ()
    acceptance: Many[Criterion] = ()
    blocked: bool = False
    """Whether a gate or an earlier action kept it from being worked on; the newest opening says."""

    @model_validator(mode="after")
    def _check_strata(self) -> Self:
        if sum(stratum.taken for stratum in self.strata) != len(self.rows):
            raise ValueError("`strata` must have taken as many rows as there are")
        return self

    @property
    def has_acceptance(self) -> bool:
        """Whether `done` still has to be verified (the action has a `done_when`)."""
        return bool(self.acceptance)


class Event(Frozen):
    """One thing that happened to one action, by whom, why and when."""

    event: EventName
    action: ActionId
    """The action's id, stable over plans."""
    name: Id
    """The action's entry id in the ruleset."""
    scope: Scope
    by: Text
    because: Text
    at: Time
    override: bool = False
    """`done` although the action was blocked."""
    to: Text | None = None
    """Whom an escalation went to."""
    about: Text | None = None
    """Which step of escalation was told, or which waiver: so that it is told once."""
    opening: Opening | None = None
    """With `opened`, and with `reopened` when a plan recorded it."""

    @property
    def by_plan(self) -> bool:
        """Whether a plan recorded it; all else is what people decided."""
        return self.event not in ("approved", "rejected", "done", "reopened") or self.opening is not None

    @model_validator(mode="after")
    def _check_extras(self) -> Self:
        if self.event == "opened" and self.opening is None:
            raise ValueError("`opened` needs `opening`")
        if self.opening is not None and self.event not in ("opened", "reopened"):
            raise ValueError(f"`{self.event}` takes no `opening`")
        if (self.to is not None) != (self.event == "escalated"):
            raise ValueError("`to` belongs to `escalated`, which needs it")
        if self.about is not None and self.event not in ("escalated", "waived"):
            raise ValueError(f"`{self.event}` takes no `about`")
        if self.override and self.event != "done":
            raise ValueError("`override` belongs to `done`")
        return self


class RulesetUsed(Frozen):
    """The ruleset that the run read, by name, version and digest of its resolved content."""

    name: Text
    version: Text
    digest: Text


class InputUsed(Frozen):
    """A source that the run read, and the digest of what it held."""

    source: Text
    digest: Text


class Found(Frozen):
    """Findings of one rule that have one status since the same day, in columns: the n-th of each is of the n-th place.

    Most of a plan is alike, and ledgers are kept in git: nothing that findings share stands more than once.
    """

    rule: Id
    status: ShownStatus
    hides: Status | None = None
    """The status that a waiver hides."""
    since: Day | None = None
    """Since when they have not passed; passes have none."""
    unit: Text | None = None
    start: Time | None = None
    """Where their window begins, if it has a beginning. It ends at `as_of`."""
    scope: dict[Text, Many[str]]
    """Dimension -> its values."""
    n: Many[Count]
    value: Many[Decimal | None] | None = None
    """Absent where no place has a value."""
    distance: Many[Decimal | None] | None = None
    """How far each value lies beyond the bound that decided it, where that is not 0."""

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        columns = [*self.scope.values(), self.value, self.distance]
        if any(column is not None and len(column) != len(self.n) for column in columns):
            raise ValueError("the columns of `found` must be of one length")
        return self


class Entry(Frozen):
    """What one run appended. `parents` are all heads of the ledger at the time."""

    apiVersion: Literal["prism-rules/v1"] = "prism-rules/v1"
    kind: Literal["LedgerEntry"] = "LedgerEntry"
    parents: Many[Hash]
    events: Many[Event]
    ruleset: RulesetUsed
    plan: Text | None = None
    """Digest of the plan.json that was recorded; a decision by hand has none."""
    command: Text | None = None
    """The command that makes the plan again."""
    heads: Many[Hash] | None = None
    """The heads that the plan was made with, where they are not `parents`."""
    baseline: Text | None = None
    """Digest of the plan.json that changes were told against, where one was given."""
    found: Many[Found] | None = None
    """What the plan found, for later plans to be compared with."""
    annotators: Annotators | None = None
    """How the plan tells annotators apart, if it does."""
    files: Many[FileDigest] | None = None
    """The ruleset's files, to their comments: plan.json names their lines."""
    inputs: Many[InputUsed] = ()
    as_of: Time | None = None
    tool: Text
    """Version of prism-rules that wrote the entry."""

    @model_validator(mode="after")
    def _check_parents(self) -> Self:
        if list(self.parents) != sorted(set(self.parents)):
            raise ValueError("`parents` must be sorted and distinct")
        return self

    @property
    def read(self) -> tuple[str, ...]:
        """The heads that its plan was made with."""
        return self.parents if self.heads is None else self.heads
