"""How far back a rule, a baseline or a queue looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Ruleset

Length = timedelta | Literal["all"] | None
"""All rows of a collection; None for a stream of which nobody says."""


def find_length(model: Ruleset, source: str, own: Length = None) -> Length:
    """Find how far back rows of a source are looked at, by somebody with a window of their `own`."""
    return trace_length(model, source, own)[0]


def trace_length(model: Ruleset, source: str, own: Length = None, place: Route = ()) -> tuple[Length, Route]:
    """Find how far back rows of a source are looked at, and where that is written: as its reader's `own` window says,
    which stands at `place`, else as its source's, else the default."""
    declared = model.sources[source]
    if own and not declared.collection:
        return own, place
    if declared.window or declared.collection:
        return "all" if declared.collection else declared.window, ("sources", source, "window")
    return model.defaults.window, ("defaults", "window")
