"""Votes: how the units of a scope are labelled, over all classes or one class set apart from the rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from prism_rules.metrics.metric import Ask, Measure, Table, name_columns

ONE, REST = "one", "rest"
"""The only labels that are left where one is set apart from all others."""


class Composition(NamedTuple):
    """The labels that a unit has together."""

    m_u: int
    votes: tuple[tuple[str, int], ...]
    """Each label with how many annotators chose it, in order of label."""


@dataclass(frozen=True, slots=True)
class Group:
    """The units of a scope as one result sees their labels: all as they are, or `ONE` set apart and `REST`."""

    scope: Mapping[str, str]
    counts: Counter[tuple[str, int, int]]
    """(label, n_uc, m_u) -> units."""
    n: int
    """The support: pairable units; where a label is set apart, those that carry it."""
    pairable: int
    classes: int
    """How many labels there are to choose from."""
    apart: bool
    composed: Counter[Composition]
    """Where labels are needed together: how many units have which."""

    def explain_null(self) -> str:
        """Say why there is no value."""
        return "single_class" if self.n else explain_null(self.pairable)


def explain_null(pairable: int) -> str:
    """Say why no unit counts."""
    return "class_absent" if pairable else "no_pairable_units"


def name_label(by: Sequence[str]) -> str:
    """Name what annotators are asked to agree on: the class, or with `family` in `by` the family of classes."""
    return "family" if "family" in by and "class" not in by else "class"


def name_counts(ask: Ask) -> dict[str, str]:
    """The label, n_uc and m_u."""
    return name_columns(name_label(ask.by), "n_uc", "m_u")


def name_compositions(ask: Ask) -> dict[str, str]:
    """The same, and which labels a unit has together."""
    return name_counts(ask) | name_columns("composition")


def name_keys(ask: Ask) -> dict[str, str]:
    """The label, n_uc and m_u; where doubt is asked of all labels, also which of them a unit has together."""
    return name_compositions(ask) if ask.doubted and name_label(ask.by) not in ask.by else name_counts(ask)


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """How many (unit, label) rows there are of each combination of keys."""
    return {"units": Measure("count")}


@dataclass(slots=True)
class Votes:
    """What is counted at one value of all dimensions but the label."""

    shapes: defaultdict[str, Counter[tuple[int, int]]] = field(default_factory=lambda: defaultdict(Counter))
    """Label -> (n_uc, m_u) -> units."""
    together: defaultdict[tuple[str, int], dict[str, tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """(composition as the relation names it, m_u) -> label -> (n_uc, units)."""

    def count_units(self) -> Counter[int]:
        """Count the units by m_u: those of m_u labels have m_u times as many, over all classes."""
        labels: Counter[int] = Counter()
        for shapes in self.shapes.values():
            for (n_uc, m_u), units in shapes.items():
                labels[m_u] += units * n_uc
        return Counter({m_u: total // m_u for m_u, total in labels.items()})

    def compose(self) -> Counter[Composition]:
        """Compose the units of all their labels."""
        composed: Counter[Composition] = Counter()
        for (_, m_u), labels in self.together.items():
            votes = tuple((label, labels[label][0]) for label in sorted(labels))
            composed[Composition(m_u, votes)] += next(iter(labels.values()))[1]
        return composed

    def set_apart(self, label: str, units: Mapping[int, int]) -> Counter[Composition]:
        """Compose the units of one label and the rest. `units`: how many there are by m_u."""
        composed: Counter[Composition] = Counter()
        without = Counter(units)
        for (n_uc, m_u), k in self.shapes[label].items():
            rest = ((REST, m_u - n_uc),) if m_u > n_uc else ()
            composed[Composition(m_u, ((ONE, n_uc), *rest))] = k
            without[m_u] -= k
        for m_u, k in without.items():
            if k:
                composed[Composition(m_u, ((REST, m_u),))] = k
        return composed


def count_votes(table: Table) -> dict[tuple[str, ...], Votes]:
    """Count the votes at each value of all dimensions but the label."""
    label = name_label(table.by)
    places = [name for name in table.by if name != label]
    scopes: dict[tuple[str, ...], Votes] = {}
    for row in table.frame.iter_rows(named=True):
        votes = scopes.setdefault(tuple(row[name] for name in places), Votes())
        votes.shapes[row[label]][row["n_uc"], row["m_u"]] += row["units"]
        if "composition" in row:
            votes.together[row["composition"], row["m_u"]][row[label]] = row["n_uc"], row["units"]
    return scopes


def list_groups(ask: Ask, table: Table) -> Iterator[Group]:
    """List the groups of which each is one result, in order of scope: of every label where `by` has it, else one of all
    labels."""
    label = name_label(table.by)
    places = [name for name in table.by if name != label]
    for place, votes in sorted(count_votes(table).items()):
        scope = dict(zip(places, place, strict=True))
        units = votes.count_units()
        pairable = sum(k for m_u, k in units.items() if m_u > 1)
        if label in table.by:
            for name in sorted(votes.shapes):
                composed = votes.set_apart(name, units)
                carriers = sum(k for (_, m_u), k in votes.shapes[name].items() if m_u > 1)
                yield Group({**scope, label: name}, _count(composed), carriers, pairable, 2, True, composed)
        else:
            counts = Counter({(name, *shape): k for name, of in votes.shapes.items() for shape, k in of.items()})
            # Of an open taxonomy nothing is known but the classes that are met.
            classes = len(ask.taxonomy.classes) or len({*votes.shapes} - {"(none)"})
            yield Group(scope, counts, pairable, pairable, classes, False, votes.compose())


def _count(composed: Counter[Composition]) -> Counter[tuple[str, int, int]]:
    counts: Counter[tuple[str, int, int]] = Counter()
    for (m_u, votes), k in composed.items():
        for label, n_uc in votes:
            counts[label, n_uc, m_u] += k
    return counts
