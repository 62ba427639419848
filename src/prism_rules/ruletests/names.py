"""Names: what a test says of sources, rules, causes, actions and places must be there in its ruleset."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.ruletest import RuleTest
from prism_rules.model.scopes import OUTSIDE
from prism_rules.ruleset import Resolved, find_grain
from prism_rules.ruleset.form import name_place
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.renames import suggest_name

_SECTIONS = {"source": "sources", "class": "classes", "rule": "rules", "cause": "causes", "action": "actions"}
_EXPECTED = ("rule", "cause", "action")
"""What is expected by name: each is easily taken for another."""


def list_sources(test: RuleTest) -> tuple[str, ...]:
    """List the sources that a test is about."""
    return test.sources if test.sources is not None else tuple(test.data)


def list_read(model: Ruleset, rule: str) -> tuple[str, ...]:
    """List the sources that a rule measures: its own, and that of its baseline."""
    declared = model.rules[rule]
    baseline = declared.baseline.source if declared.baseline else None
    return tuple(dict.fromkeys(filter(None, (declared.source, baseline))))


def list_rules(model: Ruleset, test: RuleTest) -> tuple[str, ...]:
    """List the rules that are on in a test: those that measure nothing but the sources that it is about."""
    sources = {*list_sources(test)}
    return tuple(name for name in model.rules if {*list_read(model, name)} <= sources)


def check_names(resolved: Resolved, test: RuleTest, route: Route) -> Iterator[Problem]:
    """Find the names in a test that its ruleset lacks, each at its place; `route` is the test's."""
    model = resolved.model
    for name in test.data:
        yield from _check(resolved, "source", name, Spot((*route, "data", name), at="key"))
    for index, name in enumerate(test.sources or ()):
        yield from _check(resolved, "source", name, Spot((*route, "sources", index)))
    for index, decision in enumerate(test.ledger):
        yield from _check_action(resolved, decision.action, decision.scope, (*route, "ledger", index), whole=True)
    on = list_rules(model, test)
    inside: Route = (*route, "expect")
    for index, finding in enumerate(test.expect.findings or ()):
        at: Route = (*inside, "findings", index)
        yield from _check_rule(resolved, test, on, finding.rule, finding.scope, at)
    for index, cause in enumerate(test.expect.causes or ()):
        at = (*inside, "causes", index)
        name, scope = (cause, {}) if isinstance(cause, str) else (cause.cause, cause.scope)
        yield from _check(resolved, "cause", name, Spot(at if isinstance(cause, str) else (*at, "cause")))
        if name in model.causes:
            yield from _check_scope(resolved, name, scope, model.causes[name].by, at)
    for index, action in enumerate(test.expect.actions or ()):
        at = (*inside, "actions", index)
        yield from _check_action(resolved, action.action, action.scope, at)
        for place, blocker in enumerate(action.blocked_by or ()):
            inner: Route = (*at, "blocked_by", place)
            if blocker.rule:
                yield from _check(resolved, "rule", blocker.rule, Spot((*inner, "rule")))
            if blocker.action:
                yield from _check(resolved, "action", blocker.action, Spot((*inner, "action")))


def _check(resolved: Resolved, noun: str, name: str, spot: Spot) -> Iterator[Problem]:
    if name in getattr(resolved.model, _SECTIONS[noun]):
        return
    message, help = f"the ruleset has no {noun} `{name}`", suggest_name(resolved.model, _SECTIONS[noun], name)
    why = next((each.why for each in resolved.off if (each.kind, each.id) == (noun, name)), None)
    kind = next((kind for kind in _EXPECTED if name in getattr(resolved.model, _SECTIONS[kind])), None)
    if why:
        message, help = f"the {noun} `{name}` is off: {why}", "declare what it needs, or take this out"
    elif kind and noun in _EXPECTED:
        help = f"`{name}` is {'an' if kind == 'action' else 'a'} {kind}"
    yield Problem(f"unknown-{noun}", message, (spot,), help)


def _check_rule(
    resolved: Resolved, test: RuleTest, on: Collection[str], name: str, scope: Mapping[str, str], at: Route
) -> Iterator[Problem]:
    model, spot = resolved.model, Spot((*at, "rule"))
    yield from _check(resolved, "rule", name, spot)
    if name not in model.rules:
        return
    yield from _check_scope(resolved, name, scope, list_scope(model.rules[name]), at)
    if name not in on and {*list_sources(test), *test.data} <= model.sources.keys():
        lacking = [source for source in list_read(model, name) if source not in list_sources(test)]
        listed = " and ".join(f"`{source}`" for source in lacking)
        message = f"rule `{name}` is off in this test: it measures {listed}, which the test is not about"
        help = f"give `{lacking[0]}` data, or list all sources that the test is about under `sources`"
        yield Problem("rule-off", message, (spot,), help)


def _check_action(
    resolved: Resolved, name: str, scope: Mapping[str, str], at: Route, *, whole: bool = False
) -> Iterator[Problem]:
    model = resolved.model
    yield from _check(resolved, "action", name, Spot((*at, "action")))
    if name not in model.actions:
        return
    grain = find_grain(model, model.actions[name])
    yield from _check_scope(resolved, name, scope, grain, at)
    missing = [dimension for dimension in grain if dimension not in scope] if whole else []
    if missing:
        message = f"{name_place((*at, 'scope'))} needs `{missing[0]}`: `{name}` is taken by {', '.join(grain)}"
        yield Problem("missing-key", message, (Spot((*at, "scope"), at="key"),), f"add `{missing[0]}: ...`")


def _check_scope(
    resolved: Resolved, name: str, scope: Mapping[str, str], dimensions: Collection[str], at: Route
) -> Iterator[Problem]:
    model = resolved.model
    for dimension, value in scope.items():
        route: Route = (*at, "scope", dimension)
        if dimension not in dimensions:
            message = f"`{name}` has no dimension `{dimension}`"
            help = did_you_mean(dimension, dimensions) or "it has no dimensions"
            yield Problem("unknown-dimension", message, (Spot(route, at="key"),), help)
        elif dimension == "class" and model.classes and value not in (*model.classes, *OUTSIDE):
            yield from _check(resolved, "class", value, Spot(route))
        elif dimension == "family":
            families = sorted({entry.family for entry in model.classes.values() if entry.family})
            if value not in (*families, *OUTSIDE):
                message = f"the ruleset has no family `{value}`"
                yield Problem("unknown-family", message, (Spot(route),), did_you_mean(value, families))
