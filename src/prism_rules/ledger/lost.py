"""Lost history: what the ledger has begun under names that a ruleset no longer knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import nearest
from prism_rules.diagnostics.text import say_count
from prism_rules.ledger.folding import ActionState, fold
from prism_rules.ledger.graph import Ledger
from prism_rules.ledger.life import LIVE
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.renames import list_renames

SHOWN = 3
"""Ids that are named; the rest is counted."""


def list_live(model: Ruleset, ledger: Ledger) -> dict[tuple[str, str], tuple[str, ...]]:
    """List the live actions of a ruleset by what each hangs on: its entry, its class, and the ruleset's name.

    Names are those of today, where the ruleset says of former ones what they became.
    """
    renames, found = list_renames(model), dict[tuple[str, str], list[str]]()
    for state in fold(ledger, *renames.rulesets).values():
        if state.state in LIVE:
            found.setdefault(("metadata", "name"), []).append(state.action)
            found.setdefault(("actions", renames.name("actions", state.name)), []).append(state.action)
            if "class" in state.scope:
                found.setdefault(("classes", renames.place(state.scope)["class"]), []).append(state.action)
    return {route: tuple(ids) for route, ids in found.items()}


def find_lost(model: Ruleset, ledger: Ledger) -> Iterator[Problem]:
    """Warn of live actions that no plan of a ruleset will show or finish: `lost-history`.

    Their entry is gone, or their class; or the ledger knows nothing of this ruleset, and live actions of another name.
    """
    for (section, name), ids in sorted(list_live(model, ledger).items()):
        declared: Mapping[str, object] = getattr(model, section) if section in ("actions", "classes") else {name: None}
        # Without a taxonomy every class is one; `(none)` and `(unknown)` are no names that somebody wrote.
        if name in declared or (section == "classes" and (not declared or name.startswith("("))):
            continue
        what = {"actions": "action", "classes": "class"}[section]
        near = nearest(name, declared)
        help = f"write `renamed_from: [{name}]` under what it is called now" + (f", such as `{near}`" if near else "")
        yield _warn(f"the {what} `{name}` is gone, and the ledger holds {say_live(ids)} of it", (section,), help)
    if not fold(ledger, *list_renames(model).rulesets):
        for other, states in _group_live(ledger).items():
            message = f"the ledger holds {say_live([state.action for state in states])} of the ruleset `{other}`"
            help = f"if this is the same one, write `renamed_from: [{other}]`; else give it a ledger of its own"
            yield _warn(f"{message}, and nothing of `{model.metadata.name}`", ("metadata", "name"), help)


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
