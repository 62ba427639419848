"""`diff`: two versions of a ruleset by what they mean, and the version that their difference calls for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import Setting, find_setting
from prism_rules.cli.terminal import Ending, Terminal, refuse, speaking

if TYPE_CHECKING:
    from prism_rules.comparison import Changes
    from prism_rules.diagnostics import Problem
    from prism_rules.revisions import Revision
    from prism_rules.ruleset import Resolved


@click.command("diff")
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option("--since", metavar="REF", help="Compare with where HEAD left this branch, tag or commit.")
@click.option("--ledger", type=click.Path(path_type=Path), help="The ledger; that of prism.yaml if not given.")
@click.option("--require-bump", is_flag=True, help="End with 1 if the version does not say what the changes call for.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@speaking
@click.pass_obj
def command(
    terminal: Terminal, before: str | None, after: str | None, since: str | None, ledger: Path | None,
    require_bump: bool, form: str,
) -> Ending | None:  # fmt: skip
    """Compare two versions of a ruleset by meaning.

    BEFORE and AFTER are files, or REF:FILE for a file at a commit. Without AFTER, the ruleset of prism.yaml; with
    --since, or with a branch, tag or commit in place of BEFORE, the one file as it was where HEAD left that.

    \b
    Example:
      prism-rules diff --since origin/main --require-bump
      prism-rules diff v1.2.0:rules/surface.yaml rules/surface.yaml --format markdown
    """
    from prism_rules.comparison import compare
    from prism_rules.comparison.telling import FORMS
    from prism_rules.ledger import list_live, read_ledger

    if since is None and before and after is None and ":" not in before and not os.path.exists(before):
        before, since = None, before  # as with git: a word that is no file is a commit
    if since is None and before is None:
        raise refuse("usage", "there is nothing to compare with", help="name two files, or --since main")
    if since is not None and after is not None:
        raise refuse("usage", "--since goes with one file: it says what to compare it with", help="leave one out")
    new, setting = read_version(before if since else after)
    old = read_since(setting, since) if since else read_version(before)[0]
    if old is None:
        terminal.log(f"{setting.show(setting.ruleset)} is new since {since}")
        click.echo(FORMS[form](compare(new, new)).encode(), nl=False)
        return None
    place = ledger or setting.ledger
    live = list_live(old.model, read_ledger(place)) if place and place.is_dir() else {}
    changes = compare(old, new, live)
    click.echo(FORMS[form](changes).encode(), nl=False)
    if not require_bump or changes.enough:
        return None
    terminal.complain(new.locate([_write_late(changes)]))
    return Ending(1, f"the changes call for version {changes.needed} or later")


def read_version(word: str | None) -> tuple[Resolved, Setting]:
    """Read a ruleset: a file, REF:FILE at a commit, or that of prism.yaml. Raises `Refused` (exit 2)."""
    ref, colon, path = (word or "").partition(":")
    if not colon or os.path.exists(word or ""):
        setting = find_setting(Path(word) if word else None)
        return setting.load(), setting
    from prism_rules.revisions import find_revision

    setting = Setting(Path.cwd(), Path(path), None)
    return read_then(setting, find_revision(ref, Path.cwd())), setting


def read_since(setting: Setting, ref: str) -> Resolved | None:
    """Read a ruleset as it was where HEAD left `ref`; None if it was not there yet. Raises `Refused` (exit 2)."""
    from prism_rules.revisions import find_revision

    revision = find_revision(ref, setting.ruleset.parent, base=True)
    return None if revision.read(setting.ruleset) is None else read_then(setting, revision)


def read_then(setting: Setting, revision: Revision) -> Resolved:
    """Read a ruleset, and all that it extended, as they were at a commit. Raises `Refused` (exit 2)."""
    from prism_rules.ruleset import load_ruleset

    source = revision.read_source(setting.ruleset, name=f"{revision.name}:{setting.show(setting.ruleset)}")
    return load_ruleset(source, read=revision.read_source)


def _write_late(changes: Changes) -> Problem:
    from prism_rules.diagnostics import Problem, Spot

    spot = Spot(("metadata", "version"), f"was {changes.before.version}")
    n = len(changes.changes)
    count = "1 change calls" if n == 1 else f"{n} changes call"
    message = f"{count} for a {changes.bump} version, since {changes.before.version}"
    return Problem("version-not-bumped", message, (spot,), f'write `version: "{changes.needed}"`')
