"""Waiving: which findings a ruleset's waivers set aside, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

from prism_rules.model.plan import Finding, Scope
from prism_rules.model.ruleset import Ruleset, Waiver
from prism_rules.model.scopes import Located, add_family
from prism_rules.ruleset.globs import is_glob, matches


def find_end(waiver: Waiver) -> datetime:
    """Find the moment from which a waiver hides nothing any more: midnight UTC, at the beginning of its `until`."""
    return datetime.combine(date.fromisoformat(waiver.until), time(), UTC)


def waive_findings(model: Ruleset, findings: Iterable[Finding], as_of: datetime) -> tuple[Finding, ...]:
    """Hide the findings that do not pass and that a waiver in force matches, by the one that ends last."""
    findings = tuple(findings)
    in_force = {name: waiver for name, waiver in model.waivers.items() if as_of < find_end(waiver)}
    hidden = match_waivers(model, in_force, findings)
    return tuple(
        f.model_copy(update={"status": "waived", "hides": f.status, "waiver": hidden[f.id]}) if f.id in hidden else f
        for f in findings
    )


def match_waivers(model: Ruleset, waivers: Mapping[str, Waiver], findings: Iterable[Finding]) -> dict[str, str]:
    """Match findings that do not pass with waivers: id of the finding -> id of the waiver.

    Of several the one that ends last is told, and of those that end on one day the first by id.
    """
    rules: dict[str, list[tuple[Scope, str]]] = {}
    for name in sorted(sorted(waivers), key=lambda name: waivers[name].until, reverse=True):
        exact = {key: pattern for key, pattern in waivers[name].match.items() if not is_glob(pattern)}
        rules.setdefault(waivers[name].rule, []).append((exact, name))
    # Found by what they match exactly: thousands of waivers cost a finding one look each.
    located = {rule: Located(placed) for rule, placed in rules.items()}
    order = {name: place for placed in rules.values() for place, (_, name) in enumerate(placed)}
    told = {}
    for finding in findings:
        if finding.status != "pass" and finding.rule in located:
            scope = add_family(model, finding.scope)
            fitting = (n for n in located[finding.rule].find_agreeing(scope) if _fits(waivers[n].match, scope))
            best = min(fitting, key=order.__getitem__, default=None)
            if best is not None:
                told[finding.id] = best
    return told


def _fits(match: Mapping[str, str], scope: Scope) -> bool:
    return all(name in scope and matches(pattern, scope[name]) for name, pattern in match.items())
