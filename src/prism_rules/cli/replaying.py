"""`plan --replay`: a recorded plan made again, with the ledger as it was read then, and held against its entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.terminal import list_given, refuse

if TYPE_CHECKING:
    from prism_rules.diagnostics import Diagnostic
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

    def check(self, outcome: Outcome, resolved: Resolved) -> None:
        """Check that a plan is the recorded one. Raises `Refused` (`replay-differs`, exit 7) with all that differs."""
        from prism_rules.diagnostics import Refused

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
        from prism_rules.diagnostics import Diagnostic

        return Diagnostic(
            "replay-differs", message, context=(self.folder / self.name[:2] / f"{self.name}.json").as_posix(),
            help="check out what the plan was made from: ruleset, prism.yaml, data and this version of prism-rules",
        )  # fmt: skip


def find_replay(context: click.Context, folder: Path | None, beginning: str, baseline: Path | None) -> Replay:
    """Find the entry to replay.

    Raises `Refused`: exit 2 (`usage`) for options that the entry decides, or an entry that records no plan; exit 7 as
    `find_entry` does.
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
    if entry.baseline is not None and baseline is None:
        told = f"; it was made by `{entry.command}`" if entry.command else ""
        raise refuse("usage", f"the plan of entry {name[:12]} was told against a plan that is not in the ledger",
                     help=f"give --baseline, the plan.json whose digest is {entry.baseline}{told}")  # fmt: skip
    if entry.baseline is None and baseline is not None:
        raise refuse("usage", f"the plan of entry {name[:12]} was told against none of --baseline",
                     help="leave --baseline out: what came before is in the ledger")  # fmt: skip
    return Replay(name, entry, folder)


def _suggest(ledger: Ledger) -> str:
    from prism_rules.ledger import find_newest

    newest = find_newest(ledger)
    return f"the newest that does is {newest[:12]}" if newest else "no entry does: `plan --record` writes one"
