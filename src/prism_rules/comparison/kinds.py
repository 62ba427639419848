"""Kinds of change, and which version each of them calls for: the one table of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Bump = Literal["none", "patch", "minor", "major"]
BUMPS: tuple[Bump, ...] = ("none", "patch", "minor", "major")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change: under which heading it is told, the version that it calls for, and what it is."""

    group: str
    bump: Bump
    is_: str


KINDS: Mapping[str, Kind] = {
    # What people hold on to: names, and the history that goes with them.
    "removed": Kind("Names and history", "major", "a source, class, rule, cause or action is gone"),
    "lost-history": Kind(
        "Names and history", "major", "it is gone, or has another name, and actions of it are still live"
    ),
    "other-name": Kind("Names and history", "major", "the ruleset has another name, and does not say which it had"),
    "former-name-removed": Kind("Names and history", "major", "a `renamed_from` no longer says an old name"),
    "renamed": Kind("Names and history", "minor", "another name, with the old one in `renamed_from`"),
    "former-name-added": Kind("Names and history", "minor", "an entry takes over the history of an old name"),
    "added": Kind("Names and history", "minor", "a source, class, rule, cause or action is new"),
    # Values that can no longer be compared with those of before.
    "measured": Kind(
        "What is measured", "major", "another metric, source, column, condition, window, baseline or series"
    ),
    "grain": Kind("What is measured", "major", "another `by`: every finding or action of it is another one"),
    "family-moved": Kind("What is measured", "major", "a class leaves its family, for another or for none"),
    "family-given": Kind("What is measured", "minor", "a class without a family gets one"),
    "columns-moved": Kind("What is measured", "major", "a field, dimension or feature is read from another column"),
    "columns-removed": Kind(
        "What is measured", "minor", "a source no longer has a field, dimension, feature or look-up"
    ),
    "columns-added": Kind("What is measured", "minor", "a source has one more, which its data must have too"),
    # Judgement, for every class and place by itself.
    "stricter": Kind(
        "Judgement", "minor", "more is found: a tighter bound, less doubt, a shorter streak, fewer rows needed"
    ),
    "looser": Kind("Judgement", "minor", "less is found"),
    "recast": Kind(
        "Judgement", "minor", "a distance from the baseline became a share of it, or a share a distance: data says more"
    ),
    "status": Kind("Judgement", "minor", "a rule becomes experimental, stable or deprecated"),
    "risk": Kind("Judgement", "minor", "another risk of a class, a cause or the question"),
    "explained": Kind("Causes", "minor", "another kind or gap, other rules for or against it, another chain"),
    "gate-removed": Kind(
        "Gates",
        "major",
        "an action no longer waits for a rule, or for less of it; the rule lost a bound or became experimental",
    ),
    "gate-added": Kind("Gates", "minor", "an action waits for a rule, or for more of it"),
    "work": Kind("Actions", "minor", "what an action is for, its kind, order, due time, acceptance or queue"),
    "owner": Kind("Owners", "minor", "somebody else owns the ruleset, a class or an action"),
    "names-shown": Kind("Privacy", "major", "annotators are named"),
    "names-hidden": Kind("Privacy", "minor", "annotators have pseudonyms again"),
    "columns-shown": Kind("Privacy", "minor", "a queue shows one more column of the data"),
    "columns-hidden": Kind("Privacy", "minor", "a queue no longer shows a column"),
    "governance": Kind("Governance", "minor", "cadence, turnaround, budget, sampling or escalation"),
    "waiver-added": Kind("Waivers", "patch", "a finding is set aside"),
    "waiver-renewed": Kind("Waivers", "patch", "a waiver ends on another day"),
    "waiver-changed": Kind(
        "Waivers", "patch", "a waiver is for something else, by somebody else, or for another reason"
    ),
    "waiver-removed": Kind("Waivers", "patch", "a waiver is gone"),
    "text": Kind("Texts", "patch", "titles, steps, explanations, descriptions, the words of the question"),
}
"""Name -> kind, in the order in which groups are told."""
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(kind.group for kind in KINDS.values()))

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-.+)?")


def find_bump(kinds: Iterable[str]) -> Bump:
    """Find the version that changes of these kinds call for together: that of the weightiest."""
    return max((KINDS[kind].bump for kind in kinds), key=BUMPS.index, default="none")


def write_next(version: str, bump: Bump) -> str:
    """Write the least version that may follow: "1.3.0" and minor give "1.4.0".

    Before 1.0.0 nothing is promised yet: what would be major is minor there, and all else a patch. What follows a
    pre-release is its release.
    """
    major, minor, patch, pre = _read(version)
    if bump == "none" or pre:
        return f"{major}.{minor}.{patch}"
    place = BUMPS.index(bump) - (major == 0)
    return {3: f"{major + 1}.0.0", 2: f"{major}.{minor + 1}.0"}.get(place, f"{major}.{minor}.{patch + 1}")


def is_enough(before: str, after: str, bump: Bump) -> bool:
    """Whether a version may follow another one after changes that call for `bump`; pre-releases of it may too."""
    if bump == "none":
        (*was, was_pre), (*now, now_pre) = _read(before), _read(after)
        return (now, not now_pre) >= (was, not was_pre)
    return after != before and _read(after)[:3] >= _read(write_next(before, bump))[:3]


def _read(version: str) -> tuple[int, int, int, str]:
    found = _VERSION.fullmatch(version)
    assert found, "the language takes no other version"
    return int(found[1]), int(found[2]), int(found[3]), found[4] or ""
