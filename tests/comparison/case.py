"""Two versions of one ruleset: the base, and the base with some places changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ruamel.yaml import YAML

from prism_rules.comparison import Change, Changes
from prism_rules.comparison.telling import tell_change
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

HERE = Path(__file__).parent
BASE: dict[str, Any] = YAML(typ="safe", pure=True).load((HERE / "base.yaml").read_text("utf-8"))
WITHOUT = "<nothing>"


def load(data: Mapping[str, Any], name: str = "rules.yaml") -> Resolved:
    """Load a ruleset with all checks; what no plan evaluates yet is compared all the same."""
    text = json.dumps(data, indent=1, ensure_ascii=False, default=str)
    with patch("prism_rules.ruleset.loading.find_not_evaluated", lambda _: iter(())):
        return load_ruleset(parse(text.encode(), name))


def change(edits: Mapping[str, Any], data: Mapping[str, Any] = BASE) -> dict[str, Any]:
    """Change places, "rules.agreement.fail.below: 0.7"; `<nothing>` takes one out, "a -> b" names a key anew."""
    changed = copy.deepcopy(dict(data))
    for place, value in edits.items():
        *above, last = place.split(".")
        node: Any = changed
        for step in above:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        old, arrow, new = last.partition(" -> ")
        if arrow:
            renamed = {new if key == old else key: entry for key, entry in node.items()}
            node.clear()
            node.update(renamed)
        elif value == WITHOUT:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = value
    return changed


def tell(changes: Changes) -> list[str]:
    """Tell each change as its kind and its line."""
    return [f"{one.kind}: {tell_change(one)}" for one in changes.changes]


def flip(one: Change) -> tuple[str, ...]:
    """Give what a change of judgement is, seen from the other side."""
    return {"stricter": "looser", "looser": "stricter"}[one.kind], str(one.entry), str(one.scopes), str(one.excepted)
