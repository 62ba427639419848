"""Every metric on drawn data against a library, or against a few lines of plain Python that follow its definition.

Each case is a site with rows of its own, some of them empty, constant, or of one class; all metrics are measured over
all sites in one evaluation, unrounded. What is a ratio of counts must be equal to the last bit, anything else to 1e-9,
and null exactly where it is undefined, for the reason that is named.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import krippendorff
import numpy as np
import pytest
from scipy import spatial, stats
from sklearn import metrics as sklearn

from prism_rules.metrics import METRICS

SITES = [f"site-{number:02}" for number in range(60)]
UNTIL = datetime(2026, 3, 1)  # noqa: DTZ001, as the data have it
CLASSES = ("dent", "ok", "pit")
TAXONOMY = {"dent": {"risk": "high", "family": "metal"}, "ok": {"risk": "low"}, "pit": {"family": "metal"}}
METAL = ("dent", "pit")
WEIGHTS = {"dent": 5, "ok": 1, "pit": 2}
LIGHTS = ("glare", "diffuse", "dark", None)

Rows = list[dict[str, Any]]
Expected = tuple[Fraction | float | str, int]
"""A value (a fraction: exactly so; a text: none, for that reason) and its support."""


@dataclass
class Case:
    """The rows of one site."""

    predictions: Rows = field(default_factory=list)
    reference: Rows = field(default_factory=list)
    annotations: Rows = field(default_factory=list)
    feedback: Rows = field(default_factory=list)


# Drawing


@cache
def draw_cases() -> dict[str, Case]:
    draw = random.Random(20260301)
    return {site: draw_case(draw, site) for site in SITES}


def draw_case(draw: random.Random, site: str) -> Case:
    classes = draw.choice((CLASSES[:1], CLASSES[:2], CLASSES, CLASSES, (*CLASSES, "ghost", None)))
    lights = LIGHTS[: draw.randint(1, 4)]
    numbers: Callable[[], Any] = draw.choice(
        (
            lambda: 7.0,
            lambda: float(draw.randint(-3, 3)),
            lambda: draw.choice((None, math.nan, math.inf, 1e13, draw.gauss(0, 5), round(draw.gauss(0, 5), 1))),
            lambda: draw.uniform(-1e5, 1e5),
        )
    )
    sure: Callable[[], Any] = draw.choice(
        (
            lambda: draw.choice((0.0, 1.0)),
            lambda: round(draw.random(), 2),
            lambda: draw.choice((None, math.nan, 1.5, 0.6, 0.9, draw.random())),
            draw.random,
        )
    )
    labelled, looked = draw.choice((0.0, 0.5, 1.0, 1.0)), draw.choice((0.0, 0.5, 1.0))

    def draw_row(number: int) -> dict[str, Any]:
        own = draw.choice(classes)
        return {
            "id": f"{site}-{draw.randint(0, 60) if draw.random() < 0.3 else number}",
            "time": f"2026-02-{draw.randint(22, 28)}T{draw.randint(0, 23):02}:00:00",
            "class": own,
            "site": site,
            "lighting": draw.choice(lights),
            "confidence": sure(),
            "brightness": numbers(),
            "label": draw.choice((own, own, draw.choice(classes))) if draw.random() < labelled else None,
            "overridden": draw.choice((True, False, False)) if draw.random() < looked else None,
        }

    few = draw.choice((1, 2, 12, 40, 150, 150))
    reference = [draw_row(100 + number) for number in range(draw.choice((0, 1, 10, 60, 150, 150)))]
    for row in reference:
        row["lighting"] = draw.choice(LIGHTS[: draw.randint(1, 4)])
        if row["brightness"] is not None and draw.random() < 0.5:
            row["brightness"] += 1.5
    predictions = [draw_row(number) for number in range(draw.randint(few // 2 + 1, few))]
    return Case(predictions, reference, draw_labels(draw, site), draw_signals(draw, site))


def draw_labels(draw: random.Random, site: str) -> Rows:
    """Labels of a few annotators; some give a unit two labels, of which the newer one counts."""
    classes = draw.choice((CLASSES[:1], CLASSES[:2], CLASSES, CLASSES, (*CLASSES, "ghost", None)))
    annotators = "abcd"[: draw.choice((1, 2, 2, 3, 4))]
    biased = {annotator: draw.choice(classes) for annotator in annotators}
    rows = []
    for number in range(draw.choice((1, 3, 9, 9, 60))):
        truth = draw.choice(classes)
        for annotator in annotators:
            for hour in range(draw.choice((0, 1, 1, 1, 2))):
                guess = draw.choice((truth, truth, draw.choice(classes), biased[annotator]))
                rows.append(
                    {
                        "unit": f"{site}-{number}", "annotator": annotator, "class": guess, "site": site,
                        "time": f"2026-02-25T{hour:02}:00:00", "gold": truth,
                    }
                )  # fmt: skip
    return rows


def draw_signals(draw: random.Random, site: str) -> Rows:
    """Signals of a week; some are routed, before or after its end, and some by mistake before they were raised."""
    share = draw.choice((0.0, 0.5, 1.0))
    rows = []
    for number in range(draw.choice((1, 4, 20))):
        raised = UNTIL - timedelta(seconds=draw.randint(1, 7 * 86_400))
        routed = raised + timedelta(seconds=draw.choice((0, 3600, draw.randint(-3600, 6 * 86_400))))
        rows.append(
            {
                "id": f"{site}-{number}", "time": raised.isoformat(), "channel": "qa", "class": "dent", "site": site,
                "routed_at": routed.isoformat() if draw.random() < share else None,
            }
        )  # fmt: skip
    return rows


# What of a row counts


def is_number(x: float | None) -> bool:
    return x is not None and math.isfinite(x) and abs(x) <= 1e12


def is_share(x: float | None) -> bool:
    return x is not None and math.isfinite(x) and 0 <= x <= 1


def place(name: str | None) -> str:
    return "(none)" if name is None else name if name in CLASSES else "(unknown)"


def pick(rows: Rows, **wanted: Any) -> Rows:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def list_numbers(rows: Rows, column: str = "brightness") -> list[float]:
    known = is_share if column == "confidence" else is_number
    return [row[column] for row in rows if known(row[column])]


def has_label(row: dict[str, Any]) -> bool:
    return row["label"] is not None


def is_known(row: dict[str, Any]) -> bool:
    return has_label(row) and is_share(row["confidence"])


def is_wrong(row: dict[str, Any]) -> bool:
    """A row without a class is wrong as well."""
    return has_label(row) and row["label"] != row["class"]


def divide(part: int, whole: int, reason: str) -> Expected:
    return (Fraction(part, whole) if whole else reason), whole


def share_of(
    rows: Rows,
    hit: Callable[[dict[str, Any]], bool],
    counted: Callable[[dict[str, Any]], bool] = lambda _: True,
    reason: str = "no_rows",
) -> Expected:
    whole = [row for row in rows if counted(row)]
    return divide(sum(map(hit, whole)), len(whole), reason)


def average(numbers: Sequence[float], reason: str) -> Expected:
    return (math.fsum(numbers) / len(numbers) if numbers else reason), len(numbers)


# Counts of categories, here and in the reference


def count(rows: Iterable[dict[str, Any]], *of: str) -> Counter[Hashable]:
    return Counter(tuple(place(row[d]) if d == "class" else row[d] or "(none)" for d in of) for row in rows)


def sum_slices(case: Case, named: Callable[[Hashable, Counter[Hashable], Counter[Hashable]], bool]) -> Expected:
    here, there = count(case.predictions, "lighting"), count(case.reference, "lighting")
    if not there:
        return "no_baseline", here.total()
    return divide(sum(n for slice_, n in here.items() if named(slice_, here, there)), here.total(), "no_rows")


def is_thin(slice_: Hashable, here: Counter[Hashable], there: Counter[Hashable]) -> bool:
    if not there[slice_] or Fraction(here[slice_], here.total()) < Fraction(1, 100):
        return False
    ratio = Fraction(there[slice_] * here.total(), there.total() * here[slice_])
    return there[slice_] < 10 or ratio < Fraction(1, 2)


def compare_mixes(measure: Callable[[list[int], list[int]], float | Fraction | str]) -> Callable[[Case], Expected]:
    """Measure the counts of all conditions met on either side."""

    def expect(case: Case) -> Expected:
        here, there = count(case.predictions, "lighting"), count(case.reference, "lighting")
        if not there:
            return "no_baseline", here.total()
        met = sorted({*here, *there}, key=str)
        return measure([here[x] for x in met], [there[x] for x in met]), here.total()

    return expect


def smooth(counts: Sequence[int]) -> np.ndarray[Any, Any]:
    """Half a row more in each category."""
    return (np.array(counts) + 0.5) / (sum(counts) + len(counts) / 2)


def exact(counts: Sequence[int]) -> list[Fraction]:
    return [Fraction(n, sum(counts)) for n in counts]


def floor(counts: Sequence[int]) -> np.ndarray[Any, Any]:
    """A ten-thousandth where there is nothing, and nothing taken from the others."""
    shares = np.array(counts) / sum(counts)
    return np.where(shares > 0, shares, 1e-4)


def find_psi(policy: Callable[[Sequence[int]], Any]) -> Callable[[list[int], list[int]], float]:
    return lambda here, there: float(
        sum((p - q) * math.log(p / q) for p, q in zip(policy(here), policy(there), strict=True))
    )


def find_hellinger(here: list[int], there: list[int]) -> float:
    roots = [math.sqrt(p * q) for p, q in zip(exact(here), exact(there), strict=True)]
    return math.sqrt(max(0.0, 1 - math.fsum(roots)))


def sum_where(here: list[int], there: list[int]) -> Fraction:
    """The share of rows in categories that the other side lacks."""
    return sum((p for p, q in zip(exact(here), there, strict=True) if not q), Fraction(0))


def find_cramers_v(here: list[int], there: list[int]) -> float | str:
    if len(here) < 2:
        return "single_category"
    table = np.array([here, there])
    if (stats.contingency.expected_freq(table) < 5).mean() > 0.2:
        return "small_expected"
    return float(stats.contingency.association(table, method="cramer", correction=False))


@cache
def find_edges(bins: int) -> Any:
    """Bins end at quantiles of the reference of all sites."""
    numbers = [x for case in draw_cases().values() for x in list_numbers(case.reference)]
    return np.unique(np.quantile(numbers, [k / bins for k in range(1, bins)]))


def compare_bins(
    measure: Callable[[list[int], list[int]], float | Fraction | str], bins: int = 10
) -> Callable[[Case], Expected]:
    """Measure the counts in bins, each of which holds its upper end."""

    def expect(case: Case) -> Expected:
        here, there = list_numbers(case.predictions), list_numbers(case.reference)
        if not there or not here:
            return "no_baseline" if not there else "no_values", len(here)
        edges = find_edges(bins)
        counts = [np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1).tolist() for x in (here, there)]
        return measure(*counts), len(here)

    return expect


def find_total_variation(here: list[int], there: list[int]) -> Fraction:
    return sum((abs(p - q) for p, q in zip(exact(here), exact(there), strict=True)), Fraction(0)) / 2


def find_concept_drift(case: Case) -> Expected:
    """The error rate less that of the reference, light by light, at this side's mix of lights."""

    def count_errors(rows: Rows) -> dict[Any, tuple[int, int]]:
        lights = {row["lighting"] for row in rows if has_label(row)}
        labelled = {light: [row for row in rows if has_label(row) and row["lighting"] == light] for light in lights}
        return {light: (sum(map(is_wrong, of)), len(of)) for light, of in labelled.items()}

    here, there = count_errors(case.predictions), count_errors(case.reference)
    both = here.keys() & there.keys()
    if not both:
        return ("no_labels" if not here else "no_baseline" if not there else "no_common_strata"), 0
    n = sum(here[light][1] for light in both)
    moved = [here[light][0] - here[light][1] * Fraction(*there[light]) for light in both]
    return float(sum(moved) / n), n


