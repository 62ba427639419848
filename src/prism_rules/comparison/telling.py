"""Telling: a comparison in words for a terminal and for a pull request, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from prism_rules.columns import PROSE, WIDTH, wrap_text
from prism_rules.comparison.changes import Change, Changes
from prism_rules.comparison.kinds import GROUPS, KINDS
from prism_rules.comparison.writing import write_scopes
from prism_rules.escaping import escape_markdown, show_invisible
from prism_rules.model.frozen import API_VERSION
from prism_rules.model.plan import Origin
from prism_rules.ruleset.draft import NOUNS

MOST = 200
"""Changes that text and Markdown show; JSON has all."""


def tell_text(changes: Changes, width: int = WIDTH) -> str:
    """Tell a comparison in a width: a verdict, then what changed, with its places, under one heading per group."""
    room = min(width, PROSE)
    lines = wrap_text(show_invisible(tell_verdict(changes)), room, hang=2)
    for group, listed in _group(changes):
        lines += ["", group]
        for change in listed:
            lead = f"  {change.bump:<5}  "
            lines += wrap_text(show_invisible(tell_change(change)), room, lead, hang=2, whole=True)
            lines += wrap_text(show_invisible(_tell_places(change)), room, " " * len(lead), hang=2, whole=True)
    return "\n".join([*lines, *_count_rest(changes)]) + "\n"


def tell_markdown(changes: Changes) -> str:
    """Tell a comparison as Markdown, for a comment on a pull request."""
    lines = [f"**{escape_markdown(tell_verdict(changes), 400)}**"]
    for group, listed in _group(changes):
        lines += ["", f"#### {group}", "", "| Calls for | Change | Where |", "| --- | --- | --- |"]
        for change in listed:
            cells = (escape_markdown(cell, 400) for cell in (tell_change(change), _tell_places(change)))
            lines.append(f"| {change.bump} | {' | '.join(cells)} |")
    return "\n".join([*lines, *_count_rest(changes)]) + "\n"


def tell_json(changes: Changes) -> str:
    """Tell a comparison as one JSON object (``kind: Comparison``), keys sorted."""
    document = {
        "apiVersion": API_VERSION, "kind": "Comparison", "bump": changes.bump,
        **{
            side: v and {"name": v.name, "version": v.version, "digest": v.digest, "file": v.file}
            for side, v in (("before", changes.before), ("after", changes.after))
        },
        "version": {"needed": changes.needed, "enough": changes.enough},
        "changes": [
            {
                "kind": change.kind, "bump": change.bump, "group": KINDS[change.kind].group,
                "entry": ".".join(map(str, change.entry)), "text": change.text, "scopes": list(change.scopes),
                "except": list(change.excepted),
                **{side: (at := getattr(change, side)) and at.model_dump() for side in ("before", "after")},
            }
            for change in changes.changes
        ],
    }  # fmt: skip
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


FORMS: Mapping[str, Callable[[Changes], str]] = {"text": tell_text, "json": tell_json, "markdown": tell_markdown}
"""Form -> what writes it."""


def tell_verdict(changes: Changes) -> str:
    """Tell in a line what differs, which version it calls for, and whether that is what is written."""
    old, new = changes.before, changes.after
    if old is None:
        return f"{new.name} {new.version}: new, so that nothing calls for another version"
    head = f"{old.name} {old.version} -> {new.version if new.name == old.name else f'{new.name} {new.version}'}"
    if not changes.changes:
        return f"{head}: nothing changed in meaning" + ("" if changes.enough else ", but the version goes back")
    n = len(changes.changes)
    counted = ", ".join(f"{count} {bump}" for bump, count in changes.count().items())
    calls = f"{n} change{'' if n == 1 else 's'} ({counted}) call{'s' if n == 1 else ''} for {changes.needed} or later"
    return f"{head}: {calls}"


def tell_change(change: Change) -> str:
    """Tell a change in a line: "rule class-agreement for dent: fail below 0.7 -> 0.72, stricter"."""
    section, *name = change.entry
    entry = f"{NOUNS[str(section)]} {name[0]}" if name and section in NOUNS else str(section)
    where = f" for {write_scopes(change.scopes)}" if change.scopes else ""
    # What the one place says already needs no second word.
    said = change.scopes[0] if len(change.scopes) == 1 else {}
    excepted = [{key: value for key, value in one.items() if key not in said} or one for one in change.excepted]
    where += f" except for {write_scopes(excepted)}" if excepted else ""
    direction = f", {change.kind}" if change.kind in ("stricter", "looser") else ""
    return f"{entry}{where}: {change.text}{direction}"


def _tell_places(change: Change) -> str:
    return " -> ".join(_tell_place(place) for place in (change.before, change.after) if place)


def _tell_place(place: Origin) -> str:
    return f"{place.file}:{place.line}"


def _group(changes: Changes) -> Iterator[tuple[str, list[Change]]]:
    shown = changes.changes[:MOST]
    for group in GROUPS:
        if listed := [change for change in shown if KINDS[change.kind].group == group]:
            yield group, listed


def _count_rest(changes: Changes) -> list[str]:
    rest = len(changes.changes) - MOST
    return ["", f"... and {rest:,} more; --format json has all"] if rest > 0 else []
