"""Actions to try: each gate is open and shut, each order is waited for and gone on from, each acceptance is reached and
missed."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Route
from prism_rules.model.plan import ActionEntry
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.acceptance import list_collections
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.terms import list_holds
from prism_rules.ruletests.coverage.points import Point, Run, make_point, name_trial

_DONE = ("done", "verified", "closed")


def list_gates(resolved: Resolved) -> Iterator[Point]:
    """List what there is to try of every action's `requires`, `after` and `done_when`."""
    rules = resolved.model.rules
    for name, action in resolved.model.actions.items():
        route: Route = ("actions", name)
        # Experimental rules alone close nothing.
        closes = any(rules[rule].status != "experimental" for rule, _ in list_holds(action.requires))
        for index, (rule, _) in enumerate(list_holds(action.requires)):
            place = (*route, "requires", index)
            yield make_point(resolved, "gates", place, "open", f"{name}: its gate {rule} never open")
            if closes:
                yield make_point(resolved, "gates", place, "shut", f"{name}: its gate {rule} never shut")
        for index, before in enumerate(action.after):
            place = (*route, "after", index)
            yield make_point(resolved, "gates", place, "waited", f"{name}: never waited for {before}")
            yield make_point(resolved, "gates", place, "went-on", f"{name}: never went on after {before}")
        for index, (rule, _) in enumerate(list_holds(action.done_when)):
            if not _tells_what_is_new(resolved.model, rule):
                continue
            place = (*route, "done_when", index)
            yield make_point(resolved, "gates", place, "held", f"{name}: {rule} never held after the work")
            yield make_point(resolved, "gates", place, "missed", f"{name}: {rule} never missed after the work")


def _tells_what_is_new(model: Ruleset, rule: str) -> bool:
    """Whether rows of a test can have come after the work: a collection without times is new by its bytes alone, and
    those that it had before are on no test's ledger."""
    return all("time" in model.sources[source].fields for source in list_collections(model, rule))


def find_gates(model: Ruleset, run: Run) -> Iterator[str]:
    """Find what a run tried of gates."""
    entries = {entry.id: entry for entry in run.plan.actions}
    met = {finding.rule for finding in run.findings}
    for entry in run.plan.actions:
        if entry.action not in model.actions:
            continue
        action, route = model.actions[entry.action], ("actions", entry.action)
        for index, (rule, _) in enumerate(list_holds(action.requires)):
            # That a rule which is off keeps a gate shut is no trial.
            if rule in met and (stand := _find_gate(entry, rule)) is not None:
                yield name_trial((*route, "requires", index), stand)
        waiting = {blocker.action for blocker in entry.blocked_by if blocker.action is not None}
        for index, before in enumerate(action.after):
            place = (*route, "after", index)
            earlier = [entries[one] for one in entry.after if one in entries and entries[one].action == before]
            if any(one.id in waiting for one in earlier):
                yield name_trial(place, "waited")
            elif any(one.state in _DONE for one in earlier):
                yield name_trial(place, "went-on")
        for index, (rule, _) in enumerate(list_holds(action.done_when)):
            for accepted in entry.acceptance:
                # With a reason it is not measured, and was not put to the trial.
                if accepted.rule == rule and accepted.reason is None:
                    yield name_trial((*route, "done_when", index), "held" if accepted.holds else "missed")


def _find_gate(entry: ActionEntry, rule: str) -> str | None:
    """Find how a gate of an action stands; None where nobody looked, as it is finished or waits for another."""
    if entry.state not in ("proposed", "blocked", "open"):
        return None
    blockers = [blocker for blocker in entry.blocked_by if blocker.rule == rule]
    if not blockers:
        return "open"
    return "shut" if any(blocker.action is None for blocker in blockers) else None
