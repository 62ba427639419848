"""Worked examples as published, each with its source, through the program's own functions: `published/*.yaml`.

A figure of an entry says by what it is held: `metric` is measured through the whole program (`with` its parameters, of
one `class`; its standard `error` is held within a `factor` of an analytic one), `check` names a function below, which
makes the figure from the program's numbers. `others` are figures that no number of the program is, by the reason.
`like` takes the data of another entry.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML
from scipy import stats

from prism_rules.inference import (
    TESTS,
    Estimate,
    adjust_pvalues,
    compute_chi_square_tail,
    compute_normal_tail,
    find_interval,
    find_slope,
)
from prism_rules.inference.dawid_skene import Consensus, Pattern, find_consensus
from prism_rules.inference.series import (
    NORMAL_FROM,
    compute_ewma,
    compute_mann_kendall,
    compute_page_hinkley,
    trace_average,
    trace_excursion,
)
from prism_rules.metrics import METRICS, Ask, Table, ece

Entry = Mapping[str, Any]
Rows = list[dict[str, Any]]

FOLDER = Path(__file__).parent / "published"
ENTRIES: dict[str, Entry] = {
    entry["id"]: {"figures": {}, **entry}
    for path in sorted(FOLDER.glob("*.yaml"))
    for entry in YAML(typ="safe").load(path)
}
FIGURES = [(entry, name) for entry, told in ENTRIES.items() for name in told["figures"]]
TIME = "2026-02-28"
MANY = 10**12
"""So many rows that half a row more or less in a category is not seen."""


# What is measured, all in one evaluation: each example is a site, or some.


def list_units(entry: Entry) -> Iterator[tuple[str, list[list[Any]]]]:
    """Give each site of an entry with the labels of its units, by annotator."""
    told = ENTRIES[entry["like"]] if "like" in entry else entry
    if "units" in told:
        yield entry["id"], told["units"][: entry.get("first")]
    elif "counts" in told:
        yield entry["id"], [[c for c, n in enumerate(unit) for _ in range(n)] for unit in told["counts"]]
    for name, table in ({"": told["table"]} if "table" in told else told.get("tables", {})).items():
        yield entry["id"] + name, [[i, j] for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]


def pair_annotators(units: list[list[Any]]) -> Iterator[tuple[str, list[list[Any]]]]:
    for one, two in combinations(range(len(units[0])), 2):
        yield f"{one}-{two}", [[unit[one], unit[two]] for unit in units]


def list_labels() -> Iterator[dict[str, Any]]:
    for entry in ENTRIES.values():
        for site, units in list_units(entry):
            pairs = pair_annotators(units) if "pairwise_cohen" in json.dumps(entry["figures"]) else ()
            for place, labelled in ((site, units), *((f"{site} {pair}", of) for pair, of in pairs)):
                for number, unit in enumerate(labelled):
                    for annotator, label in enumerate(unit):
                        if label is not None:
                            yield {
                                "unit": f"{place} {number}", "annotator": f"{annotator}", "class": f"{label}",
                                "site": place, "time": TIME,
                            }  # fmt: skip


def list_predictions(side: int) -> Iterator[dict[str, Any]]:
    """List the rows of the current side (0) or of the reference (1)."""
    for name, entry in ENTRIES.items():
        row = {"site": name, "time": TIME, "class": "1"}
        for category, n in enumerate(entry["category_counts"][side] if "category_counts" in entry else ()):
            yield {**row, "lighting": f"{category}", "x": n}
        for number in entry["numbers"][side] if "numbers" in entry else ():
            yield {**row, "brightness": float(number)}
        for case, of in enumerate(entry.get("cases", ())):
            numbers, weights = of["uv"[side]], of.get(f"{'uv'[side]}_weights", [1] * len(of["uv"[side]]))
            for number, weight in zip(numbers, weights, strict=True):
                yield {**row, "site": f"{name} {case}", "brightness": float(number), "x": round(10 * weight)}
        if side == 0:
            for category, n in enumerate(entry.get("class_counts", ())):
                yield {**row, "class": f"{category}", "x": n}
            for p, label in zip(entry.get("probability", ()), entry.get("label", ()), strict=False):
                yield {**row, "confidence": float(p), "label": None if label is None else f"{label}"}
            for parts, label in (
                zip(entry.get("probabilities", ()), entry["label"], strict=True) if ("probabilities" in entry) else ()
            ):
                yield {
                    **row, "class": f"{parts.index(max(parts))}", "confidence": max(parts), "label": f"{label}"
                }  # fmt: skip


def write_asked(entry: Entry, metric: str, params: Mapping[str, Any], *, by_class: bool) -> str:
    """Write what a rule asks, as a text that tells it from all others."""
    of = "brightness" if "numbers" in entry or "cases" in entry else "lighting"
    if METRICS[metric].of == "field" and of == "brightness":  # bins end where the whole reference says
        return json.dumps([metric, dict(params), by_class, of, entry["id"]])
    if metric == "cohen_kappa":  # published examples are small
        params = {"min_shared": 1, **params}
    return json.dumps([metric, dict(params), by_class, of if METRICS[metric].compares else None, None])


def list_asked() -> Iterator[str]:
    for entry in ENTRIES.values():
        for figure in entry["figures"].values():
            if "shares" in entry or "pairs" in entry:
                continue
            name = figure.get("metric", figure.get("of"))
            if name:
                yield write_asked(entry, name, figure.get("with", {}), by_class="class" in figure)
        if any(True for _ in list_units(entry)):
            yield write_asked(entry, "percent_agreement", {}, by_class=False)
    yield from (write_asked({}, name, {}, by_class=False) for name in ("cohen_kappa", "cramers_v", "volume"))
    yield write_asked({}, "volume", {}, by_class=True)
    yield write_asked({"cases": []}, "wasserstein_distance", {}, by_class=False)


def write_rule(asked: str) -> dict[str, Any]:
    name, params, by_class, of, alone = json.loads(asked)
    metric = METRICS[name]
    source = "annotations" if "predictions" not in metric.roles else "predictions"
    rule = {"source": source, "metric": name, "with": params, "by": ["class", "site"] if by_class else ["site"]}
    rule |= {"confidence": 0.95} if metric.interval else {}
    if metric.compares:
        where = {} if alone is None else {"where": f"site = '{alone}'"}
        rule |= {"of": of, "baseline": {"source": "validation-run", "by": ["site"], **where}}
    return rule


@pytest.fixture(scope="module")
def measured(make_world: Any) -> Callable[..., Any]:
    """Everything at once. Gives the measurement of (entry, metric, with, class, site)."""
    asked = {text: f"rule-{number}" for number, text in enumerate(sorted({*list_asked()}))}
    rows = {
        "annotations": [*list_labels()],
        "predictions": [*list_predictions(0)],
        "validation-run": [*list_predictions(1)],
    }
    found = make_world().measure(
        rows,
        rules={name: write_rule(text) for text, name in asked.items()},
        sources={"validation-run": {"features": ["brightness"]}},
    )

    def find(
        entry: Entry, metric: str, params: Mapping[str, Any] | None = None, label: Any = None, site: str = ""
    ) -> Any:
        name = asked[write_asked(entry, metric, params or {}, by_class=label is not None)]
        scope = {"site": entry["id"] + site} | ({} if label is None else {"class": f"{label}"})
        return found[name][tuple(sorted(scope.items()))]

    return find


def finish_shares(metric: str, current: list[Any], reference: list[Any]) -> float:
    """Finish a metric of categories on shares, as counts of very many rows."""
    asked = Ask(METRICS[metric].params(), ("lighting",), ())
    tables = []
    for shares in (current, reference):
        counts = [round(Fraction(str(share)) * 3 * MANY) for share in shares]
        columns = {key: [f"{i}" for i in range(len(counts))] for key in METRICS[metric].keys(asked)}
        columns |= dict.fromkeys(METRICS[metric].measures(asked), counts)
        kept = [i for i, count in enumerate(counts) if count]
        tables.append(Table(pl.DataFrame(columns)[kept], ()))
    return float(METRICS[metric].finish(asked, *tables)["value"][0])


# What a figure is made from where it is not a metric itself. Each gives the figure, or all of a list.


def find_chance(measured: Any, entry: Entry, figure: Entry) -> float:
    """Chance agreement is what turns agreement into the coefficient."""
    agreement = measured(entry, "percent_agreement").value
    coefficient = measured(entry, figure["of"]).value
    return (agreement - coefficient) / (1 - coefficient)


def find_even_chance(measured: Any, entry: Entry, figure: Entry) -> float:
    """Brennan and Prediger's, Randolph's, and PABAK: chance is one of the number of classes."""
    agreement = measured(entry, "percent_agreement", site=figure.get("site", "")).value
    chance = 1 / figure["classes"]
    return (agreement - chance) / (1 - chance)


def find_pairwise(measured: Any, entry: Entry, _: Entry) -> list[float]:
    [(_, units)] = ((site, units) for site, units in list_units(entry) if units)
    return [measured(entry, "cohen_kappa", site=f" {pair}").value for pair, _ in pair_annotators(units)]


def list_bins(measured: Any, entry: Entry) -> list[tuple[float, int, int]]:
    """Upper end, rows here and in the reference of every bin, as the slices of the index tell them."""
    slices = measured(entry, "psi", entry["figures"]["psi"]["with"]).slices
    ends = [(float(of.of["brightness"].split(", ")[1].rstrip(")]")), of.n, of.reference) for of in slices]
    return sorted(ends)


def find_chi_square(measured: Any, entry: Entry, _: Entry) -> float:
    [few, many] = sorted((2, len(entry["category_counts"][0])))
    assert few == 2 <= many
    v = measured(entry, "cramers_v").value
    return v * v * sum(map(sum, entry["category_counts"])) * (few - 1)


def find_js_distances(_: Any, entry: Entry, __: Entry) -> list[float]:
    """In bits, as the program has them, and by the root of ln 2 in nats."""
    roots = {2.0: 1.0, "e": math.sqrt(math.log(2))}
    return [finish_shares("js_distance", p, q) * roots[base] for p, q, base in entry["pairs"]]


def find_wasserstein_distances(measured: Any, entry: Entry, _: Entry) -> list[float]:
    return [measured(entry, "wasserstein_distance", site=f" {i}").value for i in range(len(entry["cases"]))]


def find_psi_critical_values(_: Any, entry: Entry, __: Entry) -> list[float]:
    found = []
    asked = Ask(METRICS["psi"].params(), ("lighting",), ())
    for sizes in entry["sizes"]:
        tables = []
        for size in sizes:
            names = [f"{i}" for i in range(entry["bins"])]
            tables.append(Table(pl.DataFrame({"lighting": names, "n": [size // entry["bins"]] * len(names)}), ()))
        found.append(METRICS["psi"].finish(asked, *tables)["critical"][0])
    return found


def find_ece_floors(chance: float) -> Callable[..., list[float]]:
    """What the error of a calibrated model exceeds so often; half of the time, that is its mean."""

    def find(_: Any, entry: Entry, __: Entry) -> list[float]:
        found = []
        for rows, bins in entry["sizes"]:
            draw = random.Random(5)
            counted: dict[int, list[float]] = {}
            for confidence in (0.5 + 0.5 * draw.betavariate(5, 2) for _ in range(rows)):
                counted.setdefault(int(confidence * bins), []).append(confidence)
            columns = {
                "bin": [*counted], "n": [len(of) for of in counted.values()],
                "total": [math.fsum(of) for of in counted.values()], "right": [0 for _ in counted],
            }  # fmt: skip
            asked = METRICS["ece"].ask({"bins": bins}, None, ())
            with patch.object(ece, "CHANCE", chance):
                found.append(METRICS["ece"].finish(asked, Table(pl.DataFrame(columns), ()), None)["critical"][0])
        return found

    return find


def find_class_shares(measured: Any, entry: Entry, _: Entry) -> list[float]:
    whole = measured(entry, "volume").value
    return [measured(entry, "volume", label=i).value / whole for i in range(len(entry["class_counts"]))]


def find_consensus_of(entry: Entry) -> tuple[Consensus, list[Pattern]]:
    """The consensus of patients by Dawid and Skene without smoothing, and each patient's pattern."""
    told = ENTRIES[entry["like"]] if "like" in entry else entry
    patterns = []
    for patient in told["patients"]:
        given = [labels[:1] if entry.get("first_labels") else labels for labels in patient]
        counted = [(f"{i}", f"{label}", n) for i, of in enumerate(given) for label, n in sorted(Counter(of).items())]
        patterns.append(tuple(counted))
    return find_consensus(Counter(patterns), 0.0), patterns


