"""Schema: the columns of a source's files with their types, of which no row is read."""

from __future__ import annotations

from prism_rules.program.readings import Access, Part, Wanted
from prism_rules.program.relations.asking import Asking
from prism_rules.program.views import write_read


def want(asking: Asking, part: Part) -> Wanted:
    """Want a row per column of a part's files: `column_name` and `column_type`, as the data has them."""
    metric = asking.find_metric(part)
    described = f"(DESCRIBE SELECT * FROM {write_read(asking.intake.sources[part.source])})"
    access = Access(frozenset(), passes=0)
    return Wanted(part, described, access, metric.keys(part.ask), metric.measures(part.ask))
