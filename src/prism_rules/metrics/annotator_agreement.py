"""Annotator agreement: how often an annotator gives the class that most of the others give the same unit.

**Definition.** Of several labels of one unit by one annotator one counts, as the source's `duplicates` says. A label's
*others* are all further labels of its unit before `as_of`, those outside of the window too. Their plurality is the
class that more of them have than any other. Labels equal to the plurality of their others / labels whose others have
one: a label with no others, or with a tie among them, is left out. The own label is removed first, since it would
agree with itself.

**Class role.** `rows`: labels of that class, so that by class it is the part of the dents given that the others call
dents too. What the others call dents, and this annotator does not, is seen in `annotator_bias`. By family, labels of
the family's classes; it is still the class that must be equal. **Support.** Labels whose others have a plurality.

**How sure.** With `annotator` in `by` a unit gives each value one label, and the interval is that of Wilson (1927).
Without it the labels of a unit hang together (the two of a pair agree both or neither), and such an interval would be
too narrow: `confidence` is refused. So it is where a baseline is not by annotator.

**When it misleads.** The others may be wrong: one careful annotator among careless ones agrees with few; see
`gold_agreement`. With one other label per unit both annotators of a pair get the blame for what one does. It is no
chance-corrected number: where nearly all units are of one class, everybody agrees; see `krippendorff_alpha`, and
measure by class. Annotators who get the hard units agree less, and that is no fault of theirs: compare within
`[annotator, class]` or a dimension of difficulty. `where` chooses the labels that are counted and not their others.

**Usual bounds.** There are none for all tasks. A `drop` of 0.05 to 0.10 against `baseline: {window: 28d}` by
annotator, or `below` what most annotators reach. At least 30 labels: `min_n: 30`. For slow drift a `series` with
`test: cusum` by annotator. A mix of classes that changes looks like drift where classes differ in difficulty: measure
by `[annotator, class]`, so that each class is compared with itself.

**Degenerate cases.** No label has others with a plurality: null, `no_plurality`.

**Source.** A plain count. Annotators rated against the label of the majority:
Snow, O'Connor, Jurafsky and Ng (2008), Cheap and Fast - But is it Good?, EMNLP, 254-263.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Labels whose others have a plurality, and those of them that are equal to it."""
    return {"n": Measure("count", of="_others"), "agreeing": Measure("count", where='_others = "class"')}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nobody else has labelled the units, or nobody with more weight than another."""
    return find_shares(current, "agreeing", "no_plurality")


METRIC = Metric(
    name="annotator_agreement",
    title="Share of labels that the unit's other annotators confirm",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    sure_by=("annotator",),
    leaves_out=True,
    relation="labels",
    measures=name_measures,
    finish=finish,
    subject="annotators",
)
