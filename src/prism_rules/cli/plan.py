"""`plan`: the main job. Signals and a ruleset go in, an action plan and a report come out."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.actions import annotate_plan
from prism_rules.cli.completion import complete_data, completing, list_rules
from prism_rules.cli.estimate import refuse_idle, run_estimate, tell_estimate, write_estimate
from prism_rules.cli.replaying import find_replay
from prism_rules.cli.saved import render_plan
from prism_rules.cli.setting import Setting, find_setting
from prism_rules.cli.terminal import Ending, Terminal, in_actions, refuse, say, speaking
from prism_rules.cli.values import Head, Mebibytes, Moment, Pair, Seconds
from prism_rules.cli.verdict import tell_plan
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_invisible
from prism_rules.render import RENDERERS
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from prism_rules.cache import Cache
    from prism_rules.engines import Limits
    from prism_rules.model.ledger import Entry
    from prism_rules.model.plan import Finding, Plan
    from prism_rules.pipeline import Outcome
    from prism_rules.progress import Tell
    from prism_rules.ruleset import Resolved


@click.command("plan")
@click.argument("ruleset", required=False, type=click.Path(path_type=Path))
@click.option(
    "--data",
    multiple=True,
    type=Pair("NAME=PATH", "predictions=data/predictions.parquet"),
    shell_complete=complete_data,
    help="A source's data; over what prism.yaml says. Repeatable.",
)
@click.option("--as-of", type=Moment(), help="The moment to plan for, UTC: rows from then on are not seen.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write the plan into.")
@click.option("--ledger", type=click.Path(path_type=Path), help="The ledger of decisions.")
@click.option("--record", is_flag=True, help="Append what the plan finds, opens and verifies to the ledger.")
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="RULE",
    shell_complete=completing(list_rules),
    help="Look at this rule alone. Repeatable.",
)
@click.option("--estimate", is_flag=True, help="Say what would be read; evaluate and write nothing.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="The plan.json that changes are told against; else the ledger's last.",
)
@click.option("--replay", type=Head("ENTRY"), help="Make a recorded plan again; end with 7 if it is another one.")
@click.option(
    "--fail-on",
    type=click.Choice(["fail", "warn", "never"]),
    default="fail",
    show_default=True,
    help="Which findings end with 1; `warn` counts `unsure` too.",
)
@click.option("--fail-on-new", is_flag=True, help="Only findings below the gate in the plan before end with 1.")
@click.option("--fail-on-unevaluated", is_flag=True, help="End with 3 if a finding could not be evaluated.")
@click.option("--threads", type=click.IntRange(1, 256), help="Threads of the engine; at most 4 if not given.")
@click.option("--memory-limit", type=Mebibytes(), help="Memory of the engine, such as 2GiB.")
@click.option("--timeout", type=Seconds(), help="Time for one batch of queries, such as 90s.")
@click.option("--cache", type=click.Path(path_type=Path), help="Folder of answers kept from run to run; trust it.")
@click.option("--no-cache", is_flag=True, help="Ask everything anew, whatever prism.yaml says.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *RENDERERS]),
    help="What to say on stdout; text if not given, and annotations before it under GitHub Actions.",
)
@speaking
@click.pass_obj
def command(
    terminal: Terminal, ruleset: Path | None, data: tuple[tuple[str, str], ...], as_of: datetime | None,
    out: Path | None, ledger: Path | None, record: bool, selected: tuple[str, ...], estimate: bool,
    baseline: Path | None, replay: str | None, fail_on: str, fail_on_new: bool, fail_on_unevaluated: bool,
    threads: int | None, memory_limit: int | None, timeout: int | None, cache: Path | None, no_cache: bool,
    form: str | None,
) -> Ending | None:  # fmt: skip
    """Evaluate a ruleset on data and write the plan: the main job.

    Without RULESET, that of the prism.yaml here or above, with its data, output folder and ledger.

    \b
    Example:
      prism-rules plan
      prism-rules plan rules.yaml --data predictions=week.parquet --out today
      prism-rules plan --select low-confidence --estimate
      prism-rules plan --replay 9a41c7d05b2e
    """
    setting = find_setting(ruleset)
    if ledger and not record and not ledger.is_dir():
        from prism_rules.ledger import warn_missing

        terminal.complain([warn_missing(ledger)])
    ledger = ledger or setting.ledger
    if record and ledger is None:
        raise refuse("usage", "--record needs a ledger", help="give --ledger DIR, or `ledger: DIR` in prism.yaml")
    if record and selected:
        raise refuse("usage", "--record goes with all rules: a selection opens no action, and verifies none",
                     help="leave out --select, or --record")  # fmt: skip
    if estimate:
        refuse_idle(click.get_current_context())
    again = find_replay(click.get_current_context(), ledger, replay, baseline, setting.root) if replay else None
    if again:
        as_of, baseline = datetime.fromisoformat(str(again.entry.as_of)), again.baseline
    resolved = setting.load()
    terminal.complain(resolved.warnings)
    if selected:
        from prism_rules.ruleset import select_rules

        resolved = select_rules(resolved, selected)

    from prism_rules.cache import Cache
    from prism_rules.engines import Limits
    from prism_rules.output import INDEX, holds, prepare, replaced_folder
    from prism_rules.pipeline.recording import record as append_record

    asked = {"threads": threads, "memory_mb": memory_limit, "seconds": timeout}
    limits = Limits(**{name: value for name, value in asked.items() if value is not None})
    if estimate:
        with terminal.working(f"estimating {setting.show(setting.ruleset)}"):
            found = run_estimate(setting, resolved, dict(data), as_of=as_of, ledger=ledger, limits=limits)
        if form is None or form == "text":
            say(tell_estimate(found, terminal.measure(), sql=terminal.verbosity > 0))
        else:
            click.echo(write_estimate(found))
        return None
    place = out or (None if again else locate_out(setting, resolved, as_of))
    if place:
        prepare(place)
    folder = None if no_cache else cache or setting.cache
    kept = Cache(folder) if folder else None
    with terminal.working(f"evaluating {setting.show(setting.ruleset)}") as tell:
        outcome = run_plan(
            setting, resolved, dict(data), as_of=as_of, ledger=ledger, baseline=baseline, limits=limits, cache=kept,
            entry=again.entry if again else None, record=record, tell=tell,
        )  # fmt: skip
    if again:
        again.check(outcome, resolved)
        terminal.log(f"entry {again.name[:12]}: the same plan, to the byte")
    terminal.complain(outcome.warnings)
    plan = outcome.plan
    place = place or (None if again else locate_out(setting, resolved, datetime.fromisoformat(plan.as_of)))
    entry, digest = None, outcome.recorded if record else None
    if digest and (place is None or holds(place, digest)):
        if place:
            # What is told is what stands there: made again, it differs by the entry that it is now in.
            plan, _ = read_saved(place)
            with suppress(OSError):  # who asks by its time whether this run has a plan finds that it has
                os.utime(place / INDEX)
            terminal.log(f"{place.as_posix()} holds the recorded plan, and is left as it is")
    else:
        # One step: where the ledger refuses, the folder is what it was; once the entry is there, both stay.
        with replaced_folder(place, outcome.files) if place else nullcontext(lambda: None) as keep:
            entry = append_record(outcome, ledger, keep) if record and ledger is not None else None
        if place:
            wrote = f"wrote {say_count(len(outcome.files), 'file')} into {place.as_posix()}"
            terminal.log(show_invisible(wrote), level=1 if terminal.moves else 0)
    if record:
        terminal.log(tell_head(outcome.plan, entry))
    if kept:
        save_cache(terminal, kept)
    if form is None and in_actions():
        annotate_plan(plan, setting.root)
    if form is None or form == "text":
        say(tell_plan(plan, place, width=terminal.measure(), color=terminal.paints(sys.stdout)), color=True)
    else:
        click.echo(render_plan(plan, form, setting.root), nl=False)
    return judge(plan, fail_on, only_new=fail_on_new, unevaluated=fail_on_unevaluated)


def run_plan(
    setting: Setting, resolved: Resolved, data: Mapping[str, str], *, as_of: datetime | None, ledger: Path | None,
    baseline: Path | None, limits: Limits | None = None, cache: Cache | None = None, record: bool = False,
    entry: Entry | None = None, tell: Tell | None = None,
) -> Outcome:  # fmt: skip
    """Run the stages over what the setting names; `data` are the options' paths, over those of prism.yaml.

    With an `entry`, the ledger is read as it was then, and the plan says the command that it said.
    """
    from prism_rules import pipeline
    from prism_rules.planning.before import read_baseline
    from prism_rules.progress import tell_nobody
    from prism_rules.ruleset.people import KEY

    places = setting.place_data(data)
    previous = read_baseline(resolved.model, *read_saved(baseline)) if baseline else None
    with setting.placing():
        return pipeline.run(
            resolved,
            places.every,
            root=setting.root,
            confined=places.confined,
            as_of=as_of,
            ledger_folder=ledger,
            heads=entry.read if entry else None,
            previous=previous,
            limits=limits,
            command=lambda moment: (
                (entry and entry.command)
                or pipeline.write_command(
                    None if setting.project else setting.show(setting.ruleset),
                    places.given,
                    as_of=moment,
                    baseline=setting.show(baseline) if baseline else None,
                    selected=resolved.selected,
                )
            ),
            cache=cache,
            key=os.environ.get(KEY),
            record=record,
            tell=tell or tell_nobody,
        )


def locate_out(setting: Setting, resolved: Resolved, as_of: datetime | None) -> Path | None:
    """Fill the `out` of prism.yaml; a selection has none, as it would replace the plan of all rules there."""
    return None if resolved.selected else setting.locate_out(resolved, as_of)


def tell_head(plan: Plan, entry: str | None) -> str:
    """Tell the ledger's head after `--record`, in full: kept elsewhere, it shows when entries are cut off later."""
    if entry:
        return f"recorded entry {entry}, the ledger's head now"
    return f"nothing new to record; the ledger's head is still {', '.join(plan.ledger.heads) or '(none)'}"


