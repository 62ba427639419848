"""What a rule asks of its metric: a known one, on a fitting source, with its parameters and what it is measured of."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean, nearest
from prism_rules.metrics import METRICS, Metric, Taxonomy
from prism_rules.model.ruleset import FIELDS, Rule
from prism_rules.ruleset.checks.dimensions import check_value
from prism_rules.ruleset.checks.doubt import list_places
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.form import find_flaws
from prism_rules.ruleset.grain import ALL_FEATURES, OF, find_kind, list_columns

MOST_DIMENSIONS = 3
"""Of which a slice is a combination."""
IDENTIFIERS = ("id", "unit")
"""Fields whose values tell rows, or what is labelled, apart."""


def check_metrics(draft: Draft) -> Iterator[Problem]:
    """Hold every rule to what its metric takes."""
    for name, rule in draft.model.rules.items():
        route: Route = ("rules", name)
        metric = METRICS.get(rule.metric)
        if metric is None:
            message = f"there is no metric `{rule.metric}`"
            help = did_you_mean(rule.metric, METRICS) or "`prism-rules metrics` lists them"
            yield Problem("unknown-metric", message, (Spot((*route, "metric")),), help)
            continue
        wrong = list(_check_parameters(metric, rule, (*route, "with")))
        yield from wrong or [*_check_names_taken(draft, metric, rule, route), *_check_classes(draft, rule, route)]
        yield from _check_side(draft, metric, rule.source, (*route, "metric"))
        if rule.baseline and rule.baseline.source:
            yield from _check_side(
                draft, metric, rule.baseline.source, (*route, "baseline", "source"), judged=not metric.compares
            )
        if rule.source in draft.model.sources:
            yield from _check_of(draft, metric, rule, route)
        for taken in ("class", "family") if metric.class_role == "across" else ():
            if taken in rule.by:
                message = f"`{metric.name}` is about all classes of a place: none has it alone"
                spot = Spot((*route, "by", rule.by.index(taken)))
                yield Problem("metric-dimension", message, (spot,), f"take `{taken}` out of `by`")
        if metric.relation == "schema":
            yield from _check_whole_files(metric, rule, name)
        if not wrong:
            yield from _check_by(metric, rule, route, Taxonomy(draft.model.classes))
            yield from _check_mix(metric, rule, route)


def _check_whole_files(metric: Metric, rule: Rule, name: str) -> Iterator[Problem]:
    """Refuse to choose among rows for a metric that looks at none."""
    keys: list[tuple[str, ...]] = [(key,) for key in ("by", "where", "window", "series") if getattr(rule, key)]
    keys += [("baseline", key) for key in ("where", "window") if getattr(rule.baseline, key, None)]
    for route in [*(("rules", name, *key) for key in keys), *list_places(name, rule, "streak")]:
        message = f"`{metric.name}` looks at the columns of whole files, and at none of their rows"
        yield Problem("metric-dimension", message, (Spot(route, at="key"),), f"take `{route[-1]}` out")


def _check_parameters(metric: Metric, rule: Rule, route: Route) -> Iterator[Problem]:
    try:
        metric.params.model_validate(rule.with_)
    except ValidationError as error:
        for flaw in find_flaws(error, metric.params, rule.with_, route):
            found = flaw.problem
            if flaw.unknown:
                message = f"`{metric.name}` has no parameter `{flaw.route[-1]}`"
                help = found.help if metric.params.model_fields else "it has no parameters"
                found = Problem("unknown-parameter", message, found.spots, help)
            yield found


def _check_classes(draft: Draft, rule: Rule, route: Route) -> Iterator[Problem]:
    """A parameter called `classes` names classes of the taxonomy, whatever the metric."""
    for index, name in enumerate(rule.with_.get("classes", ())):
        yield from check_value(draft, "class", name, Spot((*route, "with", "classes", index)), exact=True)


def _check_by(metric: Metric, rule: Rule, route: Route, taxonomy: Taxonomy) -> Iterator[Problem]:
    if metric.of_units and "annotator" in rule.by:
        spot = Spot((*route, "by", rule.by.index("annotator")))
        message = f"`{metric.name}` is about what annotators share: none has it alone"
        yield Problem("metric-dimension", message, (spot,), "take `annotator` out of `by`")
    if (metric.of_units or metric.relation == "patterns") and {"class", "family"} <= {*rule.by}:
        spot = Spot((*route, "by", rule.by.index("family")))
        message = f"`{metric.name}` tells one thing from the rest: either each class, or each family"
        yield Problem("metric-dimension", message, (spot,), "take one of them out of `by`")
        return
    sides = [(rule.by, (*route, "by") if rule.by else (*route, "metric"))]
    if rule.baseline and rule.baseline.by is not None:
        sides.append((rule.baseline.by, (*route, "baseline", "by")))
    for by, place in sides:
        instead = metric.object_to(metric.ask(rule.with_, None, by, taxonomy=taxonomy))
        if instead:
            message = f"`{metric.name}`, as it is asked here, has no value" + (f" by {' and '.join(by)}" if by else "")
            yield Problem("metric-dimension", message, (Spot(place),), instead)


def _check_mix(metric: Metric, rule: Rule, route: Route) -> Iterator[Problem]:
    """Refuse the mix of what rows are told apart by: each scope has one value of it."""
    if not metric.mixes:
        return
    listed: list[tuple[Route, str]] = [((*route, "of", i), name) for i, name in enumerate(rule.of or ())]
    for place, name in [((*route, "of"), rule.of)] if isinstance(rule.of, str) else listed:
        if name in rule.by:
            message = f"by {name} every scope has one {name}, so that its mix says nothing"
            yield Problem("wrong-of", message, (Spot(place),), f"take `{name}` out of `by`, or measure another column")


def _check_names_taken(draft: Draft, metric: Metric, rule: Rule, route: Route) -> Iterator[Problem]:
    if metric.of != "none" and not rule.of:
        return  # a key is missing, which is told by itself
    # Each column is asked for by itself; which one it is changes no name.
    of = rule.of[:1] if metric.columnwise and isinstance(rule.of, tuple) else rule.of
    reserved = metric.list_reserved(metric.ask(rule.with_, of, rule.by))
    if metric.of_units:
        # Conditions name dimensions of units beside what their labels are counted into.
        taken = sorted(reserved & draft.dimensions.get(rule.source, frozenset()) - {*rule.by})
        if taken:
            listed = ", ".join(f"`{name}`" for name in taken)
            message = f"`{metric.name}` has numbers of its own called like dimensions of `{rule.source}`: {listed}"
            declared = Spot(("sources", rule.source), "declared here", "key")
            yield Problem("taken-name", message, (Spot((*route, "metric")), declared), "give them other logical names")
    places = [("by", rule.by), ("of", rule.of if metric.of == "dimensions" and isinstance(rule.of, tuple) else ())]
    for key, names in places:
        for index, name in enumerate(names):
            if name in reserved - {OF}:  # which no source has, and that is told by itself
                message = f"`{metric.name}` has a number of its own called `{name}`"
                spot = Spot((*route, key, index))
                yield Problem("taken-name", message, (spot,), "give the dimension another logical name")


def _check_side(
    draft: Draft, metric: Metric, source_id: str, route: Route, *, judged: bool = True
) -> Iterator[Problem]:
    source = draft.model.sources.get(source_id)
    if source is None:
        return
    declared = Spot(("sources", source_id), "declared here", "key")
    if judged and source.role not in metric.roles:
        message = f"`{metric.name}` is not measured on {source.role}, which is what `{source_id}` holds"
        yield Problem("wrong-role", message, (Spot(route), declared), f"it is measured on {', '.join(metric.roles)}")
        return
    columns = list_columns(draft.model, source_id)
    # A misspelt field is one mistake, and not one of each metric that reads it.
    known = FIELDS[source.role]
    meant = {nearest(field, known) for field in source.fields if field not in known}
    for field in metric.fields:
        if field not in columns and field not in meant:
            message = f"`{metric.name}` reads `{field}`, which `{source_id}` does not have"
            yield Problem(
                "metric-needs-field",
                message,
                (Spot(route), declared),
                f"add `{field}: <column>` to the fields of `{source_id}`",
            )


def _check_of(draft: Draft, metric: Metric, rule: Rule, route: Route) -> Iterator[Problem]:
    place = (*route, "of")
    if metric.of == "none":
        if rule.of is not None:
            yield Problem(
                "wrong-of", f"`{metric.name}` is not measured of anything", (Spot(place, at="key"),), "take `of` out"
            )
        return
    wanted = {
        "column": "a column of numbers",
        "field": "a column",
        "category": "a column of no numbers",
        "fields": "columns",
        "grouped": "a dimension of `by`",
        "dimensions": "dimensions",
        "expression": "an SQL aggregate expression",
    }[metric.of]
    if not rule.of:
        yield Problem(
            "missing-key", f"`rules.{route[1]}` needs `of`: {wanted}", (Spot(route, at="key"),), "add `of: ...`"
        )
    elif metric.of == "expression":
        if not isinstance(rule.of, str):
            yield Problem("wrong-of", f"`{metric.name}` takes one expression", (Spot(place),), "write one text")
    elif metric.of == "grouped":
        [first, *more] = (rule.of,) if isinstance(rule.of, str) else rule.of
        if more or first not in rule.by:
            message = f"`{metric.name}` is of one dimension, which `by` has as well"
            yield Problem("wrong-of", message, (Spot(place),), "add it to `by`, or name one that is there")
        elif rule.baseline and rule.baseline.by is not None and first not in rule.baseline.by:
            message = f"`{metric.name}` of `{first}` has nothing to be compared with where it is not told apart"
            spots = (Spot((*route, "baseline", "by")), Spot(place, "measured of this dimension"))
            yield Problem("wrong-of", message, spots, f"add `{first}` to the baseline's `by`")
    else:
        if metric.of == "dimensions" and isinstance(rule.of, tuple) and len(rule.of) > MOST_DIMENSIONS:
            message = f"`{metric.name}` is of {MOST_DIMENSIONS} dimensions at most: of more, nearly every slice is rare"
            yield Problem("wrong-of", message, (Spot((*place, MOST_DIMENSIONS)),), "keep those that matter most")
        sides: list[tuple[str, Spot | None]] = [(rule.source, None)]
        if rule.baseline and rule.baseline.source:
            sides.append((rule.baseline.source, Spot((*route, "baseline", "source"), "compared with this source")))
        for source_id, second in sides:
            yield from _check_names(draft, metric, rule, place, source_id, second)


def _check_names(
    draft: Draft, metric: Metric, rule: Rule, place: Route, source_id: str, second: Spot | None
) -> Iterator[Problem]:
    source = draft.model.sources.get(source_id)
    if source is None or rule.of is None:
        return
    match metric.of:
        case "dimensions":
            known, kind = draft.dimensions[source_id], "dimension"
        case "field" | "fields":
            known, kind = list_columns(draft.model, source_id), "column"
        case "category":
            columns = list_columns(draft.model, source_id)
            known = frozenset(name for name in columns if find_kind(draft.model, source_id, name) != "number")
            kind = "column of categories"
        case _:
            known, kind = frozenset({*source.features, *({"confidence"} & source.fields.keys())}), "numeric column"
    if metric.columnwise and rule.of == ALL_FEATURES:
        # The features that are measured are those of the rule's own source.
        features = draft.model.sources[rule.source].features
        if not features:
            if second is None:
                instead = "add `features: [...]` to it, or name the columns"
                yield Problem("unknown-column", f"`{source_id}` declares no features", (Spot(place),), instead)
            return
        names: list[tuple[str, Route]] = [(feature, place) for feature in features]
    elif isinstance(rule.of, str):
        names = [(rule.of, place)]
    else:
        names = [(name, (*place, i)) for i, name in enumerate(rule.of)]
    words = (
        {ALL_FEATURES} if metric.of in ("column", "field") and source.features and isinstance(rule.of, str) else set()
    )
    choice = sorted(known | words)
    for name, spot in names:
        if name not in known:
            code = "unknown-dimension" if kind == "dimension" else "unknown-column"
            spots = (Spot(spot), second) if second else (Spot(spot),)
            number = metric.of == "category" and name in list_columns(draft.model, source_id)
            help = "numbers are compared by `psi` or `ks_statistic`" if number else did_you_mean(name, choice)
            yield Problem(code, f"`{source_id}` has no {kind} `{name}`", spots, help)
        elif metric.relation == "binned" and (name in IDENTIFIERS or find_kind(draft.model, source_id, name) == "time"):
            told = "tells rows apart" if name in IDENTIFIERS else "is a time"
            message = f"`{name}` {told}: nearly every value is new, so that its mix says nothing"
            yield Problem("wrong-of", message, (Spot(spot),), "name a column whose values are met again")
        elif second and metric.relation == "binned" and rule.source in draft.model.sources:
            kinds = {find_kind(draft.model, side, name) == "number" for side in (rule.source, source_id)}
            if len(kinds) > 1:
                message = f"`{name}` is a number in one of `{rule.source}` and `{source_id}` alone"
                yield Problem("wrong-of", message, (Spot(spot), second), "make it a feature of both, or of neither")
