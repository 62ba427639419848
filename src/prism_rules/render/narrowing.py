"""Narrowing: a plan with nothing but what changed, before a renderer sees it. Verdict and counts stay those of all."""

from __future__ import annotations

from collections.abc import Collection

from prism_rules.model.ledger import BY_PLAN
from prism_rules.model.plan import ActionEntry, Diagnosis, Plan, Scope
from prism_rules.model.scopes import agree
from prism_rules.render.counted import LIVE, count_statuses
from prism_rules.render.decided import say_again


def keep_changes(plan: Plan) -> Plan:
    """Keep what is new, worse, better, cleared or lost, and the actions that changed or that have to do with it.

    An action is left out only where it surely stands as it stood: known to the plan before, with nothing in the ledger
    since, and no changed finding that it covers, waits for or is accepted by. The plan says that it is narrowed.
    """
    findings = tuple(finding for finding in plan.findings if finding.change != "same")
    changed = {finding.id for finding in findings}
    # Findings that speak are told by ids; gates and acceptance, which may rest on passes, by places.
    places = [(one.rule, one.scope) for one in findings] + [(one.rule, one.scope) for one in plan.cleared]
    told = {diagnosis.id for diagnosis in plan.diagnoses if not changed.isdisjoint(_list_grounds(diagnosis))}
    # What a waiver hides, or nobody can tell, no action covers: one that it keeps is known by its place alone.
    hidden = [one.scope for one in plan.diagnoses if one.id in told and one.verdict != "diagnosed"]
    actions = tuple(
        action for action in plan.actions
        if not (changed | told).isdisjoint(action.covers) or _has_moved(action, plan) or _is_near(action, plan, places)
        or (action.state in LIVE and not action.covers and any(agree(action.scope, place) for place in hidden))
    )  # fmt: skip
    told |= {covered for action in actions for covered in action.covers}
    live = {action.id for action in actions}
    chains = (tuple(one for one in chain if one in told) for chain in plan.chain)
    waivers = (
        waiver.model_copy(update={"findings": tuple(one for one in waiver.findings if one in changed)})
        for waiver in plan.waivers
    )
    # They are counted before others are left out, so that it can be said how many go on.
    late = {} if plan.only_changes else {"overdue": sum(action.overdue for action in plan.actions)}
    counts = {"findings": count_statuses(plan), "actions": {**plan.counts.actions, **late}}
    return plan.model_copy(
        update={
            "only_changes": True,
            "counts": plan.counts.model_copy(update=counts),
            "findings": findings,
            "passes": (),
            "history": {id_: points for id_, points in plan.history.items() if id_ in changed},
            "diagnoses": tuple(diagnosis for diagnosis in plan.diagnoses if diagnosis.id in told),
            "chain": tuple(chain for chain in chains if len(chain) > 1),
            "unexplained": tuple(one for one in plan.unexplained if one in changed),
            "stuck": tuple(
                gate for gate in plan.stuck if (gate.rule, gate.scope) in places or not live.isdisjoint(gate.blocks)
            ),
            "actions": actions,
            "waivers": tuple(waiver for waiver in waivers if waiver.findings),
            "qa_sampling": tuple(rate for rate in plan.qa_sampling if rate.finding in changed),
        }
    )


def _list_grounds(diagnosis: Diagnosis) -> tuple[str, ...]:
    return (*diagnosis.evidence, *diagnosis.against, *diagnosis.unknown)


def _has_moved(action: ActionEntry, plan: Plan) -> bool:
    """Whether an action is new, or anything was decided or found out about it since the plan before."""
    before = plan.previous
    if before is None or action.conflict:
        return True
    known = action.opened_at if before.actions is None else before.actions.get(action.id) == action.state
    if not known:
        return True
    decided = any(decision.action == action.id for decision in plan.decisions)
    # What plans record has the moment of its plan; what people decide is told in `decisions`.
    found = [one for one in action.history if one.by == BY_PLAN and (one.at or "") > before.as_of]
    # What this very plan finds out is in no history yet.
    last = next((one.event for one in reversed(action.history) if one.event not in ("escalated", "waived")), None)
    late = action.overdue and (action.due or "") >= before.as_of[:10]
    ended = action.state in ("verified", "closed") and last != action.state
    return decided or bool(found) or late or ended or bool(say_again(action))


def _is_near(action: ActionEntry, plan: Plan, places: Collection[tuple[str | None, Scope]]) -> bool:
    """Whether a changed finding is one that an action waits for or is done by, or one that held it up until now."""
    named = [(one.rule, one.scope) for one in action.blocked_by] + [(one.rule, one.scope) for one in action.acceptance]
    # What had a day to be done by was not held up.
    opened = (
        action.state in ("proposed", "open")
        and (action.due is None or action.due >= plan.as_of[:10])
        and any(
            all(one.scope.get(dimension, value) == value for dimension, value in action.scope.items())
            for one in plan.cleared
        )
    )
    return opened or any(place in places for place in named)
