"""`ledger`: whether it is whole, and the state of every action in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import refuse, speaking
from prism_rules.cli.values import Head
from prism_rules.diagnostics import Refused

if TYPE_CHECKING:
    from prism_rules.ledger import ActionState, Ledger
    from prism_rules.model.ruleset import Ruleset


def locate_ledger(given: Path | None) -> Path:
    """Locate the ledger: as given, else that of prism.yaml. Raises `Refused` (exit 2)."""
    from prism_rules.ruleset import find_project

    place = given or (find_setting(None).ledger if find_project(Path.cwd()) else None)
    if place is None:
        raise refuse("usage", "no ledger is given", help="give --ledger DIR, or `ledger: DIR` in prism.yaml")
    if not place.is_dir():
        raise refuse(
            "usage", f"there is no ledger at `{place.as_posix()}`", help="`prism-rules plan --record` begins one"
        )
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


_PLACE = click.option("--ledger", type=click.Path(path_type=Path), help="The ledger; that of prism.yaml if not given.")


@click.group("ledger")
def command() -> None:
    """Verify or show the ledger of decisions.

    \b
    Example:
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

    heads = verify(locate_ledger(ledger), since)
    click.echo(f"whole; head {', '.join(heads) or '(empty)'}")


@command.command("show")
@_PLACE
@click.option("--since", type=Head(), help="Show only actions that something happened to after this head.")
@speaking
def show_ledger(ledger: Path | None, since: str | None) -> None:
    """Show where each recorded action stands, and the last thing that happened to it.

    \b
    Example:
      prism-rules ledger show --ledger ledger
    """
    from prism_rules.cli.tables import align
    from prism_rules.ledger import find_entry, read_ledger, restrict_ledger
    from prism_rules.wording import name_scope

    place = locate_ledger(ledger)
    whole = read_ledger(place)
    known = restrict_ledger(whole, [find_entry(whole, place, since)]).entries if since else {}
    rows = []
    for state in read_states(whole, load_model()).values():
        last = state.history[-1]
        if last.entry not in known:
            shown = "conflict" if state.conflict else state.state
            happened = f"escalated to {last.event.to}" if last.event.to else last.event.event
            rows.append([shown, state.name, name_scope(state.scope), happened, last.event.at, last.event.by,
                         last.event.because, state.action])  # fmt: skip
    head = ["STATE", "ACTION", "WHERE", "LAST", "AT", "BY", "BECAUSE", "ID"]
    click.echo(align(head, rows, most=len(rows)) if rows else "no action is recorded")
