"""Self-consistency: how often annotators who label a unit again give it the same class.

**Definition.** All labels before `as_of` count, none is settled by `duplicates`. For an annotator and a unit with m
labels, m_c of them of class c, there are m (m - 1) pairs of a label and another, of which m_c (m_c - 1) are of class c
twice. The value is the pairs of equal classes / all pairs, over all annotators and units together. With `class` in
`by`: of the pairs that begin with a label of c, the part that ends with one, (sum of m_c (m_c - 1)) / (sum of m_c (m -
1)). With `family` in `by`, the same of families. Labels that differ in a dimension of the rule are no repeats of each
other. What an annotator says of a unit belongs to the window of its newest label.

**Class role.** `one-vs-rest`: a class, or family, against all others that the same annotator gave the unit.
**Support.** Units with two labels or more by one annotator, each as often as there are such annotators: by annotator
they are units, over several annotators pairs of annotator and unit. By class, those with a label of the class.

**When it misleads.** It says that an annotator keeps to a standard, not that the standard is right: low agreement with
others beside high self-consistency is a private standard, low both is chance. Units that are labelled anew because the
guideline changed should differ. A row that an export writes twice is a repeat that agrees. A unit with ten labels has
90 pairs and one with two has 2. Annotators who remember a unit repeat themselves: let weeks lie between.

**Usual bounds.** Above what annotators reach among each other, since nobody agrees with others better than with
themselves; `below: 0.90` where classes are clear. At least 30 repeats: `min_n: 30`.

**Degenerate cases.** No annotator has labelled a unit twice: null, `no_repeats`. Under `duplicates: error` a repeat
ends the run before anything is measured. No interval is known, as pairs of one unit depend on each other: `confidence`
is refused.

**Source.** The observed agreement of Fleiss (1971), Psychological Bulletin 76, 378-382, pooled over pairs, and the
specific agreement of Cicchetti and Feinstein (1990), Journal of Clinical Epidemiology 43, 551-558, each within one
annotator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.votes import name_label

if TYPE_CHECKING:
    import polars as pl


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Pairs of labels, those of equal class, and who repeated what: a row for each class, or the first of them."""
    once = "" if name_label(ask.by) in ask.by else " AND _first"
    return {
        "n": Measure("count", where=f"_all > 1{once}"),
        "pairs": Measure("sum", of="_same * (_all - 1)"),
        "equal": Measure("sum", of="_same * (_same - 1)"),
    }


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nobody repeated anything."""
    import polars as pl

    n = pl.col("n")
    return current.frame.select(
        *current.by,
        value=pl.when(n > 0).then(pl.col("equal") / pl.col("pairs")),
        n=n,
        reason=pl.when(n == 0).then(pl.lit("no_repeats")),
    )


METRIC = Metric(
    name="self_consistency",
    title="Share of repeated labels that annotators give alike",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=0.0,
    high=1.0,
    relation="repeats",
    measures=name_measures,
    finish=finish,
    subject="annotators",
)
