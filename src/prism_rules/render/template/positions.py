"""Where a template may put values: not where a machine takes them for an address, for code, or for a part of a tag.

Escaping keeps a value a text; it cannot keep a text from being the target of a link. This looks at the template's own
text, without regard to which branches are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Spot

_VALUE = "\0"
_TAGS = re.compile(r"\{#.*?(?:#\}|\Z)|\{%.*?(?:%\}|\Z)|\{\{.*?(?:\}\}|\Z)", re.DOTALL)
_CODE = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1|\Z)", re.DOTALL | re.IGNORECASE)
_ELEMENT = re.compile(r"<[A-Za-z/!](?:[^>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*")
_ATTRIBUTE = re.compile(r"(?<![^\s\"'/])([A-Za-z][\w:-]*)\s*=\s*(\"[^\"]*\"|'[^']*')")
_TARGET = re.compile(r"\]\(([^()\n]*)|^ {0,3}\[[^\]\n]*\]:([^\n]*)", re.MULTILINE)
_PLAIN = re.compile(
    r"alt|class|colspan|datetime|headers|height|id|lang|rowspan|scope|title|value|width|aria-.*|data-.*"
)
_ADDRESS = ("href", "src")
_HOST = re.compile(rf"[\"']?\s*<?https?://[^/\s{_VALUE}\"'<>]+/", re.IGNORECASE)
_BETWEEN = "write it between tags, or in HTML as a quoted attribute such as `title`"
_AFTER = "write the value after an address of yours that ends its host, `https://host/`, or as plain text"


def find_misplaced(text: str, *, quotes: bool) -> list[Problem]:
    """Find the values that stand where escaping is not enough, in Markdown or HTML.

    `quotes` says whether values are escaped for quoted attributes.
    """
    blank = _TAGS.sub(lambda tag: (_VALUE if tag[0].startswith("{{") else " ") * len(tag[0]), text)
    told: dict[int, Problem] = {}
    for (start, end), where, instead in _list_places(blank, quotes=quotes):
        for value in re.finditer(f"{_VALUE}+", blank[start:end]):
            spot = Spot((), within=(start + value.start(), len(value[0])))
            message = f"a value stands {where}, where escaping does not make it safe"
            told.setdefault(start + value.start(), Problem("template-forbidden", message, (spot,), instead))
    return list(told.values())


def _list_places(blank: str, *, quotes: bool) -> Iterator[tuple[tuple[int, int], str, str]]:
    """List the stretches in which no value may stand, with what they are and what to write instead."""
    for code in _CODE.finditer(blank):
        yield code.span(), f"in `<{code[1]}>`", "write it between other tags"
    for element in _ELEMENT.finditer(blank):
        begun = rest = element.start()
        for attribute in _ATTRIBUTE.finditer(element[0]):
            name, (first, last) = attribute[1].lower(), attribute.span(2)
            address = name in _ADDRESS
            if not (quotes and (_HOST.match(attribute[2]) if address else _PLAIN.fullmatch(name))):
                instead = "write it outside of tags" if not quotes else _AFTER if address else _BETWEEN
                yield (begun + first, begun + last), f"in `{name}`", instead
            yield (rest, begun + first), "inside a tag", _BETWEEN
            rest = begun + last
        yield (rest, element.end()), "inside a tag", _BETWEEN
    for target in _TARGET.finditer(blank):
        group = 1 if target[1] is not None else 2
        if not _HOST.match(target[group].strip()):
            yield target.span(group), "in the target of a link", _AFTER
