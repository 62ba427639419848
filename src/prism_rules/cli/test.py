"""`test`: rule tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.terminal import Ending, Terminal, refuse, speaking
from prism_rules.diagnostics import Refused

if TYPE_CHECKING:
    from prism_rules.diagnostics import Diagnostic
    from prism_rules.ruletests.reading import Suite
    from prism_rules.ruletests.running import Trial


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "choice", metavar="EXPR", help="Only tests whose names match, such as 'gate and not waiver'.")
@click.option("--accept", is_flag=True, help="Write what came out into the files, as what is expected.")
@click.option("--format", "form", type=click.Choice(["text", "junit", "json"]), default="text", show_default=True)
@speaking
@click.pass_obj
def command(terminal: Terminal, paths: tuple[Path, ...], choice: str | None, accept: bool, form: str) -> Ending | None:
    """Run rule tests: a ruleset over rows that a test gives, beside what it expects of them.

    PATHS are files, or folders with *.test.yaml at any depth; without them, the folder of the prism.yaml here or above.
    Ends with 1 for failures, with 2 for files that are not as they should be, with 5 where there is no test.

    \b
    Example:
      prism-rules test
      prism-rules test rulesets -k "agreement and not gate"
    """
    import sys

    suites = read_suites(paths or (find_folder(),))
    with terminal.working("running rule tests"):
        trials = run_suites(suites, choice)
    if accept:
        from prism_rules.ruletests.accepting import accept_trials

        for path, count in accept_trials(trials):
            terminal.log(f"wrote {count} changes into {path.as_posix()}")
        trials = run_suites(read_suites(suite.path for suite in suites), choice)
    click.echo(write_trials(trials, form, color=terminal.paints(sys.stdout)), nl=False, color=True)
    if not trials:
        return Ending(5, "there is no such test")
    failed = sum(not trial.passed for trial in trials)
    return Ending(1, f"{failed:,} of {len(trials):,} tests failed") if failed else None


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
    """Read all files of rule tests. Raises `Refused` (exit 2) with the problems of all of them."""
    from prism_rules.ruletests.reading import collect_files, read_suite

    suites: list[Suite] = []
    found: dict[Diagnostic, None] = {}
    for path in collect_files(paths):
        try:
            suites.append(read_suite(path))
        except Refused as refused:
            # Files of one ruleset tell its problems once.
            found |= dict.fromkeys(refused.diagnostics)
    if found:
        raise Refused([*found], 2)
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


def write_trials(trials: Sequence[Trial], form: str, *, color: bool) -> str:
    """Write how tests ended."""
    from prism_rules.ruletests.reports import write_json, write_junit
    from prism_rules.ruletests.telling import tell_trials

    if form == "text":
        return tell_trials(trials, color=color) if trials else ""
    return write_junit(trials) if form == "junit" else write_json(trials)
