"""At which grain things stand: what a source's rows can be grouped by, and per what an action is taken."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics import METRICS
from prism_rules.model.ruleset import Action, Kind, Occasion, Rule, Ruleset
from prism_rules.model.scopes import FEW, NONE

ANNOTATOR = "annotator"
"""The dimension whose values are people: plans tell them apart under pseudonyms."""
FIELD_DIMENSIONS = ("class", ANNOTATOR, "channel", "guideline")
"""Fields of a role that are dimensions as well."""


def is_person(scope: Mapping[str, str]) -> bool:
    """Whether a scope is about one annotator: not about all who are few, nor about labels without one."""
    return scope.get(ANNOTATOR, NONE) not in (NONE, FEW)


def list_dimensions(model: Ruleset, source: str) -> frozenset[str]:
    """List what rows of `source` can be grouped by: its dimensions, those it looks up, and class, family, annotator,
    channel, guideline where it has them."""
    entry = model.sources[source]
    names = {name for name in FIELD_DIMENSIONS if name in entry.fields} | set(entry.dimensions)
    for other, looked_up in entry.lookup.items():
        target = model.sources.get(other)
        names |= {name for name in looked_up if target is None or name in target.dimensions or name in FIELD_DIMENSIONS}
    if "class" in names and any(entry.family for entry in model.classes.values()):
        names.add("family")
    return frozenset(names)


def list_columns(model: Ruleset, source: str) -> frozenset[str]:
    """List every logical column of `source`: fields, dimensions, features, and what it looks up."""
    entry = model.sources[source]
    return frozenset(entry.columns).union(*entry.lookup.values())


def find_kind(model: Ruleset, source: str, column: str) -> Kind:
    """Find the kind of a logical column, also of one that is looked up."""
    lookup = model.sources[source].lookup
    home = next((other for other, columns in lookup.items() if column in columns and other in model.sources), source)
    return model.sources[home].name_kind(column)


ALL_FEATURES = "features"
"""The word that stands for each feature of the source in `of`."""
OF = "of"
"""The dimension that tells the columns apart which a rule measures, where it names several."""


def measures_several(rule: Rule) -> bool:
    """Whether a rule measures each of a list of columns, or each feature; a list of one is a list."""
    metric = METRICS.get(rule.metric)
    return metric is not None and metric.columnwise and (isinstance(rule.of, tuple) or rule.of == ALL_FEATURES)


def list_measured(model: Ruleset, rule: Rule) -> list[str | None]:
    """List the columns that a rule measures one by one; [None] for a rule that is measured as a whole."""
    if not measures_several(rule):
        return [None]
    return [*model.sources[rule.source].features] if rule.of == ALL_FEATURES else [*(rule.of or ())]


def list_scope(rule: Rule) -> tuple[str, ...]:
    """List the dimensions of a rule's scopes: its `by`, and `of` where it measures several columns."""
    return (*rule.by, OF) if measures_several(rule) else rule.by


def list_grains(model: Ruleset, action: Action) -> list[tuple[str, ...]]:
    """List the `by` of each cause and the dimensions of each rule that the action is for; unknown ones are left out."""
    grains = []
    for target in action.for_:
        if not isinstance(target, Occasion):
            grains += [model.causes[target].by] if target in model.causes else []
        elif target.rule in model.rules:
            grains.append(list_scope(model.rules[target.rule]))
    return grains


def find_grain(model: Ruleset, action: Action) -> tuple[str, ...]:
    """Find the dimensions per which the action is taken: its own `by`, else that of its first cause.

    A checked ruleset has one for every action.
    """
    if "by" in action.model_fields_set:
        return action.by
    return next(iter(list_grains(model, action)), ())
