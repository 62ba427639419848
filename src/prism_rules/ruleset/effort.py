"""Effort: how long review work takes, and how much of it the review budget holds."""

from __future__ import annotations

from datetime import timedelta

from prism_rules.model.ruleset import Ruleset

LEAST = 20
"""Fewer rows than this are not worth a queue that was to be longer."""


def count_minutes(effort: timedelta | None, rows: int) -> int | None:
    """Count the minutes, begun ones as whole, that rows take; None where nobody says how long one takes."""
    return -(-int(effort.total_seconds()) * rows // 60) if effort else None


def find_budget(model: Ruleset) -> int | None:
    """Find the minutes there are for reviews; None where nobody says."""
    budget = model.governance and model.governance.review_budget
    return int(budget.total_seconds()) // 60 if budget else None


def never_fits(effort: timedelta | None, rows: int, budget: int) -> bool:
    """Say whether the fewest rows that a queue of so many is given take longer than the whole budget, in minutes."""
    return (count_minutes(effort, min(rows, LEAST)) or 0) > budget
