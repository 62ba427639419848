"""Reading files of rule tests: form, names and rows together, so that one run shows all there is to mend."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from prism_rules.diagnostics import Diagnostic, Problem, Refused, Route, Spot, place_order
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.files import is_inside, place_inside
from prism_rules.ledger import Ledger
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Plan
from prism_rules.model.ruletest import RulesetTest, RuleTest
from prism_rules.ruleset import Resolved, find_project, load_ruleset
from prism_rules.ruleset.form import find_flaws, quote_written
from prism_rules.ruletests.collecting import KIND
from prism_rules.ruletests.draft import is_consequence, read_draft
from prism_rules.ruletests.fixtures import MOST_BYTES
from prism_rules.ruletests.history import write_ledger
from prism_rules.ruletests.names import check_names, list_rules
from prism_rules.ruletests.rows import Given, read_given
from prism_rules.source import Read, Source, find_label, locate, read_source, suggest_file

MOST_ROWS = 250_000
"""Rows of all tests of a file: they are made when it is read."""


@dataclass(frozen=True, slots=True)
class Case:
    """A test that can be run: what it says, its rows, and what its ledger holds."""

    test: RuleTest
    route: Route
    data: Mapping[str, Given]
    rules: tuple[str, ...]
    """The rules that are on."""
    ledger: Ledger
    previous: Plan | str | None
    """The plan before, or the name of the test that makes it."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of rule tests that holds together, and its ruleset."""

    path: Path
    source: Source
    resolved: Resolved
    cases: tuple[Case, ...]


def read_suite(file: Path | Source, read: Read = read_source) -> Suite:
    """Read a file of rule tests with its ruleset, by `read`: as it is now, or as it was when the tests were read.

    Raises `Refused` with every problem of both: exit 2, or 7 where what the ruleset extends is not what was agreed on.
    """
    source = file if isinstance(file, Source) else read(file)
    path = source.path or Path(source.name)
    if source.data.get("kind") != KIND:
        message = f"this is no file of rule tests: its `kind` is not `{KIND}`"
        spot = Spot(("kind",) if "kind" in source.data else ())
        raise Refused(locate([Problem("unknown-value", message, (spot,))], source))
    root = find_root(path)
    problems: list[Problem] = []
    try:
        RulesetTest.model_validate(source.data)
    except ValidationError as error:
        problems += [quote_written(flaw.problem, source) for flaw in find_flaws(error, RulesetTest, source.data)]
    diagnostics: list[Diagnostic] = []
    cases: list[Case] = []
    resolved, exit_code = None, 2
    try:
        resolved = _load_ruleset(source, path.parent, root, read)
        for found, case in _read_cases(source, resolved, path.parent, root):
            problems += found.problems
            diagnostics += found.diagnostics
            cases += [case] if case else []
    except Refused as refused:
        diagnostics += refused.diagnostics
        exit_code = refused.exit_code
    diagnostics += locate(problems, source)
    if diagnostics or resolved is None:
        raise Refused(sorted(diagnostics, key=place_order), exit_code)
    return Suite(path, source, resolved, tuple(cases))


def find_root(path: Path) -> Path:
    """Find the folder that no path in a test's file may leave: its project's, else the working one, else its own."""
    folder = path.absolute().parent
    project = find_project(folder)
    if project:
        return project.parent
    return Path.cwd() if is_inside(folder, Path.cwd()) else folder


def _load_ruleset(source: Source, folder: Path, root: Path, read: Read) -> Resolved:
    named = source.data.get("ruleset")
    if not isinstance(named, str):
        raise Refused([])
    path = Path(os.path.relpath(folder / named))
    try:
        ruleset = read(path, root=root)
    except Refused as refused:
        # What is said of it names it.
        unplaced = [
            replace(d, context=None, help=suggest_file(path, kind="Ruleset") if d.code == "missing-file" else d.help)
            for d in refused.diagnostics
        ]
        raise Refused(_point_at(("ruleset",), source, unplaced)) from None
    return load_ruleset(ruleset, read=read)


