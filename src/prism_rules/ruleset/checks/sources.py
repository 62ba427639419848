"""What a source says of itself: the fields of its role, names that are taken, what it looks up, classes and windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Spot
from prism_rules.diagnostics.suggest import did_you_mean, nearest
from prism_rules.model.ruleset import FIELDS
from prism_rules.ruleset.draft import Draft

_TAKEN = {
    "family": "the family of a row's class",
    "features": "each feature of a source",
    "of": "the column that a rule measures",
    "period": "the step of a series",
}
_SCOPE_WORDS = {
    "(none)": "rows without a class",
    "(unknown)": "classes that are not declared",
    "*": "all other classes",
}


def check_fields(draft: Draft) -> Iterator[Problem]:
    """Hold a source to the fields of its role: `unknown-field`, `missing-field`."""
    for name, source in draft.model.sources.items():
        known, route = FIELDS[source.role], ("sources", name, "fields")
        missing = [key for key in known if key not in source.fields]
        meant = set()
        for key in source.fields:
            if key not in known:
                meant.add(nearest(key, missing))
                help = did_you_mean(key, missing) or "columns of your own go under `dimensions` or `features`"
                yield Problem(
                    "unknown-field",
                    f"the role {source.role} has no field `{key}`",
                    (Spot((*route, key), at="key"),),
                    help,
                )
        for key in missing:
            if known[key] and key not in meant:
                message = f"`sources.{name}` does not say its `{key}`, which the role {source.role} needs"
                yield Problem(
                    "missing-field", message, (Spot(route, at="key"),), f"add `{key}: <column>` to its fields"
                )


def check_columns(draft: Draft) -> Iterator[Problem]:
    """Refuse a logical name that two columns of a source have, or that means something else: `taken-name`."""
    for name, source in draft.model.sources.items():
        owner = dict.fromkeys(source.fields, "a field")
        for key, group in (("dimensions", source.dimensions), ("features", source.features)):
            for index, column in enumerate(group):
                spot = (
                    Spot(("sources", name, key, column), at="key")
                    if isinstance(group, dict)
                    else Spot(("sources", name, key, index))
                )
                meaning = _TAKEN.get(column) or (owner.get(column) and f"{owner[column]} of this source")
                if meaning:
                    help = 'rename it: `{my_name: "' + column + '"}` gives the column another name'
                    yield Problem("taken-name", f"`{column}` is already {meaning}", (spot,), help)
                owner[column] = f"one of the {key}"
        for other, columns in source.lookup.items():
            for index, column in enumerate(columns):
                if column in owner:
                    spot = Spot(("sources", name, "lookup", other, index))
                    yield Problem(
                        "taken-name",
                        f"`{column}` is already {owner[column]} of this source",
                        (spot,),
                        "leave it out of the lookup",
                    )
                owner[column] = f"looked up in `{other}`, and so a column"


def check_lookups(draft: Draft) -> Iterator[Problem]:
    """Hold a lookup to another source with one row per id, and to columns that it has."""
    for name, source in draft.model.sources.items():
        for other, columns in source.lookup.items():
            route = ("sources", name, "lookup", other)
            target = draft.model.sources.get(other)
            if target is None:
                continue
            if other == name or target.role == "annotations":
                reason = "is this source itself" if other == name else "has many rows per unit"
                yield Problem(
                    "bad-lookup",
                    f"`{other}` {reason}: nothing can be looked up in it",
                    (Spot(route, at="key"),),
                    "name a source with one row per id",
                )
                continue
            offered = [*target.dimensions, *target.fields]
            for index, column in enumerate(columns):
                if column not in offered:
                    message = f"`{other}` has no dimension or field `{column}`"
                    yield Problem("unknown-column", message, (Spot((*route, index)),), did_you_mean(column, offered))


def check_class_names(draft: Draft) -> Iterator[Problem]:
    """Refuse names of classes that reports and rules could not tell from something else: `bad-class-name`."""
    for name in draft.model.classes:
        meaning = _SCOPE_WORDS.get(name)
        reason = (
            f"is kept for {meaning}"
            if meaning
            else None
            if name.isprintable()
            else "holds a character that cannot be printed"
        )
        if reason:
            yield Problem(
                "bad-class-name",
                f"{name!r} {reason}",
                (Spot(("classes", name), at="key"),),
                "rename the class in the data",
            )


def check_windows(draft: Draft) -> Iterator[Problem]:
    """Ask for a window wherever rows come as a stream: `missing-window`."""
    model = draft.model
    for name, rule in model.rules.items():
        source = model.sources.get(rule.source)
        known = rule.series or rule.window or (source and source.window) or model.defaults.window
        if source and not source.collection and not known:
            message = f"nothing says how far back `rules.{name}` looks"
            yield Problem(
                "missing-window",
                message,
                (Spot(("rules", name), at="key"),),
                "add `window: 7d` to the rule, its source or the defaults",
            )


def check_repeats(draft: Draft) -> Iterator[Problem]:
    """Refuse a name that stands twice in one list: `repeated-entry`."""
    model = draft.model
    lists = [
        *(
            (("sources", n, key), getattr(s, key))
            for n, s in model.sources.items()
            for key in ("dimensions", "features")
        ),
        *((("rules", n, key), getattr(r, key)) for n, r in model.rules.items() for key in ("by", "of")),
        *((("rules", n, "baseline", "by"), r.baseline.by or ()) for n, r in model.rules.items() if r.baseline),
        *((("causes", n, key), getattr(c, key)) for n, c in model.causes.items() for key in ("by", "leads_to")),
        *((("actions", n, key), getattr(a, key)) for n, a in model.actions.items() for key in ("by", "after")),
    ]
    for route, names in lists:
        if isinstance(names, tuple):
            for name, count in Counter(names).items():
                if count > 1:
                    first, second = [i for i, other in enumerate(names) if other == name][:2]
                    yield Problem(
                        "repeated-entry",
                        f"`{name}` stands here twice",
                        (Spot((*route, second)), Spot((*route, first), "first here")),
                        "take one out",
                    )
