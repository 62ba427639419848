"""Lost history: what the ledger has begun under names that a ruleset no longer knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import nearest
from prism_rules.diagnostics.text import say_count
from prism_rules.ledger.folding import ActionState, fold
from prism_rules.ledger.graph import Ledger
from prism_rules.ledger.life import LIVE
from prism_rules.model.plan import LostHistory
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.renames import list_renames

SHOWN = 3
"""Ids that are named; the rest is counted."""


def list_live(model: Ruleset, ledger: Ledger) -> dict[tuple[str, str], tuple[str, ...]]:
    """List the live actions of a ruleset by what each hangs on: its entry, its class, and the ruleset's name; what was
    recorded under a former name alone, on that one too, as ``("rulesets", name)``.

    Names are those of today, where the ruleset says of former ones what they became.
    """
    renames, found = list_renames(model), dict[tuple[str, str], list[str]]()
    for state in fold(ledger, *renames.rulesets).values():
        if state.state in LIVE:
            found.setdefault(("metadata", "name"), []).append(state.action)
            names = [ledger.entries[step.entry].ruleset.name for step in state.history]
            if model.metadata.name not in names:
                found.setdefault(("rulesets", names[-1]), []).append(state.action)
            found.setdefault(("actions", renames.name("actions", state.name)), []).append(state.action)
            if "class" in state.scope:
                found.setdefault(("classes", renames.place(state.scope)["class"]), []).append(state.action)
    return {route: tuple(ids) for route, ids in found.items()}


def list_lost(model: Ruleset, ledger: Ledger) -> tuple[LostHistory, ...]:
    """List live actions that no plan of a ruleset will show or finish, by what of it is gone.

    Their entry is gone, or their class; or the ledger knows nothing of this ruleset, and live actions of another name.
    """
    found: list[LostHistory] = []
    live = list_live(model, ledger)
    for (section, name), ids in sorted(live.items()):
        # Without a taxonomy every class is one; `(none)` and `(unknown)` are no names that somebody wrote.
        if section == "actions" and name not in model.actions:
            found.append(LostHistory(kind="action", name=name, actions=ids))
        elif section == "classes" and model.classes and name not in model.classes and not name.startswith("("):
            found.append(LostHistory(kind="class", name=name, actions=ids))
    if not live and not fold(ledger, *list_renames(model).rulesets):
        for other, states in _group_live(ledger).items():
            found.append(LostHistory(kind="ruleset", name=other, actions=tuple(state.action for state in states)))
    return tuple(found)


def find_lost(model: Ruleset, listed: Iterable[LostHistory]) -> Iterator[Problem]:
    """Warn of live actions that no plan of a ruleset will show or finish, as `list_lost` lists them: `lost-history`."""
    for lost in listed:
        name, held = lost.name, f"the ledger holds {say_live(lost.actions)}"
        if lost.kind == "ruleset":
            help = f"if this is the same one, write `renamed_from: [{name}]`; else give it a ledger of its own"
            message = f"{held} of the ruleset `{name}`, and nothing of `{model.metadata.name}`"
            yield _warn(message, ("metadata", "name"), help)
            continue
        section = {"action": "actions", "class": "classes"}[lost.kind]
        near = nearest(name, getattr(model, section))
        help = f"write `renamed_from: [{name}]` under what it is called now" + (f", such as `{near}`" if near else "")
        yield _warn(f"the {lost.kind} `{name}` is gone, and {held} of it", (section,), help)


def say_live(ids: tuple[str, ...] | list[str]) -> str:
    """Say how many live actions there are, and which."""
    listed = ", ".join(f"`{one}`" for one in ids[:SHOWN]) + (", ..." if len(ids) > SHOWN else "")
    return f"{say_count(len(ids), 'live action')} ({listed})"


def _group_live(ledger: Ledger) -> dict[str, list[ActionState]]:
    found: dict[str, list[ActionState]] = {}
    for state in fold(ledger).values():
        if state.state in LIVE:
            found.setdefault(ledger.entries[state.history[-1].entry].ruleset.name, []).append(state)
    return dict(sorted(found.items()))


def _warn(message: str, route: Route, help: str) -> Problem:
    return Problem("lost-history", message, (Spot(route, at="value" if len(route) > 1 else "key"),), help, "warning")
