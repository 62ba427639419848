"""Who decides what a rule judges by: for each field the setting that wins, and those that it wins over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.escaping import show_plain
from prism_rules.model.plan import ResolvedBound
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.judgement import JUDGED, LEVELS, Setting, find_least, resolve_judgement
from prism_rules.ruleset.segments import Segment, Segments
from prism_rules.wording import format_amount, format_exact, join_all, list_some

ORDER = (*reversed(LEVELS), *(name for name in JUDGED if name not in LEVELS))
"""Fields as they are told: what is judged by first."""
_MOST_NAMES = 6

_Cell = tuple[tuple[str | None, ...], Segment]
"""A segment, and those of its classes that are told of."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one place of the file says of a field."""

    value: Any
    """A tuple of bounds for `warn` and `fail`, else a number, a flag, or None for a field that nobody sets."""
    route: Route | None
    """Where it is written; None for what holds when nothing is."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A field as it is decided for a segment."""

    field: str
    winner: Said
    losers: tuple[Said, ...]

    @property
    def key(self) -> tuple[Route | None, ...]:
        """Equal for decisions that the same places make."""
        return (self.winner.route, *(said.route for said in self.losers))


def list_decisions(model: Ruleset, rule_id: str, segment: Segment) -> dict[str, Decision]:
    """List how each field of a rule is decided for a segment."""
    judged = resolve_judgement(model, rule_id, segment.scope)
    decisions = {}
    for field in ORDER:
        said = [Said(s.values[field], _find_route(s, field)) for s in segment.fitting if field in s.values]
        if field == "min_n" and (least := find_least(model, model.rules[rule_id]))[1]:
            said.append(Said(*least))
        winner = Said(getattr(judged, field), said[0].route if said else None)
        decisions[field] = Decision(field, winner, tuple(said[1:]))
    return decisions


def _find_route(setting: Setting, field: str) -> Route:
    """Find where a field is written; of a condition with a single bound, where that is."""
    value = setting.values[field]
    return setting.find_route(field, value[0].kind) if field in LEVELS and len(value) == 1 else setting.routes[field]


@dataclass(frozen=True, slots=True)
class Row:
    """A field with one value, for all scopes for which the same places decide it."""

    decision: Decision
    where: str
    """Those scopes in words, as plain text; `*` for all scopes of a rule that tells no classes apart."""
    whole: bool
    """Whether it is for all scopes that are told of."""


def list_rows(model: Ruleset, rule_id: str, segments: Segments, *, only: str | None = None) -> list[Row]:
    """List a rule's fields, each value once with all scopes that have it. `only`: for this class, or its family, alone;
    of a rule that tells no classes apart, all."""
    only = find_value(model, segments, only)
    shown = [(segment, list_decisions(model, rule_id, segment)) for segment in segments.all]
    cells = [
        (tuple(value for value in segment.values or (None,) if only in (None, value)), segment, decisions)
        for segment, decisions in shown
    ]
    cells = [cell for cell in cells if cell[0]]
    counts = Counter(value for values, *_ in cells for value in values)
    rows = []
    for field in ORDER:
        groups: dict[tuple[Route | None, ...], list[_Cell]] = {}
        decided: dict[tuple[Route | None, ...], Decision] = {}
        # What a rule does not judge at all has no bounds.
        judged = [cell for cell in cells if field == "enabled" or cell[2]["enabled"].winner.value]
        for values, segment, decisions in judged:
            decision = decisions[field]
            decided[decision.key] = decision
            groups.setdefault(decision.key, []).append((values, segment))
        whole = len(groups) == 1 and (field != "enabled" or all(_is_told(each) for each in decided.values()))
        rows += [
            Row(decided[key], _name_cells(group, counts, segments, whole=whole and only is None), whole)
            for key, group in groups.items()
            if _is_told(decided[key])
        ]
    return rows


def find_value(model: Ruleset, segments: Segments, only: str | None) -> str | None:
    """Find what a class is in a rule that tells classes, or families, apart: itself or its family; None for any."""
    entry = model.classes.get(only or "")
    if segments.axis == "family" and entry:
        return entry.family or ""
    return only if segments.axis else None


def _is_told(decision: Decision) -> bool:
    return decision.winner.route is not None or (decision.field == "min_n" and decision.winner.value > 0)


def _name_cells(group: Sequence[_Cell], counts: Mapping[str | None, int], segments: Segments, *, whole: bool) -> str:
    """Name scopes: "all 4 classes", "dent and ok", "edge-chip at plant-2; dent elsewhere"."""
    plural = {"class": "classes", "family": "families"}.get(segments.axis or "", "")
    if whole and len(segments.values) != 1:
        return f"all {len(segments.values):,} {plural}" if plural else "*"
    here = Counter(value for values, _ in group for value in values)
    places: dict[str, dict[str | None, None]] = {}
    for values, segment in group:
        inside = name_match(segment.match) or "elsewhere"
        for value in values:
            places.setdefault("" if here[value] == counts[value] else inside, {})[value] = None
    return "; ".join(_name_place([*values], place) for place, values in places.items())


def _name_place(values: Sequence[str | None], place: str) -> str:
    told = [value for value in values if value is not None]
    names = [*map(show_plain, told[:_MOST_NAMES]), *told[_MOST_NAMES:]]  # the others are counted alone
    what = join_all(names) if 0 < len(names) <= _MOST_NAMES else list_some(names, _MOST_NAMES)
    if place == "elsewhere" or not what:
        return " ".join(filter(None, (what, place))) or "*"
    return f"{what} at {place}" if place else what


def name_match(match: Any) -> str:
    """Name where a segment is, but for its classes: "plant-2, camera = 7"; patterns that all have to fit by `and`."""
    return ", ".join(_name_patterns(name, patterns) for name, patterns in match.items())


def _name_patterns(dimension: str, patterns: Iterable[str]) -> str:
    shown = " and ".join(show_plain(pattern) for pattern in patterns)
    return shown if any(char.isalpha() for char in shown) else f"{dimension} = {shown}"


def write_value(value: Any) -> str:
    """Write the value of a field as a ruleset has it: "below 0.75", "drop 10%", "30", "no"."""
    if isinstance(value, tuple):
        return ", ".join(map(write_bound, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else format_exact(value)


def write_bound(bound: ResolvedBound) -> str:
    """Write a bound: "below 0.75", "outside 0.20 to 0.90", "drop 10%"."""
    if isinstance(bound.value, tuple):
        return f"{bound.kind} {' to '.join(map(format_exact, bound.value))}"
    return f"{bound.kind} {format_amount(bound.value, relative=bound.relative)}"


def name_setting(route: Route | None) -> str:
    """Name where a field is set: "the rule", "per_class", "overrides.edges", "the defaults", or "built in"."""
    if route is None:
        return "built in"
    if route[0] == "defaults":
        return "the defaults"
    place = f"overrides.{route[3]}" if route[2] == "overrides" else ""
    if route[-2] == "per_class":
        return f"per_class of {place}" if place else "per_class"
    return place or "the rule"
