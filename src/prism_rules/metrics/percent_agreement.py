"""Percent agreement: the part of the pairs of labels of one unit that are the same, with no regard to chance.

**Definition.** Unit u has m_u labels, n_uc of them of class c. Only *pairable* units count: those with two labels or
more. `average` says what is averaged. `units` (if nothing is said): the mean over units of sum over c of n_uc (n_uc -
1) / (m_u (m_u - 1)), as Fleiss and Gwet have it, so that each unit counts the same. `pairs`: sum of n_uc (n_uc - 1) /
sum of m_u (m_u - 1), so that each pair of labels does. Where all units have as many labels they are the same. With
`class` in `by`, one-vs-rest: all other labels count as one. With `family`, the same of families, the classes of each
pooled.

**Class role.** `one-vs-rest`: the class, or family, against all others. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a label like any other, and part of the rest. **Support.** Pairable units; one-vs-rest,
pairable units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife over pairable units. The interval is
Student's, with the support less one as degrees of freedom; where all units agree alike it is a point, and near 0 and 1
it may reach beyond them.

**When it misleads.** It knows nothing of chance: two reviewers who guess between two classes agree half of the time,
and where one class has nine of ten labels, in 82 %. Read it beside `krippendorff_alpha`. By class it must not gate: of
a rare class against the rest it is *always* high, since nearly all units are the rest to everybody. With 2 % of the
labels it may be 0.97 where reviewers agree on the class in one of three cases; `specific_agreement` tells that.

**Usual bounds.** `below: 0.80`, over all classes.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. One-vs-rest where no pairable unit has a label of
the class: null, `class_absent`. All labels of one class: 1.

**Source.** A plain share of pairs; the two averages are told apart in Gwet (2014), Handbook of Inter-Rater Reliability.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from prism_rules.metrics.coefficient import Coefficient, Sums
from prism_rules.metrics.metric import Ask, Metric, Table
from prism_rules.metrics.votes import name_keys, name_measures
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What is averaged."""

    average: Literal["units", "pairs"] = "units"
    """`units`: each unit counts the same; `pairs`: each pair of labels does."""


def count_pairs(_: str, n_uc: int, m_u: int, __: int) -> tuple[int, ...]:
    """The pairs of equal labels, and all pairs that one of them is in."""
    return n_uc * (n_uc - 1), n_uc * (m_u - 1)


def count_parts(_: str, n_uc: int, m_u: int, common: int) -> tuple[int, ...]:
    """The same as parts of the unit's pairs."""
    return common * n_uc * (n_uc - 1) // (m_u * (m_u - 1)), common * n_uc // m_u


def divide(sums: Sums) -> Fraction | None:
    """The part that agrees; None where there is nothing to agree in."""
    equal, every = sums.terms
    return Fraction(equal, every) if every else None


COEFFICIENTS = {"units": Coefficient(count_parts, divide), "pairs": Coefficient(count_pairs, divide)}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Average over units, or over pairs."""
    return COEFFICIENTS[ask.params.average].measure(ask, current)


METRIC = Metric(
    name="percent_agreement",
    title="Share of pairs of labels that agree",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=0.0,
    high=1.0,
    params=Parameters,
    interval="error",
    relation="votes",
    keys=name_keys,
    measures=name_measures,
    finish=finish,
    subject="agreement",
)
