"""Gold agreement: how often labels equal the gold label of their unit.

**Definition.** Of several labels of one unit by one annotator one counts, as the source's `duplicates` says. Labels
equal to their `gold` / labels with a `gold`.

**Class role.** `rows`: labels of that class, so that by class it is the part of the dents given that are dents (one
minus that is the rate of false alarms). How many dents are found is another question: see `balanced_gold_agreement`.
By family, labels of the family's classes; it is still the class that must be equal. **Support.** Labels with a gold.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every label were drawn by itself with the same
chance. Labels of one gold unit, or of one annotator, are more alike than that, so that the interval of a scope with few
gold units or few people is too narrow: twenty labels of one hard unit are one piece of evidence. By annotator with one
label per unit it holds best.

**When it misleads.** Where most units are of one class, an annotator who always gives that one agrees with nearly all
of the gold: read `balanced_gold_agreement` beside it. Gold units that annotators come to know are labelled with more
care than others. A gold label may be wrong, and is often made by the same people.

**Usual bounds.** `below` what the task needs, such as 0.90; a `drop` of 0.05 against `baseline: {window: 28d}` by
annotator. At least 30 labels with a gold: `min_n: 30`. For slow drift a `series` with `test: cusum` by annotator;
where the mix of classes changes, by `[annotator, class]`, so that each class is compared with itself.

**Degenerate cases.** No label has a gold: null, `no_gold`.

**Source.** A plain count, with the interval of Wilson (1927), Probable Inference, the Law of Succession, and
Statistical Inference, Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Labels with a gold, and those of them that are equal to it."""
    return {"n": Measure("count", of="gold"), "right": Measure("count", where='gold = "class"')}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing has a gold."""
    return find_shares(current, "right", "no_gold")


METRIC = Metric(
    name="gold_agreement",
    title="Share of labels that equal the gold label",
    roles=("annotations",),
    fields=("unit", "annotator", "class", "gold"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    leaves_out=True,
    relation="labels",
    measures=name_measures,
    finish=finish,
    subject="annotators",
)
