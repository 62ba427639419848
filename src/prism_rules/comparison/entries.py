"""Entries: every key of the language, and the kind of change that another value of it is.

`FIELDS` names for each model each of its keys; a key that needs more than to be put beside the other one has a
function of its own. A test walks the models, so that no key can be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prism_rules.comparison.turnaround import tell_days, tell_parameters, tell_turnaround
from prism_rules.comparison.writing import split_sql, write_sets, write_step, write_term, write_value
from prism_rules.diagnostics import Route
from prism_rules.model import ruleset as language
from prism_rules.model.frozen import Frozen
from prism_rules.model.ruleset import Class, Governance, Queue, Rule, Ruleset, When
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.terms import list_holds

Told = tuple[str, Route, str]
"""Kind, the keys below the entry, and the words."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry of both versions under one name, and the rulesets around it."""

    old: Any
    new: Any
    before: Ruleset
    after: Ruleset


Teller = Callable[[Pair, str], Iterator[Told]]


def compare_entry(pair: Pair) -> Iterator[Told]:
    """Tell every difference between two entries of one kind, key by key; resolved judgement is told elsewhere."""
    for field, how in FIELDS[type(pair.new)].items():
        yield from (_plain(how) if isinstance(how, str) else how)(pair, field)


def _plain(kind: str) -> Teller:
    def tell(pair: Pair, field: str) -> Iterator[Told]:
        old, new = getattr(pair.old, field), getattr(pair.new, field)
        if old != new:
            yield kind, (_name(pair.new, field),), f"{_name(pair.new, field)} {write_step(old, new)}"

    return tell


def _sql(kind: str) -> Teller:
    """Tell conditions of SQL whose words differ; how they are spaced says nothing."""

    def tell(pair: Pair, field: str) -> Iterator[Told]:
        old, new = getattr(pair.old, field), getattr(pair.new, field)
        if split_sql(old) != split_sql(new):
            yield kind, (field,), f"{field} {write_step(old, new)}"

    return tell


def _of(pair: Pair, field: str) -> Iterator[Told]:
    """Tell columns as a list, and what `sql` measures as the expression that it is."""
    how = _sql if pair.old.metric == pair.new.metric == "sql" else _set
    yield from how(MEASURED)(pair, field)


def _set(kind: str) -> Teller:
    """Tell lists whose order says nothing."""

    def tell(pair: Pair, field: str) -> Iterator[Told]:
        lists = (getattr(side, field) or () for side in (pair.old, pair.new))
        old, new = ([one] if isinstance(one, str) else [*map(write_term, one)] for one in lists)
        if {*old} != {*new}:
            yield kind, (_name(pair.new, field),), f"{_name(pair.new, field)} {write_sets(old, new)}"

    return tell


def _inner(kind: str) -> Teller:
    """Tell an entry inside an entry as a whole, or key by key where both have it."""

    def tell(pair: Pair, field: str) -> Iterator[Told]:
        old, new = getattr(pair.old, field), getattr(pair.new, field)
        name = _name(pair.new, field)
        if old is None or new is None:
            yield from _plain(kind)(pair, field) if old != new else ()
        else:
            for told, route, text in compare_entry(Pair(old, new, pair.before, pair.after)):
                yield told, (name, *route), f"{name}.{text}"

    return tell


def _elsewhere(pair: Pair, field: str) -> Iterator[Told]:  # noqa: ARG001
    """Tell nothing: judgement, names and resolved windows are compared as a whole."""
    return iter(())


def _columns(pair: Pair, field: str) -> Iterator[Told]:
    old, new = (_read_columns(getattr(side, field)) for side in (pair.old, pair.new))
    added, removed = [name for name in new if name not in old], [name for name in old if name not in new]
    if added:
        yield "columns-added", (field,), f"{field} adds {', '.join(added)}"
    if removed:
        yield "columns-removed", (field,), f"{field} drops {', '.join(removed)}"
    for name in new:
        if name in old and old[name] != new[name]:
            yield "columns-moved", (field, name), f"{field}.{name} is read from {write_step(old[name], new[name])}"


def _read_columns(group: Any) -> dict[str, str]:
    return dict(group) if isinstance(group, Mapping) else {name: name for name in group}


