"""What is grouped, matched or shown by name must be there: `by`, `match`, `show`, `weights`, classes and families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import Rule
from prism_rules.model.scopes import OUTSIDE
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.globs import is_glob, matches
from prism_rules.ruleset.grain import OF, find_grain, list_columns, list_grains, list_measured, list_scope
from prism_rules.ruleset.renames import list_renames, say_renamed

_UNWRITTEN = {
    "family": "give classes a `family` first",
    OF: "take it out: a rule over a list of columns has findings of each by itself",
}
"""What to do about dimensions that no source is given by name."""


def check_rules_by(draft: Draft) -> Iterator[Problem]:
    """Hold `by` of rules and of baselines to what their sources have: `unknown-dimension`."""
    for name, rule in draft.model.rules.items():
        yield from _find_missing(draft, rule.source, rule.by, ("rules", name, "by"))
        baseline = rule.baseline
        if baseline and baseline.by:
            place: Route = ("rules", name, "baseline", "by")
            found = _find_missing(draft, baseline.source or rule.source, baseline.by, place)
            # What the rule is not measured by either is told as that.
            yield from (problem for problem in found if baseline.by[int(problem.spots[0].route[-1])] in rule.by)


def check_matches(draft: Draft) -> Iterator[Problem]:
    """Hold `match` and `per_class` to the rule's own dimensions and to declared classes."""
    for name, rule in draft.model.rules.items():
        offered = list_matched(rule)
        for key, override in rule.overrides.items():
            route: Route = ("rules", name, "overrides", key)
            for dimension, pattern in override.match.items():
                place = (*route, "match", dimension)
                if dimension not in offered:
                    message = f"`rules.{name}` is not measured by `{dimension}`, so nothing can match on it"
                    yield Problem(
                        "match-outside-by", message, (Spot(place, at="key"),), did_you_mean(dimension, sorted(offered))
                    )
                else:
                    yield from check_value(draft, dimension, pattern, Spot(place), rule=rule)
        conditions = [
            (("rules", name), rule),
            *((("rules", name, "overrides", k), o) for k, o in rule.overrides.items()),
        ]
        for route, entry in conditions:
            for level in ("warn", "fail"):
                condition = getattr(entry, level)
                if condition and condition.per_class and "class" not in rule.by:
                    message = f"`rules.{name}` is not measured by class"
                    place = (*route, level, "per_class")
                    yield Problem("match-outside-by", message, (Spot(place, at="key"),), "add class to its `by`")
                for class_name in condition.per_class if condition else ():
                    spot = Spot((*route, level, "per_class", class_name), at="key")
                    yield from check_value(draft, "class", class_name, spot, exact=True, rule=rule)


def list_matched(rule: Rule) -> set[str]:
    """List what `match` may name: the dimensions of the rule's scopes, and the family of a class."""
    by = list_scope(rule)
    return {*by, "family"} if "class" in by else {*by}


def may_match(draft: Draft, rule: Rule, match: Mapping[str, str]) -> bool:
    """Say whether a match can be met; what would follow from one that is misspelt is not worth telling."""
    offered = list_matched(rule)
    return {*match} <= offered and not any(
        any(check_value(draft, dimension, pattern, Spot(()), rule=rule)) for dimension, pattern in match.items()
    )


