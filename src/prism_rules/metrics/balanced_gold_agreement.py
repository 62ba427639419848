"""Balanced gold agreement: the mean over the gold classes of how often labels equal them, each class counting alike.

**Definition.** Of several labels of one unit by one annotator one counts, as the source's `duplicates` says. For each
class that is the `gold` of some label, its recall: labels equal to their gold / labels with that gold. The value is the
mean of the recalls over these classes, also known as balanced accuracy. A gold outside of the taxonomy is the class
`(unknown)`, and is met only by a label of the very same name.

**Class role.** `across`: the mean is over all classes of the gold, so that neither `class` nor `family` may be in
`by`. **Support.** Labels with a gold, of all classes.

**When it misleads.** A class with two gold units counts as much as one with two hundred, and moves the value by half
of its share with one label: give the rare classes more gold. Scopes whose gold covers other classes are not
comparable.

**Usual bounds.** `below` what the task needs, as for `gold_agreement`; with K classes of gold, labels by guess reach
1/K. At least 30 labels, and ten of each class.

**Degenerate cases.** No label has a gold: null, `no_gold`. All gold is of one class: its recall, which is then
`gold_agreement`. No interval is known, so `confidence` is refused: `min_n` and `streak` guard against chance.

**Source.** Brodersen, Ong, Stephan and Buhmann (2010), The Balanced Accuracy and Its Posterior Distribution,
International Conference on Pattern Recognition, 3121-3124; without its posterior.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table, Whole, build_results, name_columns

if TYPE_CHECKING:
    import polars as pl


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Labels of each gold, and those of them that are equal to it."""
    return {"n": Measure("count", of="gold"), "right": Measure("count", where='gold = "class"')}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Average the recalls of each scope."""
    counted: defaultdict[tuple[str, ...], tuple[Counter[str], Counter[str]]]
    counted = defaultdict(lambda: (Counter(), Counter()))
    for row in current.frame.iter_rows(named=True):
        golds, right = counted[tuple(row[name] for name in current.by)]
        if row["n"]:
            name = ask.taxonomy.place(row["gold"])
            golds[name] += row["n"]
            right[name] += row["right"]
    results: list[dict[str, object]] = []
    for scope, (golds, right) in sorted(counted.items()):
        recalls = [Fraction(right[name], n) for name, n in golds.items()]
        value = float(sum(recalls, Fraction(0)) / len(recalls)) if recalls else None
        result = {"value": value, "n": golds.total(), "reason": None if recalls else "no_gold"}
        results.append({**dict(zip(current.by, scope, strict=True)), **result})
    return build_results(current.by, results)


METRIC = Metric(
    name="balanced_gold_agreement",
    title="Mean over classes of the share of labels that equal the gold label",
    roles=("annotations",),
    fields=("unit", "annotator", "class", "gold"),
    class_role="across",
    unit="rows",
    low=0.0,
    high=1.0,
    relation="labels",
    keys=lambda _: name_columns("gold"),
    measures=name_measures,
    whole=Whole(frozenset({"class"}), "counts the labels of a gold whatever they say"),
    finish=finish,
    subject="annotators",
)
