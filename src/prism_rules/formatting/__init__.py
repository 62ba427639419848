"""The canonical form of rulesets, rule tests and prism.yaml: what they say stays, comments too."""

from __future__ import annotations

import re

from prism_rules.formatting.printing import Printer
from prism_rules.source import Source, parse
from prism_rules.source.editing import is_same

__all__ = ["format_source"]


def format_source(source: Source) -> str:
    """Return the text of `source` in the canonical form.

    Raises `RuntimeError` if the new text would say anything else or lose a comment, which is a bug of ours.
    """
    text = Printer(source).print_file()
    formatted = parse(text.encode(), source.name)
    if not is_same(source.data, formatted.data) or _list_comments(source) != _list_comments(formatted):
        raise RuntimeError(f"the canonical form of {source.name} would not say the same")
    return text


def _list_comments(source: Source) -> list[str]:
    """List all comments, sorted: what follows a `#` where no key and no value stands."""
    rest, at = [], 0
    for place in source.places.values():
        for start, end in filter(None, (place.key, place.value if place.style not in ("block", "flow") else None)):
            body = source.text.find("\n", start) if place.style in ("|", ">") and (start, end) == place.value else start
            rest += [source.text[at:start], source.text[start : body + 1] if body > start else "_"]
            at = end
    rest.append(source.text[at:])
    return sorted(comment.rstrip() for comment in re.findall(r"(?:^|(?<=\s))#.*", "".join(rest), re.MULTILINE))
