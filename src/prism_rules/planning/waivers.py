"""Waivers: what each of a ruleset's waivers hides in a plan, and how many days it has left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prism_rules.evaluation.waiving import find_end, match_waivers
from prism_rules.model.plan import Finding, WaiverEntry
from prism_rules.model.ruleset import Ruleset


def list_waivers(model: Ruleset, findings: Sequence[Finding], as_of: datetime) -> tuple[WaiverEntry, ...]:
    """List every waiver, those that end first before the others, with the findings that it hides.

    An expired one is listed with those that it would hide and that no other hides now.
    """
    return tuple(sorted(_list_entries(model, findings, as_of), key=lambda entry: (entry.until, entry.id)))


def _list_entries(model: Ruleset, findings: Sequence[Finding], as_of: datetime) -> Iterator[WaiverEntry]:
    expired = {name: waiver for name, waiver in model.waivers.items() if as_of >= find_end(waiver)}
    found = {finding.id: finding.waiver for finding in findings if finding.waiver is not None}
    found |= match_waivers(model, expired, [finding for finding in findings if finding.waiver is None])
    matched: dict[str, list[str]] = {}
    for finding, name in found.items():
        matched.setdefault(name, []).append(finding)
    for name, waiver in model.waivers.items():
        yield WaiverEntry(
            id=name, rule=waiver.rule, match=waiver.match, until=waiver.until, by=waiver.by, because=waiver.because,
            days_left=-((as_of - find_end(waiver)) // timedelta(days=1)), expired=name in expired,
            findings=tuple(matched.get(name, ())),
        )  # fmt: skip
