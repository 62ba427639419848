"""What an editor shows: the words of the models, which stand in the docstrings below their fields and types.

Of what takes one of some words, a docstring may end in a list with a word and its meaning in each line. What stands in
backquotes between a colon and a full stop is an example, and is shown as one unless it is a map.
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
WORDS = ("description", "markdownDescription")
_FORMS = {"string": "text", "array": "list", "object": "map", "number": "number", "null": "null"}

PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "An id is lower-case letters, digits and `-`, such as `class-agreement`.",
    r"^[a-z][a-z0-9_]*$": "Such a name is lower-case letters, digits and `_`.",
    r"^\d{4}-\d{2}-\d{2}$": "A day is written 2026-03-01.",
    r"^([1-9][0-9]{0,5})([smhdw])$": "A duration is a whole number, at least 1, with s, m, h, d or w: 7d.",
    r"^[0-9]{1,6}(\.[0-9]{1,6})?%$": "An amount is a number, or a share of the baseline such as 10%.",
    words.BLANK: "Text is not blank.",
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
    meanings = {match[1]: match[2] for line in lines if (match := _MEANING.fullmatch(line))}
    prose = " ".join(line for line in lines if line and not line.startswith("- "))
    examples = [parse(f"is: {shown}\n".encode(), "an example").data["is"] for shown in _EXAMPLE.findall(prose)]
    if any(isinstance(example, dict) for example in examples):
        # Editors would offer it as `[object Object]`.
        return Said(prose, meanings, [])
    return Said(_EXAMPLE.sub(".", prose), meanings, examples)


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


def _dress(node: Node, title: str = "") -> None:
    _take_one_form(node)
    _say(node)
    for key, inner in node.get("properties", {}).items():
        inner["title"] = key
        _dress(inner, key)
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(node.get(key), dict):
            _dress(node[key], title)
    for key in ("anyOf", "prefixItems"):
        for inner in node.get(key, ()):
            _dress(inner, title)
    _tell_apart(node, title)
    if "propertyNames" in node:
        # It would be offered as a key called `property`.
        node["propertyNames"]["doNotSuggest"] = True
    values = node.get("additionalProperties")
    if isinstance(values, dict) and "$ref" not in values and "description" in node:
        values |= {word: node[word] for word in WORDS}


def _say(node: Node) -> None:
    """Put the words of a docstring where editors look for them."""
    said = read_docstring(node["description"]) if "description" in node else Said("", {}, [])
    if said.text:
        describe(node, said.text)
    if said.examples:
        node["examples"] = said.examples
    meanings = said.meanings or find_meanings(tuple(node.get("enum", ())))
    if {*node.get("enum", ())} <= meanings.keys() and meanings:
        node["enumDescriptions"] = [meanings[word].replace("`", "") for word in node["enum"]]
        node["markdownEnumDescriptions"] = [meanings[word] for word in node["enum"]]
    if node.get("pattern") in PATTERNS:
        node["patternErrorMessage"] = PATTERNS[node["pattern"]]


def _take_one_form(node: Node) -> None:
    """Write a node in the one form that editors complete well, of several that mean the same."""
    if "default" in node and node["default"] is None:
        # `null` stands for a key that is left out: it is no value to offer.
        forms = [form for form in node.pop("anyOf", ()) if form != {"type": "null"}]
        node |= {"anyOf": forms} if len(forms) > 1 else {**(forms[0] if forms else {}), **node}
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
        node.pop("discriminator", None)
    # As pydantic writes it, a key that does not fit the pattern is let through unread.
    for pattern, values in node.pop("patternProperties", {}).items():
        node["additionalProperties"] = values
        node["propertyNames"] = {"pattern": pattern, **node.get("propertyNames", {})}
    default = node.get("default")
    if default is False or not isinstance(default, str | int | float):
        # Editors write defaults without being asked, and one that says nothing is none.
        node.pop("default", None)


def _tell_apart(node: Node, title: str) -> None:
    """Give each form of a key a title of its own: those that look alike, editors show all at once."""
    for form in node.get("anyOf", ()):
        if "$ref" not in form:
            form["title"] = f"{title} ({form.get('const') or _FORMS[form['type']]})"
        if "patternErrorMessage" in form:
            # Of several forms that do not fit, editors tell of the first.
            node["anyOf"][0].setdefault("errorMessage", form["patternErrorMessage"])
