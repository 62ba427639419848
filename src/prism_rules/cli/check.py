"""`check`: everything that can be known of a ruleset without data."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules import __version__
from prism_rules.cli.setting import demand_project
from prism_rules.cli.terminal import Ending, Terminal, conclude, in_actions, say, speaking
from prism_rules.cli.values import Moment
from prism_rules.diagnostics import Diagnostic
from prism_rules.diagnostics.text import format_text, say_count
from prism_rules.escaping import show_invisible

if TYPE_CHECKING:
    from prism_rules.checking.files import File
    from prism_rules.progress import Tell
    from prism_rules.ruleset import Resolved

FORMATS = ("text", "json", "github", "sarif")


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="What to say; text if not given, and annotations before it under GitHub Actions.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    default="warning",
    show_default=True,
    help="`error` lets warnings be.",
)
@click.option("--since", metavar="REF", help="Tell only what files have wrong that they had not in this git revision.")
@click.option("--as-of", type=Moment(), help="The time at which waivers must be in force; not looked at without it.")
@speaking
@click.pass_obj
def command(
    terminal: Terminal,
    paths: tuple[Path, ...],
    form: str | None,
    fail_on: str,
    since: str | None,
    as_of: datetime | None,
) -> Ending | None:
    """Check rulesets, rule tests and project files: everything that can be known without data.

    PATHS are files, or folders to look for them in. Without PATHS, the prism.yaml here or above, and its ruleset. Ends
    with 2 for errors, with 7 where a ledger or a parent is not what it was, with 1 for warnings.

    \b
    Example:
      prism-rules check rulesets/surface.yaml
      prism-rules check . --since origin/main --format github
    """
    from prism_rules.checking import check_files
    from prism_rules.checking.files import find_files, leave_to_heirs
    from prism_rules.revisions import find_revision

    files = leave_to_heirs(find_files(paths), paths) if paths else _find_own()
    revision = find_revision(since, Path.cwd()) if since is not None else None
    with terminal.working(f"checking {say_count(len(files), 'file')}") as tell:
        told = _tell_files(files, tell) if terminal.moves else files
        found, worst, known = check_files(told, as_of, revision, partial(_tell_parents, terminal))
    if form is None and in_actions():
        click.echo(_format(found, "github"), nl=False)
    if form is None or form == "text":
        say(format_text(found, color=terminal.paints(sys.stdout)), nl=False, color=True)
    else:
        click.echo(_format(found, form), nl=False)
    if revision:
        terminal.log(f"{known:,} {'problem is' if known == 1 else 'problems are'} older than {since} and left out")
    code = worst or (1 if found and fail_on == "warning" else 0)
    return Ending(code, conclude(found)) if code else None


def _tell_files(files: list[File], tell: Tell) -> Iterator[File]:
    from prism_rules.progress import Phase

    for number, file in enumerate(files, 1):
        tell(Phase(f"checking {show_invisible(file.path.as_posix())}, {number:,} of {say_count(len(files), 'file')}"))
        yield file


def _find_own() -> list[File]:
    from prism_rules.checking.files import find_project_files

    return find_project_files(demand_project("ruleset", "check rules.yaml"))


def _tell_parents(terminal: Terminal, resolved: Resolved) -> None:
    """Say what of a ruleset's parents is left out, in a line; with -v each entry, and what removals have done."""
    for off in resolved.off:
        place = f"{off.origin.file}:{off.origin.line}:{off.origin.col}"
        terminal.log(show_invisible(f"{place}: {off.kind} `{off.id}` is off: {off.why}"), level=1)
    for note in resolved.notes:
        place = f"{note.origin.file}:{note.origin.line}:{note.origin.col}"
        terminal.log(show_invisible(f"{place}: {note.text}"), level=1)
    if resolved.off and terminal.verbosity < 1:
        count = len(resolved.off)
        said = "entry of its parents is" if count == 1 else "entries of its parents are"
        terminal.log(show_invisible(f"{resolved.source.name}: {count:,} {said} off; -v lists them"))


def _format(found: Iterable[Diagnostic], form: str) -> str:
    if form == "json":
        from prism_rules.diagnostics.machine import format_json

        return format_json(found)
    from prism_rules.checking.files import rebase

    found = rebase(found, Path.cwd())
    if form == "github":
        from prism_rules.diagnostics.github import format_github

        return format_github(found)
    from prism_rules.diagnostics.sarif import format_sarif

    return format_sarif(found, __version__)
