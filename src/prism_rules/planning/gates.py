"""Gates: which rules hold where, what keeps an action blocked, and whether a done action is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from prism_rules.evaluation import Evaluation, ScopeKey, decide_status, key_scope
from prism_rules.ledger import Ledger
from prism_rules.metrics import METRICS
from prism_rules.model.plan import Acceptance, Blocker, Finding, Scope, Stuck
from prism_rules.model.ruleset import Hold, Ruleset
from prism_rules.model.scopes import add_family, agree
from prism_rules.planning.instances import Instance, parse_moment
from prism_rules.program import Anchor
from prism_rules.ruleset.judgement import resolve_judgement

Because = Literal["fails", "unsure", "unmeasured", "awaiting", "not_yet_measured"]


def list_holds(entries: Iterable[str | Hold]) -> Iterator[tuple[str, bool]]:
    """List (rule, whether a warning is too much) of `requires` or `done_when`."""
    for entry in entries:
        yield (entry, False) if isinstance(entry, str) else (entry.rule, entry.at == "pass")


def list_anchors(model: Ruleset, recorded: Iterable[tuple[str, str | None]]) -> list[Anchor]:
    """List the second measurements to make: (action name, anchor) of recorded actions -> rules they are about."""
    anchors = []
    for name, anchor in recorded:
        if anchor is None or name not in model.actions:
            continue
        rules = [rule for rule, _ in list_holds(model.actions[name].done_when)]
        rules += [rule for other in model.actions.values() if name in other.after for rule, _ in list_holds(other.requires)]
        anchors += [Anchor(rule, parse_moment(anchor)) for rule in dict.fromkeys(rules)]
    return anchors


@dataclass(frozen=True, slots=True)
class Gates:
    """Everything that gates are decided from."""

    model: Ruleset
    evaluation: Evaluation
    instances: Sequence[Instance]
    ledger: Ledger

    def find_blockers(self, instance: Instance) -> tuple[Blocker, ...]:
        """Find what keeps an action from being worked on: closed gates first, then predecessors that are open."""
        action = self.model.actions[instance.name]
        before = [i for i in self.instances if i.name in action.after and self._meet(i.scope, instance.scope)]
        waiting = [i for i in before if i.state == "open"]
        anchors = [i.recorded.anchor for i in before if i.recorded and i.recorded.anchor and i.state in ("done", "verified", "closed")]
        anchor = parse_moment(max(anchors)) if anchors else None
        blockers = []
        for rule, strict in list_holds(action.requires):
            if waiting:
                blockers.append(Blocker(rule=rule, action=waiting[0].id, scope=instance.scope, because="awaiting"))
            else:
                blockers += self._find_closed(rule, strict, instance.scope, anchor)
        if not action.requires:
            blockers += [Blocker(action=i.id, scope=i.scope, because="awaiting") for i in waiting]
        return tuple(blockers)

    def _find_closed(self, rule: str, strict: bool, scope: Scope, anchor: datetime | None) -> Iterator[Blocker]:
        findings = self._find_agreeing(rule, scope)
        if not findings:
            yield Blocker(rule=rule, scope=scope, because="unmeasured")
        for finding in findings:
            if anchor is None:
                because = explain_hold(finding, strict)
            else:
                accepted = self._accept(finding, strict, anchor)
                because = None if accepted.holds else ("fails" if accepted.reason is None else "not_yet_measured")
            if because is not None:
                yield Blocker(rule=rule, scope=finding.scope, because=because)

    def list_acceptance(self, instance: Instance) -> tuple[Acceptance, ...]:
        """List what will count as done: every finding that takes part, as it was and as it is since the anchor."""
        action = self.model.actions[instance.name]
        recorded = instance.recorded
        anchored = recorded is not None and recorded.anchor and not instance.reopened and recorded.state in ("done", "verified")
        was = {(c.rule, key_scope(c.scope)): c.was for c in recorded.opening.acceptance} if recorded else {}
        entries = []
        for rule, strict in list_holds(action.done_when):
            for finding in self._list_parts(rule, instance, {scope for name, scope in was if name == rule}):
                before = was.get((rule, key_scope(finding.scope)))
                value = float(before) if before is not None else finding.value
                if anchored and recorded is not None and recorded.anchor:
                    entry = self._accept(finding, strict, parse_moment(recorded.anchor))
                    entries.append(entry.model_copy(update={"was": value}))
                else:
                    entries.append(Acceptance(rule=rule, scope=finding.scope, holds=False, was=value, value=None, n=0,
                                              bound=finding.bound, reason="not_yet_measured"))
        return tuple(entries)

    def _accept(self, finding: Finding, strict: bool, anchor: datetime) -> Acceptance:
        m = self.evaluation.acceptance.get((finding.rule, anchor), {}).get(key_scope(finding.scope))
        judgement = resolve_judgement(self.model, finding.rule, finding.scope)
        baseline = finding.baseline.value if finding.baseline else None
        status, bound, _ = decide_status(judgement, m.value, baseline, m.n, m.reason) if m else ("no_data", None, None)
        measured = status in ("fail", "warn", "pass") and self._is_renewed(finding.rule, anchor)
        holds = measured and (status == "pass" or (status == "warn" and not strict))
        return Acceptance(
            rule=finding.rule, scope=finding.scope, holds=holds, was=finding.value, value=m.value if m else None, n=m.n if m else 0,
            bound=bound or finding.bound, reason=None if measured else "not_yet_measured",
        )

    def _is_renewed(self, rule: str, anchor: datetime) -> bool:
        """Whether the collections that a rule measures have a row added since, or other bytes than were recorded before."""
        declared = self.model.rules[rule]
        measured = [declared.source]
        if METRICS[declared.metric].compares and declared.baseline and declared.baseline.source:
            measured.append(declared.baseline.source)
        for source in measured:
            entry = next((i for i in self.evaluation.inputs if i.source == source), None)
            if entry is None or not self.model.sources[source].collection:
                continue
            grown = entry.to is not None and parse_moment(entry.to) >= anchor
            if not grown and entry.digest == self._find_recorded_digest(source, anchor):
                return False
        return True

    def _find_recorded_digest(self, source: str, anchor: datetime) -> str | None:
        """Find the digest that the last plan recorded at or before the anchor had of a source."""
        digests = [
            used.digest for entry in self.ledger.entries.values() if entry.as_of and parse_moment(entry.as_of) <= anchor
            for used in entry.inputs if used.source == source
        ]
        return digests[-1] if digests else None

    def list_stuck(self, blocked: Sequence[tuple[Instance, tuple[Blocker, ...]]], working: Sequence[Instance]) -> tuple[Stuck, ...]:
        """List closed gates that no action in `working` would open."""
        stuck: dict[tuple[str, object], Stuck] = {}
        for instance, blockers in blocked:
            for blocker in blockers:
                if blocker.rule is None or blocker.because == "awaiting":
                    continue
                keys = (i for i in working if i.id != instance.id and self._meet(i.scope, blocker.scope) and any(
                    rule == blocker.rule for rule, _ in list_holds(self.model.actions[i.name].done_when)))
                if next(keys, None) is None:
                    place = (blocker.rule, key_scope(blocker.scope))
                    blocks = (*(stuck[place].blocks if place in stuck else ()), instance.id)
                    stuck[place] = Stuck(rule=blocker.rule, scope=blocker.scope, because=blocker.because, blocks=blocks)
        return tuple(stuck.values())

    def _meet(self, one: Scope, other: Scope) -> bool:
        return agree(add_family(self.model, one), add_family(self.model, other))

    def _list_parts(self, rule: str, instance: Instance, recorded: set[ScopeKey]) -> list[Finding]:
        """List the findings that acceptance is about: the evidence of what the action covers and the scopes recorded at
        its opening; where a rule is in neither, its findings at the places that the action covers."""
        evidence = {f for d in instance.diagnoses for f in d.evidence} | {f.id for f in instance.occasions}
        agreeing = self._find_agreeing(rule, instance.scope)
        parts = [f for f in agreeing if f.id in evidence or key_scope(f.scope) in recorded]
        return parts or [f for f in agreeing if any(self._meet(f.scope, place.scope) for place in instance.places)]

    def _find_agreeing(self, rule: str, scope: Scope) -> list[Finding]:
        return [f for f in self.evaluation.findings if f.rule == rule and self._meet(f.scope, scope)]


def explain_hold(finding: Finding, strict: bool) -> Because | None:
    """Say why a rule does not hold at a finding; None when it does. A waiver never makes a rule hold."""
    status = finding.hides if finding.status == "waived" else finding.status
    if status == "pass" or (not strict and (status == "warn" or (status == "unsure" and finding.unsure_of == "warn"))):
        return None
    if status in ("insufficient", "no_data"):
        return "unmeasured"
    return "unsure" if status == "unsure" else "fails"


def settle_state(instance: Instance, acceptance: Sequence[Acceptance]) -> str:
    """Settle where an action stands.

    Done: verified when all acceptance holds, open again when a measured part fails, else still done. Recorded and never
    approved: closed, lapsed, when its cause is gone.
    """
    if instance.state == "proposed" and instance.recorded is not None and not instance.covers:
        return "closed"
    if instance.state != "done" or not acceptance:
        return instance.state
    if all(entry.holds for entry in acceptance):
        return "verified"
    return "open" if any(not entry.holds and entry.reason is None for entry in acceptance) else "done"
