"""Which sources a ruleset needs data of."""

from __future__ import annotations

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Ruleset


def list_needed_sources(model: Ruleset) -> dict[str, Route]:
    """Sources that rules, baselines, look-ups or queues read -> the route of the first place that asks for it."""
    needed: dict[str, Route] = {}
    for name, rule in model.rules.items():
        needed.setdefault(rule.source, ("rules", name, "source"))
        if rule.baseline and rule.baseline.source:
            needed.setdefault(rule.baseline.source, ("rules", name, "baseline", "source"))
    for name, action in model.actions.items():
        if action.queue:
            needed.setdefault(action.queue.from_, ("actions", name, "queue", "from"))
    for name in [*needed]:
        if name in model.sources:
            for other in model.sources[name].lookup:
                needed.setdefault(other, ("sources", name, "lookup", other))
    return needed
