"""`test`: rule tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import demand_project
from prism_rules.cli.terminal import Ending, Terminal, in_actions, refuse, say, speaking
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_plain

if TYPE_CHECKING:
    from prism_rules.diagnostics import Refused
    from prism_rules.ruletests.coverage import Coverage
    from prism_rules.ruletests.reading import Suite
    from prism_rules.ruletests.running import Trial


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "choice", metavar="EXPR", help="Only tests whose names match, such as 'gate and not waiver'.")
@click.option("--accept", is_flag=True, help="Write what came out into the files, as what is expected.")
@click.option("--coverage", is_flag=True, help="Say what no test tries of the rulesets.")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="N", help="End with 1 if less than N % is tried.")
@click.option("--from-finding", "finding", metavar="ID", help="Write a test that gives this finding of --plan.")
@click.option("--plan", type=click.Path(path_type=Path), help="The plan.json that has the finding, or its folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "junit", "json"]),
    help="What to say; text if not given, and annotations before it under GitHub Actions.",
)
@speaking
@click.pass_obj
def command(
    terminal: Terminal, paths: tuple[Path, ...], choice: str | None, accept: bool, coverage: bool,
    fail_under: float | None, finding: str | None, plan: Path | None, form: str | None,
) -> Ending | None:  # fmt: skip
    """Run rule tests: a ruleset over rows that a test gives, beside what it expects of them.

    PATHS are files, or folders with *.test.yaml at any depth; without them, the folder of the prism.yaml here or above.
    Ends with 1 for failures, with 2 for files that are not as they should be, with 5 where there is no test.

    \b
    Example:
      prism-rules test
      prism-rules test rulesets -k "agreement and not gate"
      prism-rules test --coverage --fail-under 80
      prism-rules test --from-finding low-confidence-dent-5f8932aa1d0b \\
        --plan plans/2026-03-01
    """
    import os
    import sys

    from prism_rules.ruletests.running import measure_trials, read_suites, run_suites

    if finding is not None or plan is not None:
        if finding is None or plan is None or paths:
            raise refuse("usage", "--from-finding goes with --plan, and with no paths",
                         help="name a finding's id, and the plan.json that has it")  # fmt: skip
        from prism_rules.cli.freezing import echo_frozen

        echo_frozen(terminal, plan, finding)
        return None
    places = paths or (Path(os.path.relpath(demand_project("path", "test rulesets").parent)),)
    suites = read_suites(places)
    with terminal.working("running rule tests") as tell:
        trials = run_suites(suites, choice, tell)
    if accept:
        from prism_rules.ruletests.accepting import accept_trials

        for path, count in accept_trials(trials):
            terminal.log(f"wrote {say_count(count, 'change')} into {path.as_posix()}")
        trials = run_suites(read_suites(suite.path for suite in suites), choice)
    coverages = measure_trials(trials) if coverage or fail_under is not None else []
    if form is None and in_actions():
        from prism_rules.files import make_namer
        from prism_rules.ruletests.reports import annotate_trials

        click.echo(annotate_trials(trials, make_namer(Path.cwd())), nl=False)
    told = write_trials(trials, form or "text", color=terminal.paints(sys.stdout), coverages=coverages)
    if form is None or form == "text":
        say(told, nl=False, color=True)
    else:
        click.echo(told, nl=False)
    if not trials:
        raise refuse_empty(suites, choice, places)
    failed = sum(not trial.passed for trial in trials)
    under = [one.ruleset for one in coverages if fail_under is not None and one.falls_under(fail_under)]
    why = [f"{failed:,} of {len(trials):,} tests failed"] if failed else []
    why += [f"tests try less than {fail_under:g}% of {', '.join(under)}"] if under else []
    return Ending(1, "; ".join(why)) if why else None


def refuse_empty(suites: Sequence[Suite], choice: str | None, places: Iterable[Path]) -> Refused:
    """Refuse to call it a success that no test ran: with exit 5, and how to come to one."""
    from prism_rules.wording import list_some

    names = [show_plain(case.test.name) for suite in suites for case in suite.cases]
    if choice and names:
        there = f"{say_count(len(names), 'test')}: {list_some(names, 3)}"
        return refuse("no-test", f"no test has a name as `-k {show_plain(choice)}` asks", help=f"there is {there}",
                      exit_code=5)  # fmt: skip
    where = list_some([f"`{show_plain(place.as_posix())}`" for place in places], 3)
    help = (
        "a rule test is a file *.test.yaml of `kind: RulesetTest`; `test --from-finding` writes one of a finding, "
        "and `init FOLDER` one to look at"
    )
    return refuse("no-test", f"no rule test is in {where}", help=help, exit_code=5)


def write_trials(trials: Sequence[Trial], form: str, *, color: bool, coverages: Sequence[Coverage] = ()) -> str:
    """Write how tests ended, and what they try."""
    from prism_rules.ruletests.coverage.telling import list_coverage, write_coverage
    from prism_rules.ruletests.reports import write_json, write_junit
    from prism_rules.ruletests.telling import tell_trials

    if form == "text":
        told = [tell_trials(trials, color=color)] if trials else []
        return "\n".join([*told, *map(write_coverage, coverages)])
    return write_junit(trials) if form == "junit" else write_json(trials, [*map(list_coverage, coverages)])
