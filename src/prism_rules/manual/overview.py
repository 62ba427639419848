"""What telling one entry takes of all others: found once for the whole of a ruleset, when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from prism_rules.manual.readers import Reader, list_causes, list_readers
from prism_rules.model.ruleset import Ruleset, Waiver
from prism_rules.ruleset import Resolved, find_grain
from prism_rules.ruleset.grain import list_scope


@dataclass(frozen=True)
class Overview:
    """A ruleset whose entries are told."""

    resolved: Resolved

    @property
    def model(self) -> Ruleset:
        """Give the ruleset's entries."""
        return self.resolved.model

    @cached_property
    def readers(self) -> Mapping[str, list[Reader]]:
        """Rule -> who reads it."""
        return list_readers(self.model)

    @cached_property
    def answers(self) -> Mapping[str, list[str]]:
        """Cause -> the actions that are for it."""
        found: dict[str, list[str]] = {}
        for name, action in self.model.actions.items():
            for cause in dict.fromkeys(list_causes(action)):
                found.setdefault(cause, []).append(name)
        return found

    @cached_property
    def waivers(self) -> Mapping[str, list[Waiver]]:
        """Rule -> its waivers."""
        found: dict[str, list[Waiver]] = {}
        for waiver in self.model.waivers.values():
            found.setdefault(waiver.rule, []).append(waiver)
        return found

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension that something stands at."""
        rules, actions = self.model.rules.values(), self.model.actions.values()
        scopes = [*map(list_scope, rules), *(find_grain(self.model, action) for action in actions)]
        return tuple(dict.fromkeys(dimension for scope in scopes for dimension in scope))
