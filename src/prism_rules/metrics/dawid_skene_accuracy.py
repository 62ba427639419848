"""Dawid-Skene accuracy: how likely annotators give the true class, when nobody knows it, by who agrees with whom.

**Definition.** Dawid and Skene's model: every unit has one true class, and each annotator gives each class with a
probability of their own that depends on the true one alone. All of it is estimated together by expectation and
maximisation. It begins with the shares of each unit's labels; it ends when the logarithm of the likelihood changes by
less than 1e-9, or after 200 steps. `smoothing` (default 0.01) is added to each cell of what an annotator was counted to
give; 0 is the estimate of the paper. Each unit needs 3 labels and each annotator 20: what falls short is left out, then
what falls short without it, until nothing does. By `[annotator]` the value is the sum over classes of (share of the
class among the units) x (probability that the annotator gives it where it is true); by `[annotator, class]` that
probability; by `[class]` its mean over annotators, each weighted by their labels of units that most probably are of the
class; without both the mean of the annotators' values, each weighted by their labels. Everything is estimated anew in
each place: each value of the rule's other dimensions. A unit belongs to the window of its newest label, with all
earlier ones, settled as the source's `duplicates` says.

**Class role.** `truth`: units that most probably are of that class, or, with `family` in `by`, the same of families.
**Support.** Labels that take part; by class, those of units that most probably are of it.

**When it misleads.** The truth is only the consensus that fits best: where most annotators share a mistake, the one who
is right looks wrong. Annotators are taken as independent, which those who copy each other, or share hard units, are
not. What is found is a local optimum: annotators who mostly guess can turn two classes round. An annotator who was
never shown a class counts there with smoothing alone, 1 / (number of classes). Prefer `gold_agreement` where there is
gold, and see `annotator_agreement` for what needs no model.

**Usual bounds.** There are none for all tasks: `below` what most annotators reach. For change over time a `drop`
against `baseline: {window: 28d}`; each window is a model of its own.

**Degenerate cases.** No 3 labels per unit and 20 per annotator, or an annotator who is left out: null, `few_labels`.
No unit is most probably of the class, or none that the annotator labelled: null, `class_absent`. Labels of different
patterns times classes, of all places of a window together, above 100,000, which may take five seconds: null,
`too_many_labels`; take a shorter window, or narrow with `where`. More than 2,000,000 labels of different patterns, in
all windows and rules of a grain, end the run instead (`too-many-scopes`). No interval is known, so `confidence` is
refused.

**Source.** Dawid and Skene (1979), Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm,
Applied Statistics 28, 20-28, whose estimates of the anaesthetists it reproduces without smoothing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from prism_rules.inference.dawid_skene import Consensus, Pattern, find_consensus
from prism_rules.metrics.metric import Ask, Measure, Metric, Table, build_results, name_columns
from prism_rules.metrics.votes import name_label
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl

LEAST_OF_UNIT, LEAST_OF_ANNOTATOR = 3, 20
MOST_CELLS = 100_000
"""Labels of different patterns times classes."""

Scope = tuple[str | None, str | None]
"""Annotator and class, None for all of them."""
Rated = Mapping[Scope, tuple[float | None, int]]
"""Scope -> value (None: the class is absent) and how many labels it rests on."""


class Parameters(Frozen):
    """How the estimate is kept off 0 and 1."""

    smoothing: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Added to each cell of what an annotator was counted to give; 0 is the estimate of the paper."""


@dataclass(slots=True)
class Place:
    """What is labelled at one value of the dimensions beside annotator and class."""

    patterns: defaultdict[str, list[tuple[str, str, int]]] = field(default_factory=lambda: defaultdict(list))
    """Pattern -> its labels: annotator, class, 1."""
    units: dict[str, int] = field(default_factory=dict)
    """Pattern -> units."""
    scopes: set[Scope] = field(default_factory=set)