def list_likeliest(entry: Entry) -> list[int]:
    found, patterns = find_consensus_of(entry)
    return [int(found.classes[np.argmax(found.posteriors[pattern])]) for pattern in patterns]


def find_wilson_end(_: Any, __: Entry, figure: Entry) -> float:
    x, n = figure["trials"]
    return find_interval(Estimate(x / n, n), 0.95)[figure["end"] == "high"]


def make_reference(entry: Entry) -> list[float]:
    """Two points whose mean is the target and whose standard deviation is sigma."""
    return [entry["target"] + entry["sigma"] * z for z in (-math.sqrt(0.5), math.sqrt(0.5))]


def follow(test: Callable[..., Any], entry: Entry, **more: float) -> list[Any]:
    """The statistic as it was after every point."""
    points = entry["points"]
    return [test(points[: i + 1], make_reference(entry), **more) for i in range(len(points))]


def find_signal(values: list[float], limit: float) -> int | None:
    return next((i for i, value in enumerate(values, 1) if value > limit), None)


def trace_sums(entry: Entry, sign: int) -> list[float]:
    """A cusum's sums on one side, in units of the points; `limit` is in these units too."""
    target, sigma = entry["target"], entry["sigma"]
    steps = (sign * (point - target) / sigma - 0.5 for point in entry["points"])
    return [total * sigma for total, _ in trace_excursion(steps)]


