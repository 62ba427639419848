"""People: an annotator's name stays inside the engine, unless the ruleset says `annotators: named`.

Across its border, and so into caches, go codes. The key of pseudonyms never comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Access, Variable, Wanted
from prism_rules.program.scans import MOST_GROUPS
from prism_rules.program.views import name_relation, write_seen
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruleset.people import is_named, list_showing
from prism_rules.ruleset.renames import list_renames


def hide_people(model: Ruleset, want: Wanted) -> Wanted:
    """Have a reading that is grouped by annotator give codes in place of names."""
    if ANNOTATOR not in want.group or is_named(model):
        return want
    return replace(want, keys={**want.keys, ANNOTATOR: write_person(model)})


def write_person(model: Ruleset) -> str:
    """Write what is told of an annotator: a code of 64 hex digits, or the name; labels without one stay `(none)`.

    It tells nothing to a reader, and is no secret: who has a list of names and the ruleset can try each against it.
    """
    if is_named(model):
        return quote_name(ANNOTATOR)
    salted = f"{quote_text(write_salt(model))} || {quote_name(ANNOTATOR)}"
    return f"CASE WHEN {quote_name(ANNOTATOR)} = '(none)' THEN '(none)' ELSE sha256({salted}) END"


def write_salt(model: Ruleset) -> str:
    """Write what stands before a name when its code is made, so that one ruleset's codes are not another's."""
    # Under the first name that the ruleset had: letters stay who they are when it gets a better one.
    return f"{list_renames(model).rulesets[-1]}|"


def list_people(model: Ruleset, wanted: Iterable[Wanted], as_of: datetime) -> Iterator[Variable]:
    """List the queries for all annotators met before `as_of`: `people:<source>` with one column `code`, of each source
    that some reading groups by annotator, or that a queue shows annotators of."""
    grouped = {want.part.source for want in wanted if ANNOTATOR in want.group}
    for source in sorted(grouped.union(list_showing(model))) if not is_named(model) else ():
        view, seen = name_relation(model, source, {ANNOTATOR}), write_seen(model, source, as_of)
        timed = "time" in model.sources[source].fields
        # Names are few and labels many, so that a code is made of each name once. One more than are allowed tells that
        # there are too many.
        names = f"SELECT DISTINCT {quote_name(ANNOTATOR)} FROM {view}\nWHERE {seen} LIMIT {MOST_GROUPS + 1}"
        yield Variable(
            name_people_query(source),
            f"SELECT {write_person(model)} AS code FROM ({names})",
            source,
            Access(frozenset({ANNOTATOR, *(["time"] if timed else [])}), (None, as_of) if timed else None),
            0,
        )


def name_people_query(source: str) -> str:
    """Name the query for all annotators of a source."""
    return f"people:{source}"
