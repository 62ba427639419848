"""Comparing: what a test expects beside what came out, entry by entry and field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from prism_rules.diagnostics import Route
from prism_rules.model.frozen import Frozen
from prism_rules.model.plan import Finding, Plan, Scope
from prism_rules.pipeline import Outcome
from prism_rules.ruletests.reading import Case, read_written
from prism_rules.source import Source

KINDS = {"findings": "rule", "causes": "cause", "actions": "action"}
"""What a test lists -> the key that names an entry of it."""
SHOWN = {"findings": ("status", "value"), "causes": ("verdict",), "actions": ("state",)}
"""What is said of an entry that nobody expected."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that did not come out as expected: each side has its name, its scope and the fields that are compared.

    `route` is the place of the expectation; of what was not expected, of the list that it should stand in.
    """

    kind: str
    what: Literal["differs", "missing", "unexpected", "nothing"]
    route: Route
    expected: Mapping[str, Any]
    actual: Mapping[str, Any]
    fields: tuple[str, ...] = ()
    """Those that differ."""
    shared: Literal["", "by differing", "by agreeing"] = ""
    """Whether other entries answer the same expectation, and whether one of them agrees with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding, cause or action that came out, in the words of tests."""

    name: str
    scope: Scope
    fields: Mapping[str, Any]
    silent: bool
    """Whether nobody needs to expect it: it passes, or rests on no row at all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry that is expected. Numbers are kept as they are written."""

    name: str
    scope: Scope
    fields: Mapping[str, Any]
    route: Route


def compare(case: Case, outcome: Outcome, source: Source) -> Iterator[Difference]:
    """Compare what came out with what a test expects; nothing differs where it passes."""
    expect = case.test.expect
    inside: Route = (*case.route, "expect")
    entries = list_entries(outcome)
    listed = [kind for kind in KINDS if getattr(expect, kind) is not None]
    if not listed:
        yield Difference("findings", "nothing", inside, {}, {})
    for kind in listed:
        wanted = [
            _read_wanted(kind, entry, (*inside, kind, index), source)
            for index, entry in enumerate(getattr(expect, kind))
        ]
        yield from _compare_kind(kind, wanted, entries[kind], (*inside, kind), partial=expect.partial)


def list_entries(outcome: Outcome) -> dict[str, list[Entry]]:
    """List what came out in the words of tests, kind by kind."""
    plan = outcome.plan
    cleared = {finding.id for finding in plan.cleared}
    unmet = {finding.id for finding in outcome.findings if _is_unmet(finding)}
    unmet |= {d.id for d in plan.diagnoses if d.evidence and unmet.issuperset(d.evidence)}
    return {
        "findings": [
            Entry(f.rule, f.scope, _tell_finding(f, f.id in cleared), f.status == "pass" or f.id in unmet)
            for f in outcome.findings
        ],
        "causes": [
            Entry(d.cause, d.scope, {**d.model_dump(include={"verdict", "head", "text"}), "at": [*d.at]}, d.id in unmet)
            for d in plan.diagnoses
        ],
        "actions": [*_list_actions(plan, unmet)],
    }


def _is_unmet(finding: Finding) -> bool:
    """Whether a finding is there only because its place is declared: no row of the test speaks of it."""
    met = finding.baseline is not None and finding.baseline.n > 0
    return finding.reason == "no_rows" and finding.change in ("new", "same") and not met


def _tell_finding(finding: Finding, cleared: bool) -> dict[str, Any]:
    told = {field: getattr(finding, field) for field in ("status", "value", "unsure_of", "hides", "reason")}
    baseline = finding.baseline.value if finding.baseline else None
    return {**told, "support": finding.n, "baseline": baseline, "change": "cleared" if cleared else finding.change}


def _list_actions(plan: Plan, unmet: set[str]) -> Iterator[Entry]:
    names = {entry.id: entry.action for entry in plan.actions}
    for entry in plan.actions:
        fields = {name: getattr(entry, name) for name in ("state", "overdue", "title", "steps", "owner", "due")}
        blockers = [
            {"rule": b.rule, "action": names.get(b.action or ""), "because": b.because} for b in entry.blocked_by
        ]
        rows = entry.queue.rows if entry.queue else 0
        silent = entry.opened_at is None and bool(entry.covers) and unmet.issuperset(entry.covers)
        yield Entry(entry.action, entry.scope, {**fields, "blocked_by": blockers, "rows": rows}, silent)


def _read_wanted(kind: str, entry: str | Frozen, route: Route, source: Source) -> Wanted:
    key = KINDS[kind]
    if isinstance(entry, str):
        return Wanted(entry, {}, {"verdict": "diagnosed"}, route)
    said = entry.model_dump(exclude_unset=True)
    name, scope = said.pop(key), said.pop("scope", {})
    if kind == "causes":
        said.setdefault("verdict", "diagnosed")
    for field, value in said.items():
        if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
            said[field] = Decimal(read_written(source, (*route, field)))
    return Wanted(name, scope, said, route)


def _compare_kind(
    kind: str, wanted: Sequence[Wanted], entries: Sequence[Entry], route: Route, *, partial: bool
) -> Iterator[Difference]:
    taken: dict[int, list[Entry]] = {}
    left = []
    for entry in entries:
        place = _assign(entry, wanted, taken)
        if place is None:
            left.append(entry)
        else:
            taken.setdefault(place, []).append(entry)
    for place, one in enumerate(wanted):
        # A passing entry answers for a wider expectation that nothing else has met: it shows what came out instead.
        met = taken.get(place) or [entry for entry in left if _covers(one, entry)][:1]
        if not met:
            yield Difference(kind, "missing", one.route, _show_wanted(kind, one), {})
        found = [(entry, _find_differing(one, entry)) for entry in met]
        agreeing = any(not fields for _, fields in found)
        for entry, fields in found:
            if fields:
                shown = _show(kind, entry, one.fields)
                yield Difference(
                    kind, "differs", one.route, _show_wanted(kind, one), shown, fields,
                    shared="" if len(met) == 1 else "by agreeing" if agreeing else "by differing",
                )  # fmt: skip
    for entry in left:
        if not (entry.silent or partial):
            yield Difference(kind, "unexpected", route, {}, _show(kind, entry, SHOWN[kind]))


def _assign(entry: Entry, wanted: Sequence[Wanted], taken: Mapping[int, Sequence[Entry]]) -> int | None:
    """Find the expectation that an entry answers: the one that says most of its scope, of equals one that it meets."""
    covering = [(len(one.scope), place) for place, one in enumerate(wanted) if _covers(one, entry)]
    if not covering:
        return None
    most = max(size for size, _ in covering)
    places = [place for size, place in covering if size == most]
    if entry.silent and most < len(entry.scope):
        places = [place for place in places if not _find_differing(wanted[place], entry)]
    return min(places, key=lambda place: (bool(_find_differing(wanted[place], entry)), place in taken), default=None)


def _covers(one: Wanted, entry: Entry) -> bool:
    return one.name == entry.name and one.scope.items() <= entry.scope.items()


def _find_differing(one: Wanted, entry: Entry) -> tuple[str, ...]:
    return tuple(field for field, value in one.fields.items() if not _agrees(field, value, entry.fields[field]))


def _agrees(field: str, expected: Any, actual: Any) -> bool:
    if isinstance(expected, Decimal):
        return actual is not None and round_like(actual, expected) == expected
    if isinstance(expected, str) and isinstance(actual, str):
        return expected.strip() == actual.strip()
    if field == "at":
        return _sort(expected) == _sort(actual)
    if field == "blocked_by":
        return _pair_up(expected, actual, lambda one, other: one.items() <= other.items())
    return bool(expected == actual)


def round_like(value: float, written: Decimal) -> Decimal:
    """Round a value half-even to the decimals at which another number is written."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(min(_exponent(written), 0)), ROUND_HALF_EVEN)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "YAML has no number that is not finite"
    return exponent


def _sort(scopes: Iterable[Mapping[str, str]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted(scope.items()) for scope in scopes)


def _pair_up(expected: Sequence[Any], actual: Sequence[Any], fits: Callable[[Any, Any], bool]) -> bool:
    return (
        len(expected) == len(actual)
        and all(any(fits(one, other) for other in actual) for one in expected)
        and all(any(fits(one, other) for one in expected) for other in actual)
    )


def _show_wanted(kind: str, one: Wanted) -> dict[str, Any]:
    return {KINDS[kind]: one.name, "scope": one.scope, **one.fields}


def _show(kind: str, entry: Entry, fields: Iterable[str]) -> dict[str, Any]:
    return {KINDS[kind]: entry.name, "scope": entry.scope, **{field: entry.fields[field] for field in fields}}
