"""`plan --replay`: a recorded plan made again, with the ledger as it was read then, and held against its entry."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.terminal import list_given, refuse
from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.escaping import show_plain
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from prism_rules.ledger import Ledger
    from prism_rules.model.ledger import Entry
    from prism_rules.pipeline import Outcome
    from prism_rules.ruleset import Resolved

_DECIDED = ("as_of", "record", "selected", "estimate")
"""Options that the entry speaks for."""


@dataclass(frozen=True, slots=True)
class Replay:
    """An entry that records a plan, and where it is."""

    name: str
    entry: Entry
    folder: Path
    baseline: Path | None
    """The plan that it was told against, where that is not in the ledger."""

    def check(self, outcome: Outcome, resolved: Resolved) -> None:
        """Check that a plan is the recorded one. Raises `Refused` (`replay-differs`, exit 7) with all that differs."""
        if outcome.digest != self.entry.plan:
            raise Refused([self._describe(message) for message in self._compare(outcome, resolved)], 7)

    def _compare(self, outcome: Outcome, resolved: Resolved) -> Iterator[str]:
        """Say what differs of that which makes a plan; of the plan itself only where nothing else does."""
        from prism_rules import __version__

        entry, used, model = self.entry, self.entry.ruleset, resolved.model.metadata
        facts: dict[str, tuple[str | None, str | None]] = {
            "prism-rules": (entry.tool, __version__),
            "the ruleset": (f"{used.name} {used.version}", f"{model.name} {model.version}"),
            "the ruleset's digest": (used.digest, resolved.digest),
        }
        files = {one.path: one.sha256 for one in entry.files or ()}
        named = {one.path: one.sha256 for one in outcome.plan.ruleset.files}
        # Of a ruleset that means something else, its digest says enough.
        for path in sorted(files | named) if entry.files and used.digest == resolved.digest else ():
            thing = f"the ruleset means the same, but plan.json names lines of `{path}`, which"
            facts[thing] = (files.get(path), named.get(path))
        read = {one.source: one.digest for one in entry.inputs}
        reads = {one.source: one.digest for one in outcome.plan.inputs}
        for source in sorted(read | reads):
            facts[f"the data of `{source}`"] = (read.get(source), reads.get(source))
        was, now = (one.describe() if one else None for one in (entry.annotators, outcome.plan.annotators))
        facts["how annotators are told apart"] = (was, now)
        facts["the plan of --baseline"] = (entry.baseline, outcome.baseline)
        if all(was == now for was, now in facts.values()):
            facts["only the plan differs: it"] = (entry.plan, outcome.digest)
        for thing, (was, now) in facts.items():
            if was != now:
                yield f"{thing} was {was or 'not there'}, and is {now or 'not there'}"

    def _describe(self, message: str) -> Diagnostic:
        from prism_rules.ruleset.people import KEY

        return describe_difference(
            self.folder, self.name, message,
            "check out what the plan was made from: ruleset, prism.yaml, data and this version of prism-rules; "
            f"where it tells annotators apart by a key, give that in {KEY}",
        )  # fmt: skip


def describe_difference(folder: Path, name: str, message: str, help_: str) -> Diagnostic:
    """Describe why the plan of an entry cannot be made again."""
    place = folder / name[:2] / f"{name}.json"
    return Diagnostic("replay-differs", message, context=place.as_posix(), help=help_)


def find_replay(
    context: click.Context, folder: Path | None, beginning: str, baseline: Path | None, root: Path
) -> Replay:  # fmt: skip
    """Find the entry to replay; paths in the command that it records begin at `root`.

    Raises `Refused`: exit 2 (`usage`) for options that the entry decides, or an entry that records no plan; exit 7 as
    `find_entry` does, and where the command is none of ours (`replay-differs`).
    """
    from prism_rules.ledger import find_entry, read_ledger

    if given := list_given(context, lambda name: name in _DECIDED):
        raise refuse("usage", f"--replay plans as the entry says: {', '.join(given)} would do nothing",
                     help="leave out one or the other")  # fmt: skip
    if folder is None:
        raise refuse("usage", "--replay needs a ledger", help="give --ledger DIR, or `ledger: DIR` in prism.yaml")
    ledger = read_ledger(folder)
    name = find_entry(ledger, folder, beginning)
    entry = ledger.entries[name]
    if entry.plan is None or entry.as_of is None:
        raise refuse("usage", f"entry {name[:12]} records no plan: it is a decision", help=_suggest(ledger))
    named = _read_baseline(entry, name, folder)
    if entry.baseline is not None and baseline is None:
        baseline = _find_baseline(root, named, entry.baseline)
    if entry.baseline is not None and baseline is None:
        told = f"; it was made by `{entry.command}`" if entry.command else ""
        raise refuse("usage", f"the plan of entry {name[:12]} was told against a plan that is not in the ledger",
                     help=f"give --baseline, the plan.json whose digest is {entry.baseline}{told}")  # fmt: skip
    if entry.baseline is None and baseline is not None:
        raise refuse("usage", f"the plan of entry {name[:12]} was told against none of --baseline",
                     help="leave --baseline out: what came before is in the ledger")  # fmt: skip
    return Replay(name, entry, folder, baseline)


def _read_baseline(entry: Entry, name: str, folder: Path) -> str | None:
    """Read the --baseline of the recorded command, which the plan will tell people to run: it must be one of ours."""
    from prism_rules.pipeline import write_command

    if entry.command is None:
        return None
    try:
        _, _, *words = shlex.split(entry.command)
    except ValueError:
        words = []
    ruleset = words.pop(0) if words and not words[0].startswith("-") else None
    pairs = [*zip(words[::2], words[1::2], strict=False)]
    data = dict(value.partition("=")[::2] for option, value in pairs if option == "--data")
    baseline = next((value for option, value in pairs if option == "--baseline"), None)
    moment = datetime.fromisoformat(str(entry.as_of))
    if write_command(ruleset, data, as_of=moment, baseline=baseline) != entry.command:
        message = f"the entry's command is none that `plan --record` writes: `{show_plain(entry.command)}`"
        help_ = "nothing of it was run; the commit that brought the entry says who wrote it"
        raise Refused([describe_difference(folder, name, message, help_)], 7)
    return baseline


def _find_baseline(root: Path, named: str | None, digest: str) -> Path | None:
    """Find the plan that a recorded command names, where it is still the one of a digest."""
    place = root / (named or "")
    try:
        # A pipe or a device would be read for ever.
        found = any(each.is_file() for each in (place, place / "plan.json")) and read_saved(place)[1] == digest
    except Refused:
        return None
    return place if found else None


def _suggest(ledger: Ledger) -> str:
    from prism_rules.ledger import find_newest

    newest = find_newest(ledger)
    return f"the newest that does is {newest[:12]}" if newest else "no entry does: `plan --record` writes one"
