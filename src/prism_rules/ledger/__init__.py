"""The ledger: what was decided about actions, append-only, tamper-evident, and mergeable in git.

One immutable canonical JSON file per append, named by its own SHA-256 and naming its parents. State is the fold of all
entries. Nothing here reads the calendar: every time in the ledger is given by whoever appends.
"""

from __future__ import annotations

from prism_rules.ledger.appending import append_entry
from prism_rules.ledger.folding import ActionState, Step, fold
from prism_rules.ledger.graph import Ledger, restrict_ledger
from prism_rules.ledger.life import DECISIONS, LIFE, LIVE, State, next_state
from prism_rules.ledger.lineage import write_decision
from prism_rules.ledger.lost import find_lost, list_live, list_lost
from prism_rules.ledger.reading import find_entry, read_ledger, verify, warn_missing
from prism_rules.ledger.recorded import find_newest, list_recorded

__all__ = [
    "DECISIONS",
    "LIFE",
    "LIVE",
    "ActionState",
    "Ledger",
    "State",
    "Step",
    "append_entry",
    "find_entry",
    "find_lost",
    "find_newest",
    "fold",
    "list_live",
    "list_lost",
    "list_recorded",
    "next_state",
    "read_ledger",
    "restrict_ledger",
    "verify",
    "warn_missing",
    "write_decision",
]
