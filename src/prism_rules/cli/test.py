"""`test`: rule tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.terminal import Ending, Terminal, refuse, speaking
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.text import say_count

if TYPE_CHECKING:
    from prism_rules.diagnostics import Diagnostic
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
@click.option("--format", "form", type=click.Choice(["text", "junit", "json"]), default="text", show_default=True)
@speaking
@click.pass_obj
def command(
    terminal: Terminal, paths: tuple[Path, ...], choice: str | None, accept: bool, coverage: bool,
    fail_under: float | None, finding: str | None, plan: Path | None, form: str,
) -> Ending | None:  # fmt: skip
    """Run rule tests: a ruleset over rows that a test gives, beside what it expects of them.

    PATHS are files, or folders with *.test.yaml at any depth; without them, the folder of the prism.yaml here or above.
    Ends with 1 for failures, with 2 for files that are not as they should be, with 5 where there is no test.

    \b
    Example:
      prism-rules test
      prism-rules test rulesets -k "agreement and not gate"
      prism-rules test --coverage --fail-under 80
      prism-rules test --from-finding low-confidence-dent-5f8932aa1d0b --plan plans/2026-03-01
    """
    import sys

    if finding is not None or plan is not None:
        if finding is None or plan is None or paths:
            raise refuse("usage", "--from-finding goes with --plan, and with no paths",
                         help="name a finding's id, and the plan.json that has it")  # fmt: skip
        from prism_rules.cli.freezing import echo_frozen

        echo_frozen(terminal, plan, finding)
        return None
    suites = read_suites(paths or (find_folder(),))
    with terminal.working("running rule tests"):
        trials = run_suites(suites, choice)
    if accept:
        from prism_rules.ruletests.accepting import accept_trials

        for path, count in accept_trials(trials):
            terminal.log(f"wrote {say_count(count, 'change')} into {path.as_posix()}")
        trials = run_suites(read_suites(suite.path for suite in suites), choice)
    coverages = measure_trials(trials) if coverage or fail_under is not None else []
    click.echo(write_trials(trials, form, color=terminal.paints(sys.stdout), coverages=coverages), nl=False, color=True)
    if not trials:
        return Ending(5, "there is no such test")
    failed = sum(not trial.passed for trial in trials)
    under = [one.ruleset for one in coverages if fail_under is not None and one.falls_under(fail_under)]
    why = [f"{failed:,} of {len(trials):,} tests failed"] if failed else []
    why += [f"tests try less than {fail_under:g}% of {', '.join(under)}"] if under else []
    return Ending(1, "; ".join(why)) if why else None


def find_folder() -> Path:
    """Find the folder whose tests are meant: that of the project."""
    import os

    from prism_rules.ruleset import find_project

    project = find_project(Path.cwd())
    if project is None:
        raise refuse("usage", "no path is given, and there is no prism.yaml here or above",
                     help="name a file or folder: `prism-rules test rulesets`")  # fmt: skip
    return Path(os.path.relpath(project.parent))


def read_suites(paths: Iterable[Path]) -> list[Suite]:
    """Read all files of rule tests. Raises `Refused` (exit 2 or 7) with the problems of all of them."""
    from prism_rules.ruletests.collecting import collect_files
    from prism_rules.ruletests.reading import read_suite

    suites: list[Suite] = []
    found: dict[Diagnostic, None] = {}
    exit_code = 2
    for path in collect_files(paths):
        try:
            suites.append(read_suite(path))
        except Refused as refused:
            # Files of one ruleset tell its problems once.
            found |= dict.fromkeys(refused.diagnostics)
            exit_code = max(exit_code, refused.exit_code)
    if found:
        raise Refused([*found], exit_code)
    return suites


def run_suites(suites: Iterable[Suite], choice: str | None) -> list[Trial]:
    """Run the tests whose names are chosen. Raises `Refused` (exit 2)."""
    from prism_rules.ruletests.choosing import read_choice
    from prism_rules.ruletests.running import Runner

    try:
        chosen = read_choice(choice) if choice else None
    except ValueError as error:
        raise refuse("usage", f"-k {choice}: {error}", help="write it like 'gate and not waiver'") from error
    with Runner() as runner:
        return [
            runner.run(suite, case)
            for suite in suites
            for case in suite.cases
            if chosen is None or chosen(f"{suite.path.name} {case.test.name}")
        ]


def measure_trials(trials: Iterable[Trial]) -> list[Coverage]:
    """Measure what tests try of each ruleset that they are about."""
    from prism_rules.ruletests.coverage import measure_coverage

    rulesets: dict[str, list[Trial]] = {}
    for trial in trials:
        rulesets.setdefault(trial.resolved.files[0].path, []).append(trial)
    return [
        measure_coverage(mine[0].resolved, [trial.outcome for trial in mine if trial.outcome])
        for mine in rulesets.values()
    ]


def write_trials(trials: Sequence[Trial], form: str, *, color: bool, coverages: Sequence[Coverage] = ()) -> str:
    """Write how tests ended, and what they try."""
    from prism_rules.ruletests.coverage.telling import list_coverage, write_coverage
    from prism_rules.ruletests.reports import write_json, write_junit
    from prism_rules.ruletests.telling import tell_trials

    if form == "text":
        told = [tell_trials(trials, color=color)] if trials else []
        return "\n".join([*told, *map(write_coverage, coverages)])
    return write_junit(trials) if form == "junit" else write_json(trials, [*map(list_coverage, coverages)])
