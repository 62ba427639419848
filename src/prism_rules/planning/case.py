"""The case: what a plan is decided from, laid out so that it can be asked by scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TypeVar

from prism_rules.evaluation import Evaluation
from prism_rules.ledger import ActionState, Ledger, Step, restrict_ledger
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Finding, Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import Located, add_family
from prism_rules.ruleset.renames import list_renames

T = TypeVar("T")


class Case:
    """A ruleset, what the data says now, and what the ledger says was decided."""

    def __init__(
        self, model: Ruleset, evaluation: Evaluation, ledger: Ledger, recorded: Mapping[str, ActionState]
    ) -> None:
        self.model = model
        self.evaluation = evaluation
        self.recorded = recorded
        self._ledger = ledger
        self._inputs = {entry.source: entry for entry in evaluation.inputs}
        self._digests: dict[str, Mapping[str, str] | None] = {}
        self._findings = self.locate((f.rule, f.scope, f) for f in evaluation.findings)
        self._recorded = self.locate((state.name, state.scope, state) for state in recorded.values())

    def locate(self, things: Iterable[tuple[str, Scope, T]]) -> dict[str, Located[T]]:
        """Lay things out by name, and then so that those at agreeing scopes are found."""
        named: dict[str, list[tuple[Scope, T]]] = {}
        for name, scope, thing in things:
            named.setdefault(name, []).append((add_family(self.model, scope), thing))
        return {name: Located(placed) for name, placed in named.items()}

    def find_agreeing(self, located: Mapping[str, Located[T]], name: str, scope: Scope) -> list[T]:
        """Find what was located under a name at scopes that agree with this one."""
        return list(located[name].find_agreeing(add_family(self.model, scope))) if name in located else []

    def find_findings(self, rule: str, scope: Scope) -> list[Finding]:
        """Find a rule's findings, passes too, at scopes that agree with this one."""
        return self.find_agreeing(self._findings, rule, scope)

    def find_recorded(self, action: str, scope: Scope) -> list[ActionState]:
        """Find what the ledger knows of an action's instances that overlap with a scope."""
        return self.find_agreeing(self._recorded, action, scope)

    def is_renewed(self, source: str, since: Step) -> bool:
        """Whether a source has a row added since an event, or other bytes than the last plan before it had recorded.

        Which plan came before is the ledger's order: an event's time is compared with data times alone.
        """
        entry = self._inputs.get(source)
        if entry is None:
            return False
        if entry.to is not None and parse_moment(entry.to) >= parse_moment(since.event.at):
            return True
        recorded = self._find_digests(since.entry)
        return recorded is not None and recorded.get(source) != entry.digest

    def _find_digests(self, entry: str) -> Mapping[str, str] | None:
        if entry not in self._digests:
            followed = reversed([*restrict_ledger(self._ledger, [entry]).entries.values()])
            inputs = next((each.inputs for each in followed if each.inputs), None)
            name = partial(list_renames(self.model).name, "sources")
            self._digests[entry] = None if inputs is None else {name(used.source): used.digest for used in inputs}
        return self._digests[entry]
