"""What an editor shows: the words of the models, which stand in the docstrings below their fields and types.

A docstring may end in a list with a word and its meaning in each line, for fields and types that take one of some words;
what stands behind a colon and before a full stop, in backquotes, is an example.
"""

from __future__ import annotations

import inspect
import re
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, get_args

from prism_rules.model.frozen import read_descriptions
from prism_rules.model.plan import actions, findings
from prism_rules.model.ruleset import words
from prism_rules.model.ruleset.heading import VERSION
from prism_rules.source import parse

Node = dict[str, Any]

_MEANING = re.compile(r"- `([^`]+)`: (.+)")
_EXAMPLE = re.compile(r": `([^`]+)`\.")

PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "An id is lower-case letters, digits and `-`, such as `class-agreement`.",
    r"^[a-z][a-z0-9_]*$": "Such a name is lower-case letters, digits and `_`.",
    r"^\d{4}-\d{2}-\d{2}$": "A day is written 2026-03-01.",
    r"^([1-9][0-9]{0,5})([smhdw])$": "A duration is a whole number with s, m, h, d or w, such as 7d.",
    r"^[0-9]{1,6}(\.[0-9]{1,6})?%$": "A share of the baseline is written 10%.",
    VERSION: 'A version is three numbers in quotes, such as "1.3.0".',
}
"""Pattern -> what to say where it is not met."""


class Said(NamedTuple):
    """What a docstring says."""

    text: str
    meanings: dict[str, str]
    """Word -> what it means."""
    examples: list[Any]


def read_docstring(text: str) -> Said:
    """Take a docstring apart."""
    lines = inspect.cleandoc(text).split("\n")
    meanings = dict(match.groups() for line in lines if (match := _MEANING.fullmatch(line)))
    prose = " ".join(line for line in lines if line and not line.startswith("- "))
    examples = [parse(f"is: {shown}\n".encode(), "an example").data["is"] for shown in _EXAMPLE.findall(prose)]
    # A map would be offered under the name of its type. What is told in words needs no list.
    kept = [example for example in examples if not isinstance(example, dict)]
    return Said(_EXAMPLE.sub(".", prose) if kept == examples else prose, meanings, kept if kept == examples else [])


@cache
def read_types(module: ModuleType) -> dict[str, Said]:
    """Read what a module says below its types: name -> words."""
    return {name: read_docstring(text) for name, text in read_descriptions(module).items()}


@cache
def find_meanings(values: tuple[str, ...]) -> dict[str, str]:
    """Find what the words of a closed type mean: word -> meaning. A type of more words takes over those of another."""
    found: dict[str, str] = {}
    for module in (words, actions, findings):
        for name, said in read_types(module).items():
            known = get_args(getattr(module, name))
            if known and {*known} <= {*values}:
                found |= said.meanings
    return found


def dress(schema: Node) -> Node:
    """Give a schema of pydantic's the words and the form that editors show well, in place."""
    for definition in (schema, *schema.get("$defs", {}).values()):
        _dress(definition)
    return schema


def describe(node: Node, text: str) -> Node:
    """Describe a node in Markdown, and in plain text for editors without it."""
    node["description"] = text.replace("`", "")
    node["markdownDescription"] = text
    return node


def _dress(node: Node) -> None:
    _flatten_null(node)
    _name_keys(node)
    if node.get("default", 0) in (None, [], {}) or isinstance(node.get("default"), dict):
        del node["default"]
    said = read_docstring(node["description"]) if "description" in node else Said("", {}, [])
    if said.text:
        describe(node, said.text)
    if said.examples:
        node["examples"] = said.examples
    if "enum" in node:
        meanings = said.meanings or find_meanings(tuple(node["enum"]))
        if meanings:
            node["enumDescriptions"] = [meanings[word].replace("`", "") for word in node["enum"]]
            node["markdownEnumDescriptions"] = [meanings[word] for word in node["enum"]]
    if "pattern" in node:
        node["patternErrorMessage"] = PATTERNS[node["pattern"]]
    for key, inner in node.get("properties", {}).items():
        inner["title"] = key
        _dress(inner)
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(node.get(key), dict):
            _dress(node[key])
    for key in ("anyOf", "oneOf", "prefixItems"):
        for inner in node.get(key, ()):
            _dress(inner)
    if "propertyNames" in node:
        # It would be offered as a key called `property`.
        node["propertyNames"]["doNotSuggest"] = True


def _name_keys(node: Node) -> None:
    """Hold keys of a map to their pattern: as pydantic writes it, a key of another form is let through unread."""
    for pattern, inner in node.pop("patternProperties", {}).items():
        node["additionalProperties"] = inner
        node["propertyNames"] = {"pattern": pattern, **node.get("propertyNames", {})}


def _flatten_null(node: Node) -> None:
    """Take `null` out of what a key takes: it stands for a key that is left out, and is no value to offer."""
    kept = [inner for inner in node.get("anyOf", ()) if inner != {"type": "null"}]
    if len(kept) == len(node.get("anyOf", ())):
        return
    if len(kept) > 1:
        node["anyOf"] = kept
    else:
        del node["anyOf"]
        node |= {key: value for key, value in kept[0].items() if key not in node}
