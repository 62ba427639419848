"""What pydantic finds wrong in plain data, as problems: at which key, what was expected, what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import nearest
from prism_rules.model.frozen import Frozen
from prism_rules.model.ruleset.words import BLANK
from prism_rules.source import Document

_WANTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
}
_RANGES = {
    "greater_than": ("gt", "must be above"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be below"),
    "less_than_equal": ("le", "must be at most"),
}
_ID = r"^[a-z0-9][a-z0-9-]*$"
_PATTERNS = {
    _ID: ("bad-id", "is no id: an id is lower-case letters, digits and `-`"),
    r"^[a-z][a-z0-9_]*$": ("bad-id", "is no name of a column: such a name is lower-case letters, digits and `_`"),
    r"^\d{4}-\d{2}-\d{2}$": ("bad-date", "is no date: a date is written 2026-03-01"),
}
_QUOTE = "put it in quotes"
_BOUNDS = re.compile(r"\.(?:warn|fail)\.")
"""In the place of a number: it is a bound."""
_ENTRIES = re.compile(r"\.(?:findings|causes|actions|generate|rows|ledger|blocked_by)`$")
"""In the place of a list: its items are mappings."""
_CUSTOM = {"bad_duration": "bad-duration", "bad_amount": "bad-amount", "bad_date": "bad-date"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """A problem of form, and what a reader needs in order to read on past it."""

    problem: Problem
    route: Route
    """Of the value at fault; of the entry that lacks a key, when `missing` names it."""
    unknown: bool = False
    missing: str | None = None
    meant: str | None = None
    """The key that an unknown key was probably meant to be."""


def find_flaws(error: ValidationError, model: Any, data: Any, route: Route = ()) -> list[Flaw]:
    """Turn the errors of validating `data` (which stands at `route`) as `model` into flaws, each place told once."""
    errors = [found for found in error.errors(include_url=False) if not _lacks_only_unread(found)]
    unknown = [
        _explain_unknown(_walk(data, found["loc"]), list_keys(model, found["loc"]), data, route)
        for found in errors if found["type"] == "extra_forbidden"
    ]  # fmt: skip
    replaced = {(flaw.route[:-1], flaw.meant) for flaw in unknown if flaw.meant}
    flaws = {(flaw.route, ""): flaw for flaw in unknown}
    for found in errors:
        if found["type"] != "extra_forbidden":
            flaw = _explain(found, data, route)
            # A misspelt key is one mistake, not an unknown key and a missing one.
            if (flaw.route, flaw.missing) not in replaced:
                flaws.setdefault((flaw.route, flaw.missing or ""), flaw)
    return list(flaws.values())


def name_place(route: Route) -> str:
    """Write a route for people: ``rules.class-agreement.by[0]``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in route)
    return f"`{text.removeprefix('.')}`" if text else "the file"


def quote_written(problem: Problem, document: Document) -> Problem:
    """Show what to put in quotes as it is written: read as a number, 1.10 has lost its zero."""
    if problem.help != _QUOTE:
        return problem
    source, route = document.find(problem.spots[0].route)
    start, end = source.places[route].value
    return replace(problem, help=f'{_QUOTE}: "{source.text[start:end]}"')


def _lacks_only_unread(found: Any) -> bool:
    """Whether a list is called too short because items were not counted that are wrong themselves, and told as such."""
    return found["type"] == "too_short" and bool(len(found["input"]) >= found["ctx"]["min_length"])


def _explain_unknown(local: Route, keys: list[str], data: Any, route: Route) -> Flaw:
    parent, name = local[:-1], str(local[-1])
    present = _look_up(data, parent)
    near = nearest(name, keys)
    meant = near if near not in present else None
    if name.endswith("+") and name[:-1] in keys:
        help = f"`+` adds to a list of a ruleset that this one extends: write `{name[:-1]}`"
    elif near:
        help = f"did you mean `{near}`?" if meant else f"`{near}` is there already"
    else:
        help = f"its keys are {', '.join(keys)}" if keys else "it has no keys"
    message = f"{name_place(route + parent)} has no key `{name}`"
    problem = Problem("unknown-key", message, (Spot(route + local, at="key"),), help)
    return Flaw(problem, local, unknown=True, meant=meant)


