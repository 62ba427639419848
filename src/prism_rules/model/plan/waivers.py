"""What a plan says of waivers: what each hides, and for how long."""

from __future__ import annotations

from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.plan.findings import Scope


class WaiverEntry(Frozen):
    """A waiver of the ruleset, in force or expired."""

    id: str
    rule: str
    match: Scope
    until: str
    by: str
    because: str
    days_left: int
    """Days from `as_of` until it ends, begun ones whole; zero or below says how long ago it ended."""
    expired: bool
    findings: Many[str]
    """Ids of the findings that it hides; of an expired one, those that it would hide and nothing else does."""
