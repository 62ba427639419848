"""How far back a rule, a baseline or a queue looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from prism_rules.model.ruleset import Ruleset


def find_length(
    model: Ruleset, source: str, own: timedelta | Literal["all"] | None = None
) -> timedelta | Literal["all"] | None:
    """Find how far back rows of a source are looked at: as its reader's `own` window says, else as its source's, else
    the default; all rows of a collection; None for a stream of which nobody says."""
    declared = model.sources[source]
    return "all" if declared.collection else own or declared.window or model.defaults.window
