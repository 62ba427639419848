"""Settled labels: of several by the same annotator on the same unit, the one that counts."""

from __future__ import annotations

from datetime import datetime

from prism_rules.engines.quoting import quote_name
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.relations.asking import fill
from prism_rules.program.views import write_time


def write_settled(model: Ruleset, source: str, relation: str, *, until: datetime, since: datetime | None = None) -> str:
    """Write relations/settled.sql for a source: its labels, one per unit and annotator."""
    declared = model.sources[source]
    timed = "time" in declared.fields
    seen = [f'"time" < {write_time(until)}'] if timed else []
    if since is not None:
        seen.append(f'"time" >= {write_time(since)}')
    # All columns are in the order, so that of labels of one moment the same one is kept every time.
    rest = sorted({*declared.columns} - {"time", "class", "unit", "annotator"})
    order = [
        *([f'"time" {"ASC" if declared.duplicates == "first" else "DESC"}'] if timed else []),
        *(quote_name(column) for column in ("class", *rest)),
    ]
    return fill(
        "settled", {"relation": relation, "seen": " AND ".join(seen) or "true", "order": ", ".join(order)}
    ).rstrip()
