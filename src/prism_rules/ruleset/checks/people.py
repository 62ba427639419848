"""People: what a ruleset would say of annotators that pseudonyms are there to keep."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruleset.people import find_nameless, is_named


def check_people(draft: Draft) -> Iterator[Problem]:
    """Refuse what would print names of annotators (`shows-names`) or judge somebody by name (`unstable-people`), unless
    annotators go by their names."""
    if not is_named(draft.model):
        yield from _find_columns(draft)
        yield from find_nameless(draft.model)


def _find_columns(draft: Draft) -> Iterator[Problem]:
    for name, rule in draft.model.rules.items():
        if rule.of == ANNOTATOR:
            yield _tell("a rule over `annotator` would list the names of annotators", ("rules", name, "of"))
        for place, column in enumerate(rule.of if isinstance(rule.of, tuple) else ()):
            if column == ANNOTATOR:
                yield _tell("a rule over `annotator` would list the names of annotators", ("rules", name, "of", place))
    # A column that names annotators in one source names them in every other one.
    people = {entry.fields[ANNOTATOR] for entry in draft.model.sources.values() if ANNOTATOR in entry.fields}
    for source, entry in draft.model.sources.items():
        for group in ("fields", "dimensions", "features"):
            columns = getattr(entry, group)
            for key, column in columns.items() if isinstance(columns, dict) else enumerate(columns):
                if column in people and (group, key) != ("fields", ANNOTATOR):
                    yield _tell(
                        f"another word for `{column}` would show the names of annotators",
                        ("sources", source, group, key),
                    )


def _tell(what: str, route: Route) -> Problem:
    help = "take it out, or write `annotators: named` under `governance`"
    return Problem("shows-names", f"{what}, who have pseudonyms", (Spot(route),), help)
