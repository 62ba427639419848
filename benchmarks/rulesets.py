"""Rulesets of the workloads, and the same rules as plain checks for limits and peers.

Ten metrics stand in one table, `MEASURED`; every ruleset, every check and every limit is about these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.data import CLASSES, SITES

Level = Literal["class", "site"]
LEVELS: Mapping[Level, tuple[str, ...]] = {"class": ("class",), "site": ("class", "site")}


@dataclass(frozen=True)
class Measured:
    """A metric of the workloads, as the catalogue calls it, and its bound."""

    asked: Mapping[str, Any]
    """What a rule says: `metric`, and `of` and `with` where it takes them."""
    sql: str
    """The same as one aggregate expression, for peers that take SQL."""
    side: Literal["below", "above"]
    bound: float


# Bounds are such that the hard classes fail six of the ten: some 30 of 500 checks.
MEASURED: Mapping[str, Measured] = {
    "mean-confidence": Measured({"metric": "mean_confidence"}, "avg(confidence)", "below", 0.7),
    "mean-brightness": Measured({"metric": "mean", "of": "brightness"}, "avg(brightness)", "above", 104.0),
    "mean-contrast": Measured({"metric": "mean", "of": "contrast"}, "avg(contrast)", "below", 0.48),
    "low-confidence": Measured(
        {"metric": "low_confidence_share", "with": {"below": 0.6}},
        "count_if(confidence < 0.6) / nullif(count(confidence), 0)",
        "above",
        0.3,
    ),
    "errors": Measured({"metric": "error_rate"}, "count_if(label <> class) / nullif(count(label), 0)", "above", 0.1),
    "overrides": Measured(
        {"metric": "override_rate"}, "count_if(overridden) / nullif(count(overridden), 0)", "above", 0.08
    ),
    "unlabelled": Measured(
        {"metric": "missing_share", "of": "label"}, "count_if(label IS NULL) / count(*)", "above", 0.95
    ),
    "confident-and-wrong": Measured(
        {"metric": "confident_wrong_share", "with": {"at_least": 0.9}},
        "count_if(label <> class AND confidence >= 0.9) / nullif(count_if(label IS NOT NULL), 0)",
        "above",
        0.02,
    ),
    "volume": Measured({"metric": "volume"}, "count(*)", "below", 2.0),
    "confidence-floor": Measured(
        {"metric": "quantile", "of": "confidence", "with": {"q": 0.05}},
        "quantile_cont(confidence, 0.05)",
        "below",
        0.5,
    ),
}

FIELDS = ("id", "time", "class", "confidence", "label", "overridden")
SOURCE = {
    "role": "predictions",
    "fields": {name: name for name in FIELDS},
    "dimensions": ["site"],
    "features": ["brightness", "contrast"],
    "window": "28d",
}


def ask_for(name: str) -> dict[str, Any]:
    """Write what a rule says of its source and metric."""
    return {"source": "predictions", **MEASURED[name].asked}


def set_bound(name: str, number: int, factor: float = 1.0) -> float:
    """Set the bound of a metric for the class of that number: each class has its own, within 2% of the metric's."""
    return round(MEASURED[name].bound * factor * (1 + (number * 7 % 5 - 2) / 100), 6)


def write_ruleset(
    rules: Mapping[str, Any], actions: Mapping[str, Any] | None = None, sources: Mapping[str, Any] | None = None
) -> str:
    """Write a ruleset, one rule per line. Causes and an action stand for the rest of the program's work."""
    by = ["class"] if all("class" in rule.get("by", ()) for rule in rules.values()) else []
    # Every rule is read by a cause: one that nothing reads is warned of. Rules over all rows share no place.
    read = [*rules] if by else [{"rule": name, "anywhere": True} for name in rules]
    areas = [read[start : start + 100] for start in range(0, len(read), 100)]
    causes = {f"area-{n}": {"kind": "drift", "by": by, "when": {"any": area}} for n, area in enumerate(areas, 1)}
    look = {"kind": "review", "for": [*causes], "by": by, "due": "7d", "title": "Look into it"}
    head = {
        "apiVersion": "prism-rules/v1",
        "kind": "Ruleset",
        "metadata": {"name": "benchmark", "version": "1.0.0", "owners": ["@org/reliability"]},
        "sources": sources or {"predictions": SOURCE},
        "defaults": {"min_n": 1},
        "actions": actions or {"look": look},
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    for key, entries in (("rules", rules), ("causes", causes)):
        lines += [f"{key}:", *(f"  {name}: {json.dumps(entry)}" for name, entry in entries.items())]
    return "\n".join([*lines, ""])


def list_rules(levels: Sequence[Level], factor: float = 1.0) -> dict[str, Any]:
    """List the ten rules of each level, every one with a bound per class. A `factor` gives other bounds."""
    rules = {}
    for level in levels:
        for name, measured in MEASURED.items():
            own = {c: set_bound(name, number, factor) for number, c in enumerate(CLASSES)}
            bound = {measured.side: set_bound(name, 1, factor), "per_class": own}
            rules[f"{name}-by-{level}"] = {**ask_for(name), "by": [*LEVELS[level]], "fail": bound}
    return rules


def list_single_rules() -> dict[str, Any]:
    """List 500 rules with an id and a `where` each: the same checks, in the worst style."""
    return {
        f"{name}-{c}": {
            **ask_for(name),
            "where": f"class = '{c}'",
            "fail": {measured.side: set_bound(name, number)},
        }
        for name, measured in MEASURED.items()
        for number, c in enumerate(CLASSES)
    }


def list_many_rules(count: int) -> dict[str, Any]:
    """List as many rules over all rows, with the ten metrics in turn and bounds of their own."""
    names = [*MEASURED]
    return {
        f"rule-{number:05}": {
            **ask_for(name := names[number % len(names)]),
            "fail": {MEASURED[name].side: vary_bound(name, number)},
        }
        for number in range(count)
    }


def vary_bound(name: str, number: int) -> float:
    """Set the bound of one of many rules: around the metric's, from 0.9 to 1.05 times of it, so that some fail."""
    return round(MEASURED[name].bound * (0.9 + number % 997 / 6647), 6)


def list_checks(levels: Sequence[Level]) -> Iterator[dict[str, Any]]:
    """List the checks of `list_rules`, one by one: metric, its SQL, level, scope, and the bound to respect."""
    for level in levels:
        for name, measured in MEASURED.items():
            for number, c in enumerate(CLASSES):
                bound = {"side": measured.side, "bound": set_bound(name, number)}
                for site in SITES if level == "site" else [None]:
                    scope = {"class": c} if site is None else {"class": c, "site": site}
                    yield {"metric": name, "sql": measured.sql, "level": level, "scope": scope, **bound}


def list_many_checks(count: int) -> Iterator[dict[str, Any]]:
    """List the checks of `list_many_rules`."""
    names = [*MEASURED]
    for number in range(count):
        measured = MEASURED[name := names[number % len(names)]]
        yield {
            "rule": f"rule-{number:05}",
            "metric": name,
            "sql": measured.sql,
            "side": measured.side,
            "bound": vary_bound(name, number),
        }
