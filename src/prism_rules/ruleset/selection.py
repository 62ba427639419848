"""Selecting: a ruleset narrowed to some of its rules, for a look at these alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.ruleset.renames import suggest_name
from prism_rules.ruleset.resolved import Resolved
from prism_rules.ruleset.terms import list_leaves


def select_rules(resolved: Resolved, names: Iterable[str]) -> Resolved:
    """Narrow a ruleset to the named rules, in its own order; its digest stays that of the whole.

    Causes stay of which every rule is named, for or against. No action does: what is due, and what blocks it, is
    decided by the whole ruleset alone. Raises `Refused` (`unknown-rule`, exit 2) with all names that it does not have.
    """
    model, wanted = resolved.model, dict.fromkeys(names)
    strangers = [
        Diagnostic(
            "unknown-rule",
            f"a rule is selected that does not exist: `{name}`",
            help=suggest_name(model, "rules", name),
        )
        for name in wanted
        if name not in model.rules
    ]
    if strangers:
        raise Refused(strangers, 2)
    causes = {
        name: cause
        for name, cause in model.causes.items()
        if all(leaf.rule in wanted for leaf, _ in list_leaves(cause, ()))
    }
    kept = {
        "rules": {name: rule for name, rule in model.rules.items() if name in wanted},
        "causes": {
            name: cause.model_copy(update={"leads_to": tuple(led for led in cause.leads_to if led in causes)})
            for name, cause in causes.items()
        },
        "actions": {},
        "waivers": {name: waiver for name, waiver in model.waivers.items() if waiver.rule in wanted},
    }
    return replace(resolved, model=model.model_copy(update=kept), whole=model)
