"""Disputed share: the part of the units labelled twice whose labels are not all the same.

**Definition.** Pairable units (those with two labels or more) with two different labels / pairable units. With `class`
in `by`: of the pairable units that carry the class, the part that carries another label too. With `family`, the same of
families: two classes of one family are no dispute.

**Class role.** `one-vs-rest`: the class, or family, against all others. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a label like any other. **Support.** Pairable units; one-vs-rest, pairable units with a label
of the class.

**How sure.** With `confidence`, the interval of Wilson (1927).

**When it misleads.** The more labels a unit has, the more likely it is disputed: where the number of labels changes, so
does the share, and reviewers as they were. It takes one odd label among nine for a dispute; `percent_agreement` weighs
them. It knows nothing of chance. It is the work that a queue with `only: disputed` would find, and for that it is
right as it stands.

**Usual bounds.** `above: 0.20`; a `rise` of 0.05 against `baseline: {window: 28d}`.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. No pairable unit with a label of the class: null,
`class_absent`.

**Source.** A plain count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Metric, Table, build_results
from prism_rules.metrics.votes import ONE, list_groups, name_counts, name_measures

if TYPE_CHECKING:
    import polars as pl


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Take the units of one mind from those that count."""
    results: list[dict[str, object]] = []
    for group in list_groups(ask, current):
        # Units of the rest alone do not count at all.
        own = [of for of in group.counts.items() if not group.apart or of[0][0] == ONE]
        alike = sum(k for (_, n_uc, m_u), k in own if n_uc == m_u > 1)
        value = (group.n - alike) / group.n if group.n else None
        reason = group.explain_null() if value is None else None
        results.append({**group.scope, "value": value, "n": group.n, "reason": reason})
    return build_results(current.by, results)


METRIC = Metric(
    name="disputed_share",
    title="Share of units whose labels differ",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=0.0,
    high=1.0,
    interval="proportion",
    relation="votes",
    keys=name_counts,
    measures=name_measures,
    finish=finish,
    subject="agreement",
)