# How evenly classes are met


def spread_classes(measure: Callable[[list[int]], float | Fraction | str]) -> Callable[[Case], Expected]:
    def expect(case: Case) -> Expected:
        counts = [len(pick(case.predictions, **{"class": name})) for name in CLASSES]
        return (measure(counts) if any(counts) else "no_classes"), sum(counts)

    return expect


def expect_share_of_class(case: Case) -> dict[str, Expected]:
    whole = len(case.predictions)
    return {name: (Fraction(len(pick(case.predictions, **{"class": name})), whole), whole) for name in CLASSES}


def over_signals(measure: Callable[[Rows], Expected]) -> Callable[[Case], Expected]:
    return lambda case: measure(case.feedback)


# Errors of the model


def by_class(measure: Callable[[Rows], Expected]) -> Callable[[Case], dict[str, Expected]]:
    """Measure the rows of each declared class that is met."""

    def expect(case: Case) -> dict[str, Expected]:
        groups = {name: pick(case.predictions, **{"class": name}) for name in CLASSES}
        return {name: measure(rows) for name, rows in groups.items() if rows}

    return expect


def over_rows(measure: Callable[[Rows], Expected]) -> Callable[[Case], Expected]:
    return lambda case: measure(case.predictions)


def find_segment_gap(rows: Rows) -> Expected:
    labelled = [row for row in rows if has_label(row)]
    segments = count(labelled, "lighting")
    gaps = []
    for (light,), n in segments.items():
        here = [row for row in labelled if (row["lighting"] or "(none)") == light]
        rest = [row for row in labelled if (row["lighting"] or "(none)") != light]
        if n >= 3 and len(rest) >= 3:
            gaps.append(abs(Fraction(sum(map(is_wrong, here)), n) - Fraction(sum(map(is_wrong, rest)), len(rest))))
    reason = "no_labels" if not labelled else "one_segment" if len(segments) == 1 else "small_segments"
    return (float(max(gaps)) if gaps else reason), len(labelled)


