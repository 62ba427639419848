"""Wording: numbers, lists, places and bounds in words, as plain text, for whoever tells of a plan or of a ruleset.

Every name is cut and made visible; each format encodes the text itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.escaping import MOST, show_plain
from prism_rules.model.plan import Bound, ResolvedBound, Scope

SIDES = {"drop": "below", "rise": "above", "change": "from"}
"""Kind of a bound on the distance from the baseline -> on which side of it that is."""


def name_scope(scope: Scope) -> str:
    """Name a place: "surface-scratch at plant-2", "contrast of dent at plant-2"; a value that says nothing alone keeps
    its dimension."""
    return " at ".join(filter(None, _split_scope(scope))) or "overall"


def name_scopes(scopes: Iterable[Scope], most: int = 3, width: int = MOST) -> str:
    """Name places, those that differ in class alone together: "surface-scratch and edge-chip at plant-2; ok".

    Of a single name at most `width` characters are shown.
    """
    classes: dict[tuple[str, bool], dict[str, None]] = {}
    for what, where in (_split_scope(scope, width) for scope in scopes):
        # A place as a whole is no class among its classes.
        classes.setdefault((where, bool(what)), {})[what] = None
    names = [" at ".join(filter(None, (join_and(whats, most), where))) for (where, _), whats in classes.items()]
    return list_some([name or "overall" for name in names], most, "; ")


def name_slice(scope: Scope) -> str:
    """Name a condition with its dimensions: "lighting = glare, camera = 2"."""
    return ", ".join(_name_value(d, scope[d], bare=False) for d in sorted(scope)) or "overall"


def list_some(names: Iterable[str], most: int, separator: str = ", ") -> str:
    """List names, at most `most` of them: "dent, ok and 12 more"."""
    kept = list(names)
    return separator.join(kept[:most]) + (f" and {len(kept) - most:,} more" if len(kept) > most else "")


def join_and(names: Iterable[str], most: int) -> str:
    """Join names as a sentence does: "dent and ok", "dent, ok and 12 more"."""
    kept = list(names)
    return f"{kept[0]} and {kept[1]}" if len(kept) == 2 <= most else list_some(kept, most)


def join_all(names: Iterable[str], word: str = "and") -> str:
    """Join all names as a sentence does: "dent", "dent or ok", "dent, ok and edge-chip"."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def say_demand(bound: Bound | ResolvedBound) -> str:
    """Say what a bound asks of a value: "must be at least 0.75", "should be at most 10% below the baseline"."""
    must = "must" if bound.level == "fail" else "should"
    if isinstance(bound.value, tuple):
        low, high = map(format_exact, bound.value)
        return f"{must} be from {low} to {high}"
    if bound.kind in SIDES:
        amount = format_amount(bound.value, relative=bound.relative)
        return f"{must} be at most {amount} {SIDES[bound.kind]} the baseline"
    return f"{must} be at {'least' if bound.kind == 'below' else 'most'} {format_exact(bound.value)}"


def format_amount(amount: float, *, relative: bool) -> str:
    """Write a distance from the baseline as it was written: 0.5 % is not 0 %."""
    return f"{round(amount * 100, 6):g}%" if relative else format_exact(amount)


def format_exact(number: float) -> str:
    """Write a number that people chose, as exactly as they did: "5", "0.75", "0.005"."""
    text = f"{number:,.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}" if decimals else whole


def _split_scope(scope: Scope, width: int = MOST) -> tuple[str, str]:
    """Part what is meant (a column, class, family) from where."""
    names = {dimension: _name_value(dimension, scope[dimension], bare=True, width=width) for dimension in sorted(scope)}
    whose = ", ".join(names.pop(dimension) for dimension in ("class", "family") if dimension in names)
    what = " of ".join(filter(None, (names.pop("of", ""), whose)))
    return what, ", ".join(names.values())


def _name_value(dimension: str, value: str, *, bare: bool, width: int = MOST) -> str:
    shown = show_plain(value, width) or '""'
    if bare and dimension == "annotator" and not shown.startswith("person-"):
        return "annotators with few labels" if value == "(few)" else f"annotator {shown}"  # one letter
    plain = bare and any(char.isalpha() for char in shown)
    return shown if plain else f"{show_plain(dimension)} = {shown}"
