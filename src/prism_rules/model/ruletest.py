"""Rule tests: what a `*.test.yaml` beside a ruleset may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from prism_rules.model.frozen import Frozen, Id, Many
from prism_rules.model.moments import check_moment, parse_moment
from prism_rules.model.plan import ActionState, Change, Scope, ShownStatus
from prism_rules.model.ruleset import Status

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Said = Annotated[str, Field(max_length=64 * 1024)]
"""A text that templates render: it may be empty."""
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
    """How many rows: `100`."""
    units: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None
    """How many units of annotations: `40`. Each gets the `labels`."""
    labels: Annotated[Many[str | None], Field(min_length=1, max_length=1000)] | None = None
    """The class that each annotator gives every unit: the first is `r1`, the second `r2`; null is no label."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Column → its value in all rows; of a list, the rows take turns: `{site: plant-2, confidence: [0.4, 0.6]}`."""
    from_: Moment | None = Field(default=None, alias="from")
    """The rows' times lie evenly from here: `2026-02-22`. If not given, over the shortest window of the rules over
    the source."""
    to: Moment | None = None
    """Where the rows' times end, exclusive: `2026-03-01`. If not given, at `as_of`."""


class TestData(Frozen):
    """The rows of one source: a file alone; or rows written out, a Markdown or CSV table and groups, all together."""

    __test__ = False

    file: Text | None = None
    """CSV, JSON lines or Parquet with the data's own columns, relative to the test's file: `fixtures/split.csv`."""
    rows: Many[dict[str, Any]] | None = None
    """Column as rules name it → value: `[{unit: a, annotator: r1, class: dent}]`. Left out: an id counts up, a time
    lies just before `as_of`, else null."""
    table: Annotated[str, Field(min_length=1, max_length=64 * 1024)] | None = None
    """The same as a Markdown table or as CSV, with a line of names; an empty cell is null."""
    generate: Many[Group] | None = None
    """Groups of rows alike: `[{rows: 100, with: {class: dent, confidence: 0.4}}]`."""


class PastDecision(Frozen):
    """An event of the ledger that a test begins with. An action is opened by its first event if by no earlier one."""

    action: Id
    """Id of the action."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the action: `{class: dent}`."""
    event: Literal["opened", "approved", "rejected", "done", "verified", "reopened", "closed"]
    """What happened to it.

    - `opened`: a plan was recorded that proposes it
    - `approved`: somebody said yes
    - `rejected`: somebody said no
    - `done`: somebody said that it is done
    - `verified`: its acceptance held
    - `reopened`: its acceptance did not hold, or somebody took it up again
    - `closed`: it was done without acceptance, or lapsed
    """
    at: Moment
    """When it happened: `2026-02-20`."""
    by: Text | None = None
    """Who did it: `"@org/reliability"`."""


class ExpectedFinding(Frozen):
    """A finding that must occur; what is left out may be anything."""

    rule: Id
    """Id of the rule."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the finding: `{class: dent, site: plant-2}`. What is left out stands for every value that no
    other entry names."""
    status: ShownStatus
    """The status of the finding."""
    value: float | None = None
    """The measured value, compared at the decimals that are written: `0.63`."""
    support: int | None = None
    """How many rows, or units, were measured: `118`. The `n` of a plan: YAML does not let a key be called so, which
    older readers take for `false`."""
    baseline: float | None = None
    """The value that it was compared with."""
    unsure_of: Literal["warn", "fail"] | None = None
    """The level that is crossed and in doubt.

    - `warn`: a bound of `warn`
    - `fail`: a bound of `fail`
    """
    hides: Status | None = None
    """The status that a waiver hides."""
    reason: Text | None = None
    """Why there is no value, or why it is in doubt: `no_baseline`."""
    change: Change | None = None
    """How it stands to the plan that is given as `previous`."""


