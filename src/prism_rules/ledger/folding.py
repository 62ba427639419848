"""From entries to the state of every action.

Order is the order of parents, with ties broken by hash; `at` is a label and never an order. Events of two branches that
did not see each other are concurrent: what a plan found out yields to what people decided beside it; of the rest the
more cautious counts, and where people decided differently the next decision that follows both settles it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prism_rules.ledger.graph import Ledger
from prism_rules.ledger.life import CAUTION, NOTES, STATES, State, begins_episode, next_state
from prism_rules.model.ledger import Event, Opening


@dataclass(frozen=True, slots=True)
class Step:
    """One event in the life of an action, with the states around it and the entry that records it."""

    entry: str
    event: Event
    before: State | None
    after: State
    episode: int

    @property
    def lapses(self) -> bool:
        """Whether it closes what nobody had approved."""
        return (self.before, self.event.event) == ("proposed", "closed")


@dataclass(frozen=True, slots=True)
class ActionState:
    """Where one recorded action stands at the ledger's heads."""

    action: str
    name: str
    scope: dict[str, str]
    state: State
    episode: int
    """1 from the first opening; one more whenever its cause comes back after it was finished."""
    opened_at: str
    """`at` of the event that began the episode."""
    opening: Opening
    """What the plan recorded: the first due date and the first rows of this episode, which later plans repeat."""
    approved: Step | None
    done: Step | None
    """The last `done` of all episodes; of those that did not see each other the later one: it asks for newer data."""
    history: tuple[Step, ...]
    conflict: tuple[Step, ...] = ()
    """Concurrent decisions of people that disagree, the one that counts first; empty when none do."""
    lapsed: bool = False
    """Closed although nobody had approved it."""

    @property
    def anchor(self) -> str | None:
        """The time after which acceptance is measured: `at` of the last `done`."""
        return self.done.event.at if self.done else None


class Impossible(NamedTuple):
    """An event that the life of an action does not allow where it stands."""

    entry: str
    event: Event
    state: State | None
    in_conflict: bool


def fold(ledger: Ledger, *rulesets: str) -> dict[str, ActionState]:
    """The state of every action that entries of a ruleset recorded, by action id, in order of id.

    `rulesets` are the names that the ruleset has and had; without one, the actions of all rulesets.
    """
    replay = _Replay(ledger)
    return {
        action: _summarise(steps, replay.tips[action], replay.dones.get(action, ()))
        for action, steps in sorted(replay.steps.items())
        if not rulesets or any(ledger.entries[step.entry].ruleset.name in rulesets for step in steps)
    }


def find_impossible(ledger: Ledger) -> list[Impossible]:
    """Events that no run of ours can have appended, in the ledger's order."""
    return _Replay(ledger).impossible


@dataclass(frozen=True, slots=True)
class _Tip:
    """A deciding event that no other one has followed yet."""

    number: int
    step: Step
    has_acceptance: bool
    seen: frozenset[int]
    """Numbers of the deciding events it followed."""
    decided: frozenset[int]
    """Those of them, itself too, that people decided."""
    decision: Step | None
    """What people decided last."""

    @property
    def rank(self) -> tuple[int, int, int]:
        return CAUTION.index(self.step.event.event), STATES.index(self.step.after), self.number


class _Replay:
    """Walks the entries once, giving each event the state that its own entry could see."""

    def __init__(self, ledger: Ledger) -> None:
        self.steps: dict[str, list[Step]] = {}
        self.impossible: list[Impossible] = []
        self.dones: dict[str, list[_Tip]] = {}
        self._events = 0
        self._views: dict[str, dict[str, tuple[_Tip, ...]]] = {}
        self._waiting = Counter(parent for entry in ledger.entries.values() for parent in entry.parents)
        self._waiting.update(ledger.heads)
        for name, entry in ledger.entries.items():
            view = self._join(entry.parents)
            for event in entry.events:
                self._apply(view, name, event)
            self._views[name] = view
        self.tips = self._join(ledger.heads)

    def _join(self, parents: Sequence[str]) -> dict[str, tuple[_Tip, ...]]:
        joined: dict[str, tuple[_Tip, ...]] = {}
        for parent in parents:
            self._waiting[parent] -= 1
            # The last one to ask takes the view itself: a long chain is never copied, nor kept.
            view = dict(self._views[parent]) if self._waiting[parent] else self._views.pop(parent)
            if not joined:
                joined = view
                continue
            for key, tips in view.items():
                if (others := joined.get(key, ())) != tips:
                    joined[key] = _newest((*others, *tips))
        return joined

    def _apply(self, view: dict[str, tuple[_Tip, ...]], name: str, event: Event) -> None:
        # By the action's id alone, which is made of the ruleset's name: a ruleset may have got another one meanwhile.
        tips = view.get(event.action, ())
        standing = _list_standing(tips)
        counts = standing[0].step if tips else None
        before = counts.after if counts else None
        begins = begins_episode(before, event.event)
        has_acceptance = (
            event.opening.has_acceptance if begins and event.opening else any(tip.has_acceptance for tip in tips)
        )
        conflict = bool(_list_conflict(standing))
        lapsed = event.by_plan and counts is not None and counts.lapses
        after = next_state(before, event.event, has_acceptance=has_acceptance, in_conflict=conflict, lapsed=lapsed)
        if after is None:
            self.impossible.append(Impossible(name, event, before, conflict))
            return
        episode = max((tip.step.episode for tip in tips), default=0) + begins
        step = Step(name, event, before, after, episode)
        self.steps.setdefault(event.action, []).append(step)
        if event.event in NOTES or (event.event == "opened" and tips):
            return
        self._events += 1
        seen = frozenset().union(*(tip.seen | {tip.number} for tip in tips))
        decided, decision = frozenset().union(*(tip.decided for tip in tips)), standing[0].decision if tips else None
        if not event.by_plan:
            decided, decision = decided | {self._events}, step
        tip = _Tip(self._events, step, has_acceptance, seen, decided, decision)
        view[event.action] = (tip,)
        if event.event == "done":
            self.dones.setdefault(event.action, []).append(tip)


