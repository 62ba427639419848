"""From a ruleset's file to a ruleset that holds together, and from there to the bounds that judge one scope."""

from __future__ import annotations

from prism_rules.ruleset.grain import find_grain, list_columns, list_dimensions
from prism_rules.ruleset.judgement import Judgement, crossed, effective_bounds, resolve_judgement
from prism_rules.ruleset.loading import load_ruleset
from prism_rules.ruleset.needs import list_needed_sources
from prism_rules.ruleset.project import find_project, load_project
from prism_rules.ruleset.resolved import Resolved
from prism_rules.ruleset.selection import select_rules

__all__ = [
    "Judgement",
    "Resolved",
    "crossed",
    "effective_bounds",
    "find_grain",
    "find_project",
    "list_columns",
    "list_dimensions",
    "list_needed_sources",
    "load_project",
    "load_ruleset",
    "resolve_judgement",
    "select_rules",
]
