"""Rule tests: what a `*.test.yaml` beside a ruleset may say. They are read and checked; running them comes later."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Frozen, Id, Many
from prism_rules.model.plan import ActionState, Scope, ShownStatus

Text = Annotated[str, Field(min_length=1, max_length=4000)]


class TestData(Frozen):
    """The rows of one source: a file, rows written out, or a Markdown or CSV table."""

    __test__ = False

    file: Text | None = None
    """A file of rows, beside this one: `fixtures/split.csv`."""
    rows: Many[dict[str, Any]] | None = None
    """Rows written out: `[{unit: a, annotator: r1, class: dent}]`."""
    table: Text | None = None
    """Rows as a Markdown or CSV table."""


class PastDecision(Frozen):
    """An event of the ledger that a test begins with."""

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
    at: Text
    """When it happened: `2026-02-20`."""
    by: Text | None = None
    """Who did it."""


class ExpectedFinding(Frozen):
    """A finding that must occur; what is left out may be anything."""

    rule: Id
    """Id of the rule."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the finding: `{class: dent, site: plant-2}`. Empty for a rule without `by`."""
    status: ShownStatus
    """The status of the finding."""
    value: float | None = None
    """The measured value, compared at the decimals that are written."""
    n: int | None = None
    """How many rows (or units) were measured."""


class ExpectedCause(Frozen):
    """A diagnosis that must occur."""

    cause: Id
    """Id of the cause."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the diagnosis: `{class: dent}`."""
    verdict: Literal["diagnosed", "undetermined", "waived"] | None = None
    """What the diagnosis says.

    - `diagnosed`: the findings speak for the cause
    - `undetermined`: too little is known to say
    - `waived`: all findings that speak for it are waived
    """


def _name_cause(value: Any) -> str:
    return "id" if isinstance(value, str) else "entry"


class ExpectedAction(Frozen):
    """An action that must occur."""

    action: Id
    """Id of the action."""
    scope: Scope = Field(default_factory=dict)
    """The scope of the action: `{class: dent}`."""
    state: ActionState
    """The state that the plan shows."""


class Expectation(Frozen):
    """What must occur. Within a listed kind nothing else that is not `pass` may, unless `partial`."""

    findings: Many[ExpectedFinding] | None = None
    """Findings that must occur. Besides them nothing may occur that is not `pass`."""
    causes: (
        Many[Annotated[Annotated[Id, Tag("id")] | Annotated[ExpectedCause, Tag("entry")], Discriminator(_name_cause)]]
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
    as_of: Text
    """The moment of the evaluation: `2026-03-01`. Rows at or after it are not seen."""
    data: dict[Id, TestData] = Field(default_factory=dict)
    """Id of a source → its rows: a file, rows written out, or a table."""
    sources: Many[Id] | None = None
    """Sources whose rules are on. Rules of other sources are off; if nothing is said, those without data."""
    ledger: Many[PastDecision] = ()
    """What was decided before: events of the ledger that the test begins with."""
    previous: Text | None = None
    """A plan.json to compare with."""
    expect: Expectation
    """What must occur."""


class RulesetTest(Frozen):
    """A file of rule tests."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    """The version of the language."""
    kind: Literal["RulesetTest"]
    """What kind of file this is."""
    ruleset: Text
    """The ruleset's file, beside this one: `surface-inspection.yaml`."""
    tests: Many[RuleTest]
    """The tests. Each begins anew."""
