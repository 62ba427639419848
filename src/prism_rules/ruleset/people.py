"""People: whether annotators go by their names, and what in a ruleset needs pseudonyms that stay who they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.model.ruleset import Action, Ruleset
from prism_rules.ruleset.globs import is_glob
from prism_rules.ruleset.grain import ANNOTATOR, find_grain
from prism_rules.ruleset.terms import list_holds

KEY = "PRISM_RULES_ANNOTATOR_KEY"
"""The environment variable that holds the key of pseudonyms."""
PSEUDONYM = re.compile(r"person(?:(?:-[0-9a-f]{4}){3}|(?:-[0-9a-f]{4}){16})")
"""What annotators are called under a key."""
MEND = f"set {KEY} (in Python, `annotator_key`) to a secret, or write `annotators: named` under `governance`"


def is_named(model: Ruleset) -> bool:
    """Whether annotators go by their names."""
    return model.governance is not None and model.governance.annotators == "named"


def list_showing(model: Ruleset) -> list[str]:
    """List the sources of queues that show annotators."""
    queues = (action.queue for action in model.actions.values())
    return sorted({queue.from_ for queue in queues if queue and ANNOTATOR in queue.show})


def tells_apart(model: Ruleset) -> bool:
    """Whether a plan tells annotators apart: in the scopes of rules, or in what queues show."""
    return any(ANNOTATOR in rule.by for rule in model.rules.values()) or bool(list_showing(model))


def list_matches(model: Ruleset) -> Iterator[tuple[Route, str]]:
    """List the places of overrides and waivers that mean one annotator, or some by a pattern, each with what it says.

    `*` means everybody.
    """
    for name, rule in model.rules.items():
        for key, override in rule.overrides.items():
            yield ("rules", name, "overrides", key, "match", ANNOTATOR), override.match.get(ANNOTATOR, "*")
    for name, waiver in model.waivers.items():
        yield ("waivers", name, "match", ANNOTATOR), waiver.match.get(ANNOTATOR, "*")


def find_nameless(model: Ruleset) -> Iterator[Problem]:
    """Find the overrides and waivers that name a person by anything but a pseudonym: `unstable-people`."""
    for route, pattern in list_matches(model):
        if pattern != "*" and (is_glob(pattern) or not PSEUDONYM.fullmatch(pattern)):
            help = f"write the `person-...` of a plan made with {KEY}, or `annotators: named` under `governance`"
            yield Problem("unstable-people", f"`{pattern}` is no pseudonym that a person keeps", (Spot(route),), help)


def find_unstable(model: Ruleset, *, recorded: bool) -> Iterator[Problem]:
    """Find what letters cannot be used for, since they move when somebody joins: `unstable-people`.

    That is to judge somebody by a pseudonym, and to record what is about one person.
    """
    for route, pattern in list_matches(model):
        if pattern != "*":
            message = f"who `{pattern}` is can be told by the key alone, and there is none"
            yield Problem("unstable-people", message, (Spot(route),), MEND)
    for name, action in model.actions.items() if recorded else ():
        spot = _find_person(model, name, action)
        if spot:
            message = f"what is recorded of `{name}` would be said of somebody else: letters move when somebody joins"
            yield Problem("unstable-people", message, (spot,), MEND)


def _find_person(model: Ruleset, name: str, action: Action) -> Spot | None:
    """Find what makes the ledger hold a pseudonym of an action: its scope, or that of what it is accepted by."""
    route: Route = ("actions", name)
    if ANNOTATOR in action.by:
        return Spot((*route, "by", action.by.index(ANNOTATOR)))
    if ANNOTATOR in find_grain(model, action):
        return Spot((*route, "for"), at="key")
    accepted = any(ANNOTATOR in model.rules[rule].by for rule, _ in list_holds(action.done_when))
    return Spot((*route, "done_when"), at="key") if accepted else None