def find_slice_gaps(case: Case) -> dict[str, Expected]:
    """Each kind of lighting against all other rows."""
    found: dict[str, Expected] = {}
    for light in {row["lighting"] for row in case.predictions}:
        here = [row for row in case.predictions if has_label(row) and row["lighting"] == light]
        rest = [row for row in case.predictions if has_label(row) and row["lighting"] != light]
        gap = "no_rest" if here else "no_labels"
        if here and rest:
            gap = sum(map(is_wrong, here)) / len(here) - sum(map(is_wrong, rest)) / len(rest)
        found[light or "(none)"] = gap, len(here)
    return found


def find_ece(bins: int) -> Callable[[Rows], Expected]:
    """Bins of equal width, told apart by the decimals that the confidence is written in."""

    def measure(rows: Rows) -> Expected:
        known = [row for row in rows if is_known(row)]
        gaps: dict[int, Fraction] = defaultdict(Fraction)
        for row in known:
            exactly = Fraction(repr(row["confidence"]))
            gaps[min(int(exactly * bins + Fraction(1, 2 * 10**9)), bins - 1)] += exactly - (not is_wrong(row))
        return (float(sum(map(abs, gaps.values())) / len(known)) if known else "no_labels"), len(known)

    return measure


def find_brier(rows: Rows) -> Expected:
    known = [row for row in rows if is_known(row)]
    if not known:
        return "no_labels", 0
    right = [not is_wrong(row) for row in known]
    return float(sklearn.brier_score_loss(right, [row["confidence"] for row in known], pos_label=True)), len(known)


def list_pairs(rows: Rows) -> tuple[list[str], list[str]]:
    """Labels and predictions of the labelled rows."""
    labelled = [row for row in rows if has_label(row)]
    return [place(row["label"]) for row in labelled], [place(row["class"]) for row in labelled]


Score = Callable[..., Any]


def average_classes(score: Score, *, truth: bool, predicted: bool, how: str = "macro") -> Callable[[Rows], Expected]:
    """Average over the declared classes that some labelled row is of, by label or by prediction; weighted, by label."""

    def measure(rows: Rows) -> Expected:
        labels, predictions = list_pairs(rows)
        met = ({*labels} if truth else set()) | ({*predictions} if predicted and how == "macro" else set())
        names = sorted(met & {*CLASSES})
        pairs = zip(labels, predictions, strict=True)
        n = sum((truth and label in names) or (predicted and own in names) for label, own in pairs)
        if not names:
            return "no_labels", 0
        return float(score(labels, predictions, labels=names, average=how, zero_division=0)), n

    return measure


def score_classes(score: Score, *, truth: bool, predicted: bool) -> Callable[[Case], dict[str, Expected]]:
    """Score each declared class that any row is of."""

    def expect(case: Case) -> dict[str, Expected]:
        labels, predictions = list_pairs(case.predictions)
        met = {*labels} | {place(row["class"]) for row in case.predictions}
        found: dict[str, Expected] = {}
        for name in {*CLASSES} & met:
            pairs = zip(labels, predictions, strict=True)
            n = sum((truth and label == name) or (predicted and own == name) for label, own in pairs)
            value = float(score(labels, predictions, labels=[name], average="macro", zero_division=0)) if n else ""
            found[name] = value or ("no_labels" if not n else 0.0), n
        return found

    return expect


