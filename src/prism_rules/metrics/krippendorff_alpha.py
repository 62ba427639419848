"""Krippendorff's alpha: how far reviewers agree beyond what their label totals would give by chance.

**Definition.** Only *pairable* units count: those with two labels or more. Unit u has m_u labels, n_uc of them of
class c; n_c and n are the totals of the n_uc and of the m_u. A class is split from the rest by s_c = sum over units
of n_uc (m_u - n_uc) / (m_u - 1), and by chance e_c = n_c (n - n_c). With `class` in `by`, one-vs-rest: alpha_c = 1 -
(n - 1) s_c / e_c, where n runs over all pairable units of the scope's other dimensions. Without it: alpha = 1 - (n -
1) (sum of s_c) / (sum of e_c). With `family` in `by`, the same of families, the classes of each pooled. Any number of
reviewers, any number of labels missing. All is counted in integers and exact fractions; one division at the end makes
the float.

That is `level: nominal`, which holds if nothing is said: two labels agree or they do not. For grades ask `level:
ordinal`: labels then disagree by the square of the number of labels that lie between them, s_u = sum over pairs of the
labels of unit u of (x - x')^2 / (m_u - 1), where x is the mid-rank of a label among all: those below it and half of
those beside it. The order is that in which the ruleset declares the classes; without a `classes` section labels must be
numbers and have theirs. For labels that are numbers there is `level: interval`: the same, x being the number. With S1
and S2 the sums of x and x^2 over all labels, alpha = 1 - (n - 1) (sum of s_u) / (n S2 - S1^2).

**Class role.** `one-vs-rest`: the class, or family, against all others. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a label like any other, and part of the rest; on a scale it is nowhere, and left out. A class
against the rest has no scale: with `ordinal` and `interval`, `class` and `family` in `by` are refused. **Support.**
Pairable units; one-vs-rest, pairable units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife: alpha is computed anew without each
pairable unit in turn, those without the class too. The interval is Student's; its degrees of freedom are the support
less one, so one-vs-rest those of the pairable units with a label of the class alone, which makes it wider where few
carry it. Units are taken as independent: where all come from a few batches, it is too narrow. Below about 30 units, or
20 that carry the class, an interval of 95 % covers the truth less often than it says; where all units agree it is a
point. Ask for `min_n` as well. No interval is known where alpha would be undefined without some unit, nor of ranks over
more than some hundred classes, which would have to be made anew thousands of times.

**When it misleads.** With two classes both have the same alpha, so it cannot say which is weak. When nearly all
labels are of one class alpha falls low although raw agreement is high (the kappa paradox): read it beside the class
shares. Two groups of reviewers may each agree within themselves: measure by group too. Alpha says that labels agree,
not that they are right. Ranks are those of the labels at hand: ordinal alphas of two windows are not quite of one
scale. An interval scale lets one label that is far off outweigh a hundred small differences.

**Usual bounds.** 0.80 reliable; 0.667 to 0.80 for tentative conclusions only; below, not usable. At least 50 pairable
units, 20 per class.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. One-vs-rest where no pairable unit has a label of
the class: null, `class_absent`. All labels of one class: null, `single_class`, since chance would agree as well.
Agreement worse than chance is negative, never below -1: two units with swapped labels give -0.5. One unit whose
labels all differ gives 0. `interval`, or `ordinal` without a `classes` section, where some label is no number: null,
`not_numbers`.

**Source.** Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; bounds from Krippendorff (2004), Content
Analysis, chapter 11. Jackknife: Tukey (1958), Annals of Mathematical Statistics 29, 614; for agreement Gwet (2021),
Handbook of Inter-Rater Reliability.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from prism_rules.metrics.coefficient import Coefficient, Sums
from prism_rules.metrics.metric import Ask, Metric, Table
from prism_rules.metrics.scale import read_number
from prism_rules.metrics.scaled_alpha import measure_scaled
from prism_rules.metrics.votes import name_compositions, name_keys, name_label, name_measures
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """How labels disagree."""

    level: Literal["nominal", "ordinal", "interval"] = "nominal"
    """`nominal`: all alike; `ordinal`: by how many labels lie between; `interval`: by their difference as numbers."""


def count_label(_: str, n_uc: int, m_u: int, common: int) -> tuple[int, ...]:
    """How far a label is split from the rest, and how many there are."""
    return n_uc * (m_u - n_uc) * common // (m_u - 1), n_uc


def compute_alpha(sums: Sums) -> Fraction | None:
    """One minus observed over expected disagreement; None if chance cannot disagree."""
    split, n = sums.terms
    chance = n * n - sums.squares
    return 1 - Fraction((n - 1) * split, sums.common * chance) if chance else None


NOMINAL = Coefficient(count_label, compute_alpha, weight=lambda n_uc, _, __: n_uc)


def object_to(ask: Ask) -> str | None:
    """Let no class be set apart on a scale, and no words be numbers."""
    words = [name for name in ask.taxonomy.classes if read_number(name) is None]
    if ask.params.level == "interval" and words:
        return f"`{words[0]}` and other classes are no numbers: take `level: ordinal`, which has them in their order"
    if ask.params.level == "nominal" or name_label(ask.by) not in ask.by:
        return None
    return f"take `{name_label(ask.by)}` out of `by`: a class against the rest has no scale, which is `level: nominal`"


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Measure alpha per class, or over all classes, at the level that is asked for."""
    level = ask.params.level
    return NOMINAL.measure(ask, current) if level == "nominal" else measure_scaled(ask, current, level)


METRIC = Metric(
    name="krippendorff_alpha",
    title="Agreement of reviewers (Krippendorff's alpha)",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=-1.0,
    high=1.0,
    params=Parameters,
    object_to=object_to,
    interval="error",
    relation="votes",
    keys=lambda ask: name_keys(ask) if ask.params.level == "nominal" else name_compositions(ask),
    measures=name_measures,
    finish=finish,
    subject="agreement",
)