def _explain(found: Any, data: Any, route: Route) -> Flaw:
    loc, kind, ctx = found["loc"], found["type"], found.get("ctx", {})
    if kind == "missing" and isinstance(loc[-1], str):
        parent = _walk(data, loc[:-1])
        message = f"{name_place(route + parent)} needs `{loc[-1]}`"
        problem = Problem("missing-key", message, (Spot(route + parent, at="key"),), f"add `{loc[-1]}: ...`")
        return Flaw(problem, parent, missing=loc[-1])
    local = _walk(data, loc)
    on_key = loc[-1:] == ("[key]",)
    value = local[-1] if on_key else _look_up(data, local)
    code, message, help = _describe(kind, ctx, value, name_place(route + local), found["msg"])
    return Flaw(Problem(code, message, (Spot(route + local, at="key" if on_key else "value"),), help), local)


def _describe(kind: str, ctx: dict[str, Any], value: Any, place: str, said: str) -> tuple[str, str, str | None]:
    if kind in _CUSTOM:
        return _CUSTOM[kind], f"{place} is {_show(value)}: {said}", _suggest_duration(kind, value)
    if kind in _RANGES:
        key, words = _RANGES[kind]
        return "out-of-range", f"{place} is {_show(value)}; it {words} {ctx[key]:g}", _suggest_share(key, ctx, value)
    match kind:
        case "missing":
            return "wrong-type", f"{place} takes two numbers", "write [low, high]"
        case "literal_error" | "enum":
            known = re.findall(r"'([^']*)'", str(ctx["expected"]))
            meant = nearest(value, known) if isinstance(value, str) else None
            help = f"did you mean `{meant}`?" if meant else f"write {_list_or(known)}"
            return "unknown-value", f"{place} cannot be {_show(value)}", help
        case "string_pattern_mismatch" if ctx["pattern"] == BLANK:
            return "empty-value", f"{place} is blank", "write text, or leave it out where it may be"
        case "string_pattern_mismatch":
            code, words = _PATTERNS.get(ctx["pattern"], ("bad-version", "is no semantic version"))
            return code, f"{_show(value)} {words}", _suggest_form(code, str(value))
        case "string_too_long" | "string_too_short" | "too_short" | "too_long":
            unit = "characters" if kind.startswith("string") else "entries"
            if "min_length" in ctx:
                least = ctx["min_length"]
                return "out-of-range", f"{place} needs at least {least} {_singular(unit, least)}", None
            most = ctx["max_length"]
            read = f"at most {most:,} {'are' if most > 1 else 'is'} read"
            return "out-of-range", f"{place} has {len(value):,} {unit}; {read}", None
        case "finite_number":
            return "non-finite-number", f"{place} is {value}, no finite number", "write a finite number"
    wanted = _WANTED.get(kind.split("_", maxsplit=1)[0], said)
    hint = _suggest_type(wanted, value) or _suggest_number(place, wanted, value) or _suggest_whole(place, wanted, value)
    return "wrong-type", f"{place} takes {wanted}, not {_name_type(value)}", hint


def _singular(unit: str, number: int) -> str:
    return {"characters": "character", "entries": "entry"}[unit] if number == 1 else unit


def _list_or(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(f"`{w}`" for w in words[:-1]), f"`{words[-1]}`")))


def _suggest_form(code: str, value: str) -> str:
    if code == "bad-version":
        return 'write three numbers in quotes, such as "1.3.0"'
    if code == "bad-date":
        return "write year, month and day as 2026-03-01"
    return f"write it like `{write_id(value) or 'class-agreement'}`"


def _suggest_duration(kind: str, value: Any) -> str | None:
    """A number and the word of a unit were meant as one."""
    words = r"\s*0*([1-9]\d{0,5}) *([smhdw])(?:ec|in|r|our|ay|eek|econd|inute)?s?\s*"
    said = re.fullmatch(words, value.lower()) if kind == "bad_duration" and isinstance(value, str) else None
    return f"write {said[1]}{said[2]}" if said else None


