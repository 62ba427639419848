"""Gwet's AC1: how far reviewers agree beyond chance, where chance is met in the units that are hard to tell.

**Definition.** Unit u has m_u labels, n_uc of them of class c. Its agreement is sum over c of n_uc (n_uc - 1) / (m_u
(m_u - 1)); p_a is the mean of that over the *pairable* units, those with two labels or more. p_c is the mean of n_uc /
m_u over all units with a label, q the number of declared classes, and chance agrees in p_e = sum of p_c (1 - p_c) / (q
- 1). AC1 = (p_a - p_e) / (1 - p_e). Of an open taxonomy q is the number of classes met in the scope. With `class` in
`by`, one-vs-rest: all other labels count as one, and q is 2. With `family`, the same of families, the classes of each
pooled. All is counted in exact fractions; one division at the end makes the float.

**Class role.** `one-vs-rest`: the class, or family, against all others. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a label like any other, and part of the rest; neither counts in q. **Support.** Pairable
units; one-vs-rest, pairable units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife: AC1 is computed anew without each unit in
turn, those of one label too, with the same q. The interval is Student's, with the support less one as degrees of
freedom. Below about 30 units it covers the truth less often than it says: ask for `min_n` as well.

**When it misleads.** Nearly all labels of one class bring kappa and alpha down although raw agreement is high; AC1
stays up, which is what it is for. Turned round that is a trap: of a rare class against the rest it is *always* high,
since nearly all units are the rest to everybody. With 2 % of the labels AC1 may be 0.97 where reviewers agree on the
class in one of three cases. Let no AC1 alone gate a class: use `krippendorff_alpha` and `specific_agreement`. A class
that is declared and never met raises it.

**Usual bounds.** 0.80, read beside alpha, where one class has more than 0.8 of all labels. Gwet would hold the lower
end of the interval against a band, not the value: ask for `confidence`.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. One-vs-rest where no pairable unit has a label of
the class: null, `class_absent`. Fewer than two classes to choose from: null, `single_class`. All labels of one of
several classes: 1.

**Source.** Gwet (2008), Computing Inter-Rater Reliability and its Variance in the Presence of High Agreement, British
Journal of Mathematical and Statistical Psychology 61, 29-48; Gwet (2014), Handbook of Inter-Rater Reliability.
"""

from __future__ import annotations

from fractions import Fraction

from prism_rules.metrics.coefficient import Coefficient, Sums
from prism_rules.metrics.fleiss_kappa import count_label, weigh
from prism_rules.metrics.metric import Metric
from prism_rules.metrics.votes import name_keys, name_measures


def compute_ac1(sums: Sums) -> Fraction | None:
    """Agreement beyond chance; None where nothing can agree, or there is nothing to choose from."""
    agreed, pairable, units = sums.terms
    if not pairable or sums.classes < 2:
        return None
    chance = (1 - Fraction(sums.squares, units * units)) / (sums.classes - 1)
    return (Fraction(agreed, pairable) - chance) / (1 - chance)


COEFFICIENT = Coefficient(terms=count_label, value=compute_ac1, weight=weigh, least=1)
"""Labels of units that have one alone tell what chance would choose."""

METRIC = Metric(
    name="gwet_ac1",
    title="Agreement of reviewers (Gwet's AC1)",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=None,
    high=1.0,
    interval="error",
    relation="votes",
    keys=name_keys,
    measures=name_measures,
    finish=lambda ask, current, _: COEFFICIENT.measure(ask, current),
    subject="agreement",
)