def check_queues(draft: Draft) -> Iterator[Problem]:
    """Hold a queue to the columns of its source, and its source to the action's scopes."""
    model = draft.model
    for name, action in model.actions.items():
        queue = action.queue
        if queue is None or queue.from_ not in model.sources:
            continue
        route: Route = ("actions", name, "queue")
        source = model.sources[queue.from_]
        if queue.only == "disputed" and source.role != "annotations":
            message = f"only annotations can be disputed, and `{queue.from_}` holds {source.role}"
            yield Problem(
                "wrong-role",
                message,
                (Spot((*route, "only")), Spot((*route, "from"), f"holds {source.role}")),
                "take `only` out, or draw from annotations",
            )
        columns = list_columns(model, queue.from_)
        for index, column in enumerate(queue.show):
            if column not in columns:
                message = f"`{queue.from_}` has no column `{column}`"
                yield Problem(
                    "unknown-column", message, (Spot((*route, "show", index)),), did_you_mean(column, sorted(columns))
                )
        for dimension, weights in queue.weights.items():
            known = draft.dimensions[queue.from_]
            if dimension not in known:
                spot = Spot((*route, "weights", dimension), at="key")
                yield Problem(
                    "unknown-dimension",
                    f"`{queue.from_}` has no dimension `{dimension}`",
                    (spot,),
                    did_you_mean(dimension, sorted(known)),
                )
                continue
            for value in weights:
                if value != "*":
                    yield from check_value(
                        draft, dimension, value, Spot((*route, "weights", dimension, value), at="key"), exact=True
                    )
        yield from _check_drawn_inside(draft, name, route)


def _check_drawn_inside(draft: Draft, name: str, route: Route) -> Iterator[Problem]:
    action = draft.model.actions[name]
    assert action.queue is not None
    grain = find_grain(draft.model, action)
    offered = {dimension for by in list_grains(draft.model, action) for dimension in by}
    for dimension in grain:
        # Which column a finding is about says nothing of its rows.
        if dimension in offered and dimension != OF and dimension not in draft.dimensions[action.queue.from_]:
            message = (
                f"the queue is drawn for one {dimension} at a time, and `{action.queue.from_}` has no `{dimension}`"
            )
            yield Problem(
                "unknown-dimension",
                message,
                (Spot((*route, "from")),),
                "draw from a source that has it, or look it up there",
            )


def _find_missing(draft: Draft, source: str, names: Sequence[str], route: Route) -> Iterator[Problem]:
    known = draft.dimensions.get(source)
    for index, name in enumerate(names):
        if known is not None and name not in known:
            help = _UNWRITTEN.get(name) or did_you_mean(name, sorted(known))
            yield Problem("unknown-dimension", f"`{source}` has no dimension `{name}`", (Spot((*route, index)),), help)


def check_value(
    draft: Draft, dimension: str, pattern: str, spot: Spot, *, exact: bool = False, rule: Rule | None = None
) -> Iterator[Problem]:
    """Refuse a class or family that is not declared, and what `rule` has no findings of: a column that it does not
    measure, what has no value. Values of other dimensions are known to the data alone."""
    if dimension == OF and rule is not None and rule.source in draft.model.sources:
        measured = [column for column in list_measured(draft.model, rule) if column is not None]
        if not any(matches(pattern, column) for column in measured):
            message = f"`{pattern}` is none of the columns that this rule measures"
            yield Problem("unknown-column", message, (spot,), did_you_mean(pattern, measured))
        return
    # The family of a class that has none is `(none)` as well, and no scope of its own.
    if pattern in OUTSIDE and rule is not None and dimension in rule.by and not rule.unknown:
        message = f"the rule has no finding of its own for `{pattern}`, so nothing can match on it"
        yield Problem("match-outside-by", message, (spot,), "give the rule `unknown: true`, or take this out")
        return
    declared = draft.written["classes"]
    if dimension not in ("class", "family") or not declared or pattern in OUTSIDE:
        return
    known = (
        declared
        if dimension == "class"
        else frozenset(entry.family for entry in draft.model.classes.values() if entry.family)
    )
    found = any(matches(pattern, name) for name in known) if is_glob(pattern) and not exact else pattern in known
    if not found:
        words = (
            f"no {dimension} is like `{pattern}`"
            if is_glob(pattern) and not exact
            else f"there is no {dimension} `{pattern}`"
        )
        renamed = say_renamed(list_renames(draft.model), "classes", pattern) if dimension == "class" else None
        yield Problem(f"unknown-{dimension}", words, (spot,), renamed or did_you_mean(pattern, sorted(known)))