def is_id(name: str) -> bool:
    """Say whether a name is an id."""
    return re.fullmatch(_ID, name) is not None


def write_id(name: str) -> str:
    """Return the id that is most like a name; empty where it has no letter of one."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def _suggest_type(wanted: str, value: Any) -> str | None:
    if wanted == "text" and isinstance(value, int | float):
        return _QUOTE
    if wanted in ("a number", "a whole number") and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return f"write it without quotes: {value}"
    if wanted == "a list" and isinstance(value, str):
        return f"write [{value}]" if _is_plain(value) else f'write ["{value}"]'
    return None


def _suggest_whole(place: str, wanted: str, value: Any) -> str | None:
    """Where there is one thing to say, people leave out the key or the list that it stands in."""
    if isinstance(value, int | float) and not isinstance(value, bool) and place.endswith((".warn`", ".fail`")):
        return f"write {{below: {value!r}}}, or {{above: {value!r}}}"
    if isinstance(value, str | list) and place.startswith("`causes.") and place.endswith(".when`"):
        terms = [value] if isinstance(value, str) else value
        return f"write {{all: [{', '.join(terms) if terms and all(map(_is_plain, terms)) else '...'}]}}"
    if wanted == "a list" and isinstance(value, dict) and _ENTRIES.search(place):
        key = next((key for key in value if _is_plain(value[key])), None)
        return f"write [{{{f'{key}: {value[key]}, ' if key else ''}...}}]"
    return None


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w-]*", value) is not None


def _suggest_share(key: str, ctx: dict[str, Any], value: Any) -> str | None:
    """Of what lies between 0 and 1, a number up to 100 was probably meant as a percentage."""
    is_share = key in ("lt", "le") and ctx[key] == 1
    return f"write {value / 100:g}" if is_share and (2 <= value < 100 or (key, value) == ("le", 100)) else None


def _suggest_number(place: str, wanted: str, value: Any) -> str | None:
    percentage = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?) ?%", value) if isinstance(value, str) else None
    if percentage is None or wanted != "a number":
        return None
    bounds = "; a percentage of the baseline belongs to drop, rise or change" if _BOUNDS.search(place) else ""
    return f"write {float(percentage[1]) / 100:.8g}{bounds}"


def _show(value: Any) -> str:
    if isinstance(value, str):
        return f"`{value if len(value) <= 60 else value[:59] + '…'}`"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"`{value!r}`" if is_number else _name_type(value)


def _name_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value!r}"
    if isinstance(value, str):
        return f"the text {_show(value)}"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def _walk(data: Any, loc: tuple[str | int, ...]) -> Route:
    """Follow an error's path through the data; what the data does not hold is a name of pydantic's own."""
    route: list[str | int] = []
    for step in loc:
        if step in (data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()):
            data = data[step]
            route.append(step)
    return tuple(route)


def _look_up(data: Any, route: Route) -> Any:
    for step in route:
        data = data[step]
    return data


def list_keys(model: Any, loc: tuple[str | int, ...]) -> list[str]:
    """List the keys of the models that stand where an unknown key stands."""
    here = [model]
    for step in loc[:-1]:
        here = [inner for kind in here for plain in _unfold(kind) for inner in _step(plain, step)] or here
    return [
        field.alias or name
        for kind in here for plain in _unfold(kind) if isinstance(plain, type) and issubclass(plain, Frozen)
        for name, field in plain.model_fields.items()
    ]  # fmt: skip


def _unfold(kind: Any) -> Iterator[Any]:
    if get_origin(kind) is Annotated:
        yield from _unfold(get_args(kind)[0])
    elif get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        for part in get_args(kind):
            yield from _unfold(part)
    else:
        yield kind


def _step(kind: Any, step: str | int) -> Iterator[Any]:
    if isinstance(kind, type) and issubclass(kind, Frozen):
        yield from (field.annotation for name, field in kind.model_fields.items() if step in (field.alias, name))
    elif get_origin(kind) is dict:
        yield get_args(kind)[1]
    elif get_origin(kind) is tuple and isinstance(step, int):
        yield get_args(kind)[0]