def find_cusum(_: Any, entry: Entry, __: Entry) -> int | None:
    statistics = follow(TESTS["cusum"], entry)
    both = [max(pair) / entry["sigma"] for pair in zip(trace_sums(entry, 1), trace_sums(entry, -1), strict=True)]
    assert [at.value for at in statistics] == pytest.approx(both, abs=1e-9)
    return find_signal([at.value for at in statistics], entry["limit"] / entry["sigma"])


def find_cusum_length(measured: Any, entry: Entry, figure: Entry) -> int:
    signal = find_cusum(measured, entry, figure)
    return signal - follow(TESTS["cusum"], entry)[signal - 1].change


def find_averages(_: Any, entry: Entry, figure: Entry) -> list[float]:
    target, sigma, weight = entry["target"], entry["sigma"], entry["weight"]
    averages = [*trace_average(((point - target) / sigma for point in entry["points"]), weight)]
    found = [target + sigma * average for average in averages]
    return [target, *found] if len(figure["value"]) > len(found) else found


def find_ewma(_: Any, entry: Entry, __: Entry) -> list[float]:
    return [at.value for at in follow(compute_ewma, entry, weight=entry["weight"])]


def find_last_limit(sign: int) -> Callable[..., float]:
    """Where the limit lies in the end: the average there is so many of its own sigmas off target."""

    def find(_: Any, entry: Entry, __: Entry) -> float:
        at = follow(compute_ewma, entry, weight=entry["weight"])[-1].value
        average = find_averages(_, entry, {"value": []})[-1]
        own = abs(average - entry["target"]) / at
        return float(entry["target"] + sign * entry["ewma_limit"] * own)

    return find


