"""`ledger`: whether it is whole, the state of every action in it, and where things are from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import refuse, speaking
from prism_rules.cli.values import Head
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from prism_rules.ledger import ActionState, Ledger
    from prism_rules.model.plan import Plan
    from prism_rules.model.ruleset import Ruleset


def locate_ledger(given: Path | None, *, since: str | None = None) -> Path:
    """Locate the ledger: as given, else that of prism.yaml. Raises `Refused` (exit 2).

    Where an earlier head is asked for, a folder that is not there is a ledger that lost its entries.
    """
    from prism_rules.ruleset import find_project

    named = find_setting(None).ledger if given is None and find_project(Path.cwd()) else None
    place = given or named
    if place is None:
        raise refuse("usage", "no ledger is given", help="give --ledger DIR, or `ledger: DIR` in prism.yaml")
    if not place.is_dir() and since is None:
        begins = "`prism-rules plan --record` begins one"
        lost = "git keeps no empty folder, so look whether its entries were removed: `git log -- "
        raise refuse("usage", f"there is no ledger at `{place.as_posix()}`", help=(
            f"{lost}{place.as_posix()}`; if nothing was ever recorded, {begins}" if named else begins))  # fmt: skip
    return place


def load_model() -> Ruleset | None:
    """Load the ruleset of the prism.yaml here or above, for the names of today; None where there is none to be read."""
    from prism_rules.ruleset import find_project

    try:
        return find_setting(None).load().model if find_project(Path.cwd()) else None
    except Refused:
        return None


def read_states(ledger: Ledger, model: Ruleset | None) -> dict[str, ActionState]:
    """Read where each recorded action stands, by id, under the names that a ruleset has for it today."""
    from prism_rules.ledger import fold
    from prism_rules.ruleset.renames import list_renames

    states = fold(ledger)
    if model and list_renames(model):
        from prism_rules.planning.before import read_recorded

        states |= read_recorded(model, ledger)
    return states


def find_action(states: Mapping[str, ActionState], wanted: str, plan: Plan | None = None) -> ActionState:
    """Find an action by id; else by its name, of now or in the plan; else by the beginning of its id.

    Of several the one that lives is meant. Raises `Refused` (exit 2): `unrecorded-action`, `ambiguous-action`.
    """
    from prism_rules.ledger import LIVE

    if wanted in states:
        return states[wanted]
    planned = {entry.id: entry.action for entry in plan.actions} if plan else {}
    found = [state for state in states.values() if wanted in (state.name, planned.get(state.action))]
    found = found or [state for identity, state in states.items() if wanted and identity.startswith(wanted)]
    live = [state for state in found if state.state in LIVE] or found
    if len(live) == 1:
        return live[0]
    if live:
        ids = ", ".join(f"`{state.action}`" for state in live)
        raise refuse("ambiguous-action", f"`{wanted}` fits {len(live)} recorded actions", help=f"name one: {ids}")
    raise refuse("unrecorded-action", f"no action `{wanted}` is recorded", help=did_you_mean(
        wanted, list_names(states)) or "a plan records its actions with --record; `prism-rules ledger show` lists them",
    )  # fmt: skip


def list_names(states: Mapping[str, ActionState]) -> list[str]:
    """List the names that actions are known by."""
    return [name for state in states.values() for name in (state.name, state.action)]


_PLACE = click.option("--ledger", type=click.Path(path_type=Path), help="The ledger; that of prism.yaml if not given.")


_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to say it."
)
_LOOKED_AT = 2_000
"""Rows among which a misspelled one is looked for."""


@click.group("ledger")
def command() -> None:
    """Verify the ledger of decisions, show it, or trace what it knows.

    \b
    Example:
      prism-rules ledger show recalibrate
      prism-rules ledger verify --since "$(cat last-head)"
    """


@command.command("verify")
@_PLACE
@click.option("--since", type=Head(), help="Prove that this earlier head is still in it, with all that it follows.")
@speaking
def verify_ledger(ledger: Path | None, since: str | None) -> None:
    """Hash every entry again and look up its parents.

    \b
    Example:
      prism-rules ledger verify --ledger ledger
    """
    from prism_rules.ledger import verify

    heads = verify(locate_ledger(ledger, since=since), since)
    click.echo(f"whole; head {', '.join(heads) or '(empty)'}")


@command.command("show")
@click.argument("action", required=False)
@_PLACE
@click.option("--since", type=Head(), help="Show only actions that something happened to after this head.")
@_FORMAT
@speaking
def show_ledger(action: str | None, ledger: Path | None, since: str | None, form: str) -> None:
    """Show where each recorded action stands; of one ACTION, all that ever happened to it.

    ACTION is its id, its name in the ruleset, or the beginning of its id, where only one live action has it.

    \b
    Example:
      prism-rules ledger show --ledger ledger
      prism-rules ledger show recalibrate
    """
    from prism_rules.cli.lineage import tell_history, tell_states, write_states
    from prism_rules.ledger import find_entry, read_ledger, restrict_ledger

    place = locate_ledger(ledger, since=since)
    whole = read_ledger(place)
    known = restrict_ledger(whole, [find_entry(whole, place, since)]).entries if since else {}
    every = read_states(whole, load_model())
    found = [find_action(every, action)] if action is not None else [*every.values()]
    shown = [state for state in found if action is not None or state.history[-1].entry not in known]
    if form == "json":
        click.echo(json.dumps(write_states(whole, shown), indent=2))
    elif action is not None:
        click.echo(tell_history(found[0], [step for step in found[0].history if step.entry not in known]))
    else:
        click.echo(tell_states(shown) if shown or not since else f"nothing happened since {since[:12]}")


@command.command("trace")
@click.argument("what")
@_PLACE
@_FORMAT
@speaking
def trace_what(what: str, ledger: Path | None, form: str) -> None:
    """Tell where a row of a queue is from: which plan, ruleset and data, and what was decided since.

    WHAT is the id of a row, an action as `decide` takes it, or the beginning of an entry's hash.

    \b
    Example:
      prism-rules ledger trace image-000123
      prism-rules ledger trace 5e1b2a9c
    """
    from prism_rules.cli.lineage import tell_draws, tell_entry, write_draws, write_entry
    from prism_rules.ledger import find_entry, read_ledger
    from prism_rules.ledger.tracing import find_row, list_draws

    place = locate_ledger(ledger)
    whole = read_ledger(place)
    states = read_states(whole, load_model())
    draws = [*find_row(states.values(), what)]
    if not draws and re.fullmatch("[0-9a-f]{8,64}", what) and any(name.startswith(what) for name in whole.entries):
        name = find_entry(whole, place, what)
        told, document = tell_entry(place, whole, name), write_entry(what, name, whole.entries[name])
    else:
        draws = draws or [*list_draws(_find_traced(states, what))]
        told, document = tell_draws(place, whole, draws), write_draws(whole, what, draws)
    click.echo(json.dumps(document, indent=2) if form == "json" else told)


def _find_traced(states: Mapping[str, ActionState], what: str) -> ActionState:
    try:
        return find_action(states, what)
    except Refused as refused:
        if refused.diagnostics[0].code != "unrecorded-action":
            raise
    rows = (row for state in states.values() for row in state.opening.rows)
    near = did_you_mean(what, [*list_names(states), *islice(rows, _LOOKED_AT)])
    raise refuse("untraceable", f"no row, action or entry of the ledger is called `{what}`", help=near or (
        "a row is known once `plan --record` has frozen the queue of an action, and rows to be checked again "
        "(`queues/qa-*`) never are; `ledger show` lists the actions"))  # fmt: skip
