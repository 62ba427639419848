"""Intake: each logical source tied to files, with columns and types checked and the bytes' digests taken.

Files are read for their schema here; rows are the engine's business.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from prism_rules.diagnostics import Diagnostic, Problem, Refused, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.engines import Engine
from prism_rules.intake.columns import Column, check_columns, describe_files
from prism_rules.intake.digests import Digests
from prism_rules.ruleset import Resolved, list_needed_sources

__all__ = [
    "SHOWN_ROWS",
    "BoundSource",
    "Column",
    "Data",
    "DataFile",
    "Intake",
    "Rows",
    "bind",
    "check_unchanged",
    "list_needed_sources",
]

SHOWN_ROWS = "<frame>"
"""How rows are called that lay in the caller's memory, whatever held them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that lay in the caller's memory, in a Parquet file of this run."""

    path: str
    """Resolved path."""
    sha256: str
    """Of the rows, hex, in whatever order they lie."""


Data = str | Rows
"""A path or a glob, or rows."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file as it was when its digest was taken."""

    path: str
    """Resolved path."""
    shown: str
    """The path as people know it: relative to the project, else as it was given."""
    size: int
    mtime_ns: int
    hashed: Future[str]

    @property
    def sha256(self) -> str:
        """Digest of the bytes, hex; it is taken while the engine works. Raises `Refused` with exit 3."""
        try:
            return self.hashed.result()
        except OSError as error:
            raise Refused([_explain_unreadable(error, self.shown)], 3) from error


@dataclass(frozen=True, slots=True)
class BoundSource:
    """A source and its data."""

    files: tuple[DataFile, ...]
    columns: Mapping[str, Column]
    """Logical name -> column; those that the data lacks and nothing needs are left out."""
    rows: int = 0
    """Rows of all files, as they say of themselves."""
    given: Rows | None = None
    """The data, where they are rows and no files of the user's."""

    @property
    def digest(self) -> str:
        """`rows:` and the digest of rows, or `bytes:` and SHA-256 over the sorted digests of the files.

        Raises `Refused` with exit 3.
        """
        if self.given:
            return f"rows:{self.given.sha256}"
        listed = "\n".join(sorted(file.sha256 for file in self.files))
        return f"bytes:{hashlib.sha256(listed.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Intake:
    """Every source that the ruleset reads, tied to its data."""

    sources: Mapping[str, BoundSource]

    @property
    def files(self) -> tuple[DataFile, ...]:
        """All files, by path."""
        return tuple(sorted((file for source in self.sources.values() for file in source.files), key=lambda f: f.path))


def bind(
    resolved: Resolved,
    data: Mapping[str, Data],
    engine: Engine,
    *,
    root: Path,
    confined: Collection[str] = (),
    digests: Digests | None = None,
) -> Intake:
    """Tie each needed source to its files.

    `data` maps source to a path or a glob, relative to `root`, or to rows. `confined` names the sources whose files may
    not lie outside `root`: their paths came from a project file and so from whoever wrote it. The engine is asked for
    schemas; digests are taken while it works, by `digests` if it is given.

    Raises `Refused`: exit 2 for a source that the ruleset does not declare, exit 3 for data that is missing, unreadable
    or not as declared, and the engine's. All problems of all sources come together.
    """
    model, digests = resolved.model, digests or Digests()
    strangers = [
        Diagnostic(
            "unknown-source",
            f"data is given for `{name}`, which the ruleset does not declare",
            help=did_you_mean(name, model.sources),
        )
        for name in data
        if name not in model.sources
    ]
    if strangers:
        raise Refused(strangers, 2)
    needed = list_needed_sources(model)
    problems: list[Problem] = []
    found: dict[str, Sequence[Diagnostic]] = {}
    sources: dict[str, BoundSource] = {}
    taken: dict[str, tuple[DataFile, ...]] = {}
    for name in model.sources:
        if name not in data:
            if name in needed:
                problems.append(
                    Problem(
                        "unbound-source",
                        f"no data is given for source `{name}`",
                        (Spot(needed[name], "is read here"),),
                        help=f"add `--data {name}=PATH`, `data: {{{name}: PATH}}` in prism.yaml, or in Python "
                        f"`{name}` to `data`",
                    )
                )
            continue
        given = data[name]
        if isinstance(given, Rows):
            kept = digests.give(given.path, given.sha256)
            taken[name] = (DataFile(given.path, SHOWN_ROWS, kept.size, kept.mtime_ns, kept.hashed),)
            continue
        try:
            taken[name] = _take_files(name, given, root, name in confined, digests)
        except Refused as refused:
            # Where the project names it is known to whoever read the project.
            route = ("data", name) if name in confined else ()
            found[name] = [replace(diagnostic, route=route) for diagnostic in refused.diagnostics]
    paths = tuple(sorted({file.path for files in taken.values() for file in files}))
    for name, files in taken.items():
        try:
            described = describe_files([(file.path, file.shown) for file in files], paths, engine)
            schemas = [(file.shown, schema) for file, (schema, _) in zip(files, described, strict=True)]
            columns = check_columns(resolved, name, schemas)
        except Refused as refused:
            found[name] = refused.diagnostics
            continue
        given = data[name]
        rows = given if isinstance(given, Rows) else None
        sources[name] = BoundSource(files, columns, sum(count for _, count in described), rows)
    diagnostics = [diagnostic for name in model.sources for diagnostic in found.get(name, ())]
    diagnostics += resolved.locate(problems)
    if diagnostics:
        raise Refused(diagnostics, 3)
    return Intake(sources)


