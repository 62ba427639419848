"""Causes whose findings can meet: at a scope that they have, and through dimensions that they share."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.metrics import METRICS
from prism_rules.model.ruleset import Leaf, Rule, When
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.judgement import LEVELS
from prism_rules.ruleset.terms import BRANCHES, list_leaves, read_leaf

DOUBTING = ("confidence", "streak", "false_discovery_rate")
"""Keys of a rule that ask for more than one crossing."""


def check_causes(draft: Draft) -> Iterator[Problem]:
    """Refuse causes that could hold nowhere or anywhere: `empty-when`, `cause-by`, `unconnected-rules`."""
    for name, cause in draft.model.causes.items():
        route: Route = ("causes", name)
        empty = list(_find_empty(cause.when, (*route, "when")))
        for place in empty:
            yield Problem(
                "empty-when",
                f"`causes.{name}` asks for no finding here",
                (Spot(place, at="key"),),
                "name rules under `all`, `any` or `none`",
            )
        leaves = list(list_leaves(cause, route))
        if empty or any(leaf.rule not in draft.model.rules for leaf, _ in leaves):
            continue
        given = _list_given(draft, cause.when)
        for index, dimension in enumerate(cause.by):
            if dimension not in given:
                message = f"not every way to `causes.{name}` has a `{dimension}`"
                help = (
                    did_you_mean(dimension, sorted(given))
                    or f"ask in `all` for a rule that is measured by `{dimension}`"
                )
                yield Problem("cause-by", message, (Spot((*route, "by", index)),), help)
        yield from _check_connected(draft, leaves)


def _find_empty(when: When, route: Route) -> Iterator[Route]:
    if not any(getattr(when, branch) for branch in BRANCHES):
        yield route
    for branch in BRANCHES:
        for index, term in enumerate(getattr(when, branch)):
            if isinstance(term, When):
                yield from _find_empty(term, (*route, branch, index))


def _list_given(draft: Draft, term: str | Leaf | When) -> frozenset[str]:
    """List the dimensions that a term has whenever it is true: those of each of `all`, and those common to `any`."""
    if not isinstance(term, When):
        leaf = read_leaf(term)
        return frozenset() if leaf.anywhere else frozenset(list_scope(draft.model.rules[leaf.rule]))
    given = frozenset[str]().union(*(_list_given(draft, inner) for inner in term.all))
    branches = [_list_given(draft, inner) for inner in term.any]
    return given | frozenset.intersection(*branches) if branches else given


def _check_connected(draft: Draft, leaves: list[tuple[Leaf, Route]]) -> Iterator[Problem]:
    placed = [(leaf, route, _list_shared(draft, leaf)) for leaf, route in leaves if not leaf.anywhere]
    if len({leaf.rule for leaf, _, _ in placed}) < 2:
        return
    first, *rest = placed
    reached, joined = set(first[2]), {first[0].rule}
    while found := [item for item in rest if item[0].rule in joined or item[2] & reached]:
        reached = reached.union(*(dimensions for _, _, dimensions in found))
        joined |= {leaf.rule for leaf, _, _ in found}
        rest = [item for item in rest if item not in found]
    for leaf, route, dimensions in rest:
        by = f"by {', '.join(list_scope(draft.model.rules[leaf.rule]))}" if dimensions else "over all rows"
        message = f"`{leaf.rule}` is measured {by}, and shares no dimension with the other rules of this cause"
        yield Problem(
            "unconnected-rules",
            message,
            (Spot(route), Spot(first[1], "the first of them")),
            f"write {{rule: {leaf.rule}, anywhere: true}} if it counts everywhere",
        )


def check_reachable(draft: Draft) -> Iterator[Problem]:
    """Warn of causes that no findings can satisfy: `unreachable-cause`."""
    for name, cause in draft.model.causes.items():
        if all(leaf.rule in draft.model.rules for leaf, _ in list_leaves(cause, ())):
            barred = _find_bar(draft, cause.when, ("causes", name, "when"))
            if barred:
                message = f"`causes.{name}` can never be diagnosed: {barred[1]}"
                yield Problem("unreachable-cause", message, (Spot(barred[0]),), "ask for what can be found", "warning")


def check_twins(draft: Draft) -> Iterator[Problem]:
    """Warn of causes that ask for the same in the same places, so that both hold or neither: `twin-causes`."""
    seen: dict[Hashable, list[str]] = {}
    for name, cause in draft.model.causes.items():
        before = seen.setdefault((frozenset(cause.by), _normalise(cause.when)), [])
        for twin in before:
            # Of two that are a chain one is told as what the other leads to.
            if name in draft.model.causes[twin].leads_to or twin in cause.leads_to:
                continue
            message = f"`causes.{name}` asks for the same as `causes.{twin}`: both always hold together"
            spots = Spot(("causes", name, "when"), at="key"), Spot(("causes", twin, "when"), "the other one", "key")
            help = "ask for what tells them apart, make them one, or say which `leads_to` the other"
            yield Problem("twin-causes", message, spots, help, "warning")
            break
        before.append(name)


def _normalise(term: str | Leaf | When) -> Hashable:
    """Give what a term asks for, without order, weights and mere nesting: equal terms are always true together."""
    if not isinstance(term, When):
        leaf = read_leaf(term)
        return leaf.rule, frozenset(leaf.statuses), leaf.anywhere
    wanted: set[Hashable] = set()
    for inner in (*term.all, *([*term.any] if len(term.any) == 1 else ())):
        told = _normalise(inner)
        wanted |= told if isinstance(told, frozenset) else {told}
    if len(term.any) > 1:
        wanted.add(("any", frozenset(map(_normalise, term.any))))
    return frozenset({*wanted, *(("none", _normalise(inner)) for inner in term.none)})


def _find_bar(
    draft: Draft, term: str | Leaf | When, route: Route, excluded: tuple[Leaf, ...] = ()
) -> tuple[Route, str] | None:
    """Find a part of a term that is never true and without which it cannot be: its place, and why.

    What is excluded is so for all that is chosen with it, nested or not.
    """
    if not isinstance(term, When):
        leaf = read_leaf(term)
        if any(_implies(leaf, other) for other in excluded):
            return route, f"it asks for `{leaf.rule}` and excludes it"
        missing = [status for status in leaf.statuses if not _may_be(draft.model.rules[leaf.rule], status)]
        why = f"no bound makes `{leaf.rule}` {' or '.join(missing)}"
        if "unsure" in missing:
            asked = "`confidence`, `streak` or `false_discovery_rate`"
            why = f"nothing makes `{leaf.rule}` {' or '.join(missing)}, as it has no {asked}"
        return (route, why) if len(missing) == len(leaf.statuses) else None
    excluded += tuple(read_leaf(other) for other in term.none if not isinstance(other, When))
    for index, inner in enumerate(term.all):
        if barred := _find_bar(draft, inner, (*route, "all", index), excluded):
            return barred
    branches = [_find_bar(draft, inner, (*route, "any", index), excluded) for index, inner in enumerate(term.any)]
    return branches[0] if branches and all(branches) else None


def _implies(leaf: Leaf, other: Leaf) -> bool:
    """Say whether the other leaf is true wherever this one is."""
    narrower = {*leaf.statuses} <= {*other.statuses} and other.anywhere >= leaf.anywhere
    return leaf.rule == other.rule and narrower


def _may_be(rule: Rule, status: str) -> bool:
    entries = (rule, *rule.overrides.values())
    if status == "unsure":
        metric = METRICS.get(rule.metric)
        doubted = (getattr(entry, key, None) not in (None, 1) for entry in entries for key in DOUBTING)
        return metric is None or metric.guarded or any(doubted)
    return status not in LEVELS or any(getattr(entry, status) is not None for entry in entries)


def _list_shared(draft: Draft, leaf: Leaf) -> set[str]:
    """List the dimensions on which a rule's findings meet others: a class meets its family."""
    by = list_scope(draft.model.rules[leaf.rule])
    return {*by, "family"} if "class" in by else set(by)