def count_concordance(entry: Entry) -> int:
    return sum((late > early) - (late < early) for early, late in combinations(entry["points"], 2))


def find_mann_kendall(_: Any, entry: Entry, __: Entry) -> float:
    return compute_mann_kendall(entry["points"]).value or 0.0


def find_s(_: Any, entry: Entry, __: Entry) -> float:
    """What the program's Z is of: times the deviation by the formula for points without ties, uncorrected."""
    n = len(entry["points"])
    ties = Counter(Counter(entry["points"]).values())
    assert n >= NORMAL_FROM
    variance = sum(k * m * (m - 1) * (2 * m + 5) for m, k in ((n, 1), *((m, -k) for m, k in ties.items()))) / 18
    z = compute_mann_kendall(entry["points"]).value or 0.0
    return z * math.sqrt(variance) + math.copysign(1, z)


def find_s_variance(_: Any, entry: Entry, __: Entry) -> float:
    """The one by which the program turns S into Z."""
    return ((abs(count_concordance(entry)) - 1) / find_mann_kendall(_, entry, __)) ** 2


def find_p(_: Any, entry: Entry, figure: Entry) -> float:
    return figure.get("sides", 2) * compute_normal_tail(abs(find_mann_kendall(_, entry, figure)))


def find_run_length(_: Any, __: Entry, figure: Entry) -> float:
    """Steps to an alarm on average, by the Markov chain of Brook and Evans (1972), Biometrika 59, 539-549: where each
    state goes by each step is what the program's recursion says."""
    shift = figure["shift"]
    if figure["chart"] == "ewma":
        return walk_averages(figure["weight"], figure["limit"], shift)
    # A fall is a rise of the opposite; an alarm is of whichever comes first.
    return 1 / sum(1 / walk_sums(figure["k"], figure["h"], mean) for mean in (shift, -shift))


