"""Renames: under which name goes on what had another one before, as `renamed_from` says.

Whatever comes in from before (a plan, a ledger, rows with a class, another version of the ruleset) is read through
`list_renames`; nothing else knows that a name was ever different.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import Ruleset, Waiver

RENAMED = ("sources", "classes", "rules", "causes", "actions")
"""Sections whose entries may have had other names."""


@dataclass(frozen=True)
class Renames:
    """Section -> former name -> the name of today; and what the ruleset itself is and was called, newest first."""

    rulesets: tuple[str, ...]
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return len(self.rulesets) > 1 or any(self.sections.values())

    def name(self, section: str, name: str) -> str:
        """Give the name of today of what a plan, a ledger or a file calls `name`."""
        return self.sections.get(section, {}).get(name, name)

    def place(self, scope: Mapping[str, str]) -> dict[str, str]:
        """Give a scope, or a `match`, with the class's name of today."""
        return {key: self.name("classes", value) if key == "class" else value for key, value in scope.items()}


def list_renames(model: Ruleset) -> Renames:
    """List for everything that had other names what it is called today. A name that is in use stands for itself."""
    sections = {
        section: {
            old: name
            for name, entry in getattr(model, section).items() for old in entry.renamed_from
            if old not in getattr(model, section)
        }
        for section in RENAMED
    }  # fmt: skip
    return Renames((model.metadata.name, *model.metadata.renamed_from), sections)


def say_renamed(renames: Renames, section: str, name: str) -> str | None:
    """Say what to write instead of a former name; None of any other."""
    today = renames.name(section, name)
    return f"`{name}` was renamed to `{today}`" if today != name else None


def suggest_name(model: Ruleset, section: str, name: str) -> str | None:
    """Suggest what to write instead of a name that no entry has: what it was renamed to, else what is like it."""
    return say_renamed(list_renames(model), section, name) or did_you_mean(name, getattr(model, section))


def carry_waivers(model: Ruleset) -> tuple[Ruleset, list[Problem]]:
    """Let waivers that say an old name go on; warn of each such name: `renamed-name`.

    What a waiver hides was decided by somebody, often elsewhere: it must not come back because a rule is called better.
    """
    renames = list_renames(model)
    waivers: dict[str, Waiver] = {}
    problems: list[Problem] = []
    for name, waiver in model.waivers.items():
        waivers[name] = waiver.model_copy(
            update={"rule": renames.name("rules", waiver.rule), "match": renames.place(waiver.match)}
        )
        problems += _warn_of(name, waiver, waivers[name])
    return (model.model_copy(update={"waivers": waivers}) if problems else model), problems


def _warn_of(name: str, written: Waiver, read: Waiver) -> Iterator[Problem]:
    said: list[tuple[Route, str, str]] = [(("waivers", name, "rule"), written.rule, read.rule)]
    said += [(("waivers", name, "match", key), old, read.match[key]) for key, old in written.match.items()]
    for route, old, new in said:
        if old != new:
            message = f"`waivers.{name}` says `{old}`, which was renamed to `{new}`; it still applies"
            yield Problem("renamed-name", message, (Spot(route),), f"write `{new}`", "warning")
