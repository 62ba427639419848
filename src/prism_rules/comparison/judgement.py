"""Judgement: what became stricter or looser, for which classes and places, however it is written.

Both versions are resolved at every place that one of them tells apart, and only what is decided there is compared: a
bound that moved from the rule into `per_class` of every class is no change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from prism_rules.comparison.alignment import Side
from prism_rules.diagnostics import Route
from prism_rules.metrics import METRICS, Metric
from prism_rules.model.plan import COMPARED, Origin, ResolvedBound, Scope
from prism_rules.model.scopes import add_family
from prism_rules.ruleset import resolve_judgement
from prism_rules.ruleset.globs import ANYTHING
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.judgement import LEVELS, Judgement, find_span, index_settings
from prism_rules.wording import format_amount, format_exact

MOST_CELLS = 20_000
"""Places that a rule is compared at; beyond it, classes and other places are not crossed."""
_ENDS = {"value": ("below", "above"), "distance": ("drop", "rise"), "share": ("drop", "rise")}
_SWAPPED = {"distance": "share", "share": "distance"}


_Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is decided otherwise, in words, and in which direction."""

    field: str
    """`warn`, `fail`, `min_n`, `confidence`, `streak` or `enabled`."""
    text: str
    stricter: bool | None
    """None where only data can say it."""
    end: str = ""
    """Of a bound: `below`, `above`, `drop` or `rise`."""
    gone: bool = False
    """Whether there is no such bound any more."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A difference, the places where it is so, and where one of them is written."""

    difference: Difference
    scopes: tuple[Scope, ...]
    excepted: tuple[Scope, ...]
    before: Origin
    after: Origin


@dataclass(frozen=True, slots=True)
class _Cell:
    """A place to resolve at. `rest` is its match without class and family, `key` is the class or family."""

    rest: _Pairs
    key: _Pairs
    scope: Mapping[str, str]

    @property
    def shown(self) -> Scope:
        return dict((*self.key, *self.rest))


def compare_judgement(before: Side, after: Side, rule: str) -> Iterator[Judged]:
    """Compare how both versions judge a rule, place by place."""
    cells = _list_cells(before, after, rule)
    metrics = [METRICS.get(side.model.rules[rule].metric) for side in (before, after)]
    found: dict[Difference, list[_Cell]] = {}
    for cell in cells:
        old, new = (resolve_judgement(side.model, rule, cell.scope) for side in (before, after))
        for difference in _list_differences(old, new, metrics) if old != new else ():
            found.setdefault(difference, []).append(cell)
    for difference, where in found.items():
        scopes, excepted = _say_where(where, cells)
        places = (side.locate(_find_route(side, rule, difference, where[0])) for side in (before, after))
        yield Judged(difference, scopes, excepted, *places)


def _list_cells(before: Side, after: Side, rule: str) -> list[_Cell]:
    sides = [(side.model, side.model.rules[rule]) for side in (before, after)]
    _, declared = sides[1]
    dimensions = dict.fromkeys(list_scope(declared))
    settings = [setting for _, each in sides for setting in index_settings(rule, each).all]
    matches = [{name: p for name, p in setting.match.items() if name in dimensions} for setting in settings]
    # Where the taxonomy is closed there is nothing between its classes; a class that is new was judged by nobody.
    main = "class" if "class" in dimensions else "family" if "family" in dimensions else None
    closed: list[str] = []
    if main and not declared.unknown:
        names = [
            [*m.classes] if main == "class" else [entry.family for entry in m.classes.values() if entry.family]
            for m, _ in sides
        ]  # fmt: skip
        closed = [name for name in dict.fromkeys(names[1]) if name in {*names[0]}]
    blank = dict.fromkeys(name for name in dimensions if not (closed and name in ("class", "family")))
    if not closed:
        listed = {tuple(sorted(match.items())): None for match in ({}, *matches)}
        return [_Cell(rest, (), _imagine(blank, dict(rest))) for rest in sorted(listed, key=_rank)]
    rests = {
        tuple(sorted((name, p) for name, p in match.items() if name not in ("class", "family"))): None
        for match in ({}, *matches)
    }
    if len(rests) * len(closed) > MOST_CELLS:
        rests = {(): None}
    assert main is not None
    return [
        _Cell(rest, ((main, name),), {**_imagine(blank, dict(rest)), main: name})
        for rest in sorted(rests, key=_rank)
        for name in closed
    ]


def _rank(rest: _Pairs) -> tuple[int, _Pairs]:
    return len(rest), rest


def _imagine(blank: Mapping[str, None], match: Mapping[str, str]) -> dict[str, str]:
    """Imagine a scope that the match fits, and that is like nothing else where it says nothing."""
    return dict.fromkeys(blank, ANYTHING) | {name: pattern.replace("*", ANYTHING) for name, pattern in match.items()}