def weigh_misses(rows: Rows) -> Expected:
    labels, predictions = list_pairs(rows)
    names = sorted({*labels} & {*CLASSES})
    if not names:
        return "no_labels", 0
    recalls = sklearn.recall_score(labels, predictions, labels=names, average=None, zero_division=0)
    return float(1 - np.average(recalls, weights=[WEIGHTS[name] for name in names])), sum(x in names for x in labels)


# Numbers beside those of a reference


def compare_numbers(measure: Callable[[list[float], list[float]], float | str]) -> Callable[[Case], Expected]:
    def expect(case: Case) -> Expected:
        here, there = list_numbers(case.predictions), list_numbers(case.reference)
        return ("no_values" if not here else measure(here, there) if there else "no_baseline"), len(here)

    return expect


def find_distance_in_std(here: list[float], there: list[float]) -> float | str:
    spread = float(np.std(there))
    return float(stats.wasserstein_distance(here, there)) / spread if spread else "constant_reference"


# Time


def count_days(seconds: float) -> float:
    return seconds / 86_400


def list_waits(rows: Rows) -> list[tuple[float, bool]]:
    """Of each signal how many seconds it waited until the end, and whether it was routed by then."""
    found = []
    for row in rows:
        routed = row["routed_at"] is not None and datetime.fromisoformat(row["routed_at"]) < UNTIL
        end = datetime.fromisoformat(row["routed_at"]) if routed else UNTIL
        found.append(((end - datetime.fromisoformat(row["time"])).total_seconds(), routed))
    return found


def find_backlog_age(rows: Rows) -> Expected:
    return max([count_days(waited) for waited, routed in list_waits(rows) if not routed], default=0.0), len(rows)


def find_late_share(within: float) -> Callable[[Rows], Expected]:
    def measure(rows: Rows) -> Expected:
        settled = [
            (waited, routed) for waited, routed in list_waits(rows) if waited >= 0 and (routed or waited > within)
        ]
        return divide(sum(waited > within for waited, _ in settled), len(settled), "no_settled_signals")

    return measure


def find_latency(q: Fraction) -> Callable[[Rows], Expected]:
    """Kaplan and Meier's estimate, on whole hours."""

    def measure(rows: Rows) -> Expected:
        waits = [(waited, routed) for waited, routed in list_waits(rows) if waited >= 0]
        hours = [
            (math.ceil(waited / 3600) if routed else math.floor(waited / 3600), routed) for waited, routed in waits
        ]
        left = Fraction(1)
        for hour in sorted({hour for hour, routed in hours if routed}):
            waiting = sum(other >= hour for other, _ in hours)
            left *= 1 - Fraction(sum(other == hour and routed for other, routed in hours), waiting)
            if left <= 1 - q:
                return hour / 24, len(waits)
        return "censored" if waits else "no_signals", len(waits)

    return measure


def find_age(rows: Rows) -> Expected:
    newest = max(datetime.fromisoformat(row["time"]) for row in rows)
    return count_days((UNTIL - newest).total_seconds()), len(rows)


# Single labels: each beside the others of its unit


def find_plurality(labels: Iterable[str]) -> str | None:
    ranked = Counter(labels).most_common()
    return None if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]) else ranked[0][0]


def list_beside(case: Case) -> list[tuple[str, str, str | None]]:
    """Annotator, label and the plurality of the unit's other labels."""
    return [
        (annotator, label, find_plurality(other for name, other in unit.items() if name != annotator))
        for unit in settle(case.annotations).values()
        for annotator, label in unit.items()
    ]


def expect_confirmed(case: Case, one: str | None = None) -> Expected:
    beside = [(label, others) for _, label, others in list_beside(case) if one is None or label == one]
    known = [(label, others) for label, others in beside if others is not None]
    return divide(sum(label == others for label, others in known), len(known), "no_plurality")


def expect_biases(case: Case) -> dict[str, Expected]:
    beside = list_beside(case)
    known = [(label, others) for _, label, others in beside if others is not None]
    met = {label for _, label, _ in beside} | {others for _, others in known}
    found: dict[str, Expected] = {}
    for name in {*CLASSES} & met:
        more = sum(label == name for label, _ in known) - sum(others == name for _, others in known)
        found[name] = divide(more, len(known), "no_plurality")
    return found


def list_gold(case: Case) -> list[tuple[str, str]]:
    """Settled labels with their gold, each placed."""
    golds = {row["unit"]: row["gold"] for row in case.annotations}
    units = settle(case.annotations)
    return [(label, place(golds[u])) for u, of in units.items() for label in of.values() if golds[u] is not None]


def expect_gold(case: Case) -> Expected:
    pairs = list_gold(case)
    return divide(sum(label == gold for label, gold in pairs), len(pairs), "no_gold")


def expect_balanced_gold(case: Case) -> Expected:
    pairs = list_gold(case)
    if not pairs:
        return "no_gold", 0
    labels, golds = zip(*pairs, strict=True)
    names = sorted({*golds})
    return float(sklearn.recall_score(golds, labels, labels=names, average="macro", zero_division=0)), len(pairs)


# Agreement: units as lists of labels


def settle(rows: Rows) -> dict[str, dict[str, str]]:
    """Unit -> annotator -> the latest class; of labels of one moment the first by name."""
    units: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["time"]):
        units[row["unit"]][row["annotator"]] = place(row["class"])
    return units


def list_units(case: Case, one: str | None = None) -> list[list[str]]:
    """Labels of each unit; with `one`, those of that class and the rest."""
    units = [[*of.values()] for of in settle(case.annotations).values()]
    return units if one is None else [["one" if label == one else "rest" for label in of] for of in units]