def _newest(tips: Iterable[_Tip]) -> tuple[_Tip, ...]:
    """The tips that no other one followed, the most cautious first."""
    distinct = {tip.number: tip for tip in tips}
    followed = frozenset().union(*(tip.seen for tip in distinct.values()))
    return tuple(sorted((tip for number, tip in distinct.items() if number not in followed), key=lambda tip: tip.rank))


def _list_standing(tips: Sequence[_Tip]) -> list[_Tip]:
    """The tips that count: one that knows of no decision but what another knows too, which knows of more, yields."""
    return [tip for tip in tips if not any(tip.decided < other.decided for other in tips)]


def _list_conflict(standing: Sequence[_Tip]) -> tuple[Step, ...]:
    """What people decided differently, where it matters; the decision that counts first."""
    decisions = {id(tip.decision): tip.decision for tip in standing if tip.decision}
    differ = len({tip.step.after for tip in standing}) > 1
    return tuple(decisions.values()) if differ and len({d.event.event for d in decisions.values()}) > 1 else ()


def _summarise(steps: Sequence[Step], tips: Sequence[_Tip], dones: Sequence[_Tip]) -> ActionState:
    last = {step.event.event: step for step in steps}
    standing = _list_standing(tips)
    counts = standing[0].step
    opening, opened_at = _gather_opening(steps)
    return ActionState(
        action=counts.event.action,
        name=counts.event.name,
        scope=counts.event.scope,
        state=counts.after,
        episode=max(tip.step.episode for tip in tips),
        opened_at=opened_at,
        opening=opening,
        approved=last.get("approved"),
        done=max((tip.step for tip in _newest(dones)), key=lambda step: step.event.at, default=None),
        history=tuple(steps),
        conflict=_list_conflict(standing),
        lapsed=counts.lapses,
    )


def _gather_opening(steps: Sequence[Step]) -> tuple[Opening, str]:
    """Nothing recorded is redrawn while an action lives: a later opening only adds what an earlier one lacked.

    An action that is reopened within its episode gets a new due date; and new rows where it was done and did not help.
    """
    opening: Opening | None = None
    opened_at, episode = "", 0
    for step in steps:
        added = step.event.opening
        if step.episode < episode:
            continue  # a branch that had not seen the newer episode
        if step.episode > episode:
            episode, opened_at = step.episode, step.event.at
            opening = added or (opening and opening.model_copy(update={"due": None, "rows": (), "strata": ()}))
        elif opening and step.event.event == "reopened" and step.before == "done":
            again = {
                "due": added and added.due,
                "rows": added.rows if added else (),
                "strata": added.strata if added else (),
            }
            opening = opening.model_copy(update=again)
        elif opening and step.before == "rejected" and step.after == "open":
            opening = opening.model_copy(update={"due": None})
        elif opening and added:
            begins = begins_episode(step.before, step.event.event)  # a branch opened it without having seen the other
            acceptance = opening.acceptance or (added.acceptance if begins else ())
            drawn = opening if opening.rows else added
            late = {
                "due": opening.due or added.due,
                "rows": drawn.rows,
                "strata": drawn.strata,
                "acceptance": acceptance,
            }
            opening = opening.model_copy(update=late)
        if opening and added:
            opening = opening.model_copy(update={"blocked": added.blocked})
    assert opening is not None, "an action's first step is its opening"
    return opening, opened_at
