"""Stands: each action with everything that is decided about it but its queue, in the order of priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from prism_rules.ledger import State
from prism_rules.model.plan import Acceptance, Blocker, Stuck
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.acceptance import keeps_holding, list_acceptance, settle_state
from prism_rules.planning.case import Case
from prism_rules.planning.gates import Gates, list_stuck
from prism_rules.planning.instances import Instance

FINISHED = ("verified", "closed", "rejected")


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an action stands."""

    instance: Instance
    state: State
    acceptance: tuple[Acceptance, ...]
    blockers: tuple[Blocker, ...] = ()
    after: tuple[str, ...] = ()
    """Ids of the overlapping actions that it comes after."""
    priority: int = 0

    @property
    def waits(self) -> bool:
        """Whether it is still to be done, so that a gate can keep it from it."""
        return self.state in ("proposed", "open")

    @property
    def continues(self) -> bool:
        """Whether what was recorded goes on: not when it begins again, after its end or because it did not help."""
        recorded = self.instance.recorded
        return recorded is not None and not self.instance.reopened and not (recorded.state == "done" and self.waits)

    @property
    def shown(self) -> State | Literal["blocked"]:
        """The state people see: `blocked` in place of proposed or open while a gate is closed."""
        return "blocked" if self.blockers else self.state


def decide_stands(case: Case, instances: Sequence[Instance]) -> tuple[list[Stand], tuple[Stuck, ...]]:
    """Decide where every action stands, and list the closed gates that nothing works on.

    All states are settled before any gate is looked at: what failed its acceptance is open again for those after it.
    """
    for instance in instances:
        instance.reopened = instance.reopened and not keeps_holding(case, instance)
    accepted = [(instance, list_acceptance(case, instance)) for instance in instances]
    settled = [(instance, settle_state(instance, acceptance)) for instance, acceptance in accepted]
    gates = Gates(case, settled)
    stands = []
    depth = measure_depths(case.model)
    # Predecessors come first, since one that is blocked blocks what comes after it.
    pairs = sorted(zip(settled, accepted, strict=True), key=lambda pair: depth[pair[0][0].name])
    for (instance, state), (_, acceptance) in pairs:
        after = tuple(before.id for before, _ in gates.find_predecessors(instance))
        stand = Stand(instance, state, acceptance, after=after)
        stands.append(replace(stand, blockers=gates.find_blockers(instance)) if stand.waits else stand)
    live = [(stand.instance, stand.blockers) for stand in stands if stand.state not in FINISHED]
    return order_stands(case.model, stands), list_stuck(case, live)


def order_stands(model: Ruleset, stands: Sequence[Stand]) -> list[Stand]:
    """Order actions by the rank of what they cover, each behind what it comes `after`, and number them from 1.

    Finished ones are last. What comes before an action is pulled ahead to it, so that no other work is pushed back.
    """
    order = {name: index for index, name in enumerate(model.actions)}
    known = {stand.instance.id: stand for stand in stands}
    ordered: dict[str, Stand] = {}

    def rank(stand: Stand) -> tuple[bool, int, int, list[tuple[str, str]]]:
        one = stand.instance
        return stand.state in FINISHED, one.rank, order[one.name], sorted(one.scope.items())

    def place(stand: Stand) -> None:
        if stand.instance.id in ordered:
            return
        for before in sorted((known[name] for name in stand.after), key=rank):
            if before.state not in FINISHED or stand.state in FINISHED:
                place(before)
        ordered[stand.instance.id] = stand

    for stand in sorted(stands, key=rank):
        place(stand)
    return [replace(stand, priority=number) for number, stand in enumerate(ordered.values(), 1)]


def measure_depths(model: Ruleset) -> dict[str, int]:
    """Measure for every action how many others come before it, one after the other."""
    depth: dict[str, int] = {}

    def measure(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((measure(before) for before in model.actions[name].after), default=-1)
        return depth[name]

    for name in model.actions:
        measure(name)
    return depth
