"""Every text of a plan, found by walking its model: what a new field holds cannot be forgotten."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from .table import HOSTILE, is_unicode

KEPT = {
    "Counts.findings key": "names of statuses, which are looked up",
    "Counts.actions key": "names of states, which are looked up",
    "Counts.changes key": "names of changes, which are looked up",
}
"""Texts that are not spoilt, and why: what they count would not be found."""
AUTHORS = {"ActionEntry.steps", "Diagnosis.text"}
"""Markdown of the ruleset's author, which may have paragraphs, lists, emphasis and code."""


def list_texts(model: type[BaseModel]) -> set[str]:
    """List the texts that a model and those within it can hold, as `Finding.reason` or `Finding.scope key`."""
    return {name for each in _list_models(model) for field, hint in _read_hints(each) for name in _find(field, hint)}


def change_texts(value: Any, change: Callable[[str, str], str]) -> Any:
    """Change every text of a model by a function of its name and itself; nothing is validated."""
    updated = {
        field: _change(name, hint, getattr(value, field), change)
        for (name, hint), field in zip(_read_hints(type(value)), type(value).model_fields, strict=True)
    }
    return value.model_copy(update=updated)


def _change(name: str, hint: Any, value: Any, change: Callable[[str, str], str]) -> Any:
    if isinstance(value, BaseModel):
        return change_texts(value, change)
    if isinstance(value, str):
        return change(name, value) if name in {*_find(name, hint)} else value
    hint = _unwrap(hint, type(value))
    if isinstance(value, dict):
        key, held = typing.get_args(hint)
        return {_change(f"{name} key", key, k, change): _change(name, held, v, change) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_change(name, _pick(hint, number), one, change) for number, one in enumerate(value))
    return value


def _pick(hint: Any, number: int) -> Any:
    arguments = typing.get_args(hint)
    return arguments[0] if arguments[-1] is Ellipsis else arguments[number]


def _unwrap(hint: Any, wanted: type) -> Any:
    """Find what a hint says of values of one type."""
    if typing.get_origin(hint) is typing.Annotated:
        return _unwrap(typing.get_args(hint)[0], wanted)
    if _is_union(hint):
        found = [_unwrap(one, wanted) for one in typing.get_args(hint)]
        return next((one for one in found if (typing.get_origin(one) or one) is wanted), None)
    return hint


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


@cache
def _read_hints(model: type[BaseModel]) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(model, include_extras=True)
    return [(f"{model.__name__}.{field}", hints[field]) for field in model.model_fields]


def _list_models(model: type[BaseModel], seen: frozenset[type] = frozenset()) -> set[type[BaseModel]]:
    found = {model}
    for _, hint in _read_hints(model):
        for inner in _list_types(hint):
            if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in seen:
                found |= _list_models(inner, seen | found)
    return found


def _list_types(hint: Any) -> Iterator[Any]:
    yield hint
    if typing.get_origin(hint) is not Literal:
        for inner in typing.get_args(hint):
            yield from _list_types(inner)


def _find(name: str, hint: Any) -> Iterator[str]:
    """Find which texts a field can hold: its own, and those of its maps' keys."""
    origin = typing.get_origin(hint)
    if hint is str or (origin is typing.Annotated and typing.get_args(hint)[0] is str):
        if name not in KEPT and not _is_bound(hint):
            yield name
    elif origin is dict:
        key, held = typing.get_args(hint)
        yield from _find(f"{name} key", key)
        yield from _find(name, held)
    elif origin is not Literal:
        for inner in typing.get_args(hint):
            yield from _find(name, inner)


@cache
def _is_bound(hint: Any) -> bool:
    """Whether a type, such as that of ids, refuses whatever is hostile."""
    return not any(_takes(hint, text) for text in HOSTILE.values() if is_unicode(text) and not text.isalnum() and text)


def _takes(hint: Any, text: str) -> bool:
    try:
        TypeAdapter(hint).validate_python(text)
    except ValidationError:
        return False
    return True
