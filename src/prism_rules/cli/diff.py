"""`diff`: two versions of a ruleset by what they mean, and the version that their difference calls for."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.completion import complete_file
from prism_rules.cli.setting import NAME, Setting, find_setting
from prism_rules.cli.terminal import Ending, Terminal, refuse, say, speaking
from prism_rules.diagnostics import Refused

if TYPE_CHECKING:
    from prism_rules.comparison import Changes
    from prism_rules.diagnostics import Problem
    from prism_rules.revisions import Revision
    from prism_rules.ruleset import Resolved
    from prism_rules.source import Source


@click.command("diff")
@click.argument("before", required=False, shell_complete=complete_file)
@click.argument("after", required=False, shell_complete=complete_file)
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
      prism-rules diff v1.2.0:rules/surface.yaml rules/surface.yaml
    """
    from prism_rules.comparison import compare
    from prism_rules.comparison.telling import FORMS, tell_text
    from prism_rules.ledger import list_live, read_ledger

    guessed = since is None and before and after is None and ":" not in before and not os.path.exists(before)
    if guessed:
        before, since = None, before  # as with git: a word that is no file is a commit
    if since is None and before is None:
        raise refuse("usage", "there is nothing to compare with", help="name two files, or --since main")
    if since is not None and after is not None:
        raise refuse("usage", "--since goes with one file: it says what to compare it with", help="leave one out")
    new, setting = read_version(before if since else after)
    try:
        old = read_since(setting, since, named=before is not None) if since else read_version(before)[0]
    except Refused as refused:
        if before and after and not os.path.exists(before):
            raise _suggest_ref(refused, before, after) from None
        raise _add_no_file(refused, since) if guessed and since else refused from None
    if old is None:
        terminal.log(f"{setting.show(setting.ruleset)} is new since {since}")
    place = ledger or setting.ledger
    entries = read_ledger(place) if old and place and place.is_dir() else None
    # What a former name began hangs on that name again, where the newer version no longer says it.
    live = {**list_live(new.model, entries), **list_live(old.model, entries)} if old and entries else {}
    changes = compare(old, new, live)
    if form == "text":
        say(tell_text(changes, terminal.measure()), nl=False)
    else:
        click.echo(FORMS[form](changes).encode(), nl=False)
    if not require_bump or changes.enough:
        return None
    terminal.complain(new.locate([_write_late(changes)]))
    calls = "the changes call for" if changes.changes else "the version goes back:"
    return Ending(1, f"{calls} version {changes.needed} or later")


def read_version(word: str | None) -> tuple[Resolved, Setting]:
    """Read a ruleset: a file, REF:FILE at a commit, or that of prism.yaml. Raises `Refused` (exit 2)."""
    ref, colon, path = (word or "").partition(":")
    if not colon or os.path.exists(word or ""):
        setting = find_setting(Path(word) if word else None)
        return setting.load(), setting
    from prism_rules.revisions import find_revision

    setting = Setting(Path.cwd(), Path(path), None)
    return read_then(setting, find_revision(ref, Path.cwd())), setting


def read_since(setting: Setting, ref: str, *, named: bool) -> Resolved | None:
    """Read a ruleset as it was where HEAD left `ref`; None if it was not there yet. Raises `Refused` (exit 2).

    That of prism.yaml is the one that prism.yaml named then: a file that was moved is compared with itself. With
    `named`, where somebody asked for a file, only if that was not there.
    """
    from prism_rules.revisions import find_revision

    revision = find_revision(ref, setting.ruleset.parent, base=True)
    moved = find_moved(setting, revision)
    places = (setting.ruleset, moved) if named else (moved, setting.ruleset)
    there = next((place for place in places if place and revision.read(place) is not None), None)
    return read_then(replace(setting, ruleset=there), revision) if there else None


def find_moved(setting: Setting, revision: Revision) -> Path | None:
    """Find the ruleset that prism.yaml named at a commit; None without one. Raises `Refused` (exit 2)."""
    from prism_rules.ruleset import load_project

    place = setting.root / NAME
    if setting.project is None or revision.read(place) is None:
        return None
    project = load_project(revision.read_source(place, name=f"{revision.name}:{NAME}"))
    return Path(os.path.relpath(setting.root / project.ruleset))


def read_then(setting: Setting, revision: Revision) -> Resolved:
    """Read a ruleset, and all that it extended, as they were at a commit. Raises `Refused` (exit 2)."""
    from prism_rules.ruleset import load_ruleset

    def read(path: Path, *, root: Path | None = None, name: str | None = None) -> Source:  # noqa: ARG001
        return revision.read_source(path, name=f"{revision.name}:{setting.show(os.path.relpath(path))}")

    return load_ruleset(read(setting.ruleset), read=read)


def _add_no_file(refused: Refused, word: str) -> Refused:
    """Say of a word that git does not know, too, that no file is called so."""
    told = [
        replace(one, message=f"{one.message}, and there is no file `{word}`")
        if one.code in ("unknown-ref", "no-repository") else one
        for one in refused.diagnostics
    ]  # fmt: skip
    return Refused(told, refused.exit_code)


def _suggest_ref(refused: Refused, word: str, file: str) -> Refused:
    """Say how to compare with a commit, where one is named in the place of a file."""
    from prism_rules.revisions import find_revision

    try:
        find_revision(word, Path.cwd())
    except Refused:
        return refused
    help = f"`{word}` is a commit: write `{word}:{file}`, or `--since {word} {file}`"
    told = [replace(one, help=help) if one.code == "missing-file" else one for one in refused.diagnostics]
    return Refused(told, refused.exit_code)


def _write_late(changes: Changes) -> Problem:
    from prism_rules.diagnostics import Problem, Spot

    assert changes.before is not None, "what is new needs no higher version"
    was, n = changes.before.version, len(changes.changes)
    count = "1 change calls" if n == 1 else f"{n} changes call"
    message = f"{count} for a {changes.bump} version, since {was}" if n else f"the version goes back, from {was}"
    spot = Spot(("metadata", "version"), f"was {was}")
    return Problem("version-not-bumped", message, (spot,), f'write `version: "{changes.needed}"`')
