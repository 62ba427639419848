"""Cohen's kappa: how far two reviewers agree beyond what each one's own habits would give by chance.

**Definition.** Of two reviewers who labelled the same units, o_cd is the share of those units that the one called c and
the other d; p_c and q_d are the shares of their labels there. Kappa = 1 - (sum of w_cd o_cd) / (sum of w_cd p_c q_d).
`weights` say how much a disagreement weighs: `none` (if nothing is said), 1 for any, which is (p_o - p_e) / (1 - p_e);
`linear`, the number of steps between the classes; `quadratic`, its square. Steps go by the order in which the ruleset
declares the classes; without a `classes` section labels must be numbers, and their difference weighs. The value is the
mean of kappa over all pairs of reviewers that share at least `min_shared` (20) units. Two reviewers are one pair.

**Class role.** `across`: `class` and `family` in `by` are refused, as is `annotator`. A label that is missing
(`(none)`) or not declared (`(unknown)`) is a label like any other; with weights it is nowhere on the scale, and left
out. **Support.** Units with two labels or more, whether their reviewers share enough of them or not.

**When it misleads.** A mean over pairs hides a pair that does not agree at all, and each counts the same whether it
shares 20 units or 2,000. Two reviewers who share a wrong habit agree. With nearly all labels of one class kappa is low
although raw agreement is high. Quadratic weights give high values to reviewers who are off by one all the time. With
many reviewers `krippendorff_alpha` says the same from all units at once and knows how sure it is; this is for two, or
to look into it.

**Usual bounds.** Landis and Koch (1977): 0.41 to 0.60 moderate, 0.61 to 0.80 substantial, above almost perfect.

**Degenerate cases.** Only one reviewer: null, `single_annotator`. No two that share enough units: null, `no_overlap`. A
pair both of whom gave every unit one and the same label is undefined and left out of the mean; where that is every
pair: null, `single_class`. One of a pair who gives every unit the same label: 0. Labels that are no numbers where their
difference weighs: null, `not_numbers`. More than 2,000,000 kinds of pairs (two reviewers and what each of them chose),
in all windows and rules of a grain, end the run (`too-many-scopes`). No interval is known, so `confidence` is refused.

**Source.** Cohen (1960), A Coefficient of Agreement for Nominal Scales, Educational and Psychological Measurement 20,
37-46; Cohen (1968), Weighted Kappa, Psychological Bulletin 70, 213-220; the mean over pairs is that of Light (1971),
Psychological Bulletin 76, 365-377.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from prism_rules.metrics.metric import Ask, Measure, Metric, Table, build_results, name_columns
from prism_rules.metrics.scale import place_labels
from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """How disagreement weighs, and which pairs of reviewers count."""

    weights: Literal["none", "linear", "quadratic"] = "none"
    """`none`: any two classes disagree alike; `linear`: by the steps between them; `quadratic`: by their square."""
    min_shared: Annotated[int, Field(ge=1)] = 20
    """Units that two reviewers must share for their pair to count."""


Chosen = Counter[tuple[str, str]]
"""What one reviewer chose and what the other -> units."""

WEIGHTS: Mapping[str, Callable[[int, int], int]] = {
    "none": lambda one, other: int(one != other),
    "linear": lambda one, other: abs(one - other),
    "quadratic": lambda one, other: (one - other) ** 2,
}


def compute_kappa(chosen: Chosen, places: Mapping[str, int], weigh: Callable[[int, int], int]) -> Fraction | None:
    """One minus observed over expected disagreement of a pair; None where chance cannot disagree."""
    ones: Counter[str] = Counter()
    others: Counter[str] = Counter()
    observed = 0
    for (one, other), units in chosen.items():
        ones[one] += units
        others[other] += units
        observed += units * weigh(places[one], places[other])
    expected = sum(n * k * weigh(places[one], places[other]) for one, n in ones.items() for other, k in others.items())
    return 1 - Fraction(chosen.total() * observed, expected) if expected else None


@dataclass(slots=True)
class Scope:
    """What is counted at one value of all dimensions."""

    pairs: defaultdict[tuple[int, int], Chosen] = field(default_factory=lambda: defaultdict(Counter))
    annotators: set[int] = field(default_factory=set)
    n: int = 0

    def measure(self, ask: Ask) -> tuple[Fraction | None, str | None]:
        """Give the mean of kappa over the pairs that share enough, or why there is none."""
        labels = sorted({label for chosen in self.pairs.values() for pair in chosen for label in pair})
        scaled = ask.params.weights != "none"
        places = place_labels(labels, ask.taxonomy) if scaled else {label: i for i, label in enumerate(labels)}
        if len(self.annotators) == 1:
            return None, "single_annotator"
        if places is None:
            return None, "not_numbers"
        kept = [Counter({pair: k for pair, k in of.items() if places.keys() >= {*pair}}) for of in self.pairs.values()]
        enough = [chosen for chosen in kept if chosen.total() >= ask.params.min_shared]
        kappas = [compute_kappa(chosen, places, WEIGHTS[ask.params.weights]) for chosen in enough]
        known = [kappa for kappa in kappas if kappa is not None]
        if known:
            return sum(known, Fraction(0)) / len(known), None
        return None, "single_class" if enough else "no_overlap"


def count_scopes(table: Table) -> dict[tuple[str, ...], Scope]:
    """Count what each pair of reviewers chose in each scope."""
    scopes: dict[tuple[str, ...], Scope] = {}
    for row in table.frame.iter_rows(named=True):
        scope = scopes.setdefault(tuple(row[name] for name in table.by), Scope())
        scope.n += row["pairable"]
        scope.annotators.add(row["one_annotator"])
        if row["other_annotator"]:
            pair = row["one_annotator"], row["other_annotator"]
            scope.annotators.add(row["other_annotator"])
            scope.pairs[pair][row["one_class"], row["other_class"]] += row["units"]
    return scopes


def name_measures(_: Ask) -> Mapping[str, Measure]:
    """Units of each combination of keys; and of the rows of a last annotator, of which a unit has one, the pairable."""
    return {"units": Measure("count"), "pairable": Measure("count", where="other_annotator = 0 AND m_u > 1")}


def finish(ask: Ask, current: Table, _: Table | None) -> pl.DataFrame:
    """Give each scope the mean of its pairs."""
    results: list[dict[str, object]] = []
    for place, scope in sorted(count_scopes(current).items()):
        value, reason = scope.measure(ask)
        shown = None if value is None else float(value)
        results.append({**dict(zip(current.by, place, strict=True)), "value": shown, "n": scope.n, "reason": reason})
    return build_results(current.by, results)


METRIC = Metric(
    name="cohen_kappa",
    title="Agreement of two reviewers (Cohen's kappa)",
    roles=("annotations",),
    fields=("unit", "annotator", "class"),
    class_role="across",
    unit="units",
    low=-1.0,
    high=1.0,
    params=Parameters,
    relation="pairs",
    keys=lambda _: name_columns("one_annotator", "other_annotator", "one_class", "other_class"),
    measures=name_measures,
    finish=finish,
    subject="agreement",
)
