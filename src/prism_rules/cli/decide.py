"""`decide`: append what people decided about a recorded action to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from prism_rules.cli.completion import completing, list_actions
from prism_rules.cli.ledger import find_action, load_model, locate_ledger, read_states
from prism_rules.cli.terminal import refuse, say, speaking
from prism_rules.cli.values import Moment
from prism_rules.model.moments import parse_moment
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from prism_rules.ledger import ActionState, Ledger
    from prism_rules.model.ledger import RulesetUsed
    from prism_rules.model.plan import Plan
    from prism_rules.model.ruleset import Ruleset

Event = Literal["approved", "rejected", "done", "reopened"]
AHEAD = timedelta(days=1)
"""By which the moment of a plan, the midnight after its newest row, may lie ahead of when it was made."""
TOLERANCE = timedelta(minutes=5)
"""By which the clocks of two machines may differ."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided: `by` is a claim, `at` is UTC."""

    event: Event
    by: str
    because: str
    at: datetime


@click.command("decide")
@click.argument("action", shell_complete=completing(list_actions))
@click.option("--as", "event", type=click.Choice(get_args(Event)), required=True, help="What was decided.")
@click.option("--by", required=True, help="Who decided, such as @org/reliability.")
@click.option("--because", required=True, help="Why, in a sentence.")
@click.option("--at", type=Moment(), help="When, UTC; now if not given.")
@click.option("--override", is_flag=True, help="Say `done` of an action that is blocked.")
@click.option("--ledger", type=click.Path(path_type=Path), help="The ledger; that of prism.yaml if not given.")
@click.option("--plan", type=click.Path(path_type=Path), help="The newest recorded plan, which shows what is blocked.")
@speaking
def command(
    action: str, event: Event, by: str, because: str, at: datetime | None, override: bool, ledger: Path | None,
    plan: Path | None,
) -> None:  # fmt: skip
    """Record what people decided about an action.

    ACTION is its id, its name in the ruleset, or the beginning of its id, where only one live action has it.

    \b
    Example:
      prism-rules decide recalibrate --as done --by @org/labels \\
        --because "all five agree on the batch"
    """
    place = locate_ledger(ledger)
    # Where people act, here and in `waive`, the clock is read; nowhere else.
    now = datetime.now(UTC).replace(microsecond=0)
    decided = Decided(event, by, because, at or now)
    newest = read_saved(plan)[0] if plan else None
    shown = plan.as_posix() if plan else "PLAN"
    identity, state, entry = append_decision(
        place, action, decided, override=override, plan=newest, shown=shown, model=load_model(), now=now
    )
    say(f"{identity} is {state}; recorded entry {entry[:12]}")


def append_decision(
    place: Path, action: str, decided: Decided, *, override: bool = False, plan: Plan | None = None,
    shown: str = "PLAN", model: Ruleset | None = None, now: datetime | None = None,
) -> tuple[str, str, str]:  # fmt: skip
    """Append a decision; give the action's id, its state after it, and the entry's hash.

    A plan (on the command line `shown`) or a `model` say what actions are called today. With `now`, nothing is decided
    before what it follows.

    Raises `Refused`: exit 2 for an action that is not recorded (`unrecorded-action`), one that several places have
    (`ambiguous-action`), `done` of a blocked one (`blocked-action`), what cannot follow (`impossible-event`); exit 7
    and 8 as `append_entry` does.
    """
    from prism_rules.ledger import append_entry, fold, read_ledger
    from prism_rules.model.ledger import BY_PLAN as BY
    from prism_rules.model.ledger import Event as LedgerEvent

    ledger = read_ledger(place)
    found = find_action(read_states(ledger, model), action, plan)
    blocked = decided.event == "done" and _is_blocked(found, plan)
    if blocked and not override:
        raise refuse("blocked-action", f"{found.action} is blocked: {_say_blockers(found.action, plan)}",
                     help="finish what it waits for, or say --override if it is done all the same; "
                          f"`prism-rules explain {found.action} --plan {shown}` says more")  # fmt: skip
    if not decided.by.strip() or not decided.because.strip():
        raise refuse("usage", "a decision needs who decided and why", help="give --by and --because a text")
    if decided.by.strip().lower() == BY:
        raise refuse("usage", f"--by {BY} is whom the events of plans are by", help="say which person or team decided")
    last = next(step.event for step in reversed(found.history) if step.before != step.after)
    # A plan's own time may lie ahead of the clock: it is the midnight after the newest row.
    if now and decided.at > max(now + TOLERANCE, parse_moment(last.at)):
        raise refuse("usage", f"--at {_write(decided.at)} is in the future; it is {_write(now)}",
                     help="say when it was decided, UTC; without --at that is now")  # fmt: skip
    known = [step.event for step in found.history if now and parse_moment(step.event.at) <= now]
    before = last if last in known else max(known, key=lambda event: event.at, default=None)
    if now and decided.at < (parse_moment(before.at) if before else now - AHEAD):
        came = f"{before.event} at {before.at}" if before else f"{last.event} by the plan for {last.at}"
        raise refuse("impossible-event", f"`{decided.event}` at {_write(decided.at)} cannot follow what came later: "
                     f"{found.action} was {came}",
                     help="give --at a later time, UTC; without it, it is now")  # fmt: skip
    used = _find_ruleset(ledger, found)
    event = LedgerEvent(
        event=decided.event,
        action=found.action,
        name=found.name,
        scope=found.scope,
        by=decided.by,
        because=decided.because,
        at=_write(decided.at),
        override=override and blocked,
    )
    entry = append_entry(place, events=[event], ruleset=used)
    return found.action, fold(read_ledger(place))[found.action].state, entry


def _write(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_blocked(state: ActionState, plan: Plan | None) -> bool:
    """Whether an action waits: as the plan says, or without one as was recorded last."""
    if plan is not None:
        return any(entry.id == state.action and entry.state == "blocked" for entry in plan.actions)
    return state.state in ("proposed", "open") and state.opening.blocked


def _say_blockers(action: str, plan: Plan | None) -> str:
    """Say what a blocked action waits for, as far as somebody knows."""
    from prism_rules.render.work import say_blocker
    from prism_rules.wording import list_some

    known = [blocker for entry in plan.actions if entry.id == action for blocker in entry.blocked_by] if plan else []
    said = list_some([say_blocker(blocker, plan) for blocker in known if plan], 3, "; ")
    return said or "it waits for a rule to hold or for another action"


def _find_ruleset(ledger: Ledger, state: ActionState) -> RulesetUsed:
    return ledger.entries[state.history[-1].entry].ruleset
