"""Fleiss' kappa: how far reviewers agree beyond chance, where each unit counts the same however many labels it has.

**Definition.** Unit u has m_u labels, n_uc of them of class c. Its agreement is sum over c of n_uc (n_uc - 1) / (m_u
(m_u - 1)); p_a is the mean of that over the *pairable* units, those with two labels or more. p_c is the mean of n_uc /
m_u over all units with a label, and chance agrees in p_e = sum of p_c^2. Kappa = (p_a - p_e) / (1 - p_e). Where all
units have as many labels that is the kappa of Fleiss (1971); otherwise the form of Gwet (2014). With `class` in `by`,
one-vs-rest: all other labels count as one. With `family`, the same of families, the classes of each pooled. All is
counted in exact fractions; one division at the end makes the float.

**Class role.** `one-vs-rest`: the class, or family, against all others. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a label like any other, and part of the rest. **Support.** Pairable units; one-vs-rest,
pairable units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife: kappa is computed anew without each unit
in turn, those of one label too. The interval is Student's, with the support less one as degrees of freedom. Below about
30 units, or 20 that carry the class, it covers the truth less often than it says: ask for `min_n` as well. No interval
is known where kappa would be undefined without some unit.

**When it misleads.** As `krippendorff_alpha` does: nearly all labels of one class make it low although raw agreement is
high, with two classes both have the same kappa, and labels that agree may be wrong together. It lies a little below
alpha, which corrects for few units; with hundreds of them they are the same. Prefer alpha where units have very
different numbers of labels: here one of two labels weighs as much as one of nine.

**Usual bounds.** Landis and Koch (1977): 0.41 to 0.60 moderate, 0.61 to 0.80 substantial, above almost perfect. Fleiss:
below 0.40 poor, above 0.75 excellent. Neither rests on more than habit.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. One-vs-rest where no pairable unit has a label of
the class: null, `class_absent`. All labels of one class: null, `single_class`, since chance would agree as well.
Agreement worse than chance is negative, and far below -1 where units of one label are nearly all of one class and the
few pairable ones are split.

**Source.** Fleiss (1971), Measuring Nominal Scale Agreement Among Many Raters, Psychological Bulletin 76, 378-382;
unequal numbers of labels: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition.
"""

from __future__ import annotations

from fractions import Fraction

from prism_rules.metrics.coefficient import Coefficient, Sums
from prism_rules.metrics.metric import Metric
from prism_rules.metrics.votes import name_keys, name_measures


def weigh(n_uc: int, m_u: int, common: int) -> int:
    """The part of a unit that a label has."""
    return common * n_uc // m_u


def count_label(_: str, n_uc: int, m_u: int, common: int) -> tuple[int, ...]:
    """The agreement in a label of a unit, and its part of a pairable unit and of any unit."""
    part = weigh(n_uc, m_u, common)
    return (part * (n_uc - 1) // (m_u - 1), part, part) if m_u > 1 else (0, 0, part)


def compute_kappa(sums: Sums) -> Fraction | None:
    """Agreement beyond chance; None where nothing can agree, or chance cannot but."""
    agreed, pairable, units = sums.terms
    if not pairable:
        return None
    chance = Fraction(sums.squares, units * units)
    return (Fraction(agreed, pairable) - chance) / (1 - chance) if chance != 1 else None


COEFFICIENT = Coefficient(terms=count_label, value=compute_kappa, weight=weigh, least=1)
"""Labels of units that have one alone tell what chance would choose."""

METRIC = Metric(
    name="fleiss_kappa",
    title="Agreement of reviewers (Fleiss' kappa)",
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
