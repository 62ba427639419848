"""A resolved ruleset as one document for machines: what it says, what that makes of every scope, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from prism_rules.diagnostics import Route
from prism_rules.manual.decisions import Decision, Said, find_value, list_decisions
from prism_rules.manual.readers import list_readers
from prism_rules.model.frozen import Frozen, Many
from prism_rules.model.plan import BoundKind, Origin, ResolvedBound, RulesetRef, Tool
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.checks.references import list_references
from prism_rules.ruleset.judgement import name_origin
from prism_rules.ruleset.segments import Segment, list_segments

_SECTIONS = ("sources", "classes", "rules", "causes", "actions", "waivers")
_LISTED = ("for", "requires", "after", "done_when")


class ShownBound(Frozen):
    """A bound of a condition."""

    kind: BoundKind
    value: float | Many[float]
    relative: bool
    """True when `value` is a fraction of the baseline (written as a percentage)."""
    origin: str


class ShownValue(Frozen):
    """What one place says of a field: a list of bounds for `warn` and `fail`, else a number, a flag, or null."""

    value: bool | int | float | Many[ShownBound] | None
    origin: str | None
    """Key of `origins`; null for what holds when nothing is written."""


class ShownField(ShownValue):
    """A field as it is decided."""

    over: Many[ShownValue]
    """What less specific places say of it, the most specific first."""


class ShownScopes(Frozen):
    """Scopes of a rule that are judged alike, each field decided in the same place."""

    classes: Many[str]
    """Declared classes; empty where the rule tells none apart, or where there is no taxonomy."""
    families: Many[str]
    match: dict[str, Many[str]]
    """Other dimension -> every pattern that its value fits. A scope belongs to the narrowest entry that it fits."""
    enabled: ShownField
    min_n: ShownField
    confidence: ShownField
    streak: ShownField
    warn: ShownField
    fail: ShownField


class ShownReader(Frozen):
    """An entry that reads a rule."""

    section: Literal["causes", "actions", "governance"]
    id: str
    part: Literal["evidence", "against", "opens", "gate", "acceptance", "sampling"]


class ShownRule(Frozen):
    """How a rule judges."""

    scopes: Many[ShownScopes]
    complete: bool
    """False when settings tell more scopes apart than are listed."""
    read_by: Many[ShownReader]


class ShownOff(Frozen):
    """An entry of a parent that is left out."""

    kind: str
    id: str
    why: str
    at: Origin


class ShownNote(Frozen):
    """Something that was done to what the ruleset takes over."""

    text: str
    at: Origin


class Document(Frozen):
    """What `prism-rules show --format json` prints."""

    apiVersion: Literal["prism-rules/v1"]
    kind: Literal["Resolved"]
    tool: Tool
    ruleset: RulesetRef
    says: dict[str, Any]
    """The ruleset with all that it extends, in the form of a ruleset file."""
    rules: dict[str, ShownRule]
    off: Many[ShownOff]
    """Entries of parents that this ruleset cannot use."""
    notes: Many[ShownNote]
    """What became of names that this ruleset removed."""
    origins: dict[str, Origin]
    """Entry, field or bound -> where it is written."""


def describe_ruleset(resolved: Resolved, version: str, *, rules: tuple[str, ...], only: str | None = None) -> Document:
    """Describe a ruleset, the judgement of these rules alone; `only`: of this class. `version` is the program's."""
    model, readers = resolved.model, list_readers(resolved.model)
    origins = {name_origin(route): route for route in _list_routes(resolved)}
    shown = {}
    for name in rules:
        segments = list_segments(model, name)
        value = find_value(model, segments, only)
        kept = [segment for segment in segments.all if value is None or value in segment.values]
        decided = [list_decisions(model, name, segment) for segment in kept]
        for decision in (decision for fields in decided for decision in fields.values()):
            for route in _list_said(decision):
                origins[name_origin(route)] = route
        shown[name] = ShownRule(
            scopes=tuple(_show_scopes(s, segments.axis, fields) for s, fields in zip(kept, decided, strict=True)),
            complete=segments.complete,
            read_by=tuple(ShownReader(**reader._asdict()) for reader in readers[name]),
        )
    metadata = model.metadata
    return Document(
        apiVersion="prism-rules/v1",
        kind="Resolved",
        tool=Tool(version=version),
        ruleset=RulesetRef(name=metadata.name, version=metadata.version, digest=resolved.digest, files=resolved.files),
        says=model.model_dump(mode="json", by_alias=True, exclude_unset=True),
        rules=shown,
        off=tuple(ShownOff(kind=off.kind, id=off.id, why=off.why, at=off.origin) for off in resolved.off),
        notes=tuple(ShownNote(text=note.text, at=note.origin) for note in resolved.notes),
        origins={name: resolved.origin(route) for name, route in origins.items()},
    )


def _show_scopes(segment: Segment, axis: str | None, fields: dict[str, Decision]) -> ShownScopes:
    return ShownScopes(
        classes=segment.values if axis == "class" else (),
        families=segment.values if axis == "family" else (),
        match=dict(segment.match),
        **{name: _show_field(decision) for name, decision in fields.items()},
    )


def _show_field(decision: Decision) -> ShownField:
    over = tuple(ShownValue(**_show_said(said)) for said in decision.losers)
    return ShownField(**_show_said(decision.winner), over=over)


def _show_said(said: Said) -> dict[str, Any]:
    value = tuple(map(_show_bound, said.value)) if isinstance(said.value, tuple) else said.value
    return {"value": value, "origin": name_origin(said.route) if said.route else None}


def _show_bound(bound: ResolvedBound) -> ShownBound:
    return ShownBound(kind=bound.kind, value=bound.value, relative=bound.relative, origin=bound.origin)


def _list_said(decision: Decision) -> Iterator[Route]:
    """List where a field is written, and each of its bounds."""
    for said in (decision.winner, *decision.losers):
        if said.route is None:
            continue
        yield said.route
        if isinstance(said.value, tuple) and len(said.value) > 1:
            yield from ((*said.route, bound.kind) for bound in said.value)


def _list_routes(resolved: Resolved) -> Iterator[Route]:
    """List every entry, and within it every name of another one."""
    model = resolved.model
    for section in _SECTIONS:
        yield from ((section, name) for name in getattr(model, section))
    for reference in list_references(model):
        if reference.route[0] == "causes":
            yield reference.route
        elif reference.route[0] == "actions" and reference.route[2] in _LISTED:
            yield reference.route[:4]
