"""History: the ledger that a test begins with, as a value that no disk has seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prism_rules import __version__
from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.ledger import Ledger
from prism_rules.ledger.canonical import encode_entry, hash_bytes
from prism_rules.ledger.folding import find_impossible
from prism_rules.model.calendar import read_calendar
from prism_rules.model.identity import make_id
from prism_rules.model.ledger import Criterion, Entry, Event, Opening, RulesetUsed
from prism_rules.model.moments import parse_moment
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.ruletest import PastDecision
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.terms import list_holds

BY = "rule-test"
"""Whom events are by that a test gives to nobody."""


def write_ledger(model: Ruleset, decisions: Sequence[PastDecision], route: Route) -> Ledger | Problem:
    """Write events as a ledger, in their order; `route` is where they stand. One that cannot follow is a problem."""
    entries: dict[str, Entry] = {}
    places: dict[str, int] = {}
    head: tuple[str, ...] = ()
    opened: set[str] = set()
    for index, decision in enumerate(decisions):
        for event in _list_events(model, decision, opened):
            used = RulesetUsed(name=model.metadata.name, version=model.metadata.version, digest="sha256:test")
            entry = Entry(parents=head, events=(event,), ruleset=used, tool=__version__)
            name = hash_bytes(encode_entry(entry))
            entries[name], places[name], head = entry, index, (name,)
    ledger = Ledger(heads=head, entries=entries)
    for found in find_impossible(ledger):
        standing = f"is `{found.state}` then" if found.state else "was never opened"
        message = f"`{found.event.event}` cannot happen to {found.event.action}, which {standing}"
        return Problem("impossible-event", message, (Spot((*route, places[found.entry], "event")),))
    return ledger


def _list_events(model: Ruleset, decision: PastDecision, opened: set[str]) -> Iterator[Event]:
    identity = make_id("action", model.metadata.name, decision.action, decision.scope)
    written = {
        "action": identity, "name": decision.action, "scope": decision.scope, "by": decision.by or BY,
        "because": "so the test begins", "at": f"{parse_moment(decision.at):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    if identity not in opened:
        opened.add(identity)
        opening = _open(model, decision)
        yield Event.model_validate({**written, "event": "opened", "opening": opening})
        if decision.event == "opened":
            return
    again = {"opening": _open(model, decision)} if decision.event == "opened" else {}
    yield Event.model_validate({**written, "event": decision.event, **again})


def _open(model: Ruleset, decision: PastDecision) -> Opening:
    action = model.actions[decision.action]
    day = f"{parse_moment(decision.at):%Y-%m-%d}"
    return Opening(
        kind=action.kind,
        title=decision.action,
        due=read_calendar(model.governance).add(day, action.due) if action.due else None,
        acceptance=tuple(
            Criterion(
                rule=rule,
                scope={d: decision.scope[d] for d in list_scope(model.rules[rule]) if d in decision.scope},
            )
            for rule, _ in list_holds(action.done_when)
        ),
    )
