"""Accepting: what came out written into a test's file as what is expected, with everything else left as it is."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Diagnostic, Refused, Route
from prism_rules.formatting import format_source
from prism_rules.formatting.printing import WIDTH
from prism_rules.ruletests.comparing import KINDS, SHOWN, Difference, compare, list_entries, round_like
from prism_rules.ruletests.reading import read_suite
from prism_rules.ruletests.running import Trial
from prism_rules.ruletests.telling import list_suites
from prism_rules.source import Source, parse, write_source
from prism_rules.source.editing import Put, Remove, edit

NEW = Decimal("0.00")
"""The decimals of a number that nobody wrote before."""


def accept_trials(trials: Sequence[Trial]) -> Iterator[tuple[Path, int]]:
    """Write what came out of tests that failed into their files; give each file and how many entries changed.

    Fields that differ are replaced, what is missing is taken out, and what nobody expected is put behind the others.
    Tests whose data could not be evaluated are left alone. Raises `Refused` with exit 8, also where the tests could not
    be read again or would not pass: then nothing is written.
    """
    for mine in list_suites(trials).values():
        suite = mine[0].suite
        changed = [trial for trial in mine if trial.differences]
        if changed:
            text = rewrite(suite.source, changed)
            _check_accepted(text, changed)
            write_source(suite.path, suite.source, text)
            yield suite.path, sum(len(trial.differences) for trial in changed)


def _check_accepted(text: str, trials: Sequence[Trial]) -> None:
    """Read tests again as they would be written, and hold them against what came out."""
    suite = trials[0].suite
    try:
        again = read_suite(replace(parse(text.encode(), suite.source.name), path=suite.path))
    except Refused as refused:
        message = f"what came out cannot be expected as it is: {refused.diagnostics[0].message}"
        raise _cannot_accept(message, suite.source.name) from refused
    cases = {case.test.name: case for case in again.cases}
    for trial in trials:
        if trial.outcome and any(compare(cases[trial.test.name], trial.outcome, again.source)):
            raise _cannot_accept(f"`{trial.test.name}` would not pass with what came out", suite.source.name)


def _cannot_accept(message: str, name: str) -> Refused:
    help = "write this expectation by hand; the file is as it was"
    return Refused([Diagnostic("cannot-edit", message, context=name, help=help)], exit_code=8)


def rewrite(source: Source, trials: Sequence[Trial]) -> str:
    """Give the text of a tests' file in which these trials would have passed; canonical, if it was."""
    changes: list[Put | Remove] = []
    removals: list[Remove] = []
    numbers: dict[Route, str] = {}
    for trial in trials:
        for route, value in _list_puts(trial):
            for inner, number in _find_numbers(route, value):
                numbers[inner] = f"{number:f}"
            changes.append(Put(route, _make_plain(value)))
        removals += [Remove(difference.route) for difference in trial.differences if difference.what == "missing"]
    replaced = {change.route for change in changes}
    removals = [change for change in removals if change.route not in replaced]
    text = edit(source, changes)
    text = _write_numbers(parse(text.encode(), source.name), numbers)
    # Last, and from the end, so that every route is still where it was.
    removals.sort(key=lambda change: [(isinstance(step, str), step) for step in change.route], reverse=True)
    accepted = parse(edit(parse(text.encode(), source.name), removals).encode(), source.name)
    if format_source(source) == source.text:
        return format_source(accepted)
    for trial in trials:
        for kind in KINDS:
            accepted = _break_line(accepted, (*trial.case.route, "expect", kind))
    return accepted.text


def _break_line(source: Source, route: Route) -> Source:
    """Write a list in brackets that is too long for its line in lines; what holds it in brackets, too."""
    if route not in source.places:
        return source
    start, end = source.places[route].value
    line = source.text[source.text.rfind("\n", 0, start) + 1 : end]
    if "\n" in line or len(line) <= WIDTH:
        return source
    outer = next(route[:depth] for depth in range(1, len(route) + 1) if source.places[route[:depth]].style == "flow")
    value: Any = source.data
    for step in outer:
        value = value[step]
    numbers = {inner: source.text[slice(*source.places[inner].value)] for inner, _ in _find_numbers(outer, value)}
    # A collection that is put over another changes only what differs of it: this one is to be written anew.
    text = edit(source, [Put(outer, type(value)()), Put(outer, value)])
    text = _write_numbers(parse(text.encode(), source.name), numbers)
    return parse(text.encode(), source.name)