class ExpectedCause(Frozen):
    """A diagnosis that must occur."""

    cause: Id
    """Id of the cause."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the diagnosis: `{class: dent}`."""
    verdict: Literal["diagnosed", "undetermined", "waived"] = "diagnosed"
    """What the diagnosis says.

    - `diagnosed`: the findings speak for the cause
    - `undetermined`: too little is known to say
    - `waived`: all findings that speak for it are waived
    """
    at: Many[Scope] | None = None
    """Places inside the scope at which the findings met: `[{lighting: glare}]`."""
    head: bool | None = None
    """Whether no other cause leads to it."""
    text: Said | None = None
    """What `explain` says; of a cause without one nothing: `""`."""


class ExpectedBlocker(Frozen):
    """What keeps an action from being worked on: a rule that does not hold, or an earlier action."""

    rule: Id | None = None
    """Id of the rule that does not hold."""
    action: Id | None = None
    """Id of the action that comes first."""
    because: Literal["fails", "unsure", "unmeasured", "awaiting", "not_yet_measured"] | None = None
    """Why the gate is shut.

    - `fails`: the rule is measured, and does not hold
    - `unsure`: whether it holds is in doubt
    - `unmeasured`: it has no value here
    - `awaiting`: the earlier action is not done
    - `not_yet_measured`: too little has come since that was done
    """


class ExpectedAction(Frozen):
    """An action that must occur."""

    action: Id
    """Id of the action."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the action: `{class: dent}`."""
    state: ActionState
    """The state that the plan shows."""
    overdue: bool | None = None
    """Whether it is overdue."""
    title: Said | None = None
    """The title, as it is rendered."""
    steps: Said | None = None
    """The steps, as they are rendered."""
    owner: Text | None = None
    """Who does it: `"@org/labels"`."""
    due: Text | None = None
    """The day on which it is due: `2026-03-04`."""
    blocked_by: Many[ExpectedBlocker] | None = None
    """What keeps it from being worked on: `[{rule: class-agreement, because: fails}]`."""
    rows: int | None = None
    """How many rows its queue has: `40`."""


def _name_cause(value: Any) -> str:
    return "<id>" if isinstance(value, str) else "<entry>"


class Expectation(Frozen):
    """What must occur. Within a listed kind nothing else that is not `pass` may, unless `partial`."""

    findings: Many[ExpectedFinding] | None = None
    """Findings that must occur. Besides them nothing may occur that is not `pass`."""
    causes: (
        Many[
            Annotated[Annotated[Id, Tag("<id>")] | Annotated[ExpectedCause, Tag("<entry>")], Discriminator(_name_cause)]
        ]
        | None
    ) = None
    """Diagnoses that must occur: ids of causes, or entries with scope and verdict. Besides them none may."""
    actions: Many[ExpectedAction] | None = None
    """Actions that must occur. Besides them none may."""
    partial: bool = False
    """`true` lets other things occur besides those that are listed."""


class RuleTest(Frozen):
    """One test: data, a moment, and what is expected of them."""

    name: Text
    """What the test shows, as a sentence: `split reviewers are recalibrated before anybody relabels`."""
    as_of: Moment
    """The moment of the evaluation: `2026-03-01`. Rows at or after it are not seen."""
    data: dict[Id, TestData] = Field(default_factory=dict)
    """Id of a source → its rows: a file, rows written out, a table, or groups of rows alike."""
    sources: Many[Id] | None = None
    """Rules that read other sources are off. If nothing is said, those without data."""
    ledger: Many[PastDecision] = ()
    """What was decided before: events of the ledger that the test begins with."""
    previous: Text | None = None
    """A plan.json, relative to this file, or the name of an earlier test, that changes are told against."""
    expect: Expectation
    """What must occur."""


class RulesetTest(Frozen):
    """A file of rule tests."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    """The version of the language."""
    kind: Literal["RulesetTest"]
    """What kind of file this is."""
    ruleset: Text
    """The ruleset's file, relative to this one: `surface-inspection.yaml`."""
    tests: Many[RuleTest]
    """The tests. Each begins anew."""
