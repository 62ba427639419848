"""Krippendorff's alpha, nominal: how far reviewers agree beyond what their label totals would give by chance.

**Definition.** Only *pairable* units count: those with two labels or more. Unit u has m_u labels, n_uc of them of
class c; n_c and n are the totals of the n_uc and of the m_u. A class is split from the rest by s_c = sum over units
of n_uc (m_u - n_uc) / (m_u - 1), and by chance e_c = n_c (n - n_c). With `class` in `by`, one-vs-rest: alpha_c = 1 -
(n - 1) s_c / e_c, where n runs over all pairable units of the scope's other dimensions. Without it: alpha = 1 - (n -
1) (sum of s_c) / (sum of e_c). With `family` in `by`, the same of families, the classes of each pooled. Any number of
reviewers, any number of labels missing. All is counted in integers and exact fractions; one division at the end makes
the float.

**Class role.** `one-vs-rest`: the class, or family, against all others. A label that is missing (`(none)`) or not
declared (`(unknown)`) is a label like any other, and part of the rest. **Support.** Pairable units; one-vs-rest,
pairable units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife: alpha is computed anew without each
pairable unit in turn, those without the class too. The interval is Student's; its degrees of freedom are the support
less one, so one-vs-rest those of the pairable units with a label of the class alone, which makes it wider where few
carry it. Units are taken as independent: where all come from a few batches, it is too narrow. Below about 30 units, or
20 that carry the class, an interval of 95 % covers the truth less often than it says; where all units agree it is a
point. Ask for `min_n` as well. No interval is known where alpha would be undefined without some unit.

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
Analysis, chapter 11. Jackknife: Tukey (1958), Annals of Mathematical Statistics 29, 614; for agreement Gwet (2021),
Handbook of Inter-Rater Reliability.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table, build_results, name_columns

if TYPE_CHECKING:
    import polars as pl


Composition = tuple[tuple[str, int], ...]
"""The labels of a unit, each with how many annotators chose it."""


@dataclass(slots=True)
class Tally:
    """What the pairable units of a scope say about one class."""

    units: int = 0
    labels: int = 0
    split: Fraction = Fraction(0)
    shapes: Counter[tuple[int, int]] = field(default_factory=Counter)
    """(n_uc, m_u) -> units."""

    def add(self, units: int, n_uc: int, m_u: int) -> None:
        """Count `units` more pairable units in which the class has `n_uc` of `m_u` labels."""
        self.units += units
        self.labels += units * n_uc
        self.split += Fraction(units * n_uc * (m_u - n_uc), m_u - 1)
        self.shapes[n_uc, m_u] += units


def count_units(tallies: Sequence[Tally]) -> Counter[int]:
    """Count the pairable units by m_u: those of m_u labels have m_u times as many, over all classes."""
    labels: Counter[int] = Counter()
    for tally in tallies:
        for (n_uc, m_u), units in tally.shapes.items():
            labels[m_u] += units * n_uc
    return Counter({m_u: total // m_u for m_u, total in labels.items()})


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


def set_apart(tally: Tally, units: Counter[int]) -> Counter[Composition]:
    """Compose the pairable units of one class and the rest. `units`: how many there are by m_u."""
    found = Counter({(("one", n_uc), ("rest", m_u - n_uc)): k for (n_uc, m_u), k in tally.shapes.items()})
    carriers: Counter[int] = Counter()
    for (_, m_u), k in tally.shapes.items():
        carriers[m_u] += k
    return found + Counter({(("one", 0), ("rest", m_u)): k - carriers[m_u] for m_u, k in units.items()})


def estimate_error(units: Counter[Composition]) -> float | None:
    """The standard error of alpha over pairable units by the jackknife; None where alpha without one is undefined."""
    labels: Counter[str] = Counter()
    split = Fraction(0)
    for composition, k in units.items():
        for label, n_uc in composition:
            labels[label] += k * n_uc
        split += k * _split(composition)
    n, squares = labels.total(), sum(n_c * n_c for n_c in labels.values())
    without: list[tuple[float, int]] = []
    for composition, k in units.items():
        rest = n - sum(n_uc for _, n_uc in composition)
        chance = rest * rest - squares + sum((2 * labels[label] - n_uc) * n_uc for label, n_uc in composition)
        if not chance:
            return None
        without.append((float(1 - (rest - 1) * (split - _split(composition)) / chance), k))
    mean = math.fsum(alpha * k for alpha, k in without) / units.total()
    spread = math.fsum((alpha - mean) ** 2 * k for alpha, k in without)
    return math.sqrt(spread * (units.total() - 1) / units.total())


def _split(composition: Composition) -> Fraction:
    m_u = sum(n_uc for _, n_uc in composition)
    return Fraction(m_u * m_u - sum(n_uc * n_uc for _, n_uc in composition), m_u - 1)


def name_label(by: Sequence[str]) -> str:
    """Name what annotators are asked to agree on: the class, or with `family` in `by` the family of classes."""
    return "family" if "family" in by and "class" not in by else "class"


def name_keys(ask: Ask) -> dict[str, str]:
    """The label, n_uc and m_u; where all labels count and doubt is asked for, also which labels a unit has together."""
    label = name_label(ask.by)
    composed = ("composition",) if ask.doubted and label not in ask.by else ()
    return name_columns(label, "n_uc", "m_u", *composed)


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """How many (unit, label) rows there are of each combination of keys."""
    return {"units": Measure("count")}


@dataclass(slots=True)
class Scope:
    """What is counted at one value of all dimensions but the label."""

    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    composed: defaultdict[str, list[tuple[str, int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Composition, as the relation names it -> (label, n_uc, units)."""

    def compose(self) -> Counter[Composition]:
        """Compose the pairable units of all their labels."""
        rows = self.composed.values()
        return Counter({tuple((label, n_uc) for label, n_uc, _ in sorted(of)): of[0][2] for of in rows})


