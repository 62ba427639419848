"""Acceptance: what will count as done, measured a second time on data since an action's last `done`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from prism_rules.evaluation import ScopeKey, decide_holding, key_scope, show_bound
from prism_rules.ledger import State, Step
from prism_rules.metrics import METRICS
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Acceptance, Finding
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import add_family, agree
from prism_rules.planning.case import Case
from prism_rules.planning.instances import Instance
from prism_rules.ruleset import resolve_judgement
from prism_rules.ruleset.terms import list_holds

PENDING = "not_yet_measured"


def list_acceptance(case: Case, instance: Instance) -> tuple[Acceptance, ...]:
    """List every finding that `done_when` is about, as it was and, once the action was done, as it is since then.

    A rule without any finding has one entry, at the action's scope, that does not hold.
    """
    return tuple(_list_entries(case, instance))


def _list_entries(case: Case, instance: Instance) -> Iterator[Acceptance]:
    recorded = None if instance.reopened else instance.recorded
    done = recorded.done if recorded and recorded.state in ("done", "verified") else None
    was = {(c.rule, key_scope(c.scope)): c.was for c in recorded.opening.acceptance} if recorded else {}
    for rule, strict in list_holds(case.model.actions[instance.name].done_when):
        parts = _list_parts(case, rule, instance, was.keys())
        if not parts:
            yield Acceptance(rule=rule, scope=instance.scope, holds=False, was=None, value=None, n=0, reason=PENDING)
        for finding in parts:
            key = rule, key_scope(finding.scope)
            before = finding.value if key not in was else None if (text := was[key]) is None else float(text)
            entry = accept(case, finding, strict, done) if done else _await(case, finding, strict)
            yield entry.model_copy(update={"was": before})


def _list_parts(case: Case, rule: str, instance: Instance, recorded: Collection[tuple[str, ScopeKey]]) -> list[Finding]:
    """List the findings that acceptance is about: the evidence of what the action covers and what was recorded at its
    opening; where a rule is in neither, its findings at the places that the action covers."""
    evidence = {*instance.evidence}
    agreeing = case.find_findings(rule, instance.scope)
    parts = [f for f in agreeing if f.id in evidence or (rule, key_scope(f.scope)) in recorded]
    if parts:
        return parts
    places = [add_family(case.model, place.scope) for place in instance.places]
    return [f for f in agreeing if any(agree(add_family(case.model, f.scope), place) for place in places)]


def _await(case: Case, finding: Finding, strict: bool) -> Acceptance:
    """Write what will be asked: that no bound is crossed which fails, and where that is asked none which warns."""
    judgement = resolve_judgement(case.model, finding.rule, finding.scope)
    asked = (*judgement.warn, *judgement.fail) if strict else judgement.fail
    bound = finding.bound
    if asked and (bound is None or bound.level not in {each.level for each in asked}):
        bound = show_bound(asked[0])
    return Acceptance(
        rule=finding.rule, scope=finding.scope, holds=False, was=finding.value, value=None, n=0, bound=bound,
        reason=PENDING,
    )  # fmt: skip


def accept(case: Case, finding: Finding, strict: bool, done: Step) -> Acceptance:
    """Judge a rule at a finding's scope again, on rows since `done`; `was` is the finding's value.

    Too few rows, or a collection that nothing was added to, are `not_yet_measured`. A waiver plays no part.
    """
    anchor = parse_moment(done.event.at)
    unchanged = tuple(s for s in list_collections(case.model, finding.rule) if not case.is_renewed(s, done))
    m = case.evaluation.acceptance.get((finding.rule, anchor), {}).get(key_scope(finding.scope))
    if m is None:
        return _await(case, finding, strict).model_copy(update={"unchanged": unchanged})
    judgement = resolve_judgement(case.model, finding.rule, finding.scope)
    status, bound = decide_holding(judgement, replace(m, baseline=finding.baseline))
    measured = status in ("fail", "warn", "pass") and not unchanged
    holds = measured and (status == "pass" or (status == "warn" and not strict))
    return Acceptance(
        rule=finding.rule, scope=finding.scope, holds=holds, was=finding.value, value=m.value, n=m.n,
        bound=show_bound(bound), reason=None if measured else PENDING,
        unchanged=unchanged,
    )  # fmt: skip


def list_collections(model: Ruleset, rule: str) -> list[str]:
    """List the collections that a rule measures: what was in them before an action says nothing of its success."""
    declared = model.rules[rule]
    compared = declared.baseline.source if METRICS[declared.metric].compares and declared.baseline else None
    return [source for source in (declared.source, compared) if source and model.sources[source].collection]


def keeps_holding(case: Case, instance: Instance) -> bool:
    """Whether what a verified action was to achieve holds on the newest data too, whatever its cause does."""
    recorded = instance.recorded
    if recorded is None or recorded.state != "verified":
        return False
    acceptance = list_acceptance(case, replace(instance, reopened=False))
    return bool(acceptance) and all(entry.holds for entry in acceptance)


def settle_state(instance: Instance, acceptance: Sequence[Acceptance]) -> State:
    """Settle where an action stands.

    Done: verified when all acceptance holds, open again when a measured part fails, else still done; closed when the
    ruleset asks for nothing any more. Recorded and never approved: closed, lapsed, when its cause is gone. A plan that
    was overtaken settles nothing.
    """
    if instance.lapsed:
        return "closed"
    if instance.state != "done" or instance.overtaken:
        return instance.state
    if not acceptance:
        return "closed"
    if all(entry.holds for entry in acceptance):
        return "verified"
    return "open" if any(not entry.holds and entry.reason is None for entry in acceptance) else "done"
