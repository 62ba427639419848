"""In which order the keys of a file are written: that of the language. What people name keeps the order they gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.model.project import Project
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.ruletest import RulesetTest
from prism_rules.ruleset.form import list_keys

_MODELS: dict[Any, Any] = {"Ruleset": Ruleset, "RulesetTest": RulesetTest, "Project": Project}


def sort_keys(keys: Iterable[str], route: Route, kind: Any) -> list[str]:
    """Return the keys of the mapping at `route` in the language's order; unknown keys last, in their own order."""
    written = list(keys)
    model = _MODELS.get(kind) if isinstance(kind, str) else None
    known = {key: number for number, key in enumerate(list_keys(model, (*route, "")))} if model else {}
    return sorted(written, key=lambda key: known.get(key, len(known)))
