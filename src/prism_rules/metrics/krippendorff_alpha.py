"""Krippendorff's alpha, nominal: how far reviewers agree beyond what their label totals would give by chance.

**Definition.** Only *pairable* units count: those with two labels or more. Unit u has m_u labels, n_uc of them of
class c; n_c and n are the totals of the n_uc and of the m_u. A class is split from the rest by s_c = sum over units
of n_uc (m_u - n_uc) / (m_u - 1), and by chance e_c = n_c (n - n_c). With `class` in `by`, one-vs-rest: alpha_c = 1 -
(n - 1) s_c / e_c, where n runs over all pairable units of the scope's other dimensions. Without it: alpha = 1 - (n -
1) (sum of s_c) / (sum of e_c). Any number of reviewers, any number of labels missing. All is counted in integers and
exact fractions; one division at the end makes the float.

**Class role.** `one-vs-rest`: the class against all others. A label that is missing (`(none)`) or not declared
(`(unknown)`) is a label like any other, and part of the rest. **Support.** Pairable units; one-vs-rest, pairable
units with a label of the class.

**When it misleads.** With two classes both have the same alpha, so it cannot say which is weak. When nearly all
labels are of one class alpha falls low although raw agreement is high (the kappa paradox): read it beside the class
shares. Two groups of reviewers may each agree within themselves: measure by group too. Alpha says that labels agree,
not that they are right.

**Usual bounds.** 0.80 reliable; 0.667 to 0.80 for tentative conclusions only; below, not usable. At least 50 pairable
units, 20 per class.

**Degenerate cases.** No pairable unit: null, `no_pairable_units`. One-vs-rest where no pairable unit has a label of
the class: null, `class_absent`. All labels of one class: null, `single_class`, since chance would agree as well.
Agreement worse than chance is negative, never below -1: two units with swapped labels give -0.5. One unit whose
labels all differ gives 0.

**Source.** Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; bounds from Krippendorff (2004), Content
Analysis, chapter 11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table

if TYPE_CHECKING:
    import polars as pl


@dataclass(slots=True)
class Tally:
    """What the pairable units of a scope say about one class."""

    units: int = 0
    labels: int = 0
    split: Fraction = Fraction(0)
    share: Fraction = Fraction(0)
    """Units, each divided among its classes by their labels: over all classes they add up to the pairable units."""

    def add(self, units: int, n_uc: int, m_u: int) -> None:
        """Count `units` more pairable units in which the class has `n_uc` of `m_u` labels."""
        self.units += units
        self.labels += units * n_uc
        self.split += Fraction(units * n_uc * (m_u - n_uc), m_u - 1)
        self.share += Fraction(units * n_uc, m_u)


def compute_alpha(tallies: Sequence[Tally], n: int) -> float | None:
    """One minus observed over expected disagreement; None if chance cannot disagree. `n`: all labels of the scope."""
    split, chance = Fraction(0), 0
    for tally in tallies:
        split += tally.split
        chance += tally.labels * (n - tally.labels)
    return float(1 - (n - 1) * split / chance) if chance else None


def explain_null(tallies: Sequence[Tally], n: int) -> str:
    """Say why chance cannot disagree. `n`: all labels of the scope."""
    if not n:
        return "no_pairable_units"
    return "single_class" if any(tally.labels for tally in tallies) else "class_absent"


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """How many (unit, class) rows there are of each (class, n_uc, m_u)."""
    return {"units": Measure("count")}


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Tally each class of each scope, then compute alpha per class, or over all classes."""
    import polars as pl

    places = [name for name in current.by if name != "class"]
    scopes: dict[tuple[str, ...], dict[str, Tally]] = {}
    for row in current.frame.iter_rows(named=True):
        tally = scopes.setdefault(tuple(row[name] for name in places), {}).setdefault(row["class"], Tally())
        if row["m_u"] >= 2:
            tally.add(row["units"], row["n_uc"], row["m_u"])

    results: list[dict[str, object]] = []
    for place, classes in sorted(scopes.items()):
        labels = sum(tally.labels for tally in classes.values())
        groups: list[tuple[dict[str, str], Sequence[Tally], int]]
        if "class" in current.by:
            groups = [({"class": name}, [tally], tally.units) for name, tally in sorted(classes.items())]
        else:
            every = list(classes.values())
            groups = [({}, every, int(sum(tally.share for tally in every)))]
        for group, tallies, units in groups:
            value = compute_alpha(tallies, labels)
            reason = explain_null(tallies, labels) if value is None else None
            scope = dict(zip(places, place, strict=True)) | group
            results.append({**scope, "value": value, "n": units, "reason": reason})
    names = dict.fromkeys(current.by, pl.String)
    return pl.DataFrame(results, schema=names | {"value": pl.Float64, "n": pl.Int64, "reason": pl.String})


METRIC = Metric(
    name="krippendorff_alpha",
    title="Agreement of reviewers (Krippendorff's alpha)",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=-1.0,
    high=1.0,
    relation="votes",
    keys=lambda _: ("class", "n_uc", "m_u"),
    measures=name_measures,
    finish=finish,
)
