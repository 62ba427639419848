"""Repeats: what an annotator says who labels a unit more than once. Nothing is settled here."""

from __future__ import annotations

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics.votes import name_label
from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.settled import write_newest, write_seen_labels
from prism_rules.program.views import Clock, name_relation
from prism_rules.ruleset.grain import ANNOTATOR


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of repeats. They belong to the window of the newest label; conditions are asked of every
    label before any are paired."""
    metric, picked = asking.find_metric(part), asking.pick_conditions(part)
    label = name_label(part.by)
    asked = {label, *part.by, *metric.fields, *(column for condition in picked for column in condition.columns)}
    timed = "time" in asking.model.sources[part.source].fields
    since = part.since
    repeated = sorted({ANNOTATOR, *part.by} - {"class", "family"})
    sql = fill(
        "repeats",
        {
            "relation": name_relation(asking.model, part.source, asked),
            "seen": write_seen_labels(asking.model, part.source, until=asking.as_of, since=since),
            "where": " AND ".join(f"({condition.sql})" for condition in picked) or "true",
            "grouped": ", ".join(map(quote_name, [*repeated, *sorted({label, *part.by} - {*repeated})])),
            "repeated": ", ".join(map(quote_name, repeated)),
            "label": quote_name(label),
            "newest": write_newest(asking.model, part.source),
        },
    ).strip()
    clock = Clock("_newest") if timed else None
    return Wanted(
        part,
        f"(\n{sql}\n)",
        Access(frozenset({*asked, *(["time"] if timed else [])}), (since, asking.as_of) if clock else None),
        {**metric.keys(part.ask), **asking.write_period(part, clock)},
        metric.measures(part.ask),
        clock,
    )