def _list_differences(old: Judgement, new: Judgement, metrics: Sequence[Metric | None]) -> Iterator[Difference]:
    if old.enabled != new.enabled:
        yield Difference("enabled", "judged again" if new.enabled else "no longer judged", new.enabled)
    if not (old.enabled and new.enabled):
        return
    for level in LEVELS:
        was, now = (_list_ends(getattr(side, level), m) for side, m in zip((old, new), metrics, strict=True))
        recast = [(of, end) for of, end in was if (of, end) not in now and _swap(of, end) in {*now} - {*was}]
        for of, end in recast:
            limits = [_show_limit(of, was.pop((of, end))), _show_limit(_SWAPPED[of], now.pop(_swap(of, end)))]
            yield Difference(level, f"{level} {end} {' -> '.join(limits)}, which only data can compare", None, end)
        for key in dict.fromkeys([*was, *now]):
            if was.get(key) != now.get(key):
                yield _compare_end(level, key, was.get(key), now.get(key))
    # Each asks for more before something is found: more rows, more certainty, more windows.
    for field, unset in (("min_n", 0), ("confidence", 0.0), ("streak", 1)):
        one, other = getattr(old, field), getattr(new, field)
        if one != other:
            text = f"{field} {_show(one)} -> {_show(other)}"
            yield Difference(field, text, (other or unset) < (one or unset))


def _list_ends(bounds: tuple[ResolvedBound, ...], metric: Metric | None) -> dict[tuple[str, str], float]:
    """List where a level begins: (of the value, the distance from the baseline or a share of it; end) -> limit.

    An end that no value of the metric lies beyond is none.
    """
    reach = (metric.low, metric.high) if metric else (None, None)
    spans: dict[str, tuple[float, float]] = {}
    for bound in bounds:
        of = "share" if bound.relative else "distance" if bound.kind in COMPARED else "value"
        low, high = find_span(bound.kind, bound.value)
        least, most = spans.get(of, (-math.inf, math.inf))
        spans[of] = max(low, least), min(high, most)
    return {
        (of, end): limit
        for of, span in spans.items() for end, limit, last in zip(_ENDS[of], span, reach, strict=True)
        if math.isfinite(limit)
        and (of != "value" or last is None or (limit > last if end == "below" else limit < last))
    }  # fmt: skip


def _compare_end(level: str, end: tuple[str, str], old: float | None, new: float | None) -> Difference:
    of, name = end
    was, now = (None if limit is None else _show_limit(of, limit) for limit in (old, new))
    if old is None or new is None:
        done = "removed" if new is None else "added"
        return Difference(level, f"{level} {name} {now or was} {done}", new is not None, name, new is None)
    # `drop` is kept as a negative distance, so that a lower end is always the stricter the higher it lies.
    stricter = new > old if name in ("below", "drop") else new < old
    return Difference(level, f"{level} {name} {was} -> {now}", stricter, name)


def _swap(of: str, end: str) -> tuple[str, str]:
    return _SWAPPED.get(of, of), end


def _show_limit(of: str, limit: float) -> str:
    return format_amount(limit if of == "value" else abs(limit), relative=of == "share")


def _show(value: float | None) -> str:
    return "none" if value is None else format_exact(value)


def _say_where(where: list[_Cell], cells: list[_Cell]) -> tuple[tuple[Scope, ...], tuple[Scope, ...]]:
    """Say where in few words: the places, and which of them are left out; no place at all stands for everywhere."""
    there = {(cell.rest, cell.key) for cell in where}
    groups: dict[_Pairs, list[_Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.rest, []).append(cell)
    main = groups.pop(())
    inside = [cell.key for cell in main if ((), cell.key) in there]
    wide = 2 * len(inside) > len(main)
    extra = any(cell.key not in inside for cell in where)
    shown = [] if wide and not extra else [dict(key) for key in inside]
    excepted = [dict(cell.key) for cell in main if cell.key not in inside] if wide and not extra else []
    for rest, group in groups.items():
        here = [cell for cell in group if (rest, cell.key) in there]
        added = [cell for cell in here if cell.key not in inside]
        if 2 * len(here) > len(group) and len(added) == len(here):
            shown.append(dict(rest))
            excepted += [cell.shown for cell in group if cell not in here]
        else:
            shown += [cell.shown for cell in added]
            left = [cell for cell in group if cell.key in inside and cell not in here]
            excepted += [dict(rest)] if left and not here else [cell.shown for cell in left]
    return _drop_implied(shown), _drop_implied(excepted)


def _drop_implied(scopes: list[Scope]) -> tuple[Scope, ...]:
    known = {frozenset(one.items()) for one in scopes}
    return tuple(
        one for one in scopes
        if not any(frozenset(part) in known for size in range(len(one)) for part in combinations(one.items(), size))
    )  # fmt: skip


def _find_route(side: Side, rule: str, difference: Difference, cell: _Cell) -> Route:
    """Find where the setting is written that decides at a place; the rule itself where nothing does."""
    settings = index_settings(rule, side.model.rules[rule])
    winner = settings.find_winners(add_family(side.model, cell.scope)).get(difference.field)
    if winner is None:
        told = difference.field == "min_n" and side.model.defaults.min_n is not None
        return ("defaults", "min_n") if told else ("rules", rule)
    if bounds := winner.values[difference.field] if difference.end else ():
        kinds = [bound.kind for bound in bounds]
        return winner.find_route(difference.field, next((kind for kind in kinds if kind == difference.end), kinds[0]))
    return winner.routes[difference.field]
