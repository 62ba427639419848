"""Gates: which rules hold where, and what keeps an action from being worked on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from prism_rules.evaluation import ScopeKey, key_scope
from prism_rules.ledger import State, Step
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import UNEVALUATED, Blocker, Finding, Scope, Stuck
from prism_rules.planning.acceptance import PENDING, accept
from prism_rules.planning.case import Case
from prism_rules.planning.instances import Instance
from prism_rules.ruleset.terms import list_holds

Because = Literal["fails", "unsure", "unmeasured", "not_yet_measured"]


class Gates:
    """What every action requires and comes after, as all of them stand now."""

    def __init__(self, case: Case, settled: Sequence[tuple[Instance, State]]) -> None:
        self._case = case
        self._settled = case.locate((instance.name, instance.scope, (instance, state)) for instance, state in settled)
        self._blocked: set[str] = set()

    def find_predecessors(self, instance: Instance) -> Iterator[tuple[Instance, State]]:
        """Find the overlapping actions that an action comes after."""
        for name in dict.fromkeys(self._case.model.actions[instance.name].after):
            yield from self._case.find_agreeing(self._settled, name, instance.scope)

    def find_blockers(self, instance: Instance) -> tuple[Blocker, ...]:
        """Find what keeps an action from being worked on: open or blocked predecessors, else closed gates.

        Its predecessors must have been asked before. A gate that experimental rules alone would close stays open.
        """
        blockers = self._find_blockers(instance)
        if blockers:
            self._blocked.add(instance.id)
        return blockers

    def _find_blockers(self, instance: Instance) -> tuple[Blocker, ...]:
        model = self._case.model
        requires = model.actions[instance.name].requires
        predecessors = list(self.find_predecessors(instance))
        waiting = [before for before, state in predecessors if state == "open"]
        if waiting:
            rules: Sequence[str | None] = [rule for rule, _ in list_holds(requires)] or [None]
            return tuple(
                Blocker(rule=rule, action=before.id, scope=instance.scope if rule else before.scope, because="awaiting")
                for rule in rules for before in waiting
            )  # fmt: skip
        done = self._find_latest_done(instance)
        closed = [
            blocker for rule, strict in list_holds(requires)
            for blocker in self._find_closed(rule, strict, instance.scope, done)
        ]  # fmt: skip
        if all(blocker.rule and model.rules[blocker.rule].status == "experimental" for blocker in closed):
            closed = []
        held = [before for before, _ in predecessors if before.id in self._blocked]
        return (*closed, *(Blocker(action=before.id, scope=before.scope, because="awaiting") for before in held))

    def _find_latest_done(self, instance: Instance) -> Step | None:
        """Find the latest `done` of the actions it comes after, those among them that no plan shows any more."""
        names = self._case.model.actions[instance.name].after
        states = [state for name in names for state in self._case.find_recorded(name, instance.scope)]
        dones = [state.done for state in states if state.done and state.state in ("done", "verified", "closed")]
        return max(dones, key=lambda step: parse_moment(step.event.at), default=None)

    def _find_closed(self, rule: str, strict: bool, scope: Scope, done: Step | None) -> Iterator[Blocker]:
        findings = self._case.find_findings(rule, scope)
        if not findings:
            yield Blocker(rule=rule, scope=scope, because="unmeasured")
        for finding in findings:
            because = explain_hold(finding, strict) if done is None else self._explain_again(finding, strict, done)
            if because is not None:
                yield Blocker(rule=rule, scope=finding.scope, because=because)

    def _explain_again(self, finding: Finding, strict: bool, done: Step) -> Because | None:
        accepted = accept(self._case, finding, strict, done)
        if accepted.holds:
            return None
        return "not_yet_measured" if accepted.reason == PENDING else "fails"


def explain_hold(finding: Finding, strict: bool) -> Because | None:
    """Say why a rule does not hold at a finding; None when it does. A waiver never makes a rule hold.

    `strict` asks for `pass`; else a warning holds, and so does doubt about a warning. A warning beside which a failure
    is in doubt does not: its value crosses the bound that fails.
    """
    status = finding.hides or finding.status
    if status == "pass" or (not strict and "warn" in (status, finding.unsure_of) and finding.unsure_of != "fail"):
        return None
    if status in UNEVALUATED:
        return "unmeasured"
    return "unsure" if status == "unsure" or finding.unsure_of == "fail" else "fails"


def list_stuck(case: Case, live: Sequence[tuple[Instance, Sequence[Blocker]]]) -> tuple[Stuck, ...]:
    """List closed gates that no live action would open, given what blocks each live action.

    An action works on a gate when it is done once the gate's rule holds, and nothing stuck blocks it itself.
    """
    keys = case.locate(
        (rule, instance.scope, instance)
        for instance, _ in live for rule, _ in list_holds(case.model.actions[instance.name].done_when)
    )  # fmt: skip
    moving: set[str] = set()

    def is_moving(blocker: Blocker) -> bool:
        if blocker.action is not None:
            return blocker.action in moving
        return any(key.id in moving for key in case.find_agreeing(keys, blocker.rule or "", blocker.scope))

    while started := {
        instance.id for instance, blockers in live
        if instance.id not in moving and all(is_moving(blocker) for blocker in blockers)
    }:  # fmt: skip
        moving |= started
    stuck: dict[tuple[str, ScopeKey], Stuck] = {}
    for instance, blockers in live:
        for blocker in blockers:
            if blocker.rule is None or blocker.action is not None or is_moving(blocker):
                continue
            place = blocker.rule, key_scope(blocker.scope)
            blocks = (*(stuck[place].blocks if place in stuck else ()), instance.id)
            stuck[place] = Stuck(rule=blocker.rule, scope=blocker.scope, because=blocker.because, blocks=blocks)
    return tuple(stuck.values())
