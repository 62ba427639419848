"""plan.json: everything, in one form, byte for byte; and reading it back."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import ValidationError

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.escaping.json import defuse_json
from prism_rules.model.frozen import API_VERSION, Frozen
from prism_rules.model.plan import Plan

_MOST_TOLD = 20


def write_plan_json(plan: Plan) -> str:
    """Write a plan in its one form: fields in the order of the model, maps by key, ASCII.

    Every finding, action and other entry is a line of its own: what changes is what a comparison of lines shows, and
    whole lines are written by C.
    """
    fields = ",\n".join(f"  {_write(name)}: {_write_field(value)}" for name, value in _order(plan).items())
    return defuse_json(f"{{\n{fields}\n}}\n")


def _write_field(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {_write(entry)}" for entry in value) + "\n  ]"
    if isinstance(value, dict) and value:
        entries = ",\n".join(f"    {_write(key)}: {_write(entry)}" for key, entry in value.items())
        return f"{{\n{entries}\n  }}"
    return _write(value)


_write = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


def read_plan(text: str, name: str = "plan.json") -> Plan:
    """Read a plan that `write_plan_json` wrote. Raises Refused (`unreadable-plan`, exit 2) with all that is wrong."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refuse([f"this is not JSON: {error}"], name) from error
    if not isinstance(plain, dict) or plain.get("kind") != "Plan":
        raise _refuse(["this is JSON, but no plan: its `kind` is not `Plan`"], name)
    if plain.get("apiVersion") != API_VERSION:
        raise _refuse([f"this plan is not of `{API_VERSION}`: another version of prism-rules wrote it"], name)
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        messages = [f"`{'.'.join(map(str, one['loc']))}`: {one['msg']}" for one in found[:_MOST_TOLD]]
        more = [f"and {len(found) - _MOST_TOLD:,} more problems of this kind"] if len(found) > _MOST_TOLD else []
        raise _refuse(messages + more, name) from error


def _order(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Frozen):
        return {shown: _order(getattr(value, name)) for shown, name in _list_fields(type(value))}
    if isinstance(value, dict):
        return {key: _order(value[key]) for key in sorted(value)}
    if isinstance(value, tuple):
        return [_order(item) for item in value]
    # JSON has a minus zero, which is the same number in other bytes.
    return value + 0.0 if isinstance(value, float) else value


@cache
def _list_fields(model: type[Frozen]) -> tuple[tuple[str, str], ...]:
    return tuple((field.alias or name, name) for name, field in model.model_fields.items())


def _refuse(messages: list[str], name: str) -> Refused:
    help_ = "take the plan.json that `prism-rules plan` wrote, or run `plan` again"
    return Refused([Diagnostic("unreadable-plan", message, help=help_, context=name) for message in messages])
