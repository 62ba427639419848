"""Settled labels: of several by the same annotator on the same unit, the one that counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prism_rules.engines.quoting import quote_name
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.relations.asking import fill
from prism_rules.program.views import write_time

MARKS = "bit_or(CAST(1 AS BIGINT) << CAST(hash(annotator) % 63 AS INTEGER))"
"""An aggregate that marks the annotators of some labels. Fewer marks than labels: one annotator may stand there twice,
or two share a mark by chance. Which units that says it of changes with the engine's hash; nothing that is measured
does."""


def write_doubtful(relation: str) -> str:
    """Write the labels of the units of `_doubtful` as a relation."""
    return f'(SELECT * FROM {relation} SEMI JOIN _doubtful USING ("unit"))'


def write_seen_labels(model: Ruleset, source: str, *, until: datetime, since: datetime | None = None) -> str:
    """Write the condition that a label is before the end, and not before an anchor."""
    seen = [f'"time" < {write_time(until)}'] if "time" in model.sources[source].fields else []
    if since is not None:
        seen.append(f'"time" >= {write_time(since)}')
    return " AND ".join(seen) or "true"


def write_newest(model: Ruleset, source: str) -> str:
    """Write the time of the newest of some labels; null of a source without times."""
    return 'max("time")' if "time" in model.sources[source].fields else "CAST(NULL AS TIMESTAMP)"


def write_shared(dimensions: Iterable[str]) -> str:
    """Write what all labels of a unit share, of quoted dimensions: null where they do not."""
    return "".join(f", CASE WHEN min({d}) = max({d}) THEN min({d}) END AS {d}" for d in dimensions)


def write_settled(model: Ruleset, source: str, relation: str, *, until: datetime, since: datetime | None = None) -> str:
    """Write relations/settled.sql for a source: its labels, one per unit and annotator."""
    declared = model.sources[source]
    timed = "time" in declared.fields
    # All columns are in the order, so that of labels of one moment the same one is kept every time.
    rest = sorted({*declared.columns} - {"time", "class", "unit", "annotator"})
    order = [
        *([f'"time" {"ASC" if declared.duplicates == "first" else "DESC"}'] if timed else []),
        *(quote_name(column) for column in ("class", *rest)),
    ]
    seen = write_seen_labels(model, source, until=until, since=since)
    return fill("settled", {"relation": relation, "seen": seen, "order": ", ".join(order)}).rstrip()
