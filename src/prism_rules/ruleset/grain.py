"""At which grain things stand: what a source's rows can be grouped by, and per what an action is taken."""

from __future__ import annotations

from prism_rules.model.ruleset import Action, Occasion, Ruleset

FIELD_DIMENSIONS = ("class", "annotator", "channel", "guideline")
"""Fields of a role that are dimensions as well."""


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


def list_grains(model: Ruleset, action: Action) -> list[tuple[str, ...]]:
    """List the `by` of each cause and rule that the action is for; unknown ones are left out."""
    grains = []
    for target in action.for_:
        entry = model.rules.get(target.rule) if isinstance(target, Occasion) else model.causes.get(target)
        if entry is not None:
            grains.append(entry.by)
    return grains


def find_grain(model: Ruleset, action: Action) -> tuple[str, ...]:
    """Find the dimensions per which the action is taken: its own `by`, else that of its first cause.

    A checked ruleset has one for every action.
    """
    if "by" in action.model_fields_set:
        return action.by
    return next(iter(list_grains(model, action)), ())
