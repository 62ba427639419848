"""Instances: which actions there are, one per value of an action's `by`, and what each of them covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prism_rules.diagnosis import Diagnoses
from prism_rules.diagnosis.join import Way, find_ways
from prism_rules.diagnosis.leaves import NOT_KNOWN, Leaves
from prism_rules.evaluation import ScopeKey, key_scope, write_moment
from prism_rules.ledger import DECISIONS, LIVE, ActionState, State
from prism_rules.model.identity import make_id
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Diagnosis, Finding, Scope
from prism_rules.model.ruleset import Action
from prism_rules.model.scopes import FEW, add_family, agree
from prism_rules.planning.case import Case
from prism_rules.queues import Place
from prism_rules.ruleset import find_grain
from prism_rules.ruleset.grain import ANNOTATOR, is_person

LAST = 1_000_000_000
"""The rank of what rests on no diagnosis: after all of them."""


@dataclass(slots=True)
class Instance:
    """An action at a scope: what opens it now, and where the ledger says it stands."""

    id: str
    name: str
    scope: Scope
    recorded: ActionState | None
    diagnoses: dict[str, Diagnosis] = field(default_factory=dict)
    """What it covers, by id."""
    occasions: dict[str, Finding] = field(default_factory=dict)
    """Findings that open it without a cause, by id."""
    places: list[Place] = field(default_factory=list)
    """Where the covered diagnoses and findings hold."""
    reopened: bool = False
    """Finished before, and its cause is back on newer data: the plan begins another episode."""
    lapsed: bool = False
    """Recorded and never approved, and its cause was looked for and is gone."""
    overtaken: bool = False
    """A later plan recorded something of it: this one, made late, changes nothing about where it stands."""

    @property
    def covers(self) -> tuple[str, ...]:
        """Ids of what it serves."""
        return (*self.diagnoses, *self.occasions)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of the findings it rests on."""
        return tuple(dict.fromkeys([*(f for d in self.diagnoses.values() for f in d.evidence), *self.occasions]))

    @property
    def rank(self) -> int:
        """The best rank among covered diagnoses."""
        return min((d.rank for d in self.diagnoses.values()), default=LAST)

    @property
    def state(self) -> State:
        """The state before acceptance and gates are looked at."""
        if self.recorded is None:
            return "proposed"
        if self.reopened:
            return "proposed" if self.recorded.lapsed else "open"
        return self.recorded.state


def list_instances(case: Case, diagnoses: Diagnoses) -> list[Instance]:
    """List the actions that something opens now and those that live in the ledger, in the order of the ruleset.

    What rests on experimental rules or waived findings alone opens nothing.
    """
    model = case.model
    instances: dict[str, Instance] = {}
    known_as = _name_recorded(case)

    def claim(name: str, scope: Scope) -> Instance:
        identity = known_as.get((name, key_scope(scope))) or make_id("action", model.metadata.name, name, scope)
        return instances.setdefault(identity, Instance(identity, name, scope, case.recorded.get(identity)))

    known = {finding.id: finding for finding in case.evaluation.findings}
    for name, action in model.actions.items():
        grain = find_grain(model, action)
        for diagnosis in _list_openers(case, action, diagnoses, known):
            instance = claim(name, {dimension: diagnosis.scope[dimension] for dimension in grain})
            instance.diagnoses[diagnosis.id] = diagnosis
            instance.places += [Place({**diagnosis.scope, **at}, diagnosis.cause) for at in diagnosis.at or ({},)]
        for finding in _list_occasions(case, action):
            instance = claim(name, {dimension: finding.scope[dimension] for dimension in grain})
            instance.occasions[finding.id] = finding
            instance.places.append(Place(finding.scope, finding.rule))
    for identity, state in case.recorded.items():
        if identity not in instances and state.name in model.actions and (state.state in LIVE or state.conflict):
            place = Place(state.scope, _recall_cause(model.actions[state.name], state))
            instances[identity] = Instance(identity, state.name, state.scope, state, places=[place])
    remains = _Remains(case)
    for instance in instances.values():
        if instance.recorded is None:
            continue
        if is_overtaken(instance.recorded, write_moment(case.evaluation.as_of)):
            instance.overtaken = True
            continue
        instance.reopened = _is_back(case, instance, known)
        instance.lapsed = _is_undecided(instance.recorded) and not instance.covers and not remains.find(instance)
    order = {name: index for index, name in enumerate(model.actions)}
    return sorted(instances.values(), key=lambda i: (order[i.name], sorted(i.scope.items()), i.id))