def agree(
    measure: Callable[[list[list[str]]], float | Fraction | str], *, classes: bool
) -> Callable[[Case], Expected | dict[str, Expected]]:
    """Measure over all classes, or each declared one that is met against the rest."""

    def expect_of(case: Case, one: str | None) -> Expected:
        units = list_units(case, one)
        pairable = [unit for unit in units if len(unit) > 1]
        n = sum(one is None or "one" in unit for unit in pairable)
        if not pairable:
            return "no_pairable_units", 0
        return (measure(units) if n else "class_absent"), n

    def expect(case: Case) -> Expected | dict[str, Expected]:
        if not classes:
            return expect_of(case, None)
        met = {label for unit in list_units(case) for label in unit}
        return {name: expect_of(case, name) for name in CLASSES if name in met}

    return expect


def find_alpha(level: str) -> Callable[[list[list[str]]], float | str]:
    def measure(units: list[list[str]]) -> float | str:
        pairable = [unit for unit in units if len(unit) > 1]
        names = sorted({label for unit in pairable for label in unit})
        if len(names) < 2:
            return "single_class"
        counts = [[unit.count(name) for name in names] for unit in pairable]
        return float(krippendorff.alpha(value_counts=np.array(counts), level_of_measurement=level))

    return measure


def count_equal(unit: Sequence[str]) -> int:
    """Pairs of equal labels, each in both orders, one by one."""
    return sum(a == b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j)


def find_percent(units: list[list[str]]) -> float:
    pairable = [unit for unit in units if len(unit) > 1]
    parts = [Fraction(count_equal(unit), len(unit) * (len(unit) - 1)) for unit in pairable]
    return float(sum(parts) / len(parts))


def find_pooled_percent(units: list[list[str]]) -> Fraction:
    return Fraction(sum(map(count_equal, units)), sum(len(unit) * (len(unit) - 1) for unit in units))


def find_shares_of_labels(units: list[list[str]]) -> dict[str, Fraction]:
    names = {label for unit in units for label in unit}
    return {name: sum(Fraction(unit.count(name), len(unit)) for unit in units) / len(units) for name in names}


def find_fleiss(units: list[list[str]]) -> float | str:
    agreement = Fraction(find_percent(units)).limit_denominator(10**9)
    chance = sum(p * p for p in find_shares_of_labels(units).values())
    return "single_class" if chance == 1 else float((agreement - chance) / (1 - chance))


def find_ac1(classes: int) -> Callable[[list[list[str]]], float]:
    def measure(units: list[list[str]]) -> float:
        agreement = Fraction(find_percent(units)).limit_denominator(10**9)
        chance = sum(p * (1 - p) for p in find_shares_of_labels(units).values()) / (classes - 1)
        return float((agreement - chance) / (1 - chance))

    return measure


def find_disputed(units: list[list[str]]) -> Fraction:
    pairable = [unit for unit in units if len(unit) > 1]
    return Fraction(sum(len({*unit}) > 1 for unit in pairable), len(pairable))


def find_disputed_of_class(units: list[list[str]]) -> Fraction:
    return find_disputed([unit for unit in units if "one" in unit])


def compare_labels(units: list[list[str]]) -> dict[tuple[str, str], Fraction]:
    """What labels of one class weigh against those of another, pair by pair."""
    weights: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for unit in units:
        for i, a in enumerate(unit):
            for j, b in enumerate(unit):
                if i != j:
                    weights[a, b] += Fraction(1, len(unit) - 1)
    return weights


def find_confused(units: list[list[str]]) -> float:
    weights = compare_labels(units)
    whole = sum(len(unit) for unit in units if len(unit) > 1)
    return float(max([2 * weight / whole for (a, b), weight in weights.items() if a != b], default=0))


def find_crossing(case: Case) -> Expected:
    """Disagreement between families; what has none is one by itself."""
    pairable = [unit for unit in list_units(case) if len(unit) > 1]
    disputed = sum(len({*unit}) > 1 for unit in pairable)
    if not disputed:
        return "no_disagreement" if pairable else "no_pairable_units", 0
    weights = {pair: weight for pair, weight in compare_labels(pairable).items() if pair[0] != pair[1]}
    crossing = sum(weight for (a, b), weight in weights.items() if (a in METAL) != (b in METAL))
    return float(crossing / sum(weights.values())), disputed


def find_mean_kappa(weights: str | None) -> Callable[[Case], Expected]:
    """The mean over pairs of annotators that share two units or more; with weights, of labels on the scale."""

    def expect(case: Case) -> Expected:
        settled = settle(case.annotations)
        n = sum(len(unit) > 1 for unit in settled.values())
        names = sorted({annotator for unit in settled.values() for annotator in unit})
        if len(names) < 2:
            return "single_annotator", n
        kappas, overlaps = [], 0
        for one, other in combinations(names, 2):
            pairs = [(unit[one], unit[other]) for unit in settled.values() if one in unit and other in unit]
            pairs = [pair for pair in pairs if weights is None or {*pair} <= {*CLASSES}]
            if len(pairs) >= 2:
                overlaps += 1
                if len({label for pair in pairs for label in pair}) > 1:
                    scale = [*CLASSES, *(() if weights else ("(none)", "(unknown)"))]
                    kappas.append(sklearn.cohen_kappa_score(*zip(*pairs, strict=True), labels=scale, weights=weights))
        reason = "single_class" if overlaps else "no_overlap"
        return (math.fsum(kappas) / len(kappas) if kappas else reason), n

    return expect


def find_consistent(case: Case) -> Expected:
    given: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in case.annotations:
        given[row["annotator"], row["unit"]].append(place(row["class"]))
    repeated = [labels for labels in given.values() if len(labels) > 1]
    pairs = sum(len(labels) * (len(labels) - 1) for labels in repeated)
    return (Fraction(sum(map(count_equal, repeated)), pairs) if pairs else "no_repeats"), len(repeated)


