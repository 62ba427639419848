"""Writing a waiver into a ruleset's own file, or renewing the one that is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.model.identity import MOST, make_slug
from prism_rules.ruleset.loading import load_ruleset
from prism_rules.source import Source, parse
from prism_rules.source.editing import Put, edit


class Waived(NamedTuple):
    """A ruleset with a waiver in it."""

    name: str
    source: Source
    warnings: Sequence[Diagnostic]
    """What is to be said of the ruleset now and was not before, such as `unused-waiver`."""


def add_waiver(source: Source, waiver: Mapping[str, Any], name: str | None = None) -> Waived:
    """Put a waiver into a ruleset: as a new entry, or into the one for the same rule and match.

    `waiver` has the keys of the language: rule, match, until, by, because. Raises `Refused` (exit 2) with what would be
    wrong then and is not now, such as `unknown-rule` or `incomplete-match`; nothing is written here.
    """
    before, known = _check(source)
    same = next((each for each, entry in known.items() if _is_same(entry, waiver)), None)
    if name is not None and name != same and (same or name in known):
        message = f"`waivers.{same}` waives this already" if same else f"`waivers.{name}` waives something else"
        help = "leave out --id to renew it" if same else "give another --id, or none"
        raise Refused([Diagnostic("usage", message, (), help, context=source.name)])
    chosen = name or same or _name_waiver(waiver, known)
    text = edit(source, [Put(("waivers", chosen), {key: waiver[key] for key in waiver if waiver[key] != {}})])
    read = parse(text.encode(), source.name)
    # Not this itself: a source may know more of its file than the text tells.
    changed = replace(source, data=read.data, text=read.text, digest=read.digest, places=read.places)
    after, _ = _check(changed)
    told = {(diagnostic.code, diagnostic.message) for diagnostic in before}
    new = [each for each in after if (each.code, each.message) not in told]
    if any(each.severity == "error" for each in new):
        raise Refused(new)
    return Waived(chosen, changed, new)


def _check(source: Source) -> tuple[Collection[Diagnostic], Mapping[str, Any]]:
    """Return what is wrong with a ruleset, and its waivers: with those of its parents, where it can be read."""
    try:
        resolved = load_ruleset(source)
    except Refused as refused:
        written = source.data.get("waivers")
        return refused.diagnostics, written if isinstance(written, dict) else {}
    waivers = {name: {"rule": each.rule, "match": dict(each.match)} for name, each in resolved.model.waivers.items()}
    return resolved.warnings, waivers


def _is_same(entry: Any, waiver: Mapping[str, Any]) -> bool:
    keys = ("rule", waiver["rule"]), ("match", waiver["match"])
    return isinstance(entry, dict) and all((entry.get(key) or {}) == value for key, value in keys)


def _name_waiver(waiver: Mapping[str, Any], taken: Collection[str]) -> str:
    """Name a waiver by its rule and the values that it is for: ``low-confidence-dent-plant-2``."""
    stem = make_slug("-".join([waiver["rule"], *waiver["match"].values()])) or "waiver"
    numbered = (f"{stem[: MOST - 4].strip('-')}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (stem, *numbered) if name not in taken)
