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
    rows: Many[dict[str, Any]] | None = None
    table: Text | None = None


class PastDecision(Frozen):
    """An event of the ledger that a test begins with."""

    action: Id
    scope: Scope = Field(default_factory=dict)
    event: Literal["opened", "approved", "rejected", "done", "verified", "reopened", "closed"]
    at: Text
    by: Text | None = None


class ExpectedFinding(Frozen):
    """A finding that must occur; what is left out may be anything."""

    rule: Id
    scope: Scope = Field(default_factory=dict)
    status: ShownStatus
    value: float | None = None
    n: int | None = None


class ExpectedCause(Frozen):
    """A diagnosis that must occur."""

    cause: Id
    scope: Scope = Field(default_factory=dict)
    verdict: Literal["diagnosed", "undetermined", "waived"] | None = None


def _name_cause(value: Any) -> str:
    return "id" if isinstance(value, str) else "entry"


class ExpectedAction(Frozen):
    """An action that must occur."""

    action: Id
    scope: Scope = Field(default_factory=dict)
    state: ActionState


class Expectation(Frozen):
    """What must occur. Within a listed kind nothing else that is not `pass` may, unless `partial`."""

    findings: Many[ExpectedFinding] | None = None
    causes: (
        Many[Annotated[Annotated[Id, Tag("id")] | Annotated[ExpectedCause, Tag("entry")], Discriminator(_name_cause)]]
        | None
    ) = None
    actions: Many[ExpectedAction] | None = None
    partial: bool = False


class RuleTest(Frozen):
    """One test: data, a moment, and what is expected of them."""

    name: Text
    as_of: Text
    data: dict[Id, TestData] = Field(default_factory=dict)
    sources: Many[Id] | None = None
    """Rules of other sources are off; left out, those with data."""
    ledger: Many[PastDecision] = ()
    previous: Text | None = None
    expect: Expectation


class RulesetTest(Frozen):
    """A file of rule tests."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    kind: Literal["RulesetTest"]
    ruleset: Text
    tests: Many[RuleTest]
