"""Specific agreement: given that one reviewer chose the class, how often another one of the same unit did.

**Definition.** Unit u has m_u labels, n_uc of them of class c. Only *pairable* units count: those with two labels or
more. The value is sum of n_uc (n_uc - 1) / sum of n_uc (m_u - 1): of all pairs of labels of one unit in which one is of
the class, the part in which the other is too. For two reviewers it is 2a / (2a + b + c), the positive agreement of
Cicchetti and Feinstein. With `family` in `by`, the same of families, the classes of each pooled.

**Class role.** `one-vs-rest`: the class, or family, against all others; `by` must have one of them. Over all classes
the same is `percent_agreement` with `average: pairs`. A label that is missing (`(none)`) or not declared (`(unknown)`)
is another label. **Support.** Pairable units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife: the value is computed anew without each
pairable unit in turn, those without the class too. The interval is Student's, with the support less one as degrees of
freedom; it may reach beyond 0 and 1, and where all units with the class agree alike it is a point. No interval is
known where one unit alone has the class.

**When it misleads.** It does not correct for chance: of a class that has nine of ten labels it is high whatever
reviewers do. That is the reverse of what fails alpha, so hold each class to both. A class that reviewers never doubt
may still be wrong.

**Usual bounds.** `below: 0.70`, with `confidence`, beside `krippendorff_alpha`; there are no bands of general use. At
least 20 pairable units with the class.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. No pairable unit with a label of the class: null,
`class_absent`. All labels of one class: 1.

**Source.** Cicchetti and Feinstein (1990), High Agreement but Low Kappa: II, Journal of Clinical Epidemiology 43,
551-558; several reviewers: Fleiss (1971), Psychological Bulletin 76, 378-382.
"""

from __future__ import annotations

from prism_rules.metrics.coefficient import Coefficient
from prism_rules.metrics.metric import Ask, Metric
from prism_rules.metrics.percent_agreement import count_pairs, divide
from prism_rules.metrics.votes import REST, name_keys, name_label, name_measures


def count_own_pairs(label: str, n_uc: int, m_u: int, common: int) -> tuple[int, ...]:
    """The pairs of equal labels, and all pairs that one of them is in; of the rest none."""
    return (0, 0) if label == REST else count_pairs(label, n_uc, m_u, common)


def object_to(ask: Ask) -> str | None:
    """Ask for the class that agreement is about."""
    if name_label(ask.by) in ask.by:
        return None
    return "put `class` or `family` into `by`; over all classes ask `percent_agreement` with `average: pairs`"


COEFFICIENT = Coefficient(count_own_pairs, divide)

METRIC = Metric(
    name="specific_agreement",
    title="Agreement on a class, given that one reviewer chose it",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=0.0,
    high=1.0,
    interval="error",
    object_to=object_to,
    relation="votes",
    keys=name_keys,
    measures=name_measures,
    finish=lambda ask, current, _: COEFFICIENT.measure(ask, current),
    subject="agreement",
)
