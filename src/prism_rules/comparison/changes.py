"""Changes: what differs between two versions of a ruleset, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from prism_rules.comparison.kinds import BUMPS, Bump, find_bump, is_enough, write_next
from prism_rules.diagnostics import Route
from prism_rules.model.plan import Origin, Scope


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` and `after` are where it is written; None where it is not."""

    kind: str
    entry: Route
    """What it is about, such as ``("rules", "class-agreement")``; a removed entry by its old name."""
    text: str
    scopes: tuple[Scope, ...] = ()
    """Of judgement: for which classes and places; empty means for all."""
    excepted: tuple[Scope, ...] = ()
    """Of judgement: for which of these it is not so."""
    before: Origin | None = None
    after: Origin | None = None

    @property
    def bump(self) -> Bump:
        """The version that it calls for."""
        return find_bump([self.kind])


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a ruleset, as a comparison names it. `file` may be at a commit: ``main:rules.yaml``."""

    name: str
    version: str
    digest: str
    file: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All differences in meaning, in the order of `KINDS`' groups and then of the file."""

    before: Version | None
    """None for a ruleset that is new: nothing of it can be broken yet."""
    after: Version
    changes: tuple[Change, ...]

    @property
    def bump(self) -> Bump:
        """The version that all changes together call for."""
        return find_bump(change.kind for change in self.changes)

    @property
    def needed(self) -> str:
        """The least version that may follow; where nothing differs, the one that there was; of a new one, its own."""
        return write_next(self.before.version, self.bump) if self.before else self.after.version

    @property
    def enough(self) -> bool:
        """Whether the version that is written says as much as the changes call for."""
        return self.before is None or is_enough(self.before.version, self.after.version, self.bump)

    def count(self) -> dict[Bump, int]:
        """Count the changes by the version that each calls for, the weightiest first."""
        bumps = [change.bump for change in self.changes]
        return {bump: bumps.count(bump) for bump in reversed(BUMPS) if bump in bumps}
