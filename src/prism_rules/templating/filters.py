"""The closed table of filters, and how values become text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from prism_rules.templating.shapes import Kind, Leaf, Many

Hand = Literal["template", "data", "markdown"]
"""Whose a text is.

- `template`: the template author's, which is put out as it stands
- `data`: a plain text, which is escaped
- `markdown`: Markdown of a ruleset, which is restricted
"""


class Written(str):
    """Text of more than one hand: a plain string to compare and to count, that knows whose each part is.

    `parts` are pairs of text and whose it is; what is not the template's stays as it is until it is put out, so that
    no filter ever cuts or changes an escape.
    """

    __slots__ = ("parts",)
    parts: tuple[tuple[str, Hand], ...]

    def __new__(cls, parts: Iterable[tuple[str, Hand]]) -> Written:
        kept = tuple(parts)
        text = super().__new__(cls, "".join(part for part, _ in kept))
        text.parts = kept
        return text


def split_parts(value: Any) -> tuple[tuple[str, Hand], ...]:
    """Give a value's text in parts, each with whose it is."""
    return value.parts if isinstance(value, Written) else ((print_value(value), "data"),)


def mark_markdown(text: str | None) -> Written | None:
    """Mark a value of a context as Markdown of a ruleset; None where there is none."""
    return Written([(text, "markdown")]) if text else None


def print_value(value: Any) -> str:
    """Write one plain value: null as nothing, numbers without exponent to 6 decimals, times in UTC as ISO 8601.

    Raises TypeError for anything else: its text could be a memory address, or differ from run to run.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return format(value, "d")
        case float() | Decimal():
            return _drop_minus_zero(format(Decimal(value), ".6f").rstrip("0").rstrip(".") if _finite(value) else "")
        case datetime():
            return _move_to_utc(value).isoformat() + "Z"
        case date():
            return value.isoformat()
    raise TypeError(f"a template was given a {type(value).__name__}, which is not plain data")


def format_number(value: Any, digits: int = 2) -> Any:
    """Write a number with exactly so many decimals, half to even."""
    return _drop_minus_zero(format(Decimal(value), f".{digits}f")) if _finite(value) else value


def round_number(value: Any, digits: int = 0) -> Any:
    """Round a number, half to even."""
    return round(value, digits) if _finite(value) else value


def format_date(value: Any) -> Any:
    """Write the day, in UTC, of a time or of an ISO 8601 text; a text that is no time stays as it is."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    return _move_to_utc(value).date().isoformat() if isinstance(value, datetime) else value


def join_items(items: Sequence[Any] | None, separator: str = "") -> Written:
    """Write all items, the author's separator between them."""
    parts: list[tuple[str, Hand]] = []
    for item in items or ():
        if parts:
            parts.append((separator, "template"))
        parts += split_parts(item)
    return Written(parts)


def sort_items(items: Sequence[Any] | None) -> list[Any]:
    """Sort numbers by value, then texts without regard to case (equal ones by their code points), then nulls."""
    return sorted(items or (), key=_rank_item)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: what it takes, what it gives, which argument it may have, and what it does."""

    takes: Callable[[Kind], bool]
    wants: str
    gives: Callable[[Kind], Kind]
    apply: Callable[..., Any]
    argument: Literal["none", "digits", "separator", "value"] = "none"


def _take(*leaves: Leaf) -> Callable[[Kind], bool]:
    return lambda kind: kind is Leaf.ANY or kind in leaves


def _give(kind: Kind) -> Callable[[Kind], Kind]:
    return lambda _: kind


def _is_flat(kind: Kind) -> bool:
    return isinstance(kind, Many) and isinstance(kind.of, Leaf)


FILTERS: Mapping[str, Filter] = {
    "date": Filter(_take(Leaf.TIME), "a time", _give(Leaf.TEXT), format_date),
    "default": Filter(
        lambda kind: isinstance(kind, Leaf),
        "one value",
        _give(Leaf.ANY),
        lambda value, other: other if value is None or value == "" else value,
        "value",
    ),
    "first": Filter(
        lambda kind: isinstance(kind, Many),
        "a list",
        lambda kind: kind.of if isinstance(kind, Many) else Leaf.ANY,
        lambda items: items[0] if items else None,
    ),
    "fmt": Filter(_take(Leaf.NUMBER), "a number", _give(Leaf.TEXT), format_number, "digits"),
    "join": Filter(_is_flat, "a list of values", _give(Leaf.TEXT), join_items, "separator"),
    "length": Filter(
        lambda kind: isinstance(kind, Many) or kind in (Leaf.TEXT, Leaf.ANY),
        "a list or text",
        _give(Leaf.NUMBER),
        lambda value: len(value if isinstance(value, list | tuple) else print_value(value)),
    ),
    "lower": Filter(_take(Leaf.TEXT), "text", _give(Leaf.TEXT), lambda value: _change_case(value, str.lower)),
    "round": Filter(_take(Leaf.NUMBER), "a number", _give(Leaf.NUMBER), round_number, "digits"),
    "sort": Filter(_is_flat, "a list of values", lambda kind: kind, sort_items),
    "upper": Filter(_take(Leaf.TEXT), "text", _give(Leaf.TEXT), lambda value: _change_case(value, str.upper)),
}


def _change_case(value: Any, change: Callable[[str], str]) -> Written:
    return Written((change(part), hand) for part, hand in split_parts(value))


def _finite(value: Any) -> bool:
    # NaN and infinities never pass the model; should one come, it prints as nothing rather than as a number.
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()


def _drop_minus_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def _move_to_utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=None) - (value.utcoffset() or timedelta())
    except OverflowError:
        # The first or the last day of the calendar, moved beyond it.
        return value.replace(tzinfo=None)


def _rank_item(item: Any) -> tuple[int, Any, str]:
    if item is None:
        return 2, 0, ""
    if isinstance(item, int | float | Decimal):
        return 0, item, ""
    text = print_value(item)
    return 1, text.lower(), text
