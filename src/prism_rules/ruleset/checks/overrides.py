"""Two overrides for one scope, neither more specific, that do not agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import combinations_with_replacement, islice, takewhile
from operator import is_not
from typing import Any

from prism_rules.diagnostics import Problem, Spot
from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.ruleset.checks.bounds import list_conditions
from prism_rules.ruleset.checks.dimensions import may_match
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.globs import ANYTHING
from prism_rules.ruleset.judgement import (
    JUDGED,
    Rank,
    Setting,
    Settings,
    Shape,
    cut_values,
    index_settings,
)
from prism_rules.ruleset.meetings import list_meetings


def check_overrides(draft: Draft) -> Iterator[Problem]:
    """Refuse overrides of which nobody could say which wins, and those that set nothing."""
    for name, rule in draft.model.rules.items():
        for key, override in rule.overrides.items():
            if not override.model_fields_set - {"match"}:
                spot = Spot(("rules", name, "overrides", key), at="key")
                yield Problem(
                    "empty-override", "this override changes nothing", (spot,), f"let it set one of {', '.join(JUDGED)}"
                )
        if not rule.overrides and not any(condition.per_class for _, condition in list_conditions(name, rule)):
            continue
        settings = index_settings(name, rule)
        for field in JUDGED:
            for setting, rivals in _list_rivals([s for s in settings.all if s.match and field in s.values]):
                found = (
                    problem
                    for rival in rivals
                    if (problem := _find_undecided(draft.model, rule, settings, field, setting, rival))
                    and may_match(draft, rule, setting.match)
                    and may_match(draft, rule, rival.match)
                )
                yield from islice(found, 1)


def _list_rivals(settings: list[Setting]) -> Iterator[tuple[Setting, Iterable[Setting]]]:
    """List for each setting those of its rank that might meet it, each pair once.

    They are met through a table of how the patterns begin that two kinds of match share, so that ten thousand of them
    are not compared two by two.
    """
    kinds: dict[tuple[Rank, Shape], list[Setting]] = {}
    for setting in settings:
        kinds.setdefault((setting.rank, setting.shape), []).append(setting)
    for (one, mine), (other, theirs) in combinations_with_replacement(kinds.items(), 2):
        if one[0] != other[0]:
            continue
        shared = _intersect(one[1], other[1])
        table: dict[tuple[str, ...], list[Setting]] = {}
        for setting in theirs:
            table.setdefault(cut_values(setting.match, shared), []).append(setting)
        for setting in mine:
            there = table.get(cut_values(setting.match, shared), [])
            # Within one kind, each setting meets those written before it.
            yield setting, there if one != other else takewhile(partial(is_not, setting), there)


def _intersect(one: Shape, other: Shape) -> Shape:
    """Give the dimensions of two shapes, each with as much as both say of it."""
    known = dict(other)
    lengths = {name: [end for end in (length, known[name]) if end is not None] for name, length in one if name in known}
    return tuple((name, min(ends, default=None)) for name, ends in lengths.items())


def _find_undecided(
    model: Ruleset, rule: Rule, settings: Settings, field: str, one: Setting, other: Setting
) -> Problem | None:
    """Find a scope that both match, with different values, and for which no more specific setting decides."""
    if _read_value(one, field) == _read_value(other, field) or one.outranks(other) or other.outranks(one):
        return None
    for scope in list_meetings(model, rule, one, other):
        fitting = [setting for setting in settings.rank_fitting(scope) if field in setting.values]
        if not any(rival.outranks(each) for rival in fitting for each in (one, other)):
            first, second = (setting for setting in settings.all if setting is one or setting is other)
            return _tell(field, second, first, {name: scope[name] for name in (*one.match, *other.match)})
    return None


def _read_value(setting: Setting, field: str) -> Any:
    """Give what a setting gives a field, without where it is written."""
    value = setting.values[field]
    return [(bound.kind, bound.value, bound.relative) for bound in value] if isinstance(value, tuple) else value


def _tell(field: str, one: Setting, other: Setting, scope: dict[str, str]) -> Problem:
    where = ", ".join(f"{name} `{value}`" for name, value in scope.items())
    match = ", ".join(f"{name}: {value}" for name, value in scope.items())
    decidable = ANYTHING not in match and scope not in (one.match, other.match)
    other_way = "let both set the same, or one of them match more exactly"
    help = f"add an override whose match is {{{match}}}" if decidable else other_way
    return Problem(
        "ambiguous-override", f"at {where} two settings of `{field}` match, and neither is more specific",
        (Spot(one.routes[field], "this one", "key"), Spot(other.routes[field], "or this one", "key")), help,
    )  # fmt: skip
