"""Asking: what all parts of a ruleset are asked over, and what any of them needs to write what it wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, TypeVar

from prism_rules.diagnostics import Route
from prism_rules.intake import Intake
from prism_rules.metrics import METRICS, Metric
from prism_rules.model.moments import count_microseconds
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.readings import Access, Part
from prism_rules.program.views import Clock, find_clock
from prism_rules.ruleset.grain import ANNOTATOR, FIELD_DIMENSIONS, list_dimensions
from prism_rules.sql_gate import Gated

PERIOD = "period"
"""The key of a series: how many steps after the beginning of its reference a row lies."""


Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Asking:
    """A ruleset over its intake at a moment, with all parts of its rules."""

    model: Ruleset
    intake: Intake
    gated: Mapping[Route, Gated]
    parts: Sequence[Part]
    as_of: datetime
    _known: dict[Callable[..., Any], Any] = field(default_factory=dict)

    def once(self, find: Callable[[Asking], Found]) -> Found:
        """Find something that all parts together decide, once for all of them."""
        if find not in self._known:
            self._known[find] = find(self)
        found: Found = self._known[find]
        return found

    def find_metric(self, part: Part) -> Metric:
        """Find the metric of a part."""
        return METRICS[self.model.rules[part.rule].metric]

    def list_parts(self, relation: str) -> list[Part]:
        """List the parts whose metrics are measured over a relation."""
        return [part for part in self.parts if self.find_metric(part).relation == relation]

    def pick_conditions(self, part: Part) -> tuple[Gated, ...]:
        """Pick the authors' conditions that hold of a part's rows: see the function of that name."""
        return pick_conditions(self.model, self.gated, part)

    def find_clock(self, part: Part) -> Clock | None:
        """Find the time of the rows of a part's source."""
        return find_clock(self.intake.sources[part.source])

    def find_access(self, part: Part, columns: Iterable[str], *, watched: bool = True) -> Access:
        """Find what a scan of rows as they are reads: what is asked of them, their times, and the class for intake."""
        told = {"time", *(["class"] if watched else [])} & self.intake.sources[part.source].columns.keys()
        return Access(frozenset({*columns, *told}), part.window if "time" in told else None)

    def list_numbers(self, part: Part, columns: Iterable[str]) -> frozenset[str]:
        """List those of the columns that hold numbers."""
        known = self.intake.sources[part.source].columns
        return frozenset(name for name in columns if name in known and known[name].kind == "number")

    def has_class(self, part: Part) -> bool:
        """Whether the rows of a part's source have a class."""
        return "class" in self.intake.sources[part.source].columns

    def write_period(self, part: Part, clock: Clock | None) -> dict[str, str]:
        """Write the key that parts a series into its points; a baseline of another source has none."""
        series = self.model.rules[part.rule].series
        if series is None or clock is None or part.side == "baseline":
            return {}
        assert part.window[0] is not None
        start = count_microseconds(part.window[0])
        return {PERIOD: f"(epoch_us({clock.column}) - {start}) // {series.every // timedelta(microseconds=1)}"}

    def list_of_unit(self, part: Part) -> frozenset[str]:
        """List the dimensions that a part asks of a unit."""
        return _list_of_unit(self.model, self.gated, part)

    def part_conditions(self, part: Part) -> tuple[list[Gated], list[Gated]]:
        """Part conditions into those about a unit, by dimensions that all its labels share, and those about labels."""
        return _part_conditions(self.model, self.gated, part)


def pick_conditions(model: Ruleset, gated: Mapping[Route, Gated], part: Part) -> tuple[Gated, ...]:
    """Pick the authors' conditions that hold of a part's rows.

    On the rule's own source the rule's `where` holds in the baseline too, and the baseline's is added to it; another
    source has other columns, and is asked the baseline's alone.
    """
    routes: list[Route] = []
    if part.side != "baseline" or part.source == model.rules[part.rule].source:
        routes.append(("rules", part.rule, "where"))
    if part.side == "baseline":
        routes.append(("rules", part.rule, "baseline", "where"))
    return tuple(gated[route] for route in routes if route in gated)


def list_unit_dimensions(
    model: Ruleset, gated: Mapping[Route, Gated], parts: Iterable[Part]
) -> dict[str, frozenset[str]]:
    """List by source of labels the dimensions that rules ask of a unit, and that all its labels must share."""
    found: dict[str, frozenset[str]] = {}
    for part in parts:
        metric = METRICS[model.rules[part.rule].metric]
        if metric.of_units or metric.relation == "patterns":
            found[part.source] = found.get(part.source, frozenset()) | _list_of_unit(model, gated, part)
    return found


def _list_of_unit(model: Ruleset, gated: Mapping[Route, Gated], part: Part) -> frozenset[str]:
    units, _ = _part_conditions(model, gated, part)
    return frozenset(part.by).union(*(condition.columns for condition in units)) - {"class", "family", ANNOTATOR}


def _part_conditions(model: Ruleset, gated: Mapping[Route, Gated], part: Part) -> tuple[list[Gated], list[Gated]]:
    shared = list_dimensions(model, part.source) - {*FIELD_DIMENSIONS, "family"}
    picked = pick_conditions(model, gated, part)
    return [c for c in picked if c.columns <= shared], [c for c in picked if not c.columns <= shared]


def fill(name: str, parts: Mapping[str, str]) -> str:
    """Write the SQL of `prism_rules/relations/<name>.sql` with its places filled."""
    text = (files("prism_rules") / "relations" / f"{name}.sql").read_text("utf-8")
    return re.sub(r"\{(\w+)\}", lambda m: parts[m[1]], text)
