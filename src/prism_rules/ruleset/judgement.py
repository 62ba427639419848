"""By which bounds a rule judges a scope: of all that is set for it, each field from the most specific match.

More exact dimensions win, then more dimensions with a glob, then the longer literal prefix; class beats family.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from prism_rules.diagnostics import Route
from prism_rules.metrics import METRICS
from prism_rules.model.frozen import Share
from prism_rules.model.plan import COMPARED, Bound, BoundKind, ResolvedBound
from prism_rules.model.ruleset import Condition, Rule, Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset.globs import is_glob, matches
from prism_rules.ruleset.grain import list_scope

KINDS: tuple[BoundKind, ...] = get_args(BoundKind)
LEVELS: tuple[Literal["warn"], Literal["fail"]] = ("warn", "fail")
JUDGED = ("enabled", "min_n", "confidence", "streak", *LEVELS)
"""What an override may set."""
MIN_N = 30
"""Support below which a measurement is `insufficient`, where neither rule nor defaults say."""
DECIMALS = 6

Rank = tuple[int, int, int]
Shape = tuple[tuple[str, int | None], ...]
"""The dimensions of a match, each with how much of a value its literal beginning is; None: all of it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one scope is judged. Equal scopes of a rule share one object."""

    enabled: bool
    min_n: int
    warn: tuple[ResolvedBound, ...]
    fail: tuple[ResolvedBound, ...]
    confidence: float | None = None
    """Of the interval that has to lie beyond a bound; None: the value alone decides."""
    streak: int = 1
    """Consecutive windows in which a bound has to be crossed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one place in the file sets, for the scopes that it matches: a rule, an override, an entry of `per_class`."""

    match: Mapping[str, str]
    values: Mapping[str, Any]
    """Field (`enabled`, `min_n`, `warn`, `fail`) -> value; bounds are resolved."""
    routes: Mapping[str, Route]
    """Field -> where it is written."""
    rank: Rank

    def find_route(self, level: str, kind: BoundKind) -> Route:
        """Give the place where a bound of its own is written."""
        route = self.routes[level]
        return route if route[-2] == "per_class" else (*route, kind)

    @property
    def shape(self) -> Shape:
        """Which dimensions it looks at, and how far the literal beginning of each pattern goes."""
        return tuple((n, p.index("*") if is_glob(p) else None) for n, p in sorted(self.match.items()))

    @property
    def family_alone(self) -> bool:
        """True when it names a family and no class."""
        return "family" in self.match and "class" not in self.match

    def outranks(self, other: Setting) -> bool:
        """Say whether this one is the more specific of the two."""
        tied = self.rank == other.rank and "class" in self.match and other.family_alone
        return self.rank > other.rank or tied

    def fits(self, scope: Mapping[str, str]) -> bool:
        """Say whether the scope has every dimension of the match, with a value that fits."""
        return all(name in scope and matches(pattern, scope[name]) for name, pattern in self.match.items())


def cut_values(scope: Mapping[str, str], shape: Shape) -> tuple[str, ...]:
    """Cut the values of a scope, or the patterns of a match, to what a match of that shape says literally."""
    return tuple([scope[name][:length] for name, length in shape])


@dataclass(eq=False, slots=True)
class Settings:
    """All settings of a rule, found by how their patterns begin, so that ten thousand of them cost a scope one look."""

    all: tuple[Setting, ...]
    found: dict[Shape, dict[tuple[str, ...], list[Setting]]] = field(default_factory=dict)
    judged: dict[tuple[int, ...], Judgement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for setting in self.all:
            table = self.found.setdefault(setting.shape, {})
            table.setdefault(cut_values(setting.match, setting.shape), []).append(setting)

    def rank_fitting(self, scope: Mapping[str, str]) -> list[Setting]:
        """List the settings that match the scope, the most specific first, then in the file's order."""
        fitting = [
            setting
            for shape, table in self.found.items() if all(name in scope for name, _ in shape)
            for setting in table.get(cut_values(scope, shape), ()) if setting.fits(scope)
        ]  # fmt: skip
        return sorted(fitting, key=lambda setting: (setting.rank, not setting.family_alone), reverse=True)

    def find_winners(self, scope: Mapping[str, str]) -> dict[str, Setting]:
        """Find for each field that is set for the scope the setting that decides it."""
        return pick_winners(self.rank_fitting(scope))


