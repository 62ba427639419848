"""What one choice in a ruleset opens: a metric its parameters and what it is measured of, a role its fields."""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from prism_rules.metrics import METRICS, Metric
from prism_rules.metrics.metric import ROLES
from prism_rules.metrics.pages import OF
from prism_rules.model.ruleset import FIELDS, words
from prism_rules.ruleset.checks import NOT_EVALUATED
from prism_rules.schemas.words import Node, describe, dress, read_types

_SEVERAL = {
    "column": True,
    "field": True,
    "category": True,
    "fields": True,
    "dimensions": True,
    "grouped": False,
    "expression": False,
}
"""What `of` means -> whether it may be a list."""


def offer_metrics(schema: Node) -> None:
    """Let a rule take the metrics of the catalogue, in place."""
    schema["$defs"]["Metric"] = {
        "type": "string",
        "pattern": f"^({'|'.join(METRICS)})$",
        "patternErrorMessage": "No metric has this name: `prism-rules metrics` lists them.",
        # The last one is none of them, so that an editor does not name them all where a name is wrong.
        "anyOf": [*map(_offer_metric, METRICS.values()), {"type": "string", "title": "metric"}],
    }
    key = schema["$defs"]["Rule"]["properties"]["metric"]
    del key["type"]
    key["$ref"] = "#/$defs/Metric"


def choose_metric() -> list[Node]:
    """Choose what a rule takes beside each metric: its parameters, what it is measured of, a baseline."""
    return [*_group_metrics(_open_parameters), *_group_metrics(_open_keys)]


def choose_role() -> list[Node]:
    """Choose the fields of a source by its role."""
    return [
        {
            "if": {"properties": {"role": {"const": role}}, "required": ["role"]},
            "then": {"properties": {"fields": _open_fields(role)}},
        }
        for role in FIELDS
    ]


def summarise(metric: Metric) -> str:
    """Summarise a metric in Markdown: what it is, and what a rule needs to know of it."""
    manual = inspect.cleandoc(import_module(f"prism_rules.metrics.{metric.name}").__doc__ or "")
    first = manual.partition("\n\n")[0].replace("\n", " ")
    measured = "any source" if metric.roles == ROLES else ", ".join(metric.roles)
    low, high = ("" if end is None else f"{end:g}" for end in (metric.low, metric.high))
    between = f"{low} to {high}" if low and high else f"from {low}" if low else "of any size"
    takes = [
        f"`of`: {OF[metric.of]}" if metric.of != "none" else "",
        f"`with`: {', '.join(f'`{name}`' for name in metric.params.model_fields)}"
        if metric.params.model_fields
        else "",
        "needs a `baseline`" if metric.compares else "",
    ]
    facts = [f"Measured on {measured}; values {between}; `n` counts {metric.unit}.", "; ".join(filter(None, takes))]
    return "\n\n".join([first, *filter(None, facts)])


def _offer_metric(metric: Metric) -> Node:
    return describe({"const": metric.name, "title": metric.name}, summarise(metric))


def _group_metrics(open_keys: Callable[[Metric], Node]) -> Iterator[Node]:
    """Say once what metrics share."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, metric in METRICS.items():
        groups[json.dumps(open_keys(metric))].append(name)
    for opened, names in groups.items():
        # A pattern, because editors would show an `enum` as what may stand here.
        chosen: Node = {"properties": {"metric": {"pattern": f"^({'|'.join(names)})$"}}, "required": ["metric"]}
        yield {"if": chosen, "then": {"title": "what this metric needs", **json.loads(opened)}}


def _open_parameters(metric: Metric) -> Node:
    if not metric.params.model_fields:
        return {"properties": {"with": _refuse("with", "This metric has no parameters.")}}
    schema = dress(_inline(metric.params.model_json_schema()))
    schema["title"] = "with"
    opened: Node = {"properties": {"with": schema}}
    return opened | ({"required": ["with"]} if schema.get("required") else {})


def _open_keys(metric: Metric) -> Node:
    opened: Node = {"of": _open_of(metric)}
    if metric.class_role == "across":
        other = {
            "pattern": "^(?!(class|family)$)",
            "patternErrorMessage": "this metric is about all classes of a place",
        }
        opened["by"] = {"items": other, "doNotSuggest": True}
    if metric.compares:
        opened["baseline"] = {"$ref": "#/$defs/Baseline"}
    required = [*(["of"] if metric.of != "none" else []), *(["baseline"] if metric.compares else [])]
    return {"properties": opened, **({"required": required} if required else {})}


def _inline(schema: Node) -> Node:
    """Put the definitions of a small schema where they are meant."""
    definitions = schema.pop("$defs", {})
    for key in schema["properties"].values():
        if "$ref" in key:
            key |= {**definitions[key.pop("$ref").rpartition("/")[2]], **key}
    return schema


def _open_of(metric: Metric) -> Node:
    if metric.of == "none":
        return _refuse("of", "This metric is not measured of anything.")
    one: Node = {"type": "string"}
    several: Node = {"type": "array", "items": one, "minItems": 1}
    forms: Node = {"anyOf": [one | {"title": "of (one)"}, several | {"title": "of (several)"}]}
    key = describe(
        {"title": "of", **(forms if _SEVERAL[metric.of] else one)}, f"What it is measured of: {OF[metric.of]}."
    )
    return key | ({"examples": ["features"]} if "features" in OF[metric.of] else {})


def _refuse(key: str, text: str) -> Node:
    none: Node = {"title": key, "type": "object", "additionalProperties": False}
    return describe(none, text) | {"errorMessage": f"{text[:-1]}: leave `{key}` out", "doNotSuggest": True}


def _open_fields(role: str) -> Node:
    said = read_types(words)["FIELDS"].meanings
    required = [field for field, needed in FIELDS[role].items() if needed]
    more = [field for field in FIELDS[role] if field not in required]
    text = f"Field → column in your data. Needed: {_list(required)}" + (f"; further: {_list(more)}." if more else ".")
    keys: dict[str, Any] = {
        field: describe({"type": "string", "title": field}, said[f"{role}.{field}"])
        | ({"doNotSuggest": True} if ("sources", "*", "fields", field) in NOT_EVALUATED else {})
        for field in FIELDS[role]
    }
    schema = {"type": "object", "title": "fields", "properties": keys, "required": required}
    return describe(schema | {"additionalProperties": False}, text)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
