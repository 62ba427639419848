"""Confusion share: how much of what is said of a class goes to the one other class that it is most taken for.

**Definition.** Each label of a pairable unit (one with two labels or more) is compared with the m_u - 1 other labels of
the unit, each comparison weighing 1 / (m_u - 1), so that a label weighs 1. o_cd is what all labels of class c weigh
against labels of class d: sum over units of n_uc n_ud / (m_u - 1); n_c is the number of labels of c. With `class` in
`by`, the value is the greatest o_cd / n_c of any other class d: the chance that another reviewer calls a c a d.
Without it, the greatest 2 o_cd / n of any two classes, n being all labels: the part of all comparisons that lies
between those two. With `family` in `by`, the same of families. The pairs of classes are listed, the heaviest first,
twenty at most, each with the number of units that carry both.

**Class role.** `one-vs-rest`: the class, or family, against each other. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a class like any other. **Support.** Pairable units; by class, pairable units with a label
of the class.

**When it misleads.** It is not symmetric: a rare class is often taken for a common one without the common one being
taken for it. Of a class with few units the greatest of many small shares is high by chance alone: ask for `min_n`. It
says which two classes are mixed up, not which of them is right, and nothing of chance: of two classes that have half of
the labels each, guessing gives 0.5.

**Usual bounds.** `above: 0.20` by class, as a reason to write the boundary between the two into the guideline.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. No pairable unit with a label of the class: null,
`class_absent`. Never confused: 0, with no pair. No interval is known, so `confidence` is refused.

**Source.** The coincidence matrix of Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, read by row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Metric, Table, build_results
from prism_rules.metrics.votes import Votes, count_votes, explain_null, name_compositions, name_label, name_measures

if TYPE_CHECKING:
    import polars as pl

MOST_PAIRS = 20
"""Pairs that are listed."""


class Confusions:
    """What the labels of pairable units weigh against one another."""

    def __init__(self, votes: Votes) -> None:
        """Compare the labels of each unit."""
        self.labels: Counter[str] = Counter()
        self.carriers: Counter[str] = Counter()
        self.units: Counter[tuple[str, str]] = Counter()
        """Two classes -> the units that carry both."""
        self.weights: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
        """Two classes -> what the labels of one weigh against those of the other."""
        self.pairable = 0
        for (m_u, unit), k in votes.compose().items():
            if m_u < 2:
                continue
            self.pairable += k
            for label, n_uc in unit:
                self.labels[label] += k * n_uc
                self.carriers[label] += k
            for (one, n_one), (other, n_other) in combinations(unit, 2):
                self.units[one, other] += k
                self.weights[one, other] += Fraction(k * n_one * n_other, m_u - 1)

    def list_pairs(self, label: str | None) -> list[tuple[str, str]]:
        """List the pairs of classes that are confused, the heaviest first; with a label, its own."""
        mine = [pair for pair in self.weights if label is None or label in pair]
        return sorted(mine, key=lambda pair: (-self.weights[pair], pair))

    def describe(self, label: str | None) -> dict[str, object]:
        """Give the value, support and pairs of a class, or of all together."""
        n = self.pairable if label is None else self.carriers[label]
        if not n:
            return {"value": None, "n": 0, "reason": explain_null(self.pairable), "pairs": []}
        pairs = self.list_pairs(label)
        most = self.weights[pairs[0]] if pairs else Fraction(0)
        value = 2 * most / self.labels.total() if label is None else most / self.labels[label]
        # The class that is asked about stands first.
        named = [sorted(pair, key=lambda name: name != label) for pair in pairs[:MOST_PAIRS]]
        listed = [{"classes": names, "n": self.units[pair]} for names, pair in zip(named, pairs, strict=False)]
        return {"value": float(value), "n": n, "reason": None, "pairs": listed}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Find what each class, or the whole scope, is most confused by."""
    label = name_label(current.by)
    places = [name for name in current.by if name != label]
    results: list[dict[str, object]] = []
    for place, votes in sorted(count_votes(current).items()):
        scope = dict(zip(places, place, strict=True))
        found = Confusions(votes)
        if label in current.by:
            results += [{**scope, label: name, **found.describe(name)} for name in sorted(votes.shapes)]
        else:
            results.append({**scope, **found.describe(None)})
    return build_results(current.by, results, "pairs")


METRIC = Metric(
    name="confusion_share",
    title="Share of a class's comparisons that go to one other class",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=0.0,
    high=1.0,
    relation="votes",
    keys=name_compositions,
    measures=name_measures,
    finish=finish,
    subject="agreement",
)