def name_keys(ask: Ask) -> Mapping[str, str]:
    """Who gave which class, and what tells apart units whose labels are not the same."""
    return name_columns("annotator", name_label(ask.by), "_pattern")


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Units of each pattern."""
    return {"units": Measure("count")}


def keep_enough(place: Place) -> Counter[Pattern]:
    """Keep, of the units with enough labels, those labels whose annotators have enough of them, until both hold."""
    kept = Counter[Pattern]()
    for name, listed in place.patterns.items():
        kept[tuple(sorted(listed))] += place.units[name]
    while True:
        kept = Counter({labels: n for labels, n in kept.items() if len(labels) >= LEAST_OF_UNIT})
        given = Counter[str]()
        for labels, n in kept.items():
            for annotator, _, _ in labels:
                given[annotator] += n
        few = {annotator for annotator, n in given.items() if n < LEAST_OF_ANNOTATOR}
        if not few:
            return kept
        rest = Counter[Pattern]()
        for labels, n in kept.items():
            rest[tuple(label for label in labels if label[0] not in few)] += n
        kept = rest


def rate_scopes(found: Consensus, units: Counter[Pattern]) -> Rated:
    """Rate every annotator at every class, and both over all of the other."""
    classes = range(len(found.classes))
    given = {annotator: [0] * len(found.classes) for annotator in found.confusions}
    for labels, n in units.items():
        likely = max(classes, key=found.posteriors[labels].__getitem__)
        for annotator, _, _ in labels:
            given[annotator][likely] += n
    rated: dict[Scope, tuple[float | None, int]] = {}
    overall = []
    for annotator, rows in found.confusions.items():
        value = min(1.0, math.fsum(found.priors[c] * rows[c][c] for c in classes))
        rated[annotator, None] = value, sum(given[annotator])
        overall.append((value, sum(given[annotator])))
        for c in classes:
            n = given[annotator][c]
            rated[annotator, found.classes[c]] = rows[c][c] if n else None, n
    for c in classes:
        rated[None, found.classes[c]] = _average(
            [(rows[c][c], given[who][c]) for who, rows in found.confusions.items()]
        )
    rated[None, None] = _average(overall)
    return rated


def _average(weighted: list[tuple[float, int]]) -> tuple[float | None, int]:
    n = sum(weight for _, weight in weighted)
    return min(1.0, math.fsum(value * weight for value, weight in weighted) / n) if n else None, n


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Estimate each place by itself, and tell of its scopes what they ask."""
    label = name_label(current.by)
    places = [name for name in current.by if name not in ("annotator", label)]
    asked = "annotator" in current.by, label in current.by
    found: defaultdict[tuple[str, ...], Place] = defaultdict(Place)
    for row in current.frame.iter_rows(named=True):
        place = found[tuple(row[name] for name in places)]
        place.patterns[row["_pattern"]].append((row["annotator"], row[label], 1))
        place.units[row["_pattern"]] = row["units"]
        place.scopes.add((row["annotator"] if asked[0] else None, row[label] if asked[1] else None))
    kept = {name: keep_enough(place) for name, place in found.items()}
    too_many = sum(map(_count_cells, kept.values())) > MOST_CELLS
    frozen = tuple(tuple(sorted(kept[name].items())) if not too_many else () for name in sorted(found))
    results: list[dict[str, object]] = []
    for (name, place), rated in zip(sorted(found.items()), _rate_places(frozen, ask.params.smoothing), strict=True):
        scopes = place.scopes | {scope for scope in rated if (scope[0] is not None, scope[1] is not None) == asked}
        for scope in sorted(scopes, key=lambda scope: (scope[0] or "", scope[1] or "")):
            value, n = rated.get(scope, (None, 0))
            reason = "too_many_labels" if too_many else "class_absent" if scope in rated else "few_labels"
            known = {**dict(zip(places, name, strict=True)), "annotator": scope[0], label: scope[1]}
            result = {"value": value, "n": n, "reason": reason if value is None else None}
            results.append({**{d: known[d] for d in current.by}, **result})
    return build_results(current.by, results)


@lru_cache(maxsize=4)
def _rate_places(places: tuple[tuple[tuple[Pattern, int], ...], ...], smoothing: float) -> tuple[Rated, ...]:
    """Rate the scopes of each place, given the units of each pattern there: once for all rules of the same labels."""
    counted = [Counter(dict(place)) for place in places]
    return tuple(rate_scopes(find_consensus(units, smoothing), units) if units else {} for units in counted)


def _count_cells(units: Counter[Pattern]) -> int:
    return sum(map(len, units)) * len({name for labels in units for _, name, _ in labels})


METRIC = Metric(
    name="dawid_skene_accuracy",
    title="Estimated probability that annotators give the true class",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="truth",
    unit="rows",
    low=0.0,
    high=1.0,
    params=Parameters,
    relation="patterns",
    keys=name_keys,
    measures=name_measures,
    finish=finish,
    subject="annotators",
)
