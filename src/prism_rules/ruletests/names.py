"""Names: what a test says of sources, rules, causes, actions and places must be there in its ruleset."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.ruletest import RuleTest
from prism_rules.model.scopes import OUTSIDE
from prism_rules.ruleset import find_grain
from prism_rules.ruleset.form import name_place
from prism_rules.ruleset.grain import list_scope


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


def check_names(model: Ruleset, test: RuleTest, route: Route) -> Iterator[Problem]:
    """Find the names in a test that its ruleset lacks, each at its place; `route` is the test's."""
    for name in test.data:
        yield from _check("source", name, model.sources, Spot((*route, "data", name), at="key"))
    for index, name in enumerate(test.sources or ()):
        yield from _check("source", name, model.sources, Spot((*route, "sources", index)))
    for index, decision in enumerate(test.ledger):
        yield from _check_action(model, decision.action, decision.scope, (*route, "ledger", index), whole=True)
    on = list_rules(model, test)
    inside: Route = (*route, "expect")
    for index, finding in enumerate(test.expect.findings or ()):
        at: Route = (*inside, "findings", index)
        yield from _check_rule(model, test, on, finding.rule, finding.scope, at)
    for index, cause in enumerate(test.expect.causes or ()):
        at = (*inside, "causes", index)
        name, scope = (cause, {}) if isinstance(cause, str) else (cause.cause, cause.scope)
        yield from _check("cause", name, model.causes, Spot(at if isinstance(cause, str) else (*at, "cause")))
        if name in model.causes:
            yield from _check_scope(model, name, scope, model.causes[name].by, at)
    for index, action in enumerate(test.expect.actions or ()):
        at = (*inside, "actions", index)
        yield from _check_action(model, action.action, action.scope, at)
        for place, blocker in enumerate(action.blocked_by or ()):
            inner: Route = (*at, "blocked_by", place)
            if blocker.rule:
                yield from _check("rule", blocker.rule, model.rules, Spot((*inner, "rule")))
            if blocker.action:
                yield from _check("action", blocker.action, model.actions, Spot((*inner, "action")))


def _check(noun: str, name: str, known: Iterable[str], spot: Spot) -> Iterator[Problem]:
    known = [*known]
    if name not in known:
        message = f"the ruleset has no {noun} `{name}`"
        yield Problem(f"unknown-{noun}", message, (spot,), did_you_mean(name, known))


def _check_rule(
    model: Ruleset, test: RuleTest, on: Collection[str], name: str, scope: Mapping[str, str], at: Route
) -> Iterator[Problem]:
    spot = Spot((*at, "rule"))
    yield from _check("rule", name, model.rules, spot)
    if name not in model.rules:
        return
    yield from _check_scope(model, name, scope, list_scope(model.rules[name]), at)
    if name not in on and {*list_sources(test), *test.data} <= model.sources.keys():
        lacking = [source for source in list_read(model, name) if source not in list_sources(test)]
        listed = " and ".join(f"`{source}`" for source in lacking)
        message = f"rule `{name}` is off in this test: it measures {listed}, which the test is not about"
        help = f"give `{lacking[0]}` data, or list all sources that the test is about under `sources`"
        yield Problem("rule-off", message, (spot,), help)


def _check_action(
    model: Ruleset, name: str, scope: Mapping[str, str], at: Route, *, whole: bool = False
) -> Iterator[Problem]:
    yield from _check("action", name, model.actions, Spot((*at, "action")))
    if name not in model.actions:
        return
    grain = find_grain(model, model.actions[name])
    yield from _check_scope(model, name, scope, grain, at)
    missing = [dimension for dimension in grain if dimension not in scope] if whole else []
    if missing:
        message = f"{name_place((*at, 'scope'))} needs `{missing[0]}`: `{name}` is taken by {', '.join(grain)}"
        yield Problem("missing-key", message, (Spot((*at, "scope"), at="key"),), f"add `{missing[0]}: ...`")


def _check_scope(
    model: Ruleset, name: str, scope: Mapping[str, str], dimensions: Collection[str], at: Route
) -> Iterator[Problem]:
    for dimension, value in scope.items():
        route: Route = (*at, "scope", dimension)
        if dimension not in dimensions:
            message = f"`{name}` has no dimension `{dimension}`"
            help = did_you_mean(dimension, dimensions) or "it has no dimensions"
            yield Problem("unknown-dimension", message, (Spot(route, at="key"),), help)
        elif dimension == "class" and model.classes and value not in (*model.classes, *OUTSIDE):
            yield from _check("class", value, model.classes, Spot(route))
        elif dimension == "family":
            families = sorted({entry.family for entry in model.classes.values() if entry.family})
            if value not in (*families, *OUTSIDE):
                yield from _check("family", value, families, Spot(route))
