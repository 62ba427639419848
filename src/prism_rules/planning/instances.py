"""Instances: which actions there are, one per value of an action's `by`, and what each of them covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prism_rules.diagnosis import Diagnoses
from prism_rules.ledger import ActionState
from prism_rules.model.identity import make_id
from prism_rules.model.plan import Diagnosis, Finding, Scope
from prism_rules.model.ruleset import Action, Ruleset
from prism_rules.queues import Place
from prism_rules.ruleset import find_grain


@dataclass(slots=True)
class Instance:
    """An action at a scope: what opens it now, and where the ledger says it stands."""

    id: str
    name: str
    scope: Scope
    recorded: ActionState | None
    diagnoses: list[Diagnosis] = field(default_factory=list)
    occasions: list[Finding] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    """Where the covered diagnoses and findings hold."""
    reopened: bool = False
    """Finished before, and its cause is back on newer data: the plan begins another episode."""

    @property
    def covers(self) -> tuple[str, ...]:
        """Ids of what it serves."""
        return tuple(dict.fromkeys(entry.id for entry in (*self.diagnoses, *self.occasions)))

    @property
    def rank(self) -> int:
        """The best rank among covered diagnoses; occasions come after all of them."""
        return min((d.rank for d in self.diagnoses), default=1_000_000)

    @property
    def state(self) -> str:
        """The state before acceptance and gates are looked at."""
        if self.recorded is None:
            return "proposed"
        return "open" if self.reopened else self.recorded.state


def list_instances(
    model: Ruleset, findings: Sequence[Finding], diagnoses: Diagnoses, recorded: Mapping[str, ActionState], as_of: datetime
) -> list[Instance]:
    """List the actions that something opens now and those that live in the ledger, in the order of the ruleset.

    A diagnosis that rests on experimental rules alone opens nothing, and neither does a waived one.
    """
    instances: dict[str, Instance] = {}

    def claim(name: str, scope: Scope) -> Instance:
        identity = make_id("action", model.metadata.name, name, scope)
        return instances.setdefault(identity, Instance(identity, name, scope, recorded.get(identity)))

    known = {finding.id: finding for finding in findings}
    for name, action in model.actions.items():
        grain = find_grain(model, action)
        for diagnosis in _list_openers(model, action, diagnoses, known):
            for scope, place in _split(grain, diagnosis):
                instance = claim(name, scope)
                instance.places.append(Place(place, diagnosis.cause))
                if diagnosis not in instance.diagnoses:
                    instance.diagnoses.append(diagnosis)
        for finding in _list_occasions(model, action, findings):
            if {*grain} <= {*finding.scope}:
                instance = claim(name, {dimension: finding.scope[dimension] for dimension in grain})
                instance.occasions.append(finding)
                instance.places.append(Place(finding.scope, finding.rule))
    for identity, state in recorded.items():
        if identity not in instances and state.name in model.actions and state.state in ("proposed", "open", "done"):
            instance = claim(state.name, state.scope)
            instance.places.append(Place(state.scope, state.name))
    for instance in instances.values():
        instance.reopened = _is_back(instance, known, as_of)
    order = {name: index for index, name in enumerate(model.actions)}
    return sorted(instances.values(), key=lambda i: (order[i.name], sorted(i.scope.items())))


def _list_openers(
    model: Ruleset, action: Action, diagnoses: Diagnoses, known: Mapping[str, Finding]
) -> Iterator[Diagnosis]:
    causes = {entry for entry in action.for_ if isinstance(entry, str)}
    for diagnosis in diagnoses.diagnoses:
        if diagnosis.cause in causes and diagnosis.verdict == "diagnosed":
            rules = {known[finding].rule for finding in diagnosis.evidence}
            if any(model.rules[rule].status != "experimental" for rule in rules):
                yield diagnosis


def _list_occasions(model: Ruleset, action: Action, findings: Sequence[Finding]) -> Iterator[Finding]:
    for entry in action.for_:
        if not isinstance(entry, str) and model.rules[entry.rule].status != "experimental":
            yield from (f for f in findings if f.rule == entry.rule and f.status in entry.statuses)


def _split(grain: tuple[str, ...], diagnosis: Diagnosis) -> Iterator[tuple[Scope, Scope]]:
    """Split a diagnosis by the action's grain: (the action's scope, the place), for every place it holds at."""
    for at in diagnosis.at or ({},):
        place = {**diagnosis.scope, **at}
        if {*grain} <= {*place}:
            yield {dimension: place[dimension] for dimension in grain}, place


def _is_back(instance: Instance, known: Mapping[str, Finding], as_of: datetime) -> bool:
    """Whether a finished action's cause holds on data that is newer than its end."""
    state = instance.recorded
    if state is None or state.state not in ("verified", "closed") or not instance.covers:
        return False
    ended = parse_moment(next(step.event.at for step in reversed(state.history) if step.before != step.after))
    evidence = [known[f] for d in instance.diagnoses for f in d.evidence] + instance.occasions
    return all(parse_moment(f.window[0]) >= ended if f.window[0] else as_of > ended for f in evidence)


def parse_moment(text: str) -> datetime:
    """Read a UTC time written with `Z`."""
    return datetime.fromisoformat(text).astimezone(UTC)