def _list_puts(trial: Trial) -> Iterator[tuple[Route, Any]]:
    """List what to put where; numbers are `Decimal`, at the decimals to be written."""
    appended: dict[Route, list[dict[str, Any]]] = {}
    mended: set[Route] = set()
    for difference in trial.differences:
        if difference.what == "differs" and difference.shared != "by agreeing" and difference.route not in mended:
            mended.add(difference.route)
            yield from _list_mended(difference)
        elif difference.what in ("differs", "unexpected"):
            # What shares an expectation with others gets one of its own; the first of them keeps it.
            route = difference.route[:-1] if difference.shared else difference.route
            fields = tuple(difference.actual)[2:]
            entry = _write_entry(difference.kind, difference.actual, fields, difference.expected)
            appended.setdefault(route, []).append(entry)
        elif difference.what == "nothing" and trial.outcome:
            for kind, entries in list_entries(trial.outcome).items():
                met = [{KINDS[kind]: e.name, "scope": e.scope, **e.fields} for e in entries if not e.silent]
                yield (*difference.route, kind), [_write_entry(kind, entry, SHOWN[kind], {}) for entry in met]
    for route, unplaced in appended.items():
        added = yield from _list_replaced(trial, route, unplaced)
        listed = len(getattr(trial.test.expect, str(route[-1])))
        if listed:
            yield from (((*route, place), entry) for place, entry in enumerate(added, listed))
        else:
            # An empty list is replaced whole: entries then have lines of their own.
            yield route, added


def _list_replaced(
    trial: Trial, route: Route, unplaced: Sequence[dict[str, Any]]
) -> Generator[tuple[Route, Any], None, list[dict[str, Any]]]:
    """List entries that take the places of those that did not occur, so that comments there stay, and return the rest:
    each the place of its own name, then any."""
    free = [each for each in trial.differences if each.what == "missing" and each.route[:-1] == route]
    name = KINDS[str(route[-1])]
    left = [*unplaced]
    for is_own in (True, False):
        for each in [*free]:
            entry = next((entry for entry in left if not is_own or entry[name] == each.expected[name]), None)
            if entry is not None:
                yield each.route, entry
                left.remove(entry)
                free.remove(each)
    return left


def _list_mended(difference: Difference) -> Iterator[tuple[Route, Any]]:
    expected, actual = difference.expected, difference.actual
    scope = {"scope": dict(actual["scope"])} if difference.shared and actual["scope"] != expected["scope"] else {}
    if set(expected) == {"cause", "scope", "verdict"} and not expected["scope"]:
        # It may be a bare name, which has no room for a verdict.
        yield difference.route, {"cause": actual["cause"], **scope, "verdict": actual["verdict"]}
        return
    yield from (((*difference.route, key), value) for key, value in scope.items())
    for field in difference.fields:
        yield (*difference.route, field), _round(actual[field], expected[field])


def _round(value: Any, written: Any) -> Any:
    """Round a number to the decimals of one that is written, if there is one."""
    return round_like(value, written if isinstance(written, Decimal) else NEW) if isinstance(value, float) else value


def _write_entry(
    kind: str, entry: Mapping[str, Any], fields: Iterable[str], expected: Mapping[str, Any]
) -> dict[str, Any]:
    """Write an entry that was not there: its name, its scope, and what says how it stands."""
    written: dict[str, Any] = {KINDS[kind]: entry[KINDS[kind]]}
    if entry["scope"]:
        written["scope"] = dict(entry["scope"])
    for field in fields:
        if entry[field] is not None and (field, entry[field]) != ("verdict", "diagnosed"):
            written[field] = _round(entry[field], expected.get(field))
    return written


def _find_numbers(route: Route, value: Any) -> Iterator[tuple[Route, Any]]:
    if isinstance(value, Decimal | float):
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


def _write_numbers(source: Source, numbers: Mapping[Route, str]) -> str:
    """Write numbers with all their decimals: 0.60 says more than 0.6, which is the same number."""
    text = source.text
    for route in sorted(numbers, key=lambda route: source.places[route].value, reverse=True):
        start, end = source.places[route].value
        text = f"{text[:start]}{numbers[route]}{text[end:]}"
    return text