def _read_cases(source: Source, resolved: Resolved, folder: Path, root: Path) -> Iterator[tuple[Given, Case | None]]:
    tests = source.data.get("tests")
    names: dict[str, int] = {}
    total = 0
    for index, written in enumerate(tests if isinstance(tests, list) else ()):
        route: Route = ("tests", index)
        test, unread = read_draft(written)
        if test is None:
            continue  # told already
        found = Given(problems=[*check_names(resolved, test, route)])
        if test.name in names:
            spots = (Spot((*route, "name")), Spot(("tests", names[test.name], "name"), "first given here"))
            found.problems.append(Problem("repeated-entry", f"two tests are called `{test.name}`", spots))
        case = _read_case(source, resolved, test, route, [*names], folder, root, found)
        found.problems = [problem for problem in found.problems if not is_consequence(problem, route, unread)]
        names.setdefault(test.name, index)
        total += sum(len(given.rows) for given in case.data.values())
        if total > MOST_ROWS:
            message = f"the tests up to here have {total:,} rows; at most {MOST_ROWS:,} are made for one file"
            found.problems.append(Problem("out-of-range", message, (Spot((*route, "name")),), "split the file"))
            yield found, None
            return
        yield found, case


def _read_case(
    source: Source, resolved: Resolved, test: RuleTest, route: Route, earlier: Sequence[str], folder: Path, root: Path,
    found: Given,
) -> Case:  # fmt: skip
    model = resolved.model
    rules = list_rules(model, test)
    data = {
        name: read_given(
            model, name, given, as_of=parse_moment(test.as_of), rules=rules, route=(*route, "data", name),
            folder=folder, root=root,
        )
        for name, given in test.data.items() if name in model.sources
    }  # fmt: skip
    for name, given in data.items():
        found.problems += given.problems
        found.diagnostics += _point_at((*route, "data", name, "file"), source, given.diagnostics)
    past: Route = (*route, "ledger")
    is_known = not any(problem.spots[0].route[: len(past)] == past for problem in found.problems)
    ledger = write_ledger(model, test.ledger if is_known else (), past)
    if isinstance(ledger, Problem):
        found.problems.append(ledger)
        ledger = Ledger(heads=(), entries={})
    previous = _read_previous(source, test, route, earlier, folder, root, found)
    return Case(test, route, data, rules, ledger, previous)


def _read_previous(
    source: Source, test: RuleTest, route: Route, earlier: Sequence[str], folder: Path, root: Path, found: Given
) -> Plan | str | None:
    named, spot = test.previous, Spot((*route, "previous"))
    if named is None or named in earlier:
        return named
    if not named.endswith(".json"):
        help = did_you_mean(named, earlier) or "name a plan.json, or a test above this one"
        found.problems.append(Problem("unknown-value", f"no test above is called `{named}`", (spot,), help))
        return None
    place = place_inside(folder, named, root)
    if place is None:
        found.problems.append(Problem("outside-root", f"`{named}` lies outside the project", (spot,)))
    elif not os.path.isfile(place):
        found.problems.append(Problem("missing-file", f"there is no file `{named}`", (spot,)))
    elif place.stat().st_size > MOST_BYTES:
        message = f"`{named}` is larger than {MOST_BYTES:,} bytes"
        found.problems.append(Problem("file-too-large", message, (spot,), "keep a plan of fewer findings"))
    else:
        from prism_rules.render.json import read_plan

        try:
            return read_plan(place.read_bytes().decode("utf-8", "replace"), place.as_posix())
        except Refused as refused:
            found.diagnostics += _point_at(spot.route, source, refused.diagnostics)
    return None


def _point_at(route: Route, source: Source, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Show where a file is named that has no line to show."""
    at = (find_label(Spot(route), source),)
    return [each if each.labels else replace(each, labels=at) for each in diagnostics]


def read_written(source: Source, route: Route) -> Any:
    """Read the literal at a place as it is written, such as ``0.630``."""
    start, end = source.places[route].value
    return source.text[start:end]
