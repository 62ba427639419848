"""Boundary share: the part of what reviewers disagree about that lies between families of classes, not inside one.

**Definition.** Each label of a pairable unit (one with two labels or more) is compared with the m_u - 1 other labels of
the unit, each comparison weighing 1 / (m_u - 1). The value is the weight of comparisons of two classes of different
families / the weight of comparisons of two different classes. Classes without a family, and labels that are missing
(`(none)`) or not declared (`(unknown)`), are together a family of their own. With `class` in `by`: of the comparisons
in which one label is of the class. High, the families themselves are drawn where nobody can see the line; low, the
trouble is inside them, where a coarser taxonomy would do.

**Class role.** `one-vs-rest`: comparisons of the class with others; `family` in `by` is refused. **Support.** Disputed
units, those that have two different labels; by class, disputed units with a label of the class.

**How sure.** With `confidence`, the standard error is that of the jackknife over disputed units. The interval is
Student's, with the support less one as degrees of freedom; it may reach beyond 0 and 1.

**When it misleads.** It tells nothing of how much is disputed: one split in a thousand units may be all at a boundary.
Read it beside `disputed_share`. Where families have one class each, all disagreement crosses a boundary, and the value
is 1. A family with most of the labels has most of the disagreement inside.

**Usual bounds.** `above: 0.50`, with `min_n: 30`.

**Degenerate cases.** No class of the taxonomy has a family: null, `no_families`. No pairable unit: null,
`no_pairable_units`. All units of one mind, or none of those with a label of the class disputed: null,
`no_disagreement`.

**Source.** The coincidence matrix of Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, parted by family.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from prism_rules.metrics.jackknife import estimate_error
from prism_rules.metrics.metric import Ask, Metric, Table, Taxonomy, build_results
from prism_rules.metrics.votes import Composition, count_votes, name_compositions, name_measures

if TYPE_CHECKING:
    import polars as pl

Weights = tuple[Fraction, Fraction]
"""Of comparisons of different classes, and of those of different families."""


def weigh(unit: Composition, taxonomy: Taxonomy, name: str | None) -> Weights:
    """Weigh the comparisons of a unit in which the labels differ; with a name, those of its labels with others."""
    families: Counter[str] = Counter()
    for label, n_uc in unit.votes:
        families[taxonomy.find_family(label)] += n_uc
    split = crossing = 0
    for label, n_uc in unit.votes:
        if name in (None, label):
            split += n_uc * (unit.m_u - n_uc)
            crossing += n_uc * (unit.m_u - families[taxonomy.find_family(label)])
    return Fraction(split, unit.m_u - 1), Fraction(crossing, unit.m_u - 1)


def describe(units: Counter[Composition], ask: Ask, name: str | None) -> dict[str, object]:
    """Give the value and support of a class, or of all together."""
    weights = [(weigh(unit, ask.taxonomy, name), k) for unit, k in units.items() if unit.m_u > 1]
    disputed = [(split, crossing, k) for (split, crossing), k in weights if split]
    n = sum(k for _, _, k in disputed)
    split = sum((k * own for own, _, k in disputed), Fraction(0))
    crossing = sum((k * own for _, own, k in disputed), Fraction(0))
    reason = None if split else "no_disagreement" if weights else "no_pairable_units"
    if not any(entry.family for entry in ask.taxonomy.classes.values()):
        reason = "no_families"
    result: dict[str, object] = {"value": None if reason else float(crossing / split), "n": n, "reason": reason}
    if ask.doubted:
        without = (((crossing - c) / (split - s) if split != s else None, k) for s, c, k in disputed)
        result |= {"error": None if reason else estimate_error(without), "df": n - 1.0}
    return result


def object_to(ask: Ask) -> str | None:
    """Let no family be asked about, as what disagrees inside it is part of the question; and let there be families."""
    if not any(entry.family for entry in ask.taxonomy.classes.values()):
        return "give the classes under `classes` a `family` each"
    return "take `family` out of `by`: it is about boundaries between families" if "family" in ask.by else None


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Part the disagreement of each class, or of the whole scope."""
    places = [name for name in current.by if name != "class"]
    results: list[dict[str, object]] = []
    for place, votes in sorted(count_votes(current).items()):
        units = votes.compose()
        for name in sorted(votes.shapes) if "class" in current.by else (None,):
            scope = dict(zip(places, place, strict=True)) | ({} if name is None else {"class": name})
            results.append({**scope, **describe(units, ask, name)})
    return build_results(current.by, results, *(["error", "df"] if ask.doubted else []))


METRIC = Metric(
    name="boundary_share",
    title="Share of disagreement that crosses a boundary between families",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="units",
    low=0.0,
    high=1.0,
    interval="error",
    object_to=object_to,
    relation="votes",
    keys=name_compositions,
    measures=name_measures,
    finish=finish,
    subject="taxonomy",
)
