"""`ledger`: whether it is whole, the state of every action in it, and where things are from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.completion import completing, list_actions
from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import refuse, say, speaking
from prism_rules.cli.values import Head
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from prism_rules.ledger import ActionState, Ledger
    from prism_rules.model.lineage import LedgerState, Trace
    from prism_rules.model.plan import Plan
    from prism_rules.model.ruleset import Ruleset


def locate_ledger(given: Path | None, *, since: str | None = None) -> Path:
    """Locate the ledger: as given, else that of prism.yaml. Raises `Refused` (exit 2).

    Where an earlier head is asked for, a folder that is not there is a ledger that lost its entries.
    """
    named = _find_ledger() if given is None else None
    place = given or named
    if place is None:
        raise refuse("usage", "no ledger is given", help="give --ledger DIR, or `ledger: DIR` in prism.yaml")
    if not place.is_dir() and since is None:
        begins = "`prism-rules plan --record` begins one"
        lost = "git keeps no empty folder, so look whether its entries were removed: `git log -- "
        raise refuse("usage", f"there is no ledger at `{place.as_posix()}`", help=(
            f"{lost}{place.as_posix()}`; if nothing was ever recorded, {begins}" if named else begins))  # fmt: skip
    return place


def _find_ledger() -> Path | None:
    from prism_rules.ruleset import find_project

    return find_setting(None).ledger if find_project(Path.cwd()) else None


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
    say(f"whole; head {', '.join(heads) or '(empty)'}")


@command.command("show")
@click.argument("action", required=False, shell_complete=completing(list_actions))
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
    from prism_rules.ledger import find_entry, read_ledger, restrict_ledger
    from prism_rules.ledger.lineage import write_states
    from prism_rules.render.lineage import tell_history, tell_states

    place = locate_ledger(ledger, since=since)
    whole = read_ledger(place)
    known = restrict_ledger(whole, [find_entry(whole, place, since)]).entries if since else {}
    every = read_states(whole, load_model())
    if action is None:
        state = write_states(whole, (one for one in every.values() if one.history[-1].entry not in known))
    else:
        found = find_action(every, action)
        state = write_states(whole, [replace(found, history=tuple(s for s in found.history if s.entry not in known))])
    if form == "json":
        click.echo(_write(state))
    else:
        nothing = f"nothing happened since {since[:12]}" if since and not state.actions else ""
        say(nothing or (tell_states(state) if action is None else tell_history(state.actions[0])))


@command.command("trace")
@click.argument("what")
@_PLACE
@click.option(
    "--plan", type=click.Path(path_type=Path), help="A saved plan, recorded or not, whose queues have the row."
)
@_FORMAT
@speaking
def trace_what(what: str, ledger: Path | None, plan: Path | None, form: str) -> None:
    """Tell where a row of a queue is from: which plan, ruleset and data, and what was decided since.

    WHAT is the id of a row, an action as `decide` takes it, or the beginning of an entry's hash. The ledger knows the
    queues that it froze; with --plan, WHAT is a row of any queue of that plan, samples too.

    \b
    Example:
      prism-rules ledger trace image-000123
      prism-rules ledger trace image-000123 --plan plans/2026-03-01
      prism-rules ledger trace 5e1b2a9c
    """
    from prism_rules.render.lineage import tell_trace

    place = _find_ledger() if plan and not ledger else locate_ledger(ledger)
    document = _trace_planned(what, plan, place) if plan else _trace_recorded(what, locate_ledger(place))
    click.echo(_write(document) if form == "json" else tell_trace(document, place.as_posix() if place else ""))


def _write(document: LedgerState | Trace) -> str:
    return json.dumps(document.model_dump(mode="json", by_alias=True), indent=2)


def _trace_planned(row: str, plan: Path, place: Path | None) -> Trace:
    from prism_rules.ledger import Ledger, read_ledger
    from prism_rules.ledger.lineage import write_planned
    from prism_rules.queues.reading import read_queues

    saved, digest = read_saved(plan)
    queues = [*read_queues(saved, plan if plan.is_dir() else plan.parent)]
    found = [(queue.owner, queue.file, queue.rows.index(row) + 1) for queue in queues if row in queue.rows]
    if not found:
        near = did_you_mean(row, islice((one for queue in queues for one in queue.rows), _LOOKED_AT))
        raise refuse("untraceable", f"no queue of the plan has a row `{row}`", context=plan.as_posix(), help=near or (
            "the column `row_id` of a queue has the ids of its rows"))  # fmt: skip
    whole = read_ledger(place) if place and place.is_dir() else Ledger(heads=(), entries={})
    return write_planned(whole, read_states(whole, load_model()), row, saved, digest, found)


def _trace_recorded(what: str, place: Path) -> Trace:
    from prism_rules.ledger import find_entry, read_ledger
    from prism_rules.ledger.lineage import write_draws, write_entry
    from prism_rules.ledger.tracing import find_row, list_draws

    whole = read_ledger(place)
    states = read_states(whole, load_model())
    draws = [*find_row(states.values(), what)]
    if not draws and re.fullmatch("[0-9a-f]{8,64}", what) and any(name.startswith(what) for name in whole.entries):
        return write_entry(whole, what, find_entry(whole, place, what))
    return write_draws(whole, what, draws or list_draws(_find_traced(states, what)))


def _find_traced(states: Mapping[str, ActionState], what: str) -> ActionState:
    try:
        return find_action(states, what)
    except Refused as refused:
        if refused.diagnostics[0].code != "unrecorded-action":
            raise
    rows = (row for state in states.values() for row in state.opening.rows)
    near = did_you_mean(what, [*list_names(states), *islice(rows, _LOOKED_AT)])
    help_ = "a row of a sample, or of a plan that is not recorded, is found with --plan PLAN"
    raise refuse("untraceable", f"no row, action or entry of the ledger is called `{what}`",
                 help=f"{help_}; {near}" if near else help_)  # fmt: skip