def pick_winners(fitting: Iterable[Setting]) -> dict[str, Setting]:
    """Pick for each field the first of the settings that has it."""
    winners: dict[str, Setting] = {}
    for setting in fitting:
        for name in setting.values:
            winners.setdefault(name, setting)
    return winners


def resolve_judgement(model: Ruleset, rule_id: str, scope: Mapping[str, str]) -> Judgement:
    """Resolve how `rule_id` judges `scope` (dimension -> value; the class brings its family along)."""
    rule = model.rules[rule_id]
    settings = index_settings(rule_id, rule)
    # What a rule sets without overrides and `per_class` is for every scope.
    fitting = settings.rank_fitting(add_family(model, scope)) if len(settings.all) > 1 else settings.all
    least, _ = find_least(model, rule)
    key = (least, *map(id, fitting))
    if key not in settings.judged:
        values = {name: winner.values[name] for name, winner in pick_winners(fitting).items()}
        settings.judged[key] = Judgement(
            values.get("enabled", True),
            values.get("min_n", least),
            values.get("warn", ()),
            values.get("fail", ()),
            values.get("confidence"),
            values.get("streak", 1),
        )
    return settings.judged[key]


def find_least(model: Ruleset, rule: Rule) -> tuple[int, Route | None]:
    """Find the support that is asked for where the rule sets none, and where that is written; None: nowhere."""
    metric = METRICS.get(rule.metric)
    if metric is not None and metric.unit == "columns":
        return 0, None  # a file has all of its columns, and they are no sample
    return (MIN_N, None) if model.defaults.min_n is None else (model.defaults.min_n, ("defaults", "min_n"))


def effective_bounds(model: Ruleset, rule_id: str) -> tuple[ResolvedBound, ...]:
    """List every bound of a rule with the scopes it is for: the rule's own, `per_class`, then overrides, as written."""
    settings = index_settings(rule_id, model.rules[rule_id])
    return tuple(bound for setting in settings.all for level in LEVELS for bound in setting.values.get(level, ()))


def index_bounds(bounds: Iterable[ResolvedBound]) -> Settings:
    """Index the bounds that a plan lists for a rule, as the settings that they came from."""
    settings: dict[tuple[tuple[str, str], ...], dict[str, tuple[ResolvedBound, ...]]] = {}
    for bound in bounds:
        values = settings.setdefault(tuple(sorted(bound.match.items())), {})
        values[bound.level] = (*values.get(bound.level, ()), bound)
    return Settings(tuple(Setting(dict(match), values, {}, _rank(dict(match))) for match, values in settings.items()))


def crossed(bound: Bound | ResolvedBound, value: float | None, baseline: float | None) -> bool:
    """Say whether a value lies strictly beyond a bound.

    Null and NaN never do, nor does anything beyond `drop`, `rise` or `change` without a baseline. Differences are
    rounded to 6 decimals like the values they come from: 0.8 to 0.7 is a drop of 0.1 and not of 0.10000000000000009.
    """
    if value is None or math.isnan(value):
        return False
    if bound.kind not in COMPARED:
        low, high = find_limits(bound, baseline)
        return value < low or value > high
    if baseline is None or math.isnan(baseline):
        return False
    low, high = find_limits(bound, baseline)
    return not low <= round(value - baseline, DECIMALS) <= high


def find_limits(bound: Bound | ResolvedBound, baseline: float | None) -> tuple[float, float]:
    """Give the closed span inside which a bound is not crossed, where a share of the baseline is an amount of it."""
    if not bound.relative:
        return find_span(bound.kind, bound.value)
    assert not isinstance(bound.value, tuple)
    assert baseline is not None, "without a baseline no share of it is crossed"
    return find_span(bound.kind, round(bound.value * abs(baseline), DECIMALS))


