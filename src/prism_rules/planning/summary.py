"""Summary: what a plan says of itself as a whole, and of the rules it was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from prism_rules.ledger import DECISIONS, ActionState, Ledger, restrict_ledger, write_decision
from prism_rules.metrics import METRICS
from prism_rules.model.plan import (
    UNEVALUATED,
    ActionEntry,
    Change,
    Cleared,
    Counts,
    Decision,
    Finding,
    Origin,
    RuleEntry,
    ShownStatus,
)
from prism_rules.model.plan import ActionState as ShownState
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.changes import SEVERITY, read_status
from prism_rules.planning.earlier import Previous
from prism_rules.planning.entries import name_rule
from prism_rules.ruleset import Resolved, effective_bounds
from prism_rules.ruleset.grain import list_scope


def find_worst(findings: Sequence[Finding]) -> ShownStatus:
    """Find the worst status that is not waived; `waived` where all are, `no_data` where there is no finding."""
    shown = [f.status for f in findings if f.status != "waived"]
    return max(shown, key=SEVERITY.__getitem__, default="waived" if findings else "no_data")


def count(findings: Sequence[Finding], actions: Sequence[ActionEntry], cleared: Sequence[Cleared]) -> Counts:
    """Count findings by status, actions by state, and changes; what was never evaluated is not called new."""
    met = [f for f in findings if f.status != "pass" and (f.change != "new" or read_status(f) not in UNEVALUATED)]
    changes: dict[str, int] = {change: sum(f.change == change for f in met) for change in get_args(Change)}
    return Counts(
        findings={status: sum(f.status == status for f in findings) for status in get_args(ShownStatus)},
        actions={state: sum(entry.state == state for entry in actions) for state in get_args(ShownState)},
        changes=changes | {"cleared": len(cleared)},
    )


def write_rules(model: Ruleset, measured: Mapping[str, str]) -> dict[str, RuleEntry]:
    """Write every rule as a reader of the plan needs it; `measured` names the scans of those that were measured."""
    return {
        name: RuleEntry(
            title=name_rule(model, name), source=rule.source, metric=rule.metric, by=list_scope(rule),
            status=rule.status, unit=METRICS[rule.metric].unit, scan=measured[name],
            bounds=effective_bounds(model, name), test=rule.series.test if rule.series else None,
        )
        for name, rule in model.rules.items()
        if name in measured
    }  # fmt: skip


def list_origins(resolved: Resolved) -> dict[str, Origin]:
    """List where each bound is written."""
    bounds = (bound for name in resolved.model.rules for bound in effective_bounds(resolved.model, name))
    return {bound.origin: resolved.origin(bound.origin) for bound in bounds}


def list_decisions(
    ledger: Ledger, recorded: Mapping[str, ActionState], previous: Previous | None
) -> tuple[Decision, ...]:
    """List what people decided since the previous plan read the ledger, in the ledger's order."""
    heads = [head for head in (previous.heads if previous else ()) if head in ledger.entries]
    told = restrict_ledger(ledger, heads).entries if heads else {}
    order = {name: index for index, name in enumerate(ledger.entries)}
    decisions = [
        write_decision(state, step)
        for state in recorded.values() for step in state.history
        # What a plan opens again has an opening.
        if step.event.event in DECISIONS and step.event.opening is None and step.entry not in told
    ]  # fmt: skip
    return tuple(sorted(decisions, key=lambda decision: (order[decision.entry], decision.action)))
