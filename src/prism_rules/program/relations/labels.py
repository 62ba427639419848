"""Labels: each label that counts, beside what the other annotators of its unit say."""

from __future__ import annotations

from datetime import datetime

from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.settled import write_settled
from prism_rules.program.views import name_relation


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of labels.

    Windows and conditions choose among the labels; what each is compared with they leave whole.
    """
    metric, picked = asking.find_metric(part), asking.pick_conditions(part)
    asked = {*part.by, *metric.fields, *(column for condition in picked for column in condition.columns)}
    since = part.since
    view, clock = name_relation(asking.model, part.source, asked), asking.find_clock(part)
    labels = write_labels(asking.model, part.source, view, until=asking.as_of, since=since)
    # Which labels count is settled by all that the source declares.
    columns = frozenset({*asked, *asking.model.sources[part.source].columns})
    return Wanted(
        part,
        f"(\n{labels}\n)",
        Access(columns, (since, asking.as_of) if clock else None),
        {**metric.keys(part.ask), **asking.write_period(part, clock)},
        metric.measures(part.ask),
        clock,
        tuple(f"({condition.sql})" for condition in picked),
    )


def write_labels(model: Ruleset, source: str, relation: str, *, until: datetime, since: datetime | None = None) -> str:
    """Write relations/labels.sql for a source: its settled labels, with `_others`, the plurality of all others."""
    settled = write_settled(model, source, relation, until=until, since=since)
    return fill("labels", {"settled": settled}).strip()
