"""One shape and one context for all tests of templates."""

from __future__ import annotations

from typing import Any

from prism_rules.templating import Leaf, Many, Shape, Template, parse_template

SHAPE: Shape = {
    "scope": {"class": Leaf.TEXT, "site": Leaf.TEXT},
    "class": {"id": Leaf.TEXT, "risk": Leaf.TEXT, "owner": Leaf.TEXT, "family": Leaf.TEXT},
    "action": {"id": Leaf.TEXT, "priority": Leaf.NUMBER},
    "covers": Many({"cause": Leaf.TEXT, "score": Leaf.NUMBER, "items": Leaf.TEXT, "at": Many(Leaf.TEXT)}),
    "tags": Many(Leaf.TEXT),
    "numbers": Many(Leaf.NUMBER),
    "empty": Many(Leaf.TEXT),
    "value": Leaf.NUMBER,
    "as_of": Leaf.TIME,
    "urgent": Leaf.FLAG,
}

CONTEXT: dict[str, Any] = {
    "scope": {"class": "scratch", "site": "plant-2"},
    "class": {"id": "scratch", "risk": "high"},
    "action": {"id": "relabel", "priority": 3},
    "covers": [
        {"cause": "unseen-lighting", "score": 0.75, "at": ["glare", "reflection"]},
        {"cause": "split-reviewers", "score": 1.0, "at": []},
    ],
    "tags": ["b", "A", "c"],
    "numbers": [10, 2, 2.5],
    "empty": [],
    "value": 0.615,
    "as_of": "2026-03-01T00:00:00Z",
    "urgent": True,
}


def parse(text: str) -> Template:
    """Parse a template that must be sound."""
    parsed = parse_template(text, shape=SHAPE, route=("actions", "relabel", "steps"))
    assert isinstance(parsed, Template), parsed
    return parsed


def mark(data: str) -> str:
    """An escape that shows which parts were escaped, and how often."""
    return f"<{data}>"
