"""Finding the files to check: those that are named, and in folders those that say that they are ours."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.files import is_inside, make_namer
from prism_rules.ruleset.composing.packs import find_packs
from prism_rules.ruleset.project import NAME
from prism_rules.source import read_source
from prism_rules.walking import read_head, walk_files

_OURS = re.compile(rb"^(?:\xef\xbb\xbf)?(?:apiVersion: *[\"']?prism-rules/|kind: *[\"']?Ruleset)", re.MULTILINE)


class File(NamedTuple):
    """A file to check, and the folder that it may not leave; None where a user named it."""

    path: Path
    root: Path | None = None


def find_project_files(project: Path) -> list[File]:
    """List a project file and the ruleset that it names, by their paths from here."""
    file = File(Path(os.path.relpath(project)))
    try:
        ruleset = read_source(file.path).data.get("ruleset")
    except Refused:
        return [file]  # what is wrong with it is told when it is checked
    if not isinstance(ruleset, str):
        return [file]
    path, root = Path(os.path.relpath(project.parent / ruleset)), file.path.parent
    missing = is_inside(path, root) and not os.path.lexists(path)
    return [file] if missing else [file, File(path, root)]  # that it is missing is told at the project's line


def find_files(paths: Iterable[Path]) -> list[File]:
    """List the files that are named, and of each folder those below it that are ours, sorted; each file once.

    Raises `Refused` (`no-ruleset`, exit 5) where nothing is found.
    """
    paths = list(paths)
    found = dict.fromkeys(file for path in paths for file in (_search(path) if path.is_dir() else (path,)))
    if not found:
        message = f"nothing of prism-rules is in {' or '.join(f'`{path.as_posix()}`' for path in paths)}"
        help = "name a ruleset, or a folder that holds one: it says `kind: Ruleset`"
        raise Refused([Diagnostic("no-ruleset", message, help=help)], 5)
    return list(map(File, found))


def leave_to_heirs(files: Iterable[File], named: Collection[Path]) -> list[File]:
    """Leave out rulesets that others of the files extend, unless they were named: they are checked together with these.

    By itself, a ruleset that is meant to be extended may lack what its heirs declare. Of files that extend each other,
    and are no other's parents, the first stands for all.
    """
    files = list(files)
    if all(file.path in named for file in files):
        return files
    real = {file: os.path.realpath(file.path) for file in files}
    parents = {real[file]: [*_list_parents(file.path)] for file in files}
    extended = {parent for found in parents.values() for parent in found}
    kept = {file for file in files if file.path in named or real[file] not in extended}
    reached = _reach(parents, [real[file] for file in kept])
    for file in files:
        # Of files that extend one another in a circle the first one stands for all.
        if real[file] not in reached and real[file] in (circle := _reach(parents, [real[file]])):
            kept.add(file)
            reached |= circle
    return [file for file in files if file in kept]


def _reach(parents: Mapping[str, Iterable[str]], places: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    ahead = [*places]
    while ahead:
        new = {*parents.get(ahead.pop(), ())} - reached
        reached |= new
        ahead += new
    return reached


def _list_parents(path: Path) -> Iterator[str]:
    try:
        given = read_source(path).data.get("extends", [])
    except Refused:
        return  # what is wrong with it is told when it is checked
    for entry in given if isinstance(given, list) else ():
        place = entry.get("from") if isinstance(entry, dict) else entry
        if isinstance(place, str) and place.startswith(("./", "../")):
            yield os.path.realpath(path.parent / place)
        elif isinstance(place, str) and (pack := find_packs().get(place.partition("@")[0])):
            yield os.path.realpath(pack)


def rebase(diagnostics: Iterable[Diagnostic], folder: Path) -> list[Diagnostic]:
    """Name files, which are named from a folder, from the top of its repository, as those who know only that want."""
    name = make_namer(folder)
    return [
        replace(
            diagnostic,
            labels=tuple(replace(label, file=name(label.file)) for label in diagnostic.labels),
            context=name(diagnostic.context) if diagnostic.context else None,
        )
        for diagnostic in diagnostics
    ]


def _search(folder: Path) -> Iterator[Path]:
    return (file for file in walk_files(folder, (".yaml", ".yml")) if file.name == NAME or _is_ours(file))


def _is_ours(file: Path) -> bool:
    try:
        return _OURS.search(read_head(file)) is not None
    except OSError:
        return False