def list_steps(width: float, mean: float) -> Iterator[tuple[float, float]]:
    """List the multiples of a width with the chance that a normal point of this mean lies next to each."""
    points = width * np.arange(round((mean - 6) / width), round((mean + 6) / width) + 1)
    ends = stats.norm.cdf([*(points - width / 2), points[-1] + width / 2], loc=mean)
    return zip(points.tolist(), np.diff(ends).tolist(), strict=True)


def count_until_alarm(moves: Any, start: int) -> float:
    return float(np.linalg.solve(np.eye(len(moves)) - moves, np.ones(len(moves)))[start])


@cache
def walk_sums(k: float, h: float, mean: float) -> float:
    last = round(25 * h)
    width = h / (last + 0.5)
    moves = np.zeros((last + 1, last + 1))
    for state in range(last + 1):
        for step, chance in list_steps(width, mean - k):
            *_, (total, _) = trace_excursion((state * width, step))
            if total <= h:
                moves[state, round(total / width)] += chance
    return count_until_alarm(moves, 0)


def walk_averages(weight: float, limit: float, mean: float) -> float:
    # Steps that are no part of a state's width seldom end where two states meet.
    states, part = 151, math.tau
    end = limit * math.sqrt(weight / (2 - weight))
    width = 2 * end / states
    moves = np.zeros((states, states))
    for state in range(states):
        for point, chance in list_steps(width / weight / part, mean):
            *_, average = trace_average(((width * (state + 0.5) - end) / weight, point), weight)
            if abs(average) < end:
                moves[state, math.floor((average + end) / width)] += chance
    return count_until_alarm(moves, states // 2)


CHECKS: dict[str, Callable[[Any, Entry, Entry], Any]] = {
    "chance_agreement": find_chance,
    "even_chance": find_even_chance,
    "pairwise_cohen": find_pairwise,
    "mean_pairwise_cohen": lambda *of: math.fsum(find_pairwise(*of)) / 6,
    "edges": lambda measured, entry, _: [end for end, _, _ in list_bins(measured, entry)][:-1],
    "current_counts": lambda measured, entry, _: [here for _, here, _ in list_bins(measured, entry)],
    "reference_counts": lambda measured, entry, _: [there for _, _, there in list_bins(measured, entry)],
    "chi_square": find_chi_square,
    "chi_square_tail": lambda *of: compute_chi_square_tail(find_chi_square(*of), len(of[1]["category_counts"][0]) - 1),
    "squared": lambda _, entry, figure: finish_shares(figure["of"], *entry["shares"]) ** 2,
    "in_nats": lambda _, entry, figure: finish_shares(figure["of"], *entry["shares"]) * math.sqrt(math.log(2)),
    "js_distances": find_js_distances,
    "wasserstein_distances": find_wasserstein_distances,
    "psi_critical_values": find_psi_critical_values,
    "ece_floors": find_ece_floors(0.5),
    "ece_critical_values": find_ece_floors(ece.CHANCE),
    "class_shares": find_class_shares,
    "wilson": find_wilson_end,
    "rise": lambda _, entry, __: trace_sums(entry, 1),
    "fall": lambda _, entry, __: trace_sums(entry, -1),
    "cusum_signal": find_cusum,
    "cusum_at_signal": lambda *of: trace_sums(of[1], 1)[(find_cusum(*of) or 0) - 1],
    "cusum_length": find_cusum_length,
    "ewma_averages": find_averages,
    "ewma_signal": lambda *of: find_signal(find_ewma(*of), of[1]["ewma_limit"]),
    "ewma_signal_count": lambda *of: sum(value > of[1]["ewma_limit"] for value in find_ewma(*of)),
    "ewma_upper_limit": find_last_limit(1),
    "ewma_lower_limit": find_last_limit(-1),
    "mann_kendall": find_mann_kendall,
    "mann_kendall_s": find_s,
    "mann_kendall_variance": find_s_variance,
    "mann_kendall_p": find_p,
    "slope": lambda _, entry, __: find_slope(dict(enumerate(entry["points"]))),
    "adjusted": lambda _, entry, __: adjust_pvalues(entry["p"]),
    "rejected": lambda _, entry, __: sum(p <= entry["rate"] for p in adjust_pvalues(entry["p"])),
    "page_hinkley": lambda _, entry, __: [at.value for at in follow(compute_page_hinkley, entry, delta=entry["delta"])],
    "page_hinkley_signal": lambda _, entry, __: find_signal(
        [at.value for at in follow(compute_page_hinkley, entry, delta=entry["delta"])], entry["limit"]
    ),
    "run_length": find_run_length,
    "consensus_priors": lambda _, entry, __: [*find_consensus_of(entry)[0].priors],
    "consensus_prior": lambda _, entry, figure: find_consensus_of(entry)[0].priors[figure["class"] - 1],
    "consensus_classes": lambda _, entry, __: list_likeliest(entry),
    "consensus_confusions": lambda _, entry, __: np.array(find_consensus_of(entry)[0].confusions["0"]),
    "consensus_likelihood": lambda _, entry, __: find_consensus_of(entry)[0].log_likelihood,
    "consensus_posterior": lambda _, entry, figure: [
        *find_consensus_of(entry)[0].posteriors[find_consensus_of(entry)[1][figure["patient"] - 1]]
    ],
}


def test_every_figure_says_how_it_is_held() -> None:
    ways = {(entry, name): {"metric", "check"} & {*ENTRIES[entry]["figures"][name]} for entry, name in FIGURES}
    assert {figure: way for figure, way in ways.items() if len(way) != 1} == {}
    told = [figure for entry in ENTRIES.values() for figure in entry["figures"].values()]
    assert {figure["check"] for figure in told if "check" in figure} == {*CHECKS}
    assert all(entry["source"].strip() and entry["within"] >= 0 for entry in ENTRIES.values())
    others = [item for entry in ENTRIES.values() for item in entry.get("others", {}).items()]
    assert all(reason.strip() and figures for reason, figures in others)
    assert all(entry["figures"] or entry.get("others") for entry in ENTRIES.values())


@pytest.mark.parametrize(("entry", "name"), FIGURES)
def test_figure(entry: str, name: str, measured: Any) -> None:
    told = ENTRIES[entry]
    figure = told["figures"][name]
    if "check" in figure:
        found = CHECKS[figure["check"]](measured, told, figure)
        if isinstance(found, np.ndarray):
            figure = {**figure, "value": np.array(figure["value"])}
    elif "shares" in told:
        sides = reversed(told["shares"]) if figure.get("swapped") else told["shares"]
        found = finish_shares(figure["metric"], *sides)
    else:
        of = ENTRIES[figure["like"]] if "like" in figure else told
        m = measured(of, figure["metric"], figure.get("with"), figure.get("class"), figure.get("site", ""))
        found = m.estimate.error if figure.get("field") == "error" else m.value
        assert m.reason == figure.get("reason")
    factor = figure.get("factor")
    if figure["value"] is None:
        assert found is None
    elif factor is None:
        assert found == pytest.approx(figure["value"], rel=0, abs=told["within"])
    else:
        pairs = zip(found, figure["value"], strict=True) if isinstance(found, list) else [(found, figure["value"])]
        assert all(1 / factor <= ours / theirs <= factor for ours, theirs in pairs), found
