"""What all models share: frozen, strict, nothing unknown, no NaN; and the small types of the language."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from itertools import pairwise
from types import ModuleType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

T = TypeVar("T")

API_VERSION = "prism-rules/v1"


class Frozen(BaseModel):
    """A value that cannot change, refuses unknown keys, and takes no text for a number."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        # Building them all took longer than a run of a hundred rules, and no command validates all.
        defer_build=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        described = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in read_descriptions(cls).items():
            described[cls.model_fields[name].alias or name]["description"] = text
        return schema


def read_descriptions(owner: type[BaseModel] | ModuleType) -> dict[str, str]:
    """Read the docstrings below a model's fields, or a module's names, from the source: slow, and for schemas alone."""
    import ast
    import inspect

    body = ast.parse(inspect.getsource(owner)).body
    if isinstance(body[0], ast.ClassDef):
        body = body[0].body
    said = {}
    for declared, docstring in pairwise(body):
        name = declared.targets[0] if isinstance(declared, ast.Assign) else getattr(declared, "target", None)
        text = docstring.value if isinstance(docstring, ast.Expr) else None
        if isinstance(name, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str):
            said[name.id] = inspect.cleandoc(text.value)
    return said


Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A YAML or JSON list, kept as a tuple; its items stay strict."""


def _name_number(value: Any) -> str:
    return "<list>" if isinstance(value, list | tuple) else "<one>"


def _name_group(value: Any) -> str:
    return "<map>" if isinstance(value, dict) else "<list>"


# The form is chosen before it is read: a mistake is then told once, and not once for each form it could have had.
# The tags enter the paths of errors; no key of a file is spelt like them.
OneOrMany = Annotated[
    Annotated[T, Tag("<one>")] | Annotated[Many[T], Field(min_length=1), Tag("<list>")], Discriminator(_name_number)
]
"""One value, or a list of values."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Logical = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A column as rules name it. The physical name may be anything."""
Columns = Annotated[
    Annotated[Many[Logical], Tag("<list>")] | Annotated[dict[Logical, str], Tag("<map>")], Discriminator(_name_group)
]
"""Columns under their own names, or a map from logical to physical name: `{camera: "Camera ID"}`."""

Fraction = Annotated[float, Field(ge=0, le=1)]


def check_day(value: str) -> str:
    """Let a day of the calendar pass, written ``2026-03-01``."""
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("bad_date", "the calendar has no such day") from None
    return value


Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(check_day)]
"""A day of the calendar."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"^([1-9][0-9]{0,5})([smhdw])$")


def parse_duration(value: Any) -> timedelta:
    """Read ``7d``, ``36h`` and the like: a whole number and one of s, m, h, d, w."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("bad_duration", "a duration is a whole number, at least 1, with s, m, h, d or w: 7d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def parse_window(value: Any) -> timedelta | str:
    """Read a duration, or the word ``all``."""
    if value == "all":
        return "all"
    try:
        return parse_duration(value)
    except PydanticCustomError:
        raise PydanticCustomError(
            "bad_duration", "a window is a whole number, at least 1, with s, m, h, d or w: 7d; or the word all"
        ) from None


def format_duration(value: timedelta) -> str:
    """Write a duration in the largest unit that holds it whole: 604800 s is ``7d`` (weeks are not used)."""
    seconds = int(value.total_seconds())
    unit, size = next((u, s) for u, s in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % s == 0)
    return f"{seconds // size}{unit}"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern, "examples": ["7d"]}),
]

Window = Annotated[
    timedelta | Literal["all"],
    BeforeValidator(parse_window),
    PlainSerializer(lambda v: v if v == "all" else format_duration(v), return_type=str),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": _DURATION.pattern}, {"const": "all", "type": "string"}],
            "examples": ["7d"],
        }
    ),
]
"""How far back a measurement looks: a duration, or `all` for every row before `as_of`."""


class Share(Frozen):
    """A percentage of the baseline, written ``10%``."""

    of_baseline: float


def parse_change(value: Any) -> Any:
    """Read an amount, or a percentage of the baseline such as ``10%`` (a `Share`)."""
    if isinstance(value, Share):
        return value
    if isinstance(value, str) and (match := re.match(r"^([0-9]{1,6}(?:\.[0-9]{1,6})?)%$", value)):
        return Share(of_baseline=round(float(match[1]) / 100, 8))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("bad_amount", "an amount is a number, or a percentage of the baseline such as 10%")
    if not 0 <= value < math.inf:
        raise PydanticCustomError("bad_amount", "an amount of change is not negative; its direction is in the key")
    return float(value)


Change = Annotated[
    float | Share,
    BeforeValidator(parse_change),
    PlainSerializer(lambda v: f"{v.of_baseline * 100:g}%" if isinstance(v, Share) else v),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6})?%$"}]}
    ),
]
