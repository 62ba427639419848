"""The actions: what a person sees of each at once, what its fold holds, and what they are filtered by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from prism_rules.escaping import show_plain, write_key
from prism_rules.model.plan import Acceptance, ActionEntry, Diagnosis, Finding, Plan
from prism_rules.render.bounds import name_place
from prism_rules.render.decided import list_told, say_conflict
from prism_rules.render.html.findings import Evidence
from prism_rules.render.html.queues import tell_queue
from prism_rules.render.html.tables import MOST, make_table, name_line
from prism_rules.render.told import find_evidence, name_causes, name_rule, order_actions
from prism_rules.render.words import format_beside, say_bound
from prism_rules.render.work import (
    find_waits,
    lacks_rows,
    say_accepted,
    say_blocker,
    say_causeless,
    say_closed,
    say_due,
    say_next,
    say_stuck,
)
from prism_rules.wording import list_some, name_scope

_FILTERS = {"owner": "Owner", "class": "Class", "cause": "Cause", "state": "State"}
_NOBODY = "nobody"
_BLOCKERS = 6


def number_actions(plan: Plan) -> list[tuple[int, ActionEntry]]:
    """Number the actions in the order of their priority."""
    return list(enumerate(order_actions(plan), start=1))


def make_anchor(action: ActionEntry) -> str:
    """Make the fragment by which an action is linked: its id stays the same from plan to plan."""
    return f"action-{write_key(action.id)}"


def list_stuck(plan: Plan) -> dict[str, Any]:
    """List the gates that nothing opens, and the names that the ledger has and the ruleset no longer knows."""
    return {
        "gates": [say_stuck(gate, plan) for gate in plan.stuck[:MOST]],
        "lost": [f"the {one.kind} {show_plain(one.name)}: {list_some(one.actions, 3)}" for one in plan.lost_history],
        "left": len(plan.stuck[MOST:]),
    }


class Actions:
    """Tells the actions of a plan."""

    def __init__(self, plan: Plan, evidence: Evidence) -> None:
        self.plan, self.evidence = plan, evidence
        self.findings: Mapping[str, Finding] = {finding.id: finding for finding in plan.findings}
        self.diagnoses: Mapping[str, Diagnosis] = {diagnosis.id: diagnosis for diagnosis in plan.diagnoses}
        self.causes = name_causes(plan)
        self.waits = find_waits(plan)
        self.numbers = {action.id: (number, action) for number, action in number_actions(plan)}

    def list_all(self) -> list[dict[str, Any]]:
        """List the actions, the most urgent first."""
        return [self._tell(number, action) for number, action in self.numbers.values()]

    def list_filters(self) -> list[dict[str, Any]]:
        """List what actions are filtered by, each with its options; an action names them by their numbers."""
        return [
            {"name": name, "label": label, "options": list(options)}
            for (name, label), options in zip(_FILTERS.items(), self._options.values(), strict=True)
        ]

    @cached_property
    def _options(self) -> dict[str, dict[str, int]]:
        """Name the options of each filter, with their numbers from 1 on."""
        named: dict[str, set[str]] = {name: set() for name in _FILTERS}
        for _, action in self.numbers.values():
            for name, values in self._sort(action).items():
                named[name].update(values)
        return {
            name: {value: number for number, value in enumerate(sorted(values), 1)} for name, values in named.items()
        }

    def _sort(self, action: ActionEntry) -> dict[str, set[str]]:
        """Sort an action by all that it may be filtered by."""
        covered = [entry for one in action.covers if (entry := self.diagnoses.get(one) or self.findings.get(one))]
        scopes = [action.scope, *(entry.scope for entry in covered)]
        return {
            "owner": {show_plain(action.owner) if action.owner else _NOBODY},
            "class": {show_plain(scope["class"]) or '""' for scope in scopes if "class" in scope},
            "cause": {show_plain(name_line(self.causes.get(one, one))) for one in action.covers},
            "state": {action.state},
        }

    def _tell(self, number: int, action: ActionEntry) -> dict[str, Any]:
        causes = dict.fromkeys(name_line(self.causes.get(one, one)) for one in action.covers)
        after = sorted(self.numbers[other] for other in action.after if other in self.numbers)
        lacks = lacks_rows(action, self.waits)
        blockers = [say_blocker(blocker, self.plan) for blocker in action.blocked_by[:_BLOCKERS]]
        following, command = say_next(action, self.waits)
        return {
            "number": number,
            "anchor": make_anchor(action),
            "id": action.id,
            "numbers": {
                name: " ".join(str(self._options[name][value]) for value in sorted(values))
                for name, values in self._sort(action).items()
            },
            "title": name_line(action.title),
            "place": name_scope(action.scope),
            "why": list_some(causes, 3, "; ") or say_causeless(action, self.plan),
            "owner": action.owner or _NOBODY,
            "due": say_due(action, self.waits),
            "state": action.state,
            "overdue": action.overdue,
            "conflict": say_conflict(action.conflict, len(action.conflict)) if action.conflict else "",
            "escalated": action.escalated_to,
            "budget": ("never fits" if self.waits[action.id].never else "waits for") if lacks else "",
            "blockers": blockers,
            "more_blockers": len(action.blocked_by) - len(blockers),
            "after": [{"number": n, "anchor": make_anchor(other)} for n, other in after],
            "evidence": self._tell_evidence(action),
            "steps": (action.steps or "").strip(),
            "queue": tell_queue(action.queue, self.waits.get(action.id)) if action.queue else None,
            "closed": say_closed(action) if action.state == "closed" else "",
            "acceptance": self._tabulate_acceptance(action),
            "history": list_told(action.history, action),
            "next": {"said": following, "command": command},
        }

    def _tell_evidence(self, action: ActionEntry) -> dict[str, Any] | None:
        """Tell what an action rests on: what speaks for its causes, then what speaks against them."""
        found = find_evidence(action, self.findings, self.diagnoses)
        against = [finding.id for finding, speaks in found if not speaks]
        return self.evidence.tell([finding for finding, _ in found], against) if found else None

    def _tabulate_acceptance(self, action: ActionEntry) -> dict[str, Any] | None:
        if not action.acceptance or action.state == "closed":
            return None
        head = ("Rule", "Where", "Was", "Now", "Required", "Holds")
        rows = map(self._accept, action.acceptance)
        return make_table("What will count as done", head, rows, len(action.acceptance))

    def _accept(self, entry: Acceptance) -> tuple[str, ...]:
        origin = f", {name_place(self.plan, entry.rule, entry.bound)}" if entry.bound else ""
        return (
            name_line(name_rule(entry.rule, self.plan)),
            name_scope(entry.scope),
            format_beside(entry.was, entry.bound),
            say_accepted(entry),
            f"{say_bound(entry.bound)}{origin}",
            "yes" if entry.holds else "not yet",
        )
