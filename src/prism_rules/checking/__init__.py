"""Checking: everything that can be known of files without data, whatever kind of ours they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from prism_rules.checking.files import File
from prism_rules.checking.subtraction import subtract
from prism_rules.diagnostics import Diagnostic, Problem, Refused, Spot
from prism_rules.diagnostics.suggest import did_you_mean, nearest
from prism_rules.files import place_inside
from prism_rules.model.project import Project
from prism_rules.revisions import Revision
from prism_rules.ruleset import Resolved, find_project, list_needed_sources, load_project, load_ruleset
from prism_rules.ruleset.checks.waivers import check_ends
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.expressions import list_expressions
from prism_rules.ruleset.project import tell_missing
from prism_rules.source import Read, Source, locate, read_source

Watch = Callable[[Resolved], object]
"""Is shown each ruleset that can be used."""


class Checked(NamedTuple):
    """What is wrong with files, and the worst exit code that it calls for where there are errors, else 0."""

    found: list[Diagnostic]
    exit_code: int
    older: int
    """How many problems are older than the revision, and left out."""


Load = Callable[[Source], Resolved]
"""Loads a ruleset by all checks. Raises `Refused`."""


def _pass(resolved: Resolved) -> None:
    """Nobody watches."""


def check_files(
    files: Iterable[File],
    as_of: datetime | None = None,
    since: Revision | None = None,
    watch: Watch = _pass,
) -> Checked:
    """Find all that is wrong with files; with a revision, what has come since."""
    # What is wrong with a parent is found again with each of its heirs.
    told: dict[Diagnostic, None] = {}
    older: set[Diagnostic] = set()
    worst = 0

    def collect(read: Read, load: Load, path: Path, root: Path | None, watch: Watch) -> tuple[list[Diagnostic], int]:
        try:
            return check_source(read(path, root=root), as_of, read, watch, load), 0
        except Refused as refused:
            return refused.diagnostics, refused.exit_code

    # A project is held against its ruleset, which comes next.
    read_now: Read = lru_cache(maxsize=2)(read_source)
    load_now = _make_loader(as_of, read_now)
    for path, root in files:
        found, code = collect(read_now, load_now, path, root, watch)
        then = since if found and since and since.read(path) is not None else None
        load_then = _make_loader(as_of, then.read_source) if then else load_now
        new = subtract(found, collect(then.read_source, load_then, path, root, _pass)[0]) if then else found
        told |= dict.fromkeys(new)
        worst = max(worst, code) if any(diagnostic.severity == "error" for diagnostic in new) else worst
        older |= {*found} - {*new}
    return Checked([*told], worst, len(older))


def _make_loader(as_of: datetime | None, read: Read) -> Load:
    ends = [partial(check_ends, as_of=as_of)] if as_of else []
    return lru_cache(maxsize=1)(lambda source: load_ruleset(source, [_check_sql, *ends], read))


def check_source(
    source: Source,
    as_of: datetime | None = None,
    read: Read = read_source,
    watch: Watch = _pass,
    load: Load | None = None,
) -> list[Diagnostic]:
    """Find all that is wrong with a file as its `kind` asks: a ruleset, rule tests, a project.

    `as_of` is the moment at which waivers must be in force; without it their ends are not looked at.
    Raises `Refused` where errors are among it.
    """
    load = load or _make_loader(as_of, read)
    match source.data.get("kind"):
        case "Project":
            found = locate(_check_data(source, load_project(source), read, load), source)
            if any(diagnostic.severity == "error" for diagnostic in found):
                raise Refused(found)
            return found
        case "RulesetTest":
            from prism_rules.ruletests.reading import read_suite

            read_suite(source, read)
        case _:
            resolved = load(source)
            watch(resolved)
            return [*resolved.warnings, *_find_lost(source, resolved)]
    return []


def _check_data(source: Source, project: Project, read: Read, load: Load) -> Iterator[Problem]:
    """Hold the data of a project to the sources of its ruleset: all that it reads, and no others."""
    folder = Path(source.name).parent
    path = folder / project.ruleset
    try:
        ruleset = read(path, root=folder)
    except Refused as refused:
        yield from tell_missing(refused, path)
        return
    needed: Iterable[str] = ()
    try:
        model = load(ruleset).model
        declared: object = model.sources
        needed = list_needed_sources(model)
    except Refused:  # of a broken ruleset, that which says all of its sources itself
        declared = None if "extends" in ruleset.data else ruleset.data.get("sources")
    if not isinstance(declared, dict):
        return
    unbound = [name for name in needed if name not in project.data]
    meant = set()
    for name in project.data:
        if name not in declared:
            message = f"data is given for `{name}`, which the ruleset does not declare"
            spot = Spot(("data", name), "no source has this id", "key")
            yield Problem("unknown-source", message, (spot,), did_you_mean(name, declared))
            meant.add(nearest(name, unbound))
    # Who names no data here names it on the command line.
    for name in unbound if project.data else ():
        if name not in meant:
            message = f"no data is given for source `{name}`, which the ruleset reads"
            help = f"add `{name}: PATH`, or give `plan` `--data {name}=PATH`"
            yield Problem("unbound-source", message, (Spot(("data",), at="key"),), help, "warning")


def _find_lost(source: Source, resolved: Resolved) -> list[Diagnostic]:
    """Find what the ledger of the ruleset's project has begun under names that the ruleset no longer knows."""
    found = find_project(source.path.parent) if source.path else None
    if found is None or source.path is None:
        return []
    try:
        project = load_project(found)
    except Refused:
        return []  # told where that file is checked
    top = found.parent.resolve()
    ledger = place_inside(top, project.ledger, top) if project.ledger else None
    own = os.path.realpath(top / project.ruleset) == os.path.realpath(source.path)
    if not own or ledger is None or not os.path.isdir(ledger):
        return []
    from prism_rules.ledger import find_lost, list_lost, read_ledger

    return resolved.locate(find_lost(resolved.model, list_lost(resolved.model, read_ledger(ledger))))


def _check_sql(draft: Draft) -> Iterator[Problem]:
    # The engine's parser takes longer to import than a ruleset without SQL takes to check.
    if any(True for _ in list_expressions(draft.model)):
        from prism_rules.program.expressions import check_expressions

        yield from check_expressions(draft)