def check_unchanged(intake: Intake) -> None:
    """Raise `Refused` with exit 7 if a file is no longer the one whose digest was taken."""
    changed = []
    for file in intake.files:
        try:
            state = os.stat(file.path)
            same = (state.st_size, state.st_mtime_ns) == (file.size, file.mtime_ns)
        except OSError:
            same = False
        if not same:
            changed.append(
                Diagnostic(
                    "data-changed",
                    "the file changed while it was being evaluated",
                    context=file.shown,
                    help="run again when its writer has finished",
                )
            )
    if changed:
        raise Refused(changed, 7)


def _take_files(source: str, pattern: str, root: Path, confined: bool, digests: Digests) -> tuple[DataFile, ...]:
    """Find the files of a source and take their digests. Raises `Refused` with exit 3 and what is wrong with each."""
    homes = (Path(os.path.abspath(root)), Path(os.path.realpath(root)))
    if confined and not _lies_within(os.path.normpath(homes[0] / pattern), homes):
        # Before anything is looked for: a pattern must not even walk the folders outside.
        raise Refused([_explain_outside(source, pattern)], 3)
    is_glob = glob.has_magic(pattern) and not os.path.lexists(root / pattern)
    names = sorted(glob.glob(pattern, root_dir=root, recursive=True)) if is_glob else [pattern]
    if not names:
        raise Refused(
            [
                Diagnostic(
                    "missing-data",
                    f"no file matches the data of source `{source}`",
                    context=pattern,
                    help="check the pattern; `**` matches folders",
                )
            ],
            3,
        )
    taken: dict[str, str] = {}
    refused = []
    for name in names:
        shown, real = name.replace(os.sep, "/"), os.path.realpath(root / name)
        if confined and not _lies_within(real, homes):
            refused.append(_explain_outside(source, shown))
        elif (problem := _find_fault(source, name, real)) is not None:
            refused.append(replace(problem, context=shown))
        else:
            # Two names of one file are one file: its rows count once.
            taken.setdefault(real, shown)
    if refused:
        raise Refused(refused, 3)
    files = [_open_file(real, shown, digests) for real, shown in taken.items()]
    if failed := [file for file in files if isinstance(file, Diagnostic)]:
        raise Refused(failed, 3)
    return tuple(file for file in files if isinstance(file, DataFile))


def _lies_within(path: str, homes: Iterable[Path]) -> bool:
    return any(Path(path).is_relative_to(home) for home in homes)


def _explain_outside(source: str, shown: str) -> Diagnostic:
    return Diagnostic(
        "data-outside-project",
        f"the data of source `{source}` lies outside the project's folder",
        context=shown,
        help="move it into the project, or name it with --data on the command line",
    )


def _find_fault(source: str, name: str, real: str) -> Diagnostic | None:
    whose = f"the data of source `{source}`"
    if not os.path.exists(real):
        return Diagnostic(
            "missing-data", f"{whose} is not there", help="check the path, and from which folder it is told"
        )
    if not os.path.isfile(real):
        return Diagnostic(
            "unreadable-data", f"{whose} is not a regular file", help="name a file, or a glob such as data/*.parquet"
        )
    if not name.endswith(".parquet"):
        return Diagnostic(
            "unsupported-format",
            f"{whose} is not a .parquet file",
            help="convert it to Parquet; other formats are not read yet",
        )
    if glob.has_magic(real):
        return Diagnostic(
            "unreadable-data",
            f"the path of {whose} holds `*`, `?` or `[`, which the engine takes for a pattern",
            help="rename the file or its folder",
        )
    return None


def _open_file(real: str, shown: str, digests: Digests) -> DataFile | Diagnostic:
    try:
        taken = digests.take(real)
    except OSError as error:
        return _explain_unreadable(error, shown)
    return DataFile(real, shown, taken.size, taken.mtime_ns, taken.hashed)


def _explain_unreadable(error: OSError, shown: str) -> Diagnostic:
    message = f"the file cannot be read: {error.strerror}"
    return Diagnostic("unreadable-data", message, context=shown, help="check who may read it")
