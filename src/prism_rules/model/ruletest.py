"""Rule tests: what a `*.test.yaml` beside a ruleset may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from prism_rules.model.frozen import Frozen, Id, Logical, Many
from prism_rules.model.moments import check_moment, parse_moment
from prism_rules.model.plan import ActionState, Change, Scope, ShownStatus
from prism_rules.model.ruleset import Status

Text = Annotated[str, Field(min_length=1, max_length=4000)]
MOST_ROWS = 100_000
"""Rows of one source in one test."""


def _check_moment(value: str) -> str:
    try:
        check_moment(parse_moment(value))
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "bad_date", "a time is a date such as 2026-03-01, or 2026-03-01T06:00:00Z, of the years 1900 to 2199"
        ) from None
    return value


Moment = Annotated[str, AfterValidator(_check_moment)]
"""A day, or a time of it, UTC."""


class Group(Frozen):
    """Many rows alike: so many `rows`, or `units` with their `labels`."""

    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None
    """How many rows."""
    units: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None
    """How many units of annotations; each gets the `labels`."""
    labels: Annotated[Many[str | None], Field(min_length=1, max_length=1000)] | None = None
    """The class that each annotator gives every unit: the first is `r1`, the second `r2`; null is no label."""
    with_: dict[Logical, Any] = Field(default_factory=dict, alias="with")
    """Column -> its value in all rows; of a list, the rows take turns."""
    from_: Moment | None = Field(default=None, alias="from")
    """The rows' times lie evenly from here; if not given, over the shortest window of the rules over the source."""
    to: Moment | None = None
    """... to here, exclusive; `as_of` if not given."""


class TestData(Frozen):
    """The rows of one source: a file alone; or rows written out, a Markdown or CSV table and groups, all together."""

    __test__ = False

    file: Text | None = None
    """CSV, JSON lines or Parquet with the data's own columns, relative to the test's file."""
    rows: Many[dict[str, Any]] | None = None
    """Column as rules name it -> value. Left out: an id counts up, a time lies just before `as_of`, else null."""
    table: Annotated[str, Field(min_length=1, max_length=64 * 1024)] | None = None
    """The same as a Markdown table or as CSV, with a line of names; an empty cell is null."""
    generate: Many[Group] | None = None
    """Groups of rows alike."""


class PastDecision(Frozen):
    """An event of the ledger that a test begins with. An action is opened by its first event if by no earlier one."""

    action: Id
    scope: Scope = Field(default_factory=dict)
    event: Literal["opened", "approved", "rejected", "done", "verified", "reopened", "closed"]
    at: Moment
    by: Text | None = None


class ExpectedFinding(Frozen):
    """A finding that must occur; what is left out may be anything."""

    rule: Id
    scope: Scope = Field(default_factory=dict)
    """What is left out of a scope stands for every value that no other entry names."""
    status: ShownStatus
    value: float | None = None
    """Compared at the decimals that are written, as all numbers."""
    support: int | None = None
    """The `n` of a plan: rows, or units. (YAML does not let a key be called so: older readers take it for `false`.)"""
    baseline: float | None = None
    """The value that it was compared with."""
    unsure_of: Literal["warn", "fail"] | None = None
    hides: Status | None = None
    """The status that a waiver hides."""
    reason: Text | None = None
    change: Change | None = None
    """Since the plan that is given as `previous`."""


class ExpectedCause(Frozen):
    """A diagnosis that must occur."""

    cause: Id
    scope: Scope = Field(default_factory=dict)
    verdict: Literal["diagnosed", "undetermined", "waived"] = "diagnosed"
    at: Many[Scope] | None = None
    head: bool | None = None
    text: Text | None = None
    """What `explain` says."""


class ExpectedBlocker(Frozen):
    """What keeps an action from being worked on: a rule that does not hold, or an earlier action."""

    rule: Id | None = None
    action: Id | None = None
    because: Literal["fails", "unsure", "unmeasured", "awaiting", "not_yet_measured"] | None = None


class ExpectedAction(Frozen):
    """An action that must occur."""

    action: Id
    scope: Scope = Field(default_factory=dict)
    state: ActionState
    overdue: bool | None = None
    title: Text | None = None
    steps: Text | None = None
    owner: Text | None = None
    due: Text | None = None
    blocked_by: Many[ExpectedBlocker] | None = None
    rows: int | None = None
    """Rows of its queue."""


def _name_cause(value: Any) -> str:
    return "<id>" if isinstance(value, str) else "<entry>"


class Expectation(Frozen):
    """What must occur. Within a listed kind nothing else that is not `pass` may, unless `partial`."""

    findings: Many[ExpectedFinding] | None = None
    causes: (
        Many[
            Annotated[Annotated[Id, Tag("<id>")] | Annotated[ExpectedCause, Tag("<entry>")], Discriminator(_name_cause)]
        ]
        | None
    ) = None
    actions: Many[ExpectedAction] | None = None
    partial: bool = False
    """Let occur what is not listed, too."""


class RuleTest(Frozen):
    """One test: data, a moment, and what is expected of them."""

    name: Text
    as_of: Moment
    data: dict[Id, TestData] = Field(default_factory=dict)
    sources: Many[Id] | None = None
    """Rules that read other sources are off; left out, those with data."""
    ledger: Many[PastDecision] = ()
    previous: Text | None = None
    """A plan.json, relative to the test's file, or the name of an earlier test, that changes are told against."""
    expect: Expectation


class RulesetTest(Frozen):
    """A file of rule tests."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    kind: Literal["RulesetTest"]
    ruleset: Text
    """Relative to this file."""
    tests: Many[RuleTest]
