"""Annotator bias: how much more often an annotator chooses a class than the others do for the same units.

**Definition.** A label's *others* are all further labels of its unit before `as_of`, of which each annotator has one;
their plurality is the class that more of them have than any other. Over the labels of the scope whose others have a
plurality, n in number: bias of a class = (labels of the class - pluralities of the class) / n. Positive: chosen more
often than by the others; negative: less often; a class that the annotator never gives has minus its share among the
others. The biases of all classes add up to 0. Without class and family in `by`, the value is the bias that lies
farthest from 0, with its sign, the first by name among equals; the class is named with the finding. By family, the
same of families.

**Class role.** `one-vs-rest`: a class, or family, is told from the rest over all labels of the scope's other
dimensions. **Support.** Labels of these other dimensions whose others have a plurality, of whatever class: all
classes of an annotator have the same.

**When it misleads.** Opposite mistakes cancel: who calls ten dents scratches and ten scratches dents has no bias; see
`annotator_agreement`. The plurality names rare classes more seldom than single labels do, so that all annotators
together lean a little towards them. Without `annotator` in `by` it says how single labels differ from pluralities, and
nothing of persons. It is no `truth`: where all others have a wrong habit, the one who is right has a bias.

**Usual bounds.** `outside: [-0.10, 0.10]` by `[annotator, class]`, with at least 50 labels: `min_n: 50`. For slow
drift a `series` with `test: cusum`, or a `change` against `baseline: {window: 28d}`.

**Degenerate cases.** No label has others with a plurality: null, `no_plurality`. A class that neither the annotator
nor the others chose has no finding of its own, unless the rule is by class alone. No interval is known, so
`confidence` is refused: `min_n` and `streak` guard against chance.

**Source.** A difference of two counts over the same labels: what the two margins of a table of one annotator against
the others differ by, whose test is that of Stuart (1955), A Test for Homogeneity of the Marginal Distributions in a
Two-Way Classification, Biometrika 42, 412-416.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table, Whole, build_results, name_columns

if TYPE_CHECKING:
    import polars as pl

KINDS = ("class", "family")
"""Dimensions that say what is chosen."""


def name_keys(_: Ask) -> Mapping[str, str]:
    """What each label says, and what its others do."""
    return name_columns("class", "_others")


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Labels whose others have a plurality."""
    return {"n": Measure("count", of="_others")}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Count how often each class is chosen in a place, and how often by the others, and divide the difference."""
    places = [name for name in current.by if name not in KINDS]
    pooled = "family" in current.by and "class" not in current.by
    counted: defaultdict[tuple[str, ...], tuple[Counter[str], Counter[str]]]
    counted = defaultdict(lambda: (Counter(), Counter()))
    for row in current.frame.iter_rows(named=True):
        chosen, others = counted[tuple(row[name] for name in places)]
        own, beside = row["class"], row["_others"]
        if pooled:
            own, beside = ask.taxonomy.find_family(own), beside and ask.taxonomy.find_family(beside)
        chosen[own] += row["n"]
        if beside is not None:
            others[beside] += row["n"]
    results: list[dict[str, object]] = []
    for place, (chosen, others) in sorted(counted.items()):
        n, names = others.total(), sorted({*chosen, *others})
        known = dict(zip(places, place, strict=True))
        result: dict[str, object] = {"n": n, "reason": None if n else "no_plurality", "slices": []}
        biases = {name: (chosen[name] - others[name]) / n if n else None for name in names}
        if {*KINDS}.isdisjoint(current.by):
            found = max(names, key=lambda name: abs(chosen[name] - others[name]))
            slices = [_name_choice(found, chosen[found], others[found])] if biases[found] else []
            results.append({**known, **result, "value": biases[found], "slices": slices})
            continue
        for name in names:
            kinds = {"family": name} if pooled else {"class": name, "family": ask.taxonomy.find_family(name)}
            scope = {kind: kinds[kind] for kind in KINDS if kind in current.by}
            results.append({**known, **scope, **result, "value": biases[name]})
    return build_results(current.by, results, "slices")


def _name_choice(name: str, chosen: int, others: int) -> dict[str, object]:
    """Say which class is chosen more often or less often than by the others, and how often by both."""
    kind = "chosen_more" if chosen > others else "chosen_less"
    return {"of": json.dumps({"class": name}), "n": chosen, "reference": others, "kind": kind}


METRIC = Metric(
    name="annotator_bias",
    title="How much more often a class is chosen than by the unit's other annotators",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="one-vs-rest",
    unit="rows",
    low=-1.0,
    high=1.0,
    relation="labels",
    keys=name_keys,
    measures=name_measures,
    whole=Whole(frozenset({"class"}), "compares all that annotators choose with what the others do"),
    finish=finish,
    subject="annotators",
)