def find_dawid_skene(case: Case) -> Expected:
    """Expectation and maximisation with matrices, on units with 3 labels by annotators with 20."""
    units = [dict(unit) for unit in settle(case.annotations).values()]
    while True:
        units = [unit for unit in units if len(unit) >= 3]
        given = Counter(annotator for unit in units for annotator in unit)
        if all(n >= 20 for n in given.values()):
            break
        units = [{who: label for who, label in unit.items() if given[who] >= 20} for unit in units]
    if not units:
        return "few_labels", 0
    names, who = sorted({label for unit in units for label in unit.values()}), sorted(given)
    labels = np.zeros((len(units), len(who), len(names)))
    for u, unit in enumerate(units):
        for annotator, label in unit.items():
            labels[u, who.index(annotator), names.index(label)] = 1
    truth = labels.sum(axis=1) / labels.sum(axis=(1, 2))[:, None]
    before = -math.inf
    for _ in range(200):
        prior = truth.mean(axis=0)
        counts = np.einsum("uc,uak->ack", truth, labels) + 0.01
        confusion = counts / counts.sum(axis=2, keepdims=True)
        logs = np.log(np.maximum(prior, 1e-300)) + np.einsum("uak,ack->uc", labels, np.log(confusion))
        likelihood = float(np.logaddexp.reduce(logs, axis=1).sum())
        truth = np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None])
        if abs(likelihood - before) < 1e-9:
            break
        before = likelihood
    accuracy = np.einsum("c,acc->a", prior, confusion)
    return float(np.average(accuracy, weights=[given[name] for name in who])), sum(given.values())


def find_specific(units: list[list[str]]) -> Fraction:
    both = sum(unit.count("one") * (unit.count("one") - 1) for unit in units)
    return Fraction(both, sum(unit.count("one") * (len(unit) - 1) for unit in units))


# The table: a rule of each metric, and what it must give.


@dataclass(frozen=True)
class Asked:
    """A rule by `site`, and by another dimension where there is one, and its oracle."""

    metric: str
    expect: Callable[[Case], Expected | dict[str, Expected]]
    more: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    source: str = "predictions"


OF_FILES = {"schema_change"}
"""What reads no row, so that no rows can be drawn for it."""
REFERENCE = {"baseline": {"source": "reference", "by": ["site"]}}
LIGHTING = {"of": ["lighting"]}
BRIGHTNESS = {"of": "brightness"}
ANNOTATIONS: dict[str, Any] = {"source": "annotations"}
FEEDBACK: dict[str, Any] = {"source": "feedback"}


def low(below: float) -> Callable[[dict[str, Any]], bool]:
    return lambda row: is_share(row["confidence"]) and row["confidence"] < below


def sure_and_wrong(row: dict[str, Any]) -> bool:
    return row["confidence"] >= 0.9 and is_wrong(row)


def expect_sql(rows: Rows) -> Expected:
    return (len({row["lighting"] for row in rows}) / len(rows), len(rows))


def expect_quantile(q: float) -> Callable[[Rows], Expected]:
    def expect(rows: Rows) -> Expected:
        numbers = list_numbers(rows)
        return (float(np.quantile(numbers, q)) if numbers else "no_values"), len(numbers)

    return expect


DISTANCES = (
    ("psi", find_psi(smooth), {}),
    ("psi", find_psi(floor), {"zeros": "floor"}),
    ("kl_divergence", lambda here, there: float(stats.entropy(smooth(here), smooth(there))), {}),
    ("js_distance", lambda here, there: float(spatial.distance.jensenshannon(here, there, 2)), {}),
    ("hellinger", find_hellinger, {}),
    ("total_variation", find_total_variation, {}),
    ("similarity", lambda here, there: 1 - find_total_variation(here, there), {}),
)
"""Of a mix from that of a reference, by bins or by categories: (name, how it is computed, parameters)."""