def is_overtaken(state: ActionState, as_of: str) -> bool:
    """Whether a plan for a later moment than `as_of` recorded something of an action's episode, or somebody took the
    action up again after it."""
    events = (step.event for step in state.history if step.episode == state.episode)
    return any(
        event.at > as_of for event in events
        if event.opening or event.event == "reopened" or event.event not in DECISIONS
    )  # fmt: skip


def _is_undecided(state: ActionState) -> bool:
    """Whether nobody has approved or done what is proposed, on no branch of the ledger."""
    return state.state == "proposed" and state.approved is None and state.done is None


def _recall_cause(action: Action, state: ActionState) -> str:
    """Recall what rows were drawn for once nothing opens their action: its one cause, else the title it was given."""
    names = [entry if isinstance(entry, str) else entry.rule for entry in action.for_]
    return names[0] if len(names) == 1 else state.opening.title


def _name_recorded(case: Case) -> dict[tuple[str, ScopeKey], str]:
    """Name by action and scope the ids under which actions were recorded; of two, the one that lives."""
    states = sorted(case.recorded.values(), key=lambda state: state.state in LIVE)
    return {(state.name, key_scope(state.scope)): state.action for state in states}


def _list_openers(
    case: Case, action: Action, diagnoses: Diagnoses, known: Mapping[str, Finding]
) -> Iterator[Diagnosis]:
    for diagnosis in diagnoses.diagnoses:
        if diagnosis.cause in action.for_ and diagnosis.verdict == "diagnosed":
            evidence = [known[finding] for finding in diagnosis.evidence]
            if any(f.status != "waived" and case.model.rules[f.rule].status != "experimental" for f in evidence):
                yield diagnosis


def _list_occasions(case: Case, action: Action) -> Iterator[Finding]:
    for entry in action.for_:
        if not isinstance(entry, str) and case.model.rules[entry.rule].status != "experimental":
            yield from (f for f in case.find_findings(entry.rule, {}) if f.status in entry.statuses)


def _is_back(case: Case, instance: Instance, known: Mapping[str, Finding]) -> bool:
    """Whether a finished action's cause holds on data that is newer than its end."""
    state = instance.recorded
    if state is None or state.state not in ("verified", "closed") or not instance.covers:
        return False
    if state.state == "closed" and not state.lapsed and _is_built_on(case, instance):
        return False
    ends = (step for step in state.history if step.before != step.after in ("verified", "closed"))
    # The branch that counts may have ended an earlier episode than the highest; of ends in one the later one.
    ended = max(ends, key=lambda step: (step.episode, step.event.at))
    for finding in map(known.__getitem__, instance.evidence):
        begins = finding.window[0]
        newer = parse_moment(begins) >= parse_moment(ended.event.at) if begins else False
        if not newer and (begins or not case.is_renewed(case.model.rules[finding.rule].source, ended)):
            return False
    return True


def _is_built_on(case: Case, instance: Instance) -> bool:
    """Whether an action that comes after this one is under way: what is to cure the cause may still be going on."""
    later = (name for name, action in case.model.actions.items() if instance.name in action.after)
    return any(one.state in LIVE for name in later for one in case.find_recorded(name, instance.scope))


class _Remains:
    """What is left of a cause that opens nothing: it may be waived, or nobody can tell for want of data."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._ways: dict[str, list[Way]] = {}

    def find(self, instance: Instance) -> bool:
        """Whether a cause or occasion of an action holds, or cannot be told, somewhere in the action's scope.

        Of an annotator nothing can be told who is one of a few, or whom nobody knows by this pseudonym.
        """
        who, people = instance.scope.get(ANNOTATOR), self._case.evaluation.people
        if is_person(instance.scope) and people and who not in people.values():
            return True
        return self._find(instance.name, instance.scope) or (
            who is not None and self._find(instance.name, {**instance.scope, ANNOTATOR: FEW})
        )

    def _find(self, name: str, place: Scope) -> bool:
        scope = add_family(self._case.model, place)
        for entry in self._case.model.actions[name].for_:
            if isinstance(entry, str):
                if any(agree(way.scope, scope) for way in self._find_ways(entry)):
                    return True
            else:
                found = self._case.find_findings(entry.rule, place)
                if any((f.hides or f.status) in (*entry.statuses, *NOT_KNOWN) for f in found):
                    return True
        return False

    def _find_ways(self, cause: str) -> list[Way]:
        if cause not in self._ways:
            model = self._case.model
            leaves = Leaves((add_family(model, f.scope), f) for f in self._case.evaluation.findings)
            self._ways[cause] = find_ways(model.causes[cause].when, leaves)
        return self._ways[cause]
