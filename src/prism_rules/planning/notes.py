"""Notes: what is told of a live action and kept in the ledger, once an episode: escalations, and that it is waived.

A step of escalation is known by whom it goes to and what it asks. Where a ruleset no longer has a step that was told,
another one to the same people is taken for the same, edited: nobody is told twice because a file was tidied up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from prism_rules.diagnosis import Diagnoses
from prism_rules.diagnostics.text import say_count
from prism_rules.ledger import LIVE
from prism_rules.model.calendar import count_days, read_calendar
from prism_rules.model.frozen import format_duration
from prism_rules.model.ledger import Event, EventName
from prism_rules.model.plan import ActionEntry, Finding
from prism_rules.model.ruleset import Escalation, Risk
from prism_rules.planning.case import Case
from prism_rules.planning.instances import Instance
from prism_rules.planning.stands import Stand
from prism_rules.ruleset import find_grain
from prism_rules.ruleset.globs import matches
from prism_rules.wording import format_exact, list_some, name_scope, say_demand


class Note(NamedTuple):
    """An event for the ledger that changes nothing about where its action stands."""

    event: EventName
    because: str
    about: str
    """Which step, or which waiver."""
    to: str | None = None


class Noted(NamedTuple):
    """What is to be noted of an action, and the furthest to whom it was told or is told now."""

    notes: tuple[Note, ...] = ()
    escalated_to: str | None = None


class Notes:
    """Finds what is to be noted of each action of a plan. `known` are the findings by id, `today` is the plan's day."""

    def __init__(self, case: Case, diagnoses: Diagnoses, known: Mapping[str, Finding], today: str) -> None:
        self._case = case
        self._model = case.model
        self._diagnoses = diagnoses
        self._known = known
        self._today = today
        self._calendar = read_calendar(case.model.governance)
        self._steps = case.model.governance.escalation if case.model.governance else ()

    def find(self, stand: Stand, entry: ActionEntry) -> Noted:
        """Find what is to be noted of an action; nothing is of one that is finished."""
        if stand.state not in LIVE:
            return Noted()
        recorded = stand.instance.recorded
        history = [s.event for s in (recorded.history if recorded else ()) if s.episode == entry.episode]
        events = [event for event in history if event.event == "escalated"]
        told = find_told(self._steps, events)
        reasons = {at: why for at, step in enumerate(self._steps) if (why := self._find_reason(step, stand, entry))}
        furthest = max({*told, *reasons}, default=None)
        last = events[-1].to if events else None
        escalations = (
            Note("escalated", why, name_step(self._steps[at]), self._steps[at].to)
            for at, why in reasons.items() if at not in told
        )  # fmt: skip
        waived = {event.about for event in history if event.event == "waived"}
        notes = (*escalations, *(note for note in self._list_waived(stand) if note.about not in waived))
        return Noted(notes, last if furthest is None else self._steps[furthest].to)

    def _find_reason(self, step: Escalation, stand: Stand, entry: ActionEntry) -> str | None:
        """Find why a step holds, all that it asks for with its numbers; None where something of it does not."""
        when, instance = step.when, stand.instance
        reasons: list[str | None] = []
        if when.overdue is not None:
            reasons.append(self._say_overdue(entry, count_days(when.overdue)))
        if when.status is not None:
            reasons.append(self._say_findings([f for f in self._list_evidence(instance) if f.status == when.status]))
        if when.risk:
            risk = self._find_risk(instance)
            reasons.append(f"the risk is {risk}" if risk in when.risk else None)
        if when.class_:
            met = [name for name in _list_classes(instance) if any(matches(one, name) for one in when.class_)]
            reasons.append(f"class {list_some(met, 3)}" if met else None)
        told = [reason for reason in reasons if reason is not None]
        return "; ".join(told) if told and len(told) == len(reasons) else None

    def _say_overdue(self, entry: ActionEntry, least: int) -> str | None:
        if not entry.overdue or entry.due is None:
            return None
        late = self._calendar.count(entry.due, self._today)
        days = say_count(late, "business day" if self._calendar.business else "day")
        return f"{days} overdue, due {entry.due}" if late >= least else None

    def _say_findings(self, found: Sequence[Finding]) -> str | None:
        if not found:
            return None
        first, *more = found
        told = f"{first.rule} is {first.status} for {name_scope(first.scope)}"
        if first.value is not None:
            bound = f", {say_demand(first.bound)}" if first.bound else ""
            told += f" ({format_exact(round(first.value, 4))}{bound})"
        return told + (f" and {say_count(len(more), 'other finding')}" if more else "")

    def _list_evidence(self, instance: Instance) -> list[Finding]:
        return [self._known[finding] for finding in instance.evidence]

    def _find_risk(self, instance: Instance) -> Risk | None:
        """Find the highest risk of an action's classes and of what it covers; else that of the question."""
        declared = [self._model.classes.get(name) for name in _list_classes(instance)]
        risks = {entry.risk for entry in declared if entry} | {d.risk for d in instance.diagnoses.values()}
        return next((risk for risk in reversed(get_args(Risk)) if risk in risks), self._model.question.risk)

    def _list_waived(self, stand: Stand) -> Iterator[Note]:
        """List the waivers that hide all that an action was opened for, where nothing is left to open it."""
        instance = stand.instance
        if instance.recorded is None or instance.covers:
            return
        for name in sorted({finding.waiver for finding in self._list_hidden(instance) if finding.waiver}):
            waiver = self._model.waivers[name]
            yield Note("waived", f"waiver {name}, by {waiver.by} until {waiver.until}", name)

    def _list_hidden(self, instance: Instance) -> Iterator[Finding]:
        action = self._model.actions[instance.name]
        grain = find_grain(self._model, action)

        def is_here(scope: Mapping[str, str]) -> bool:
            return {dimension: scope.get(dimension) for dimension in grain} == instance.scope

        for entry in action.for_:
            if isinstance(entry, str):
                covered = (d for d in self._diagnoses.diagnoses if d.cause == entry and is_here(d.scope))
                for evidence in ([self._known[f] for f in d.evidence] for d in covered if d.verdict != "undetermined"):
                    counted = [f for f in evidence if self._model.rules[f.rule].status != "experimental"]
                    if all(finding.status == "waived" for finding in counted):
                        yield from counted
            else:
                found = self._case.find_findings(entry.rule, instance.scope)
                yield from (f for f in found if f.hides in entry.statuses and is_here(f.scope))


def find_told(steps: Sequence[Escalation], events: Iterable[Event]) -> set[int]:
    """Find which steps, by their place, were told: as they stand, or as they stood before they were edited."""
    told = {(event.to, event.about): None for event in events}
    names = [(step.to, name_step(step)) for step in steps]
    found = {at for at, name in enumerate(names) if name in told}
    gone = [to for to, about in told if (to, about) not in names]
    for at, (to, _) in enumerate(names):
        if at not in found and to in gone:
            gone.remove(to)
            found.add(at)
    return found


def name_step(step: Escalation) -> str:
    """Name a step by what it asks, in one form: ``overdue 7d, risk critical high``."""
    when = step.when
    parts = {
        "overdue": (format_duration(when.overdue),) if when.overdue else (),
        "status": (when.status,) if when.status else (),
        "risk": sorted({*when.risk}),
        "class": sorted({*when.class_}),
    }
    return ", ".join(f"{key} {' '.join(values)}" for key, values in parts.items() if values)


def _list_classes(instance: Instance) -> list[str]:
    """List the classes that an action is about: its own, or those of the places that it covers."""
    scopes = [instance.scope] if "class" in instance.scope else [place.scope for place in instance.places]
    return sorted({scope["class"] for scope in scopes if "class" in scope})