ASKED = [
    Asked("volume", over_rows(lambda rows: (Fraction(len(rows)), len(rows)))),
    Asked("volume", by_class(lambda rows: (Fraction(len(rows)), len(rows))), by="class"),
    Asked("sql", over_rows(expect_sql), {"of": "count(DISTINCT lighting) / count(*)"}),
    Asked("mean", over_rows(lambda rows: average(list_numbers(rows), "no_values")), BRIGHTNESS),
    Asked("mean", by_class(lambda rows: average(list_numbers(rows), "no_values")), BRIGHTNESS, by="class"),
    Asked("mean_confidence", over_rows(lambda rows: average(list_numbers(rows, "confidence"), "no_confidence"))),
    Asked("quantile", over_rows(expect_quantile(0.5)), {**BRIGHTNESS, "with": {"q": 0.5}}),
    Asked("quantile", over_rows(expect_quantile(0.9)), {**BRIGHTNESS, "with": {"q": 0.9}}),
    Asked(
        "missing_share",
        over_rows(lambda rows: share_of(rows, lambda row: not is_number(row["brightness"]))),
        BRIGHTNESS,
    ),
    Asked(
        "missing_share", over_rows(lambda rows: share_of(rows, lambda row: row["lighting"] is None)), {"of": "lighting"}
    ),
    Asked(
        "completeness",
        over_rows(
            lambda rows: share_of(rows, lambda row: is_number(row["brightness"]) and row["lighting"] is not None)
        ),
        {"of": ["brightness", "lighting"]},
    ),
    Asked(
        "completeness",
        over_rows(lambda rows: share_of(rows, lambda row: row["lighting"] not in (None, "dark"))),
        {"of": ["lighting"], "with": {"sentinels": ["dark"]}},
    ),
    Asked(
        "low_confidence_share",
        over_rows(lambda rows: share_of(rows, low(0.6), lambda row: is_share(row["confidence"]), "no_confidence")),
        {"with": {"below": 0.6}},
    ),
    Asked("confident_wrong_share", over_rows(lambda rows: share_of(rows, sure_and_wrong, is_known, "no_labels"))),
    Asked("error_rate", over_rows(lambda rows: share_of(rows, is_wrong, has_label, "no_labels"))),
    Asked("error_rate", by_class(lambda rows: share_of(rows, is_wrong, has_label, "no_labels")), by="class"),
    Asked(
        "override_rate",
        over_rows(
            lambda rows: share_of(
                rows, lambda row: row["overridden"], lambda row: row["overridden"] is not None, "no_reviews"
            )
        ),
    ),
    Asked("segment_gap", over_rows(find_segment_gap), {**LIGHTING, "with": {"min_rows": 3}}),
    Asked("class_entropy", spread_classes(lambda counts: float(stats.entropy(counts) / math.log(3)))),
    Asked("effective_classes", spread_classes(lambda counts: math.exp(stats.entropy(counts)))),
    Asked(
        "class_imbalance",
        spread_classes(lambda counts: Fraction(max(counts), min(counts)) if all(counts) else "class_absent"),
    ),
    Asked("share", expect_share_of_class, {"of": "class"}, by="class"),
    Asked(
        "other_share",
        over_rows(lambda rows: share_of(rows, lambda row: row["class"] in ("pit", "dent"))),
        {"with": {"classes": ["pit", "dent"]}},
    ),
    Asked("unknown_share", over_rows(lambda rows: share_of(rows, lambda row: place(row["class"]) == "(unknown)"))),
    Asked(
        "diversity",
        over_rows(lambda rows: (math.exp(stats.entropy([*count(rows, "lighting").values()])), len(rows))),
        LIGHTING,
    ),
    Asked("absent_share", lambda case: sum_slices(case, lambda x, _, there: not there[x]), {**LIGHTING, **REFERENCE}),
    Asked(
        "covered_share",
        lambda case: sum_slices(case, lambda x, _, there: there[x] >= 10),
        {**LIGHTING, **REFERENCE, "with": {"min_count": 10}},
    ),
    Asked(
        "underrepresented_share",
        lambda case: sum_slices(case, is_thin),
        {**LIGHTING, **REFERENCE, "with": {"min_count": 10}},
    ),
    Asked("concept_drift", find_concept_drift, {**LIGHTING, **REFERENCE}),
    Asked("coverage_imbalance", compare_mixes(find_total_variation), {**LIGHTING, **REFERENCE}),
    *(
        Asked(name, compare_mixes(measure), {"of": "lighting", **REFERENCE, "with": params})
        for name, measure, params in (
            *DISTANCES,
            ("new_share", sum_where, {}),
            ("vanished_share", lambda here, there: sum_where(there, here), {}),
            ("cramers_v", find_cramers_v, {}),
        )
    ),
    *(
        Asked(name, compare_bins(measure), {**BRIGHTNESS, **REFERENCE, "with": params})
        for name, measure, params in DISTANCES
    ),
    Asked("krippendorff_alpha", agree(find_alpha("nominal"), classes=False), **ANNOTATIONS),
    *(
        Asked(
            "cohen_kappa",
            find_mean_kappa(weights),
            {"with": {"weights": weights or "none", "min_shared": 2}},
            **ANNOTATIONS,
        )
        for weights in (None, "linear", "quadratic")
    ),
    Asked("disputed_share", agree(find_disputed, classes=False), **ANNOTATIONS),
    Asked("disputed_share", agree(find_disputed_of_class, classes=True), by="class", **ANNOTATIONS),
    Asked("confusion_share", agree(find_confused, classes=False), **ANNOTATIONS),
    Asked("boundary_share", find_crossing, **ANNOTATIONS),
    Asked("self_consistency", find_consistent, **ANNOTATIONS),
    Asked("dawid_skene_accuracy", find_dawid_skene, **ANNOTATIONS),
    Asked("krippendorff_alpha", agree(find_alpha("nominal"), classes=True), by="class", **ANNOTATIONS),
    Asked("percent_agreement", agree(find_percent, classes=False), **ANNOTATIONS),
    Asked("percent_agreement", agree(find_percent, classes=True), by="class", **ANNOTATIONS),
    Asked(
        "percent_agreement", agree(find_pooled_percent, classes=False), {"with": {"average": "pairs"}}, **ANNOTATIONS
    ),
    Asked("fleiss_kappa", agree(find_fleiss, classes=False), **ANNOTATIONS),
    Asked("fleiss_kappa", agree(find_fleiss, classes=True), by="class", **ANNOTATIONS),
    Asked("gwet_ac1", agree(find_ac1(len(CLASSES)), classes=False), **ANNOTATIONS),
    Asked("gwet_ac1", agree(find_ac1(2), classes=True), by="class", **ANNOTATIONS),
    Asked("specific_agreement", agree(find_specific, classes=True), by="class", **ANNOTATIONS),
    Asked("slice_gap", find_slice_gaps, {"of": "lighting", "unknown": True}, by="lighting"),
    Asked(
        "intervention_rate",
        over_rows(lambda rows: share_of(rows, lambda row: has_label(row) or row["overridden"] is not None)),
    ),
    Asked(
        "low_confidence_accepted",
        over_rows(lambda rows: share_of(rows, lambda row: row["overridden"] is None, low(0.6), "no_low_confidence")),
    ),
    Asked(
        "confident_wrong_share",
        over_rows(
            lambda rows: share_of(
                rows, is_wrong, lambda row: is_known(row) and row["confidence"] >= 0.9, "no_confident_labels"
            )
        ),
        {"with": {"among": "confident"}},
    ),
    Asked("ece", over_rows(find_ece(15))),
    Asked("ece", over_rows(find_ece(10)), {"with": {"bins": 10}}),
    Asked("brier", over_rows(find_brier)),
    Asked("recall", over_rows(average_classes(sklearn.recall_score, truth=True, predicted=False))),
    Asked("recall", score_classes(sklearn.recall_score, truth=True, predicted=False), by="class"),
    Asked("precision", over_rows(average_classes(sklearn.precision_score, truth=False, predicted=True))),
    Asked("precision", score_classes(sklearn.precision_score, truth=False, predicted=True), by="class"),
    Asked("f1", over_rows(average_classes(sklearn.f1_score, truth=True, predicted=True))),
    Asked("f1", score_classes(sklearn.f1_score, truth=True, predicted=True), by="class"),
    Asked(
        "f1",
        over_rows(average_classes(sklearn.f1_score, truth=True, predicted=True, how="weighted")),
        {"with": {"average": "weighted"}},
    ),
    Asked("cost_weighted_error", over_rows(weigh_misses)),
    Asked(
        "ks_statistic",
        compare_numbers(lambda here, there: float(stats.ks_2samp(here, there).statistic)),
        {**BRIGHTNESS, **REFERENCE},
    ),
    Asked(
        "wasserstein_distance",
        compare_numbers(lambda here, there: float(stats.wasserstein_distance(here, there))),
        {**BRIGHTNESS, **REFERENCE},
    ),
    Asked(
        "wasserstein_distance",
        compare_numbers(find_distance_in_std),
        {**BRIGHTNESS, **REFERENCE, "with": {"unit": "std"}},
    ),
    Asked("age", over_rows(find_age)),
    Asked(
        "duplicate_share",
        over_rows(lambda rows: divide(len(rows) - len({row["id"] for row in rows}), len(rows), "no_ids")),
    ),
    Asked(
        "backlog",
        over_signals(lambda rows: (Fraction(sum(not routed for _, routed in list_waits(rows))), len(rows))),
        **FEEDBACK,
    ),
    Asked("backlog_age", over_signals(find_backlog_age), **FEEDBACK),
    Asked(
        "unrouted_share",
        over_signals(lambda rows: divide(sum(not routed for _, routed in list_waits(rows)), len(rows), "no_rows")),
        **FEEDBACK,
    ),
    Asked("late_share", over_signals(find_late_share(2 * 86_400)), {"with": {"within": "2d"}}, **FEEDBACK),
    Asked("routing_latency", over_signals(find_latency(Fraction(1, 2))), {"with": {"q": 0.5}}, **FEEDBACK),
    Asked("routing_latency", over_signals(find_latency(Fraction(9, 10))), {"with": {"q": 0.9}}, **FEEDBACK),
    Asked("annotator_agreement", expect_confirmed, **ANNOTATIONS),
    Asked("annotator_bias", expect_biases, by="class", **ANNOTATIONS),
    Asked("gold_agreement", expect_gold, **ANNOTATIONS),
    Asked("balanced_gold_agreement", expect_balanced_gold, **ANNOTATIONS),
]


