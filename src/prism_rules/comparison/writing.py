"""Writing: values of the language in one short form, in which alike things are alike, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from prism_rules.escaping import show_invisible, show_plain
from prism_rules.model.frozen import Frozen, format_duration
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Hold, Leaf, Occasion, When
from prism_rules.wording import format_exact

MOST = 60
"""Characters shown of one value."""
AROUND = 20
"""Characters kept on either side of what differs."""
_WORD = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[\w.]+|\S""")


def write_value(value: Any) -> str:
    """Write any value of the language: `none` where nothing is set."""
    if value is None or value in ((), [], {}):
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, float):
        return format_exact(value)
    if isinstance(value, str):
        return f'"{value}"' if " " in value else value
    if isinstance(value, Frozen):
        value = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(value, Sequence):
        return ", ".join(map(write_value, value))
    if isinstance(value, Mapping):
        # `*` is for all that is not named.
        items = sorted(value.items(), key=lambda item: (item[0] == "*", item[0]))
        return "{" + ", ".join(f"{key}: {_write_inner(one)}" for key, one in items) + "}"
    return str(value)


def write_step(old: Any, new: Any) -> str:
    """Write from what to what; of long values what differs, and a little around it."""
    texts = isinstance(old, str) and isinstance(new, str)
    was, now = (show_invisible(one if texts else write_value(one)) for one in (old, new))
    shown = _trim(was, now) if max(len(was), len(now)) > MOST else (was, now)
    return " -> ".join(map(write_value, shown) if texts else shown)


def split_sql(text: str | None) -> list[str] | None:
    """Split an expression of SQL into its words and signs, which are the same however they are spaced."""
    return None if text is None else _WORD.findall(text)


def _write_inner(value: Any) -> str:
    return f"[{write_value(value)}]" if isinstance(value, list | tuple) else write_value(value)


def _trim(old: str, new: str) -> Iterator[str]:
    """Cut from long texts what both begin and end with, all but a little; and what is still long."""
    head = _count_same(old, new)
    tail = _count_same(old[head:][::-1], new[head:][::-1])
    start, end = max(0, head - AROUND), max(0, tail - AROUND)
    for one in (old, new):
        stop = min(len(one) - end, start + MOST)
        yield ("…" if start else "") + one[start:stop] + ("…" if stop < len(one) else "")


def _count_same(old: str, new: str) -> int:
    """Count the characters that both begin with."""
    differs = (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    return next(differs, min(len(old), len(new)))


def write_sets(old: Iterable[str], new: Iterable[str]) -> str:
    """Write what one list has more than the other: "adds a, b; drops c"."""
    old, new = dict.fromkeys(old), dict.fromkeys(new)
    parts = [("adds", [one for one in new if one not in old]), ("drops", [one for one in old if one not in new])]
    return "; ".join(f"{verb} {show_plain(', '.join(listed), 2 * MOST)}" for verb, listed in parts if listed)


def write_term(term: str | Leaf | Hold | Occasion | When) -> str:
    """Write a rule as a cause, a gate or an action asks for it; what says the same is written the same."""
    match term:
        case str():
            return term
        case Hold():
            return f"{term.rule} at pass" if term.at else term.rule
        case When():
            branches = ((name, getattr(term, name)) for name in ("all", "any", "none"))
            return (
                "(" + "; ".join(f"{name}: {', '.join(sorted(map(write_term, t)))}" for name, t in branches if t) + ")"
            )
    words = [term.rule]
    if {*term.statuses} != {"fail"} or isinstance(term, Occasion):
        words.append("is " + " or ".join(sorted({*term.statuses})))
    if isinstance(term, Leaf):
        words += ["anywhere"] if term.anywhere else []
        words += [f"weighs {term.weight:g}"] if term.weight != 1 else []
    return " ".join(words)


def write_scope(scope: Scope) -> str:
    """Write a place: "dent at plant-2"; what comes first is the class, the family or the column."""
    first = [scope[name] for name in ("of", "class", "family") if name in scope]
    rest = [f"{name} {value}" for name, value in sorted(scope.items()) if name not in ("of", "class", "family")]
    return show_plain(" at ".join(filter(None, (" of ".join(first), ", ".join(rest)))), MOST)


def write_names(names: Sequence[str], most: int = 4) -> str:
    """Write some names, the first few of them: "dent, chip and 3 more"."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def write_scopes(scopes: Sequence[Scope]) -> str:
    """Write some places."""
    return write_names([write_scope(scope) for scope in scopes])