def save_cache(terminal: Terminal, cache: Cache) -> None:
    """Save what is new in a cache, and say what it gave: nobody should have to guess what was not asked of the data."""
    place, used = cache.folder.as_posix(), say_count(len(cache.used), "entry", "entries")
    try:
        added = cache.save()
    except OSError as error:
        terminal.log(f"cache {place}: {used} used; none can be added: {error.strerror}")
    else:
        terminal.log(f"cache {place}: {used} used, {added} added")


def judge(plan: Plan, fail_on: str, *, only_new: bool = False, unevaluated: bool = False) -> Ending | None:
    """Say how a run ends that wrote its plan: 3, 5, 1 in this order, or None for 0."""
    from prism_rules.model.plan import UNEVALUATED

    # What is only tried out never fails a run, by a failure or for want of data.
    tried = {name for name, rule in plan.rules.items() if rule.status == "experimental"}
    judged = [finding for finding in plan.findings if finding.rule not in tried]
    missing = sum(finding.status in UNEVALUATED for finding in judged)
    if unevaluated and missing:
        return Ending(3, f"{say_count(missing, 'finding')} could not be evaluated")
    values = [finding.value for finding in plan.findings] + [passing.value for passing in plan.passes]
    if all(value is None for value in values):
        return Ending(5, "no finding has a value: no rule met data")
    statuses = {"fail": ("fail",), "warn": ("fail", "warn", "unsure"), "never": ()}[fail_on]
    counted = [
        finding.status for finding in judged
        if finding.status in statuses and (not only_new or reaches(finding, statuses, plan))
    ]  # fmt: skip
    if not counted:
        return None
    told = ", ".join(f"{counted.count(status):,} {status}" for status in statuses if status in counted)
    return Ending(1, f"findings {'newly ' if only_new else ''}at or above the gate: {told}")


def reaches(finding: Finding, gate: Collection[str], plan: Plan) -> bool:
    """Whether a finding with a status of the gate had none of them in the plan before."""
    # What is worse stood in that plan, so its history ends there; a new one's may end in a plan before that.
    return finding.change == "new" or (finding.change == "worse" and plan.history[finding.id][-1].status not in gate)
