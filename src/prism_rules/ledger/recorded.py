"""Recorded plans: which of a ledger's entries hold what a plan of a ruleset found."""

from __future__ import annotations

from collections.abc import Collection

from prism_rules.ledger.graph import Ledger
from prism_rules.model.ledger import Entry


def list_recorded(ledger: Ledger, rulesets: Collection[str]) -> dict[str, Entry]:
    """List the recorded plans of a ruleset, by the names that it has and had: `as_of` -> entry, in order of time.

    Of several plans for one moment the last in the ledger's order counts: it follows the others, or is concurrent with
    them and comes last by hash.
    """
    found = {
        entry.as_of: entry
        for entry in ledger.entries.values()
        if entry.plan and entry.as_of and entry.found is not None and entry.ruleset.name in rulesets
    }
    return dict(sorted(found.items()))


def find_newest(ledger: Ledger) -> str | None:
    """Find the last entry, in the ledger's order, that records a plan of any ruleset."""
    recorded = [name for name, entry in ledger.entries.items() if entry.plan and entry.as_of]
    return recorded[-1] if recorded else None
