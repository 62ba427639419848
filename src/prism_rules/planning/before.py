"""Before: the last plan and the ledger, read under the names that things have today.

A finding is told apart by a name made of ids, so those of the last plan get the names that they would have now. An
action keeps for life the id under which it was recorded: people hold it in their hands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from prism_rules.ledger import ActionState, Ledger, fold
from prism_rules.model.identity import make_id
from prism_rules.model.plan import Finding, Passing, Plan
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.renames import Renames, list_renames

F = TypeVar("F", Finding, Passing)


def carry_plan(model: Ruleset, plan: Plan) -> Plan:
    """Give an earlier plan's findings the rules, classes and ids that they have in a ruleset of today."""
    renames = list_renames(model)
    if not renames or plan.ruleset.name not in renames.rulesets:
        return plan
    return plan.model_copy(
        update={
            "selected": tuple(renames.name("rules", rule) for rule in plan.selected),
            "findings": tuple(_carry_finding(finding, renames) for finding in plan.findings),
            "passes": tuple(_carry_finding(passing, renames) for passing in plan.passes),
        }
    )


def _carry_finding(finding: F, renames: Renames) -> F:
    rule, scope = renames.name("rules", finding.rule), renames.place(finding.scope)
    identity = make_id("finding", renames.rulesets[0], rule, scope)
    return finding.model_copy(update={"id": identity, "rule": rule, "scope": scope})


def read_recorded(model: Ruleset, ledger: Ledger) -> dict[str, ActionState]:
    """Fold a ledger for a ruleset of today: by recorded id, with actions, rules and classes as they are called now."""
    renames = list_renames(model)
    recorded = fold(ledger, *renames.rulesets)
    return {name: _carry_state(state, renames) for name, state in recorded.items()} if renames else recorded


def _carry_state(state: ActionState, renames: Renames) -> ActionState:
    acceptance = tuple(
        one.model_copy(update={"rule": renames.name("rules", one.rule), "scope": renames.place(one.scope)})
        for one in state.opening.acceptance
    )
    return replace(
        state, name=renames.name("actions", state.name), scope=renames.place(state.scope),
        opening=state.opening.model_copy(update={"acceptance": acceptance}),
    )  # fmt: skip