def count_scopes(table: Table, label: str) -> dict[tuple[str, ...], Scope]:
    """Tally each label of each scope: the values of all dimensions but the label."""
    places = [name for name in table.by if name != label]
    scopes: dict[tuple[str, ...], Scope] = {}
    for row in table.frame.iter_rows(named=True):
        scope = scopes.setdefault(tuple(row[name] for name in places), Scope())
        tally = scope.tallies[row[label]]
        if row["m_u"] >= 2:
            tally.add(row["units"], row["n_uc"], row["m_u"])
            if "composition" in row:
                scope.composed[row["composition"]].append((row[label], row["n_uc"], row["units"]))
    return scopes


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Tally each class of each scope, then compute alpha per class, or over all classes."""

    label = name_label(current.by)
    places = [name for name in current.by if name != label]
    results: list[dict[str, object]] = []
    for place, scope in sorted(count_scopes(current, label).items()):
        every = [*scope.tallies.values()]
        labels, units = sum(tally.labels for tally in every), count_units(every)
        groups: list[tuple[dict[str, str], Sequence[Tally], int]] = [({}, every, units.total())]
        if label in current.by:
            groups = [({label: name}, [tally], tally.units) for name, tally in sorted(scope.tallies.items())]
        for group, tallies, n in groups:
            value = compute_alpha(tallies, labels)
            reason = explain_null(tallies, labels) if value is None else None
            result: dict[str, object] = {
                **dict(zip(places, place, strict=True)),
                **group,
                "value": value,
                "n": n,
                "reason": reason,
            }
            if ask.doubted:
                composed = set_apart(tallies[0], units) if group else scope.compose()
                result["error"] = None if value is None else estimate_error(composed)
                result["df"] = n - 1.0
            results.append(result)
    return build_results(current.by, results, *(["error", "df"] if ask.doubted else []))


METRIC = Metric(
    name="krippendorff_alpha",
    title="Agreement of reviewers (Krippendorff's alpha)",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=-1.0,
    high=1.0,
    interval="error",
    relation="votes",
    keys=name_keys,
    measures=name_measures,
    finish=finish,
    subject="agreement",
)