def name_rule(number: int) -> str:
    return f"{ASKED[number].metric.replace('_', '-')}-{number}"


def write_rule(asked: Asked) -> dict[str, Any]:
    by = [asked.by, "site"] if asked.by else ["site"]
    return {"source": asked.source, "metric": asked.metric, "by": by, **asked.more}


@pytest.fixture(scope="module")
def measured(make_world: Any) -> Any:
    cases = draw_cases()
    columns = ("id", "time", "class", "confidence", "label", "overridden")
    shape = {"fields": {name: name for name in columns}, "dimensions": ["site", "lighting"], "features": ["brightness"]}
    return make_world().measure(
        {
            "predictions": [row for case in cases.values() for row in case.predictions],
            "reference": [row for case in cases.values() for row in case.reference],
            "annotations": [row for case in cases.values() for row in case.annotations],
            "feedback": [row for case in cases.values() for row in case.feedback],
        },
        classes={name: dict(entry) for name, entry in TAXONOMY.items()},
        sources={
            "predictions": shape,
            "reference": {"role": "predictions", "window": "all", **shape},
            "annotations": {"fields": {name: name for name in ("unit", "annotator", "class", "time", "gold")}},
        },
        rules={name_rule(number): write_rule(asked) for number, asked in enumerate(ASKED)},
    )


@cache
def expect_scopes(number: int) -> dict[tuple[tuple[str, str], ...], Expected]:
    asked, expected = ASKED[number], {}
    for site, case in draw_cases().items():
        of = asked.expect(case)
        for name, one in of.items() if isinstance(of, dict) else [("", of)]:
            scope = {"site": site} | ({asked.by: name} if asked.by else {})
            expected[tuple(sorted(scope.items()))] = one
    return expected


@pytest.mark.parametrize("number", range(len(ASKED)), ids=name_rule)
def test_every_value_is_that_of_the_oracle(number: int, measured: Any) -> None:
    found = {scope: m for scope, m in measured[name_rule(number)].items() if m.n or m.reason != "no_rows"}
    expected = {scope: one for scope, one in expect_scopes(number).items() if one[1] or scope in found}
    assert found.keys() == expected.keys()
    for scope, (value, n) in expected.items():
        m = found[scope]
        assert m.n == n, scope
        if isinstance(value, str):
            assert (m.value, m.reason) == (None, value), scope
        elif isinstance(value, Fraction):
            assert (m.value, m.reason) == (float(value), None), scope
        else:
            assert m.value == pytest.approx(value, rel=1e-9, abs=1e-9), scope


def test_every_metric_has_an_oracle_and_there_are_cases_enough() -> None:
    values, reasons = Counter[str](), Counter[str]()
    for number, asked in enumerate(ASKED):
        for value, _ in expect_scopes(number).values():
            (reasons if isinstance(value, str) else values)[asked.metric] += 1
    assert {*values} == {*METRICS} - OF_FILES
    assert min(values.values()) >= 5, values.most_common()[-3:]
    assert (values.total() >= 2000, reasons.total() >= 500) == (True, True)
