"""Accepting: what came out written into a test's file as what is expected, with everything else left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.ruletests.comparing import KINDS, SHOWN, Difference, list_entries, round_like
from prism_rules.ruletests.running import Trial
from prism_rules.ruletests.telling import list_suites
from prism_rules.source import Source, parse, write_source
from prism_rules.source.editing import Put, Remove, edit

NEW = Decimal("0.00")
"""The decimals of a number that nobody wrote before."""


def accept_trials(trials: Sequence[Trial]) -> Iterator[tuple[Path, int]]:
    """Write what came out of tests that failed into their files; give each file and how many entries changed.

    Fields that differ are replaced, what is missing is taken out, and what nobody expected is put behind the others.
    Tests whose data could not be evaluated are left alone. Raises `Refused` as `write_source` does.
    """
    for mine in list_suites(trials).values():
        suite = mine[0].suite
        changed = [trial for trial in mine if trial.differences]
        if changed:
            text = rewrite(suite.source, changed)
            write_source(suite.path, suite.source, text)
            yield suite.path, sum(len(trial.differences) for trial in changed)


def rewrite(source: Source, trials: Sequence[Trial]) -> str:
    """Give the text of a tests' file in which these trials would have passed."""
    changes: list[Put | Remove] = []
    removals: list[Remove] = []
    numbers: dict[Route, Decimal] = {}
    for trial in trials:
        for route, value in _list_puts(trial):
            for inner, number in _find_numbers(route, value):
                numbers[inner] = number
            changes.append(Put(route, _make_plain(value)))
        unmet = (d.route for d in trial.differences if d.what == "missing" or d.shared == "by differing")
        removals += map(Remove, dict.fromkeys(unmet))
    text = edit(source, changes)
    text = _write_decimals(parse(text.encode(), source.name), numbers)
    # Last, and from the end, so that every route is still where it was.
    removals.sort(key=lambda change: [(isinstance(step, str), step) for step in change.route], reverse=True)
    return edit(parse(text.encode(), source.name), removals)


def _list_puts(trial: Trial) -> Iterator[tuple[Route, Any]]:
    """List what to put where; numbers are `Decimal`, at the decimals to be written."""
    appended: dict[Route, list[dict[str, Any]]] = {}
    for difference in trial.differences:
        if difference.what == "differs" and not difference.shared:
            yield from _list_mended(difference)
        elif difference.what in ("differs", "unexpected"):
            # What shares an expectation with others gets one of its own.
            route = difference.route[:-1] if difference.shared else difference.route
            fields = tuple(difference.actual)[2:]
            appended.setdefault(route, []).append(_write_entry(difference.kind, difference.actual, fields))
        elif difference.what == "nothing" and trial.outcome:
            for kind, entries in list_entries(trial.outcome).items():
                met = [{KINDS[kind]: e.name, "scope": e.scope, **e.fields} for e in entries if not e.silent]
                yield (*difference.route, kind), [_write_entry(kind, entry, SHOWN[kind]) for entry in met]
    for route, added in appended.items():
        listed = len(getattr(trial.test.expect, str(route[-1])))
        if listed:
            yield from (((*route, place), entry) for place, entry in enumerate(added, listed))
        else:
            # An empty list is replaced whole: entries then have lines of their own.
            yield route, added


def _list_mended(difference: Difference) -> Iterator[tuple[Route, Any]]:
    if set(difference.expected) == {"cause", "scope", "verdict"} and not difference.expected["scope"]:
        # It may be a bare name, which has no room for a verdict.
        named = {"cause": difference.actual["cause"], "verdict": difference.actual["verdict"]}
        yield difference.route, named
        return
    for field in difference.fields:
        value, before = difference.actual[field], difference.expected[field]
        yield (*difference.route, field), _round(value, before if isinstance(before, Decimal) else NEW)


def _round(value: Any, written: Decimal) -> Any:
    return round_like(value, written) if isinstance(value, float) else value


def _write_entry(kind: str, entry: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Write an entry that was not there: its name, its scope, and what says how it stands."""
    written: dict[str, Any] = {KINDS[kind]: entry[KINDS[kind]]}
    if entry["scope"]:
        written["scope"] = dict(entry["scope"])
    for field in fields:
        if entry[field] is not None and (field, entry[field]) != ("verdict", "diagnosed"):
            written[field] = _round(entry[field], NEW)
    return written


def _find_numbers(route: Route, value: Any) -> Iterator[tuple[Route, Decimal]]:
    if isinstance(value, Decimal):
        yield route, value
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _find_numbers((*route, step), inner)


def _make_plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if value.as_tuple().exponent else int(value)
    if isinstance(value, dict):
        return {key: _make_plain(inner) for key, inner in value.items() if inner is not None}
    return [_make_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _write_decimals(source: Source, numbers: Mapping[Route, Decimal]) -> str:
    """Write numbers with all their decimals: 0.60 says more than 0.6, which is the same number."""
    text = source.text
    for route in sorted(numbers, key=lambda route: source.places[route].value, reverse=True):
        start, end = source.places[route].value
        text = f"{text[:start]}{numbers[route]:f}{text[end:]}"
    return text