def _window(pair: Pair, field: str) -> Iterator[Told]:
    """Tell how far back rules of a source look; where it leaves that to `defaults` on both sides, those tell it."""
    lengths = ((pair.old, pair.before), (pair.new, pair.after))
    old, new = ("all" if s.collection else s.window or model.defaults.window for s, model in lengths)
    if old != new and (pair.old.window or pair.new.window):
        yield "measured", (field,), f"{field} {write_step(old, new)}"


def _lookup(pair: Pair, field: str) -> Iterator[Told]:
    old, new = ([f"{o}.{name}" for o, names in s.lookup.items() for name in names] for s in (pair.old, pair.new))
    for kind, more, less in (("columns-added", new, old), ("columns-removed", old, new)):
        if listed := [name for name in more if name not in less]:
            yield kind, (field,), f"{field} {'adds' if more is new else 'drops'} {', '.join(listed)}"


def _family(pair: Pair, field: str) -> Iterator[Told]:
    old, new = pair.old.family, pair.new.family
    if old != new:
        yield "family-given" if old is None else "family-moved", (field,), f"family {write_step(old, new)}"


def _grain(pair: Pair, field: str) -> Iterator[Told]:
    scopes = (list_scope(side) if isinstance(side, Rule) else side.by for side in (pair.old, pair.new))
    old, new = ([*scope] for scope in scopes)
    if {*old} != {*new}:
        yield "grain", (field,), f"by {write_step(old, new)}"


def _baseline(pair: Pair, field: str) -> Iterator[Told]:
    old, new = pair.old.baseline, pair.new.baseline
    if old is None or new is None:
        yield from _plain("measured")(pair, field) if old != new else ()
        return
    inner = Pair(old, new, pair.before, pair.after)
    for key, tell in (("source", _plain), ("window", _plain), ("where", _sql)):
        for kind, route, text in tell("measured")(inner, key):
            yield kind, (field, *route), f"baseline.{text}"
    was, now = ([*(side.by if one.by is None else one.by)] for one, side in ((old, pair.old), (new, pair.new)))
    # Where the baseline follows the rule's own `by`, that is what is told.
    if {*was} != {*now} and not (old.by is None and new.by is None):
        yield "measured", (field, "by"), f"baseline.by {write_step(was, now)}"


def _discovery(pair: Pair, field: str) -> Iterator[Told]:
    old, new = pair.old.false_discovery_rate, pair.new.false_discovery_rate
    if old != new:
        stricter = (1 if new is None else new) > (1 if old is None else old)
        yield "stricter" if stricter else "looser", (field,), f"{field} {write_step(old, new)}"


def _unknown(pair: Pair, field: str) -> Iterator[Told]:
    if pair.old.unknown != pair.new.unknown:
        text = "(unknown) and (none) " + ("are judged too" if pair.new.unknown else "are no longer judged")
        yield "stricter" if pair.new.unknown else "looser", (field,), text


def _when(pair: Pair, field: str) -> Iterator[Told]:
    for branch in When.model_fields:
        old, new = ([write_term(term) for term in getattr(side.when, branch)] for side in (pair.old, pair.new))
        if sorted(old) != sorted(new):
            yield "explained", (field, branch), f"when.{branch} {write_sets(old, new) or 'repeats a rule'}"


def _gates(pair: Pair, field: str) -> Iterator[Told]:
    old, new = (dict(list_holds(side.requires)) for side in (pair.old, pair.new))
    for rule, strict in new.items():
        if rule not in old or strict > old[rule]:
            yield "gate-added", (field,), f"waits for {rule}" + (" to pass" if strict else " to hold")
    for rule, strict in old.items():
        if rule not in new or strict > new[rule]:
            rest = ", only for it to hold" if rule in new else ""
            yield "gate-removed", (field,), f"no longer waits for {rule}" + (" to pass" if strict else "") + rest


def _queue(pair: Pair, field: str) -> Iterator[Told]:
    old, new = pair.old.queue, pair.new.queue
    if old and new:
        yield from _inner("work")(pair, field)
    elif old or new:
        yield "work", (field,), "has a queue" if new else "has no queue any more"
    # What people see of rows is told by itself, whether or not there was a queue.
    before, after = (queue.show if queue else () for queue in (old, new))
    for kind, more, less, verb in (
        ("columns-shown", after, before, "shows"),
        ("columns-hidden", before, after, "no longer shows"),
    ):
        if listed := [name for name in more if name not in less]:
            yield kind, (field, "show"), f"{verb} {', '.join(listed)}"


