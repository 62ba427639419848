"""Schema change: how many columns of a source's files are new, gone or of another type than in a baseline's files.

**Definition.** Columns are compared by their names in the files, letter by letter, and by their types as the engine
names them. The value is the number of columns that the files of the rule's source have and those of the baseline's lack
(new), of those the other way round (gone), and of those of both with another type (retyped). Each is listed by name.
The baseline is another source, such as the delivery that a pipeline was accepted with. Names that a ruleset gives to
columns play no part: where two sources name one thing differently in their files, that is a difference.

**Class role.** `rows`, though no row is read: only what files tell of their columns. So `by`, `where`, `window`,
`streak` and `series` have nothing to choose from, and are refused. **Support.** Columns of the rule's source. They are
all there are and no sample, so that `min_n` is 0 where the rule itself gives none.

**When it misleads.** A column that is renamed is one gone and one new. A column that holds no value yet may be written
with another type by some writers. That a column keeps its name and type says nothing of its unit or meaning: see
`ks_statistic` and `missing_share`. Files of one source with different columns are refused before anything is measured.

**Usual bounds.** `above: 0` as `warn`; as `fail` where whoever writes the data has promised its form.

**Degenerate cases.** None: every file has columns. A declared column that is missing, or of no fitting type, is refused
when the data is bound.

**Source.** A plain count. That changes of the input schema are monitored: Breck and others (2019), Data Validation for
Machine Learning, Proceedings of the 2nd SysML Conference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import ROLES, Ask, Measure, Metric, Table, build_results, name_columns

if TYPE_CHECKING:
    import polars as pl


def list_changes(here: Mapping[str, str], there: Mapping[str, str]) -> list[dict[str, object]]:
    """List the columns that differ, by name. Both sides are column -> type."""
    changes: list[dict[str, object]] = []
    for name in sorted({*here, *there}):
        now, was = here.get(name), there.get(name)
        if now != was:
            kind = "gone" if now is None else "new" if was is None else "retyped"
            told = {"column": name, "type": now or was} | ({"was": was} if kind == "retyped" else {})
            sides = {"n": int(now is not None), "reference": int(was is not None)}
            changes.append({"of": json.dumps(told), **sides, "kind": kind})
    return changes


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """None: the keys say it all."""
    return {}


def finish(_: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Count and list the columns that differ."""
    assert reference is not None
    here, there = (
        dict(side.frame.select("column_name", "column_type").iter_rows()) for side in (current, reference)
    )  # fmt: skip
    changes = list_changes(here, there)
    results = [{"value": len(changes), "n": len(here), "slices": changes}] if here else []
    return build_results(current.by, results, "slices")


METRIC = Metric(
    name="schema_change",
    title="Columns that are new, gone or of another type",
    roles=ROLES,
    fields=(),
    class_role="rows",
    unit="columns",
    low=0.0,
    high=None,
    relation="schema",
    keys=lambda _: name_columns("column_name", "column_type"),
    compares=True,
    measures=name_measures,
    finish=finish,
    subject="operations",
)