def find_span(kind: BoundKind, value: float | tuple[float, ...]) -> tuple[float, float]:
    """Give the closed span inside which a bound is not crossed: of the value, or of its distance from the baseline."""
    if isinstance(value, tuple):
        return value[0], value[1]
    return {
        "below": (value, math.inf), "above": (-math.inf, value),
        "drop": (-value, math.inf), "rise": (-math.inf, value), "change": (-value, value),
    }[kind]  # fmt: skip


def imagine_scope(rule: Rule, match: Mapping[str, str]) -> dict[str, str]:
    """Give a scope that the match fits, empty where it says nothing."""
    return dict.fromkeys(list_scope(rule), "") | {name: pattern.replace("*", "") for name, pattern in match.items()}


_INDEXED: dict[int, tuple[weakref.ref[Rule], Settings]] = {}


def index_settings(rule_id: str, rule: Rule) -> Settings:
    """List and index the settings of a rule, once for the life of the rule's object."""
    key = id(rule)
    if key not in _INDEXED:
        settings = Settings(tuple(_list_settings(rule_id, rule)))
        _INDEXED[key] = weakref.ref(rule, lambda _: _INDEXED.pop(key, None)), settings
    return _INDEXED[key][1]


def _list_settings(rule_id: str, rule: Rule) -> Iterator[Setting]:
    root: Route = ("rules", rule_id)
    yield from _expand(rule, {}, root)
    for name, override in rule.overrides.items():
        yield from _expand(override, override.match, (*root, "overrides", name))


def _expand(entry: Any, match: Mapping[str, str], route: Route) -> Iterator[Setting]:
    written = {name: vars(entry).get(name) for name in JUDGED}
    values = {
        name: _resolve(name, value, match, (*route, name)) if isinstance(value, Condition) else value
        for name, value in written.items() if value is not None
    }  # fmt: skip
    yield Setting(match, values, {name: (*route, name) for name in values}, _rank(match))
    for level in LEVELS:
        condition: Condition | None = written[level]
        if condition is None or not condition.per_class or "class" in match:
            continue
        kind = find_numeric_bound(condition)
        if kind is None:
            continue
        for class_name, bound in condition.per_class.items():
            inner = {**match, "class": class_name}
            place = (*route, level, "per_class", class_name)
            resolved = ResolvedBound(match=inner, level=level, kind=kind, value=bound, origin=name_origin(place))
            yield Setting(inner, {level: (resolved,)}, {level: place}, _rank(inner))


def list_bounds(condition: Condition) -> list[BoundKind]:
    """List the kinds of bound that a condition has."""
    return [kind for kind in KINDS if getattr(condition, kind) is not None]


def find_numeric_bound(condition: Condition) -> BoundKind | None:
    """Find the one numeric bound that `per_class` may stand beside; None when the condition has others, or none."""
    kinds = list_bounds(condition)
    return kinds[0] if len(kinds) == 1 and isinstance(getattr(condition, kinds[0]), float | int) else None


def name_origin(route: Route) -> str:
    """Write a route as plans write origins: ``rules.class-agreement.fail.below``."""
    return ".".join(str(step) for step in route)


def _resolve(level: Any, condition: Condition, match: Mapping[str, str], route: Route) -> tuple[ResolvedBound, ...]:
    bounds = []
    for kind in list_bounds(condition):
        value = getattr(condition, kind)
        relative, origin = isinstance(value, Share), name_origin((*route, kind))
        amount = value.of_baseline if relative else value
        bounds.append(
            ResolvedBound(match=dict(match), level=level, kind=kind, value=amount, relative=relative, origin=origin)
        )
    return tuple(bounds)


def _rank(match: Mapping[str, str]) -> Rank:
    globs = [pattern for pattern in match.values() if is_glob(pattern)]
    return len(match) - len(globs), len(globs), sum(pattern.index("*") for pattern in globs)