def _annotators(pair: Pair, field: str) -> Iterator[Told]:
    old, new = ((side.annotators if side else None) == "named" for side in (pair.old, pair.new))
    if old != new:
        yield "names-shown" if new else "names-hidden", (field,), "annotators are named" if new else "have pseudonyms"


def _until(pair: Pair, field: str) -> Iterator[Told]:
    if pair.old.until != pair.new.until:
        yield "waiver-renewed", (field,), f"until {write_step(pair.old.until, pair.new.until)}"


def _name(entry: Frozen, field: str) -> str:
    return type(entry).model_fields[field].alias or field


TEXT, WORK, MEASURED = "text", "work", "measured"

FIELDS: Mapping[type[Frozen], Mapping[str, str | Teller]] = {
    language.Metadata: {
        "name": _elsewhere, "version": _elsewhere, "owners": "owner", "description": TEXT, "renamed_from": _elsewhere,
    },
    language.Question: {
        "task": TEXT, "environment": TEXT, "concern": TEXT, "risk": "risk", "report_to": TEXT,
    },
    language.Source: {
        "role": MEASURED, "fields": _columns, "dimensions": _columns, "features": _columns, "window": _window,
        "duplicates": MEASURED, "lookup": _lookup, "renamed_from": _elsewhere,
    },
    Class: {"risk": "risk", "owner": "owner", "family": _family, "renamed_from": _elsewhere},
    language.Defaults: {"window": _elsewhere, "min_n": _elsewhere},
    Rule: {
        "title": TEXT, "status": "status", "source": MEASURED, "metric": MEASURED, "of": _of,
        "where": _sql(MEASURED), "with_": tell_parameters, "by": _grain, "baseline": _baseline, "window": _elsewhere,
        "min_n": _elsewhere, "confidence": _elsewhere, "false_discovery_rate": _discovery, "streak": _elsewhere,
        "series": _inner(MEASURED), "unknown": _unknown, "warn": _elsewhere, "fail": _elsewhere,
        "overrides": _elsewhere, "renamed_from": _elsewhere,
    },
    language.Series: dict.fromkeys(("every", "over", "test", "reference"), MEASURED),
    language.Cause: {
        "title": TEXT, "kind": "explained", "gap": "explained", "by": _grain, "when": _when,
        "against": _set("explained"), "leads_to": _set("explained"), "explain": TEXT, "risk": "risk",
        "renamed_from": _elsewhere,
    },
    language.Action: {
        "kind": WORK, "for_": _set(WORK), "by": _elsewhere, "title": TEXT, "steps": TEXT, "owner": "owner", "due": WORK,
        "requires": _gates, "after": _set(WORK), "done_when": _set(WORK), "queue": _queue, "renamed_from": _elsewhere,
    },
    Queue: {
        "from_": WORK, "only": WORK, "where": _sql(WORK), "size": WORK, "weights": WORK, "show": _elsewhere,
        "effort": WORK, "seed": WORK,
    },
    Governance: {
        "cadence": _inner("governance"), "turnaround": tell_turnaround, "review_budget": "governance",
        "qa_sampling": _inner("governance"), "escalation": "governance", "days": tell_days,
        "holidays": _set("governance"), "annotators": _annotators,
    },
    language.Cadence: {"evaluate": "governance", "full_review": "governance"},
    language.QaSampling: {"rule": "governance", "rates": "governance", "effort": "governance"},
    language.Waiver: {
        "rule": "waiver-changed", "match": "waiver-changed", "until": _until, "by": "waiver-changed",
        "because": "waiver-changed",
    },
}  # fmt: skip
"""Model -> key -> the kind of change, or what tells it."""


def write_entry(entry: Frozen) -> str:
    """Write a new waiver in a line: what it is for and until when; nothing of any other entry."""
    if isinstance(entry, language.Waiver):
        match = write_value(entry.match).strip("{}")
        return f" for {entry.rule}" + (f" ({match})" if entry.match else "") + f" until {entry.until}"
    return ""
