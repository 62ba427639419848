"""The ruleset that builds on another one: it says a part, adds to lists, and takes away by `null`."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from prism_rules.schemas.words import WORDS, Node, describe

_PARTS = ("Source", "Class", "Rule", "Override", "Cause", "Action", "Waiver", "Question", "Defaults", "Governance")
"""What is merged key by key; everything else is replaced whole."""


def allow_overlays(schema: Node, choices: Mapping[str, list[Node]]) -> Node:
    """Let a ruleset with `extends` say parts of entries, and one without it whole entries, with their `choices`."""
    definitions = schema["$defs"]
    whole = {key: schema.pop(key) for key in ("type", "properties", "required", "additionalProperties")}
    definitions["Ruleset"] = {"title": "Ruleset", **whole}
    for name in _PARTS:
        definitions[f"{name}Part"] = _take_part(definitions[name])
    over = definitions["Overlay"] = _name_parts(deepcopy(definitions["Ruleset"]))
    for name in over["properties"].keys() - {*over["required"], "extends"}:
        over["properties"][name] = _or_null(over["properties"][name])
    for name, offered in choices.items():
        definitions[f"{name}Part"]["allOf"] = [_soften(choice) for choice in offered]
        definitions[name]["allOf"] = offered
        for choice in offered:
            for key in (key for key, opened in choice["then"]["properties"].items() if "title" in opened):
                leave_to_choice(definitions[name]["properties"][key])
    which: Node = {"if": {"properties": {"extends": {"title": "extends"}}, "required": ["extends"]}}
    return schema | which | {"then": {"$ref": "#/$defs/Overlay"}, "else": {"$ref": "#/$defs/Ruleset"}}


def leave_to_choice(key: Node) -> None:
    """Let a key be told by what was chosen: nothing is offered or said before."""
    key["doNotSuggest"] = True
    for said in (*WORDS, "examples", "additionalProperties", "propertyNames"):
        key.pop(said, None)


def _name_parts(node: Node) -> Node:
    """Name parts of entries where a node names entries, each of which may be taken away."""
    for key in node["properties"].values():
        for holder, place in ((key, "additionalProperties"), (node["properties"], key["title"])):
            name = holder.get(place, {}).get("$ref", "").rpartition("/")[2]
            if name in _PARTS:
                holder[place] = _or_null(holder[place] | {"$ref": f"#/$defs/{name}Part"})
    return node


def _take_part(definition: Node) -> Node:
    part = _name_parts(deepcopy(definition))
    part.pop("required", None)
    added = {}
    for name, key in part["properties"].items():
        key.pop("default", None)
        for form in (key, *key.get("anyOf", ())):
            if form.get("type") == "array":
                added[f"{name}+"] = _add_to(name, form, "doNotSuggest" in key)
        if name == "fields":
            key["additionalProperties"] = _or_null(key["additionalProperties"])
        part["properties"][name] = _or_null(key)
    part["properties"] |= added
    return part


def _soften(choice: Node) -> Node:
    """Ask for nothing that may be taken over, and let what there is be taken away."""
    then = {word: value for word, value in deepcopy(choice["then"]).items() if word != "required"}
    for name, key in then["properties"].items():
        key.pop("required", None)
        if name == "fields":
            key["properties"] = {field: _or_null(column) for field, column in key["properties"].items()}
        # The part itself offers the key, and is told from what was chosen by its title.
        then["properties"][name] = _or_null(key | {"title": "chosen"}) | {"doNotSuggest": True}
    return choice | {"then": then}


def _add_to(name: str, listing: Node, hidden: bool) -> Node:
    key = {word: deepcopy(value) for word, value in listing.items() if word in ("type", "items")}
    text = f"Adds to the list `{name}` that is taken over."
    return describe({"title": f"{name}+", **key, **({"doNotSuggest": True} if hidden else {})}, text)


def _or_null(key: Node) -> Node:
    if {"type": "null"}.items() <= key.get("anyOf", [{}])[-1].items():
        return key
    none = describe({"type": "null", "title": "null"}, "`null` takes away what is taken over.")
    around = {word: key[word] for word in ("title", *WORDS, "doNotSuggest") if word in key}
    # Without a title, editors take the alternatives of a key for alternatives of its own.
    return around | {"anyOf": [{word: value for word, value in key.items() if word not in WORDS}, none]}
