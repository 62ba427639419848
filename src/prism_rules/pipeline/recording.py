"""Recording: what came out of a run, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from prism_rules import __version__
from prism_rules.diagnostics import Diagnostic
from prism_rules.ledger import Ledger, append_entry
from prism_rules.model.ledger import Event, Found, InputUsed, RulesetUsed
from prism_rules.model.plan import Annotators, FileDigest, Finding, Plan
from prism_rules.output import digest_bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, the files to write for it (plan.json and report.md among them), and what it would record."""

    plan: Plan
    files: Mapping[str, bytes]
    events: Sequence[Event]
    found: Sequence[Found]
    """What it found, for later plans to be compared with."""
    recorded: str | None
    """Digest of the plan at the ledger's head, where that was made of the same and nothing would be added to it."""
    baseline: str | None
    """Digest of the plan that was given to be compared with."""
    findings: Sequence[Finding]
    """Every finding, passes too, in the order of the rules; behind them what nothing judges any more."""
    warnings: Sequence[Diagnostic] = ()
    """What the ruleset leaves behind in the ledger."""

    @property
    def digest(self) -> str:
        """Digest of plan.json."""
        return f"sha256:{digest_bytes(self.files['plan.json'])}"


def record(outcome: Outcome, folder: Path, keep: Callable[[], None] = lambda: None) -> str:
    """Append what a plan found and opens to the ledger and return the entry's hash; `keep` is as of `append_entry`."""
    plan = outcome.plan
    return append_entry(
        folder, events=outcome.events, plan=outcome.digest, command=plan.command, heads=plan.ledger.heads,
        keep=keep, **_list_facts(outcome),
    )  # fmt: skip


class _Facts(TypedDict):
    """What a plan was made of and what it found, as an entry keeps it."""

    as_of: str
    baseline: str | None
    found: Sequence[Found]
    annotators: Annotators | None
    ruleset: RulesetUsed
    files: Sequence[FileDigest]
    inputs: Sequence[InputUsed]


def _list_facts(outcome: Outcome) -> _Facts:
    plan = outcome.plan
    return _Facts(
        as_of=plan.as_of,
        baseline=outcome.baseline,
        found=outcome.found,
        annotators=plan.annotators,
        ruleset=RulesetUsed(name=plan.ruleset.name, version=plan.ruleset.version, digest=plan.ruleset.digest),
        files=plan.ruleset.files,
        inputs=tuple(InputUsed(source=one.source, digest=one.digest) for one in plan.inputs),
    )


def find_recorded(ledger: Ledger, outcome: Outcome) -> str | None:
    """Find the plan that need not be recorded again: it is the head, and has seen all that its entry follows."""
    head = ledger.entries[ledger.heads[0]] if len(ledger.heads) == 1 else None
    if head is None or head.heads is not None or head.tool != __version__:
        return None
    return head.plan if all(getattr(head, name) == value for name, value in _list_facts(outcome).items()) else None
